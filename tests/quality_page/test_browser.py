"""The quality page in a real browser, with the network off and every request that it tries on record."""

import re

import pytest
from quality_page.chromium import needs_a_browser, shown_and_asked

from orchestration.run.finish import finish


@needs_a_browser
def test_chromium_shows_the_page_and_asks_for_nothing(refused_run, tmp_path):
    shown, asked = shown_and_asked(finish(refused_run).quality, tmp_path)
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
        pytest.param(
            '<link rel="preconnect" href="https://page.example:444">',
            "https://~notfound:444",
            marks=pytest.mark.xfail(reason="some versions of Chromium look up no host for it", strict=False),
        ),
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
