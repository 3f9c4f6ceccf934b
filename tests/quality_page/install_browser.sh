#!/usr/bin/env bash
# A headless Chromium for the quality page's test, from Debian's or Ubuntu's packages.
set -euo pipefail
apt-get update -q
apt-get install -y -q --no-install-recommends chromium-headless-shell || apt-get install -y -q --no-install-recommends chromium
