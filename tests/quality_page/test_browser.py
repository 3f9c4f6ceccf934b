"""The quality page in a real browser, with the network off and every request it tries on record."""

import re
import shutil
import subprocess

import pytest

from orchestration.finish import finish

BROWSER = next(
    filter(
        None,
        map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")),
    ),
    None,
)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here: tests/quality_page/install_browser.sh")
def test_chromium_shows_the_page_and_asks_for_nothing(refused_night, tmp_path):
    page, log = finish(refused_night), tmp_path / "net.json"
    command = [
        *(BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"),
        *("--host-resolver-rules=MAP * ~NOTFOUND", f"--log-net-log={log}", "--dump-dom", page.as_uri()),
    ]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    assert "<script" not in shown and "<img" not in shown
    assert re.search(r"<title>[^<]*: not published", shown) and "{{ 7*7 }}" in shown
    assert shown.count("<article") == 1 and shown.count("<svg") == 4
    text = log.read_text(encoding="utf-8")
    requests = set(re.findall(r'"url":"([^"]+)"', text))
    assert {url for url in requests if not url.startswith(("file:", "data:"))} == set()
