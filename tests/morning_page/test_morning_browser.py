"""All pages in a real browser without a network: at a phone's and a desk's width, in light and in dark."""

import pytest
from morning_page.test_morning_page import ended
from quality_page.chromium import needs_a_browser, opened, shown_and_asked

from orchestration.publish.keep import release_in_force
from orchestration.run.finish import finish

# Everything that sticks out of the window; what a card cuts off can be scrolled to inside of it.
_OUT = """
[...document.querySelectorAll('body *')].filter(one => {
    const box = one.getBoundingClientRect(), card = one.parentElement.closest('.card, .rows');
    return box.width && box.right > document.documentElement.clientWidth + 0.5 && !card;
}).map(one => one.outerHTML.slice(0, 90))
"""
# Contrast of each text with what lies behind it, as WCAG 2.2 counts it: 4.5, or 3 for large letters.
_PALE = """
(() => {
    const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
    const over = (front, back) => {
        const alpha = front.length > 3 ? front[3] : 1;
        return [0, 1, 2].map(i => front[i] * alpha + back[i] * (1 - alpha));
    };
    const light = rgb => {
        const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        const [r, g, b] = rgb.map(c => linear(c / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = one => {
        const layers = [];
        for (let at = one; at; at = at.parentElement) {
            layers.unshift(parse(getComputedStyle(at).backgroundColor));
        }
        const seen = layers.filter(c => c.length > 2 && c[3] !== 0);
        return seen.reduce((back, c) => over(c, back), [255, 255, 255]);
    };
    const found = {};
    document.querySelectorAll('details').forEach(one => one.open = true);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const one = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || one.closest('title') || !one.getClientRects().length) continue;
        const style = getComputedStyle(one);
        let back = behind(one);
        if (one.matches('.mark')) back = over(parse(getComputedStyle(one.previousElementSibling).fill), back);
        const front = over(parse(one.closest('svg') ? style.fill : style.color), back);
        const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < (large ? 3 : 4.5)) found[one.outerHTML.slice(0, 80)] = ratio;
    }
    return Object.entries(found).slice(0, 9);
})()
"""


@pytest.fixture(scope="module")
def pages(demo, tmp_path_factory):
    """The morning page of the demo, and a quality and a board page of it as the run left them."""
    folder = tmp_path_factory.mktemp("pages")
    morning = folder / "morning.html"
    morning.write_text(demo.page(), encoding="utf-8")
    pages = {"morning": morning, "quality": next(demo.company.pages.glob("2*.html"))}
    return pages | {"board": next(demo.company.board_pages.glob("2*.html"))}


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@needs_a_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("page", ["morning", "quality", "board"])
def test_nothing_sticks_out_and_every_word_can_be_read(tab, pages, page, width, scheme):
    tab.show(pages[page], width, scheme)
    assert tab.evaluate("document.body.innerText.length") > 2000
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate(_OUT) == []
    assert tab.evaluate(_PALE) == []
    dark = tab.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert dark == (scheme == "dark")


@needs_a_browser
def test_a_pale_word_and_a_wide_one_are_found_out(tab, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><title>x</title><body style='background:#fff'><p style='color:#999'>pale</p>"
        "<p style='width:900px'>wide</p><svg><text y='20' style='fill:#ddd'>drawn</text></svg>",
        encoding="utf-8",
    )
    tab.show(page, 390, "light")
    assert len(tab.evaluate(_PALE)) == 2 and len(tab.evaluate(_OUT)) == 1


@needs_a_browser
@pytest.mark.parametrize(("width", "size"), [(390, "phone"), (1280, "desk")])
def test_each_chart_is_shown_once(tab, pages, width, size):
    tab.show(pages["morning"], width, "light")
    shown = tab.evaluate(
        "[...document.querySelectorAll('.chart')].filter(one => one.getClientRects().length)"
        ".map(one => one.classList[1])"
    )
    assert set(shown) == {size} and len(shown) == 6


@needs_a_browser
def test_chromium_shows_the_morning_page_and_asks_for_nothing(own, tmp_path):
    written = finish(ended(own.company, 1, release_in_force(own.company)))
    shown, asked = shown_and_asked(written.morning, tmp_path)
    assert "<script" not in shown and "MRR" in shown
    assert asked == set()
