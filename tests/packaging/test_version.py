"""A release has its heading, and what breaks stands first under it."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_version_of_the_package_is_the_newest_heading():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    newest = re.findall(r"^## (\d+\.\d+\.\d+) \(\d{4}-\d\d-\d\d\)$", CHANGELOG, flags=re.M)[0]
    models = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["version"] == models["version"] == newest


def test_what_breaks_stands_first():
    for release in re.split(r"^## ", CHANGELOG, flags=re.M)[1:]:
        headings = re.findall(r"^### (.*)$", release, flags=re.M)
        assert headings in (["Breaking", "Everything else"], ["Everything else"])
        for heading, rows in zip(headings, re.split(r"^### .*$", release, flags=re.M)[1:], strict=True):
            told = re.findall(r"^\| 20.*\| ([^|]+) \|$", rows, flags=re.M)
            breaks = [word.lower() not in ("no", "-") for word in told]
            assert told and all(one == (heading == "Breaking") for one in breaks), heading
