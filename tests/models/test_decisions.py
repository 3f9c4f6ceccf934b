"""DECISIONS.md can be linked to: each entry is a heading, and each link from the code leads to one."""

import re
from collections import Counter

import pytest

from orchestration.machine.project import PROJECT

# Where a link may stand.
_LINKING = ("models/**/*.sql", "models/**/*.yml", "macros/**/*.sql", "orchestration/**/*.py", "docs/**/*.md")
LINK = re.compile(r"DECISIONS\.md#([\w-]+)")


def anchor(heading):
    """The anchor that a renderer of Markdown gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.fixture(scope="module")
def text():
    return (PROJECT / "DECISIONS.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def entries(text):
    """The words of every entry by its heading."""
    found = dict(re.findall(r"^### (.+)\n((?:(?!#).*\n?)+)", text, re.MULTILINE))
    assert len(found) > 130
    return found


@pytest.fixture(scope="module")
def links():
    """Every file that links to an entry, with the anchors it names."""
    found = {}
    for pattern in _LINKING:
        for path in sorted(PROJECT.glob(pattern)):
            anchors = LINK.findall(path.read_text(encoding="utf-8"))
            if anchors:
                found[path.relative_to(PROJECT).as_posix()] = anchors
    assert len(found) > 90
    return found


def test_every_link_leads_to_an_entry(entries, links):
    known = {anchor(heading) for heading in entries}
    assert {path: missing for path, found in links.items() if (missing := set(found) - known)} == {}


def test_an_anchor_is_that_of_one_entry(entries):
    assert [one for one, times in Counter(map(anchor, entries)).items() if times > 1] == []


def test_most_entries_are_linked_to_by_the_models_that_follow_them(entries, links):
    linked = {one for path, found in links.items() if path.startswith("models/") for one in found}
    assert len(linked) > 110


def test_every_entry_is_a_heading_with_words_below_it(text, entries):
    assert [heading for heading, words in entries.items() if len(words.split()) < 5] == []
    assert re.findall(r"^- \*\*.*", text, re.MULTILINE) == []
