"""The quality page in a real browser, with the network off and every request that it tries on record."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from orchestration.run.finish import finish

BROWSER = next(
    filter(
        None,
        map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")),
    ),
    None,
)
# A full browser also looks for updates, accounts and dictionaries; some of that no flag turns off.
_QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic"),
    # Two seconds of the page's own clock: what a page does just after it was loaded belongs to it.
    "--virtual-time-budget=2000",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
_OWN = "not an origin"
"""What the log names as the initiator of a request that the browser makes for itself."""
needs_a_browser = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium here: tests/quality_page/install_browser.sh"
)


def shown_and_asked(page: Path, folder: Path) -> tuple[str, set[str]]:
    """The document as the browser shows it, and each address that the page asked the network for."""
    log = folder / "net.json"
    profile = f"--user-data-dir={folder / 'profile'}"
    command = [str(BROWSER), *_QUIET, profile, f"--log-net-log={log}", "--dump-dom", page.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    events = json.loads(log.read_text(encoding="utf-8"))["events"]
    return shown, asked_by_the_page([event.get("params", {}) for event in events])


def asked_by_the_page(events: list[dict[str, object]]) -> set[str]:
    """Requests that an origin began, and what is booked on the page's own part of the network: that of files.

    A preconnection has no request, only the host that is looked up for it.
    """
    found = set()
    for event in events:
        key = event.get("network_isolation_key", event.get("network_anonymization_key", ""))
        if event.get("initiator", _OWN) != _OWN or str(key).startswith("file:"):
            found.add(str(event.get("url", event.get("host"))))
    return {url for url in found if not url.startswith(("file:", "data:"))}


@needs_a_browser
def test_chromium_shows_the_page_and_asks_for_nothing(refused_run, tmp_path):
    shown, asked = shown_and_asked(finish(refused_run), tmp_path)
    assert "<script" not in shown and "<img" not in shown
    assert re.search(r"<title>[^<]*: not published", shown) and "{{ 7*7 }}" in shown
    assert shown.count("<article") == 1 and shown.count("<svg") == 4
    assert asked == set()


@needs_a_browser
@pytest.mark.parametrize(
    ("markup", "asked"),
    [
        ('<img src="http://page.example/dot.png">', "http://page.example/dot.png"),
        ('<link rel="stylesheet" href="https://page.example/a.css">', "https://page.example/a.css"),
        ('<script>fetch("http://page.example/f")</script>', "http://page.example/f"),
        ('<iframe src="http://page.example/frame"></iframe>', "http://page.example/frame"),
        (
            "<style>@font-face{font-family:f;src:url(http://page.example/f.ttf)} p {font: 1em f}</style><p>x",
            "http://page.example/f.ttf",
        ),
        ('<meta http-equiv="refresh" content="0;url=http://page.example/on">', "http://page.example/on"),
        ('<link rel="preconnect" href="https://page.example:444">', "https://~notfound:444"),
    ],
    ids=["an image", "a style", "a script's fetch", "a frame", "a font", "a way on", "a preconnection"],
)
def test_a_page_that_asks_for_something_is_found_out(tmp_path, markup, asked):
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><title>x</title><body>{markup}</body>", encoding="utf-8")
    assert asked in shown_and_asked(page, tmp_path)[1]


@needs_a_browser
def test_what_the_browser_asks_for_itself_is_not_the_pages(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>x</title><body>Nothing to load.</body>", encoding="utf-8")
    assert shown_and_asked(page, tmp_path)[1] == set()
