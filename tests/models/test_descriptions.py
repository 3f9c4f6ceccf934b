"""What the YAML says of a table or column can be read alone, and agrees with the grain line of its model."""

import re

import pytest

from orchestration.build.manifest import read_manifest
from orchestration.machine.project import PROJECT
from orchestration.publish.descriptions import audit_descriptions

# What begins so speaks of a line that a client does not show beside it.
POINTS_BACK = re.compile(
    r"(its?|their|they|this|these|those|that|also|and|likewise|ditto|the (same|former|latter)"
    r"|as (above|before)|of (its?|the|them|this|these|those|that|which))\b",
    re.IGNORECASE,
)
SHORTEST = 20


@pytest.fixture(scope="module")
def manifest():
    return read_manifest()


@pytest.fixture(scope="module")
def tables(manifest):
    """Every table that has a description, by name: models, seeds and sources."""
    found = {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed")
    }
    found |= {f"{node['source_name']}.{node['name']}": node for node in manifest["sources"].values()}
    assert len(found) > 300
    return found


@pytest.fixture(scope="module")
def texts(manifest, tables):
    """Every text that somebody wrote of a table, a column or a metric, by what it is about."""
    found = {name: node["description"] for name, node in tables.items()}
    found |= {
        f"{name}.{column}": said["description"]
        for name, node in tables.items() for column, said in node["columns"].items()
    }  # fmt: skip
    for kind in ("metrics", "semantic_models"):
        found |= {f"{kind} {node['name']}": node["description"] for node in manifest[kind].values()}
    for name, said in audit_descriptions().items():
        found |= {f"audit.{name}": said.table}
        found |= {f"audit.{name}.{column}": text for column, text in said.columns.items()}
    written = {what: " ".join(text.split()) for what, text in found.items() if text}
    assert len(written) > 1000
    return written


@pytest.mark.parametrize(
    "text",
    [
        "Its line.",
        "Of it that in the worst tenth.",
        "Of the churned, those who paused.",
        "The same in euros, a month.",
    ],
)
def test_a_text_that_points_back_or_says_next_to_nothing_is_refused(text):
    assert is_refused(text)


@pytest.mark.parametrize("text", ["Itself a whole sentence.", "Official rate of the ECB."])
def test_a_text_that_only_begins_like_one_that_points_back_is_good(text):
    assert not is_refused(text)


def is_refused(text):
    return len(text) < SHORTEST or bool(POINTS_BACK.match(text))


def test_every_text_means_something_alone(texts):
    assert {what: text for what, text in texts.items() if is_refused(text)} == {}


def test_every_text_is_a_sentence(texts):
    assert {what: text for what, text in texts.items() if not text.endswith((".", ")"))} == {}


def test_every_model_and_every_seed_has_a_text(tables):
    assert [name for name, node in tables.items() if "." not in name and not node["description"]] == []


def test_what_is_no_rule_says_first_what_one_row_of_it_is(tables):
    assert {
        name: node["description"] for name, node in tables.items()
        if "." not in name and not is_rule(node) and not node["description"].startswith("One row per ")
    } == {}  # fmt: skip


def test_the_text_of_a_model_begins_with_its_grain_line(tables):
    """Past staging. A rule's text is the rule in words, its grain line says which rows the view holds."""
    differing = {
        name: (sentence, node["description"]) for name, node, sentence in grains(tables)
        if not is_rule(node) and not begins_with(node["description"], sentence)
    }  # fmt: skip
    assert differing == {}


def test_the_first_comment_of_a_model_past_staging_is_its_grain(tables):
    assert [name for name, _, sentence in grains(tables) if not sentence.startswith("one row ")] == []


def is_rule(node):
    """Whether the gate asks it: a view of the rows that break it."""
    return "severity" in node["config"]["meta"]


def grains(tables):
    """Every model past staging, with the first sentence of its grain comment."""
    for name, node in tables.items():
        if node["resource_type"] == "model" and node["schema"] != "staging":
            yield name, node, grain((PROJECT / node["original_file_path"]).read_text(encoding="utf-8"))


def grain(sql):
    """The first sentence after `Grain:` in a model's first comment; empty where that says something else."""
    comment = re.search(r"^(--.*\n)+", sql, re.MULTILINE)
    words = " ".join(line.removeprefix("--").strip() for line in comment[0].splitlines()) if comment else ""
    said = re.match(r"Grain: (.+?)\.(\s|$)", words)
    return said[1] if said else ""


def begins_with(text, sentence):
    """Whether a text begins with a sentence, after which it may go on."""
    words = sentence[:1].upper() + sentence[1:]
    return re.match(rf"{re.escape(words)}(?!\w)", " ".join(text.split())) is not None
