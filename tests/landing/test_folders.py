"""Files and folders that are not what they should be: each named in a sentence, none ends in a traceback."""

import gzip
import os
import socket
from datetime import datetime
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner

from orchestration.cli.mapping import mapping as mapping_command
from orchestration.errors import ConfigurationError
from orchestration.landing import files as files_module
from orchestration.landing import folder as folder_module
from orchestration.landing import land, passed_over
from orchestration.landing.walk import walk

HEADER, ROW = "customer_id,name\n", "c1,Ada\n"
GOOD = HEADER + ROW


@pytest.fixture
def two(landing):
    """A source with a good file, and another one that shall not suffer."""
    for name in ("bad", "good"):
        landing.source(name)
        landing.put(name, "customers.csv", GOOD.replace("c1", name))
    return landing


def messages(landing) -> list[str]:
    return [text for (text,) in landing.rows("select message from audit.rejects order by 1")]


def assert_only_the_source_is_refused(landing, code: str, said: str) -> None:
    """The bad source is refused with one sentence; the other one is loaded."""
    deliveries = landing.run()
    refused = {delivery.source_name for delivery in deliveries if delivery.refused}
    assert refused == {"bad"}
    assert landing.rows("select _source, customer_id from raw.customers") == [("good", "good")]
    assert [one for (one,) in landing.rows("select distinct code from audit.rejects")] == [code]
    assert any(said in text for text in messages(landing)), messages(landing)


def test_a_file_that_can_not_be_read(two, monkeypatch):
    digest = folder_module.sha256

    def denied(path):
        if path.parent.name == "bad":
            raise PermissionError(13, os.strerror(13), str(path))
        return digest(path)

    monkeypatch.setattr(folder_module, "sha256", denied)
    assert_only_the_source_is_refused(two, "F15", "customers.csv can't be read (Permission denied)")


def test_a_folder_that_can_not_be_entered(two, monkeypatch):
    two.put("bad", "2025-06-01/customers.csv", GOOD)
    scan = os.scandir

    def denied(path):
        if str(path).endswith("2025-06-01"):
            raise PermissionError(13, os.strerror(13), str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", denied)
    assert_only_the_source_is_refused(two, "F15", "2025-06-01 can't be read (Permission denied)")


def test_a_file_that_vanished_after_it_was_found(two, monkeypatch):
    wait = folder_module.wait_until_written

    def gone(path):
        if path.parent.name == "bad":
            path.unlink()
        wait(path)

    monkeypatch.setattr(folder_module, "wait_until_written", gone)
    assert_only_the_source_is_refused(two, "F15", "customers.csv can't be read (No such file or directory)")


@pytest.mark.parametrize("moment", ["inspect", "load", "shape"])
def test_a_file_that_vanishes_while_it_is_read(two, monkeypatch, moment):
    before = getattr(files_module, moment)

    def gone(*arguments, **named):
        path = two.extracts / "bad" / "customers.csv"
        path.unlink(missing_ok=True)
        return before(*arguments, **named)

    monkeypatch.setattr(files_module, moment, gone)
    two.run()
    assert two.rows("select _source from raw.customers") == [("good",)]
    assert messages(two)


def test_a_disk_that_gives_an_error_while_it_is_read(two, monkeypatch):
    inspect = files_module.inspect

    def broken(path, *rest):
        if path.parent.name == "bad":
            raise OSError(5, os.strerror(5), str(path))
        return inspect(path, *rest)

    monkeypatch.setattr(files_module, "inspect", broken)
    assert_only_the_source_is_refused(two, "F15", "customers.csv can't be read (Input/output error)")


@pytest.mark.parametrize("name", [b"customers\xff.csv", b"customers\n.csv", b"\x1b[31mcustomers.csv"])
def test_a_name_that_can_not_be_written_down(two, name):
    Path(os.fsdecode(os.fsencode(two.extracts / "bad") + b"/" + name)).write_text(GOOD)
    assert_only_the_source_is_refused(two, "F15", "its name is not UTF-8, or has control characters")
    assert all(text.isprintable() for text in messages(two))


def test_a_folder_whose_name_can_not_be_written_down(two):
    folder = Path(os.fsdecode(os.fsencode(two.extracts / "bad") + b"/2025\xe9"))
    folder.mkdir()
    (folder / "customers.csv").write_text(GOOD)
    assert_only_the_source_is_refused(two, "F15", r"2025\xe9 can't be written down")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_link_out_of_the_extracts_is_refused(two, tmp_path, kind):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "customers.csv").write_text(GOOD)
    target = secret if kind == "folder" else secret / "customers.csv"
    (two.extracts / "bad" / ("more" if kind == "folder" else "customers_2.csv")).symlink_to(target)
    assert_only_the_source_is_refused(two, "F16", "is a link that leads out of the extracts folder")


def test_a_link_within_the_extracts_is_read(landing):
    landing.source("linked")
    landing.put("linked", ".kept/customers.csv", GOOD)
    (landing.extracts / "linked" / "customers.csv").symlink_to(".kept/customers.csv")
    landing.run()
    assert landing.rows("select customer_id from raw.customers") == [("c1",)]


def test_a_source_whose_folder_is_a_link_out_of_the_extracts_is_refused(landing, tmp_path):
    landing.source("linked")
    (landing.extracts / "linked").rmdir()
    (tmp_path / "elsewhere").mkdir()
    (landing.extracts / "linked").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match="leads out of the extracts folder"):
        landing.run()


@pytest.mark.parametrize("kind", ["file", "loop", "missing"])
def test_a_source_without_a_folder_is_named(landing, kind):
    landing.source("odd")
    folder = landing.extracts / "odd"
    folder.rmdir()
    if kind == "file":
        folder.write_text("a file")
    elif kind == "loop":
        folder.symlink_to("odd")
    with pytest.raises(ConfigurationError, match="source odd: "):
        landing.run()


def test_everything_that_is_passed_over_is_named(landing):
    landing.source("one")
    landing.source("two")
    landing.put("one", "customers.csv", GOOD)
    landing.put("one", "2026-01-01/customers.csv", GOOD)
    for name in (".DS_Store", "customers.csv.part"):
        landing.put("one", name, "x")
    folder = landing.extracts / "one"
    (folder / "gone.csv").symlink_to("nothing.csv")
    (folder / "loop.csv").symlink_to("loop.csv")
    (folder / "again").symlink_to(".")
    os.mkfifo(folder / "pipe.csv")
    (landing.extracts / "stripe_old").mkdir()
    (landing.extracts / "notes.txt").write_text("x")
    assert not any(one.refused for one in landing.run())
    told = said_of(landing, "one", "two")
    said = " ".join(notice.text for notice in told)
    assert [notice.is_warning for notice in told] == [True, True]
    assert told[0].text.startswith("one: passed over and not read: ") and "and 2 more" in told[0].text
    for name in ("stripe_old/ (of no source", "notes.txt (of no source", "dated after this run's instant",
                 "gone.csv (a link to nothing)", "again (a link to a folder)"):  # fmt: skip
        assert name in said
    landing.put("two", ".hidden", "x")
    hidden = passed_over(landing.extracts / "..", {}, (), datetime(2025, 7, 1))
    assert hidden[0].is_warning
    (landing.extracts / "stripe_old").rmdir()
    (landing.extracts / "notes.txt").unlink()
    assert [one.is_warning for one in said_of(landing, "two", kept=("one",))] == [False]


def test_what_is_passed_over_is_what_landing_saw(landing):
    """The folders of the sources are not walked a second time: what came meanwhile is of the next run."""
    landing.source("one")
    landing.put("one", "customers.csv", GOOD)
    landed = land(landing.connection, landing, datetime(2025, 7, 1))
    landing.put("one", "customers.csv.part", "x")
    assert passed_over(landing.extracts, landed.walked, (), datetime(2025, 7, 1)) == []
    assert "customers.csv.part" in said_of(landing, "one")[0].text


def said_of(landing, *sources, kept=()):
    walked = {name: walk(landing.extracts / name) for name in sources}
    return passed_over(landing.extracts, walked, kept, datetime(2025, 7, 1))


def test_a_socket_is_passed_over(landing, tmp_path, monkeypatch):
    landing.source("one")
    landing.put("one", "customers.csv", GOOD)
    monkeypatch.chdir(landing.extracts / "one")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("customers.sock")
        assert not any(one.refused for one in landing.run())


@pytest.mark.parametrize("kind", ["gz", "zst"])
def test_a_compressed_file_that_unfolds_to_more_than_is_allowed(two, kind):
    two.max_unfolded = 2_000_000
    plain = (GOOD + "x" * 3_000_000).encode()
    packed = gzip.compress(plain) if kind == "gz" else zstandard.ZstdCompressor().compress(plain)
    (two.extracts / "bad" / "customers.csv").unlink()
    two.put("bad", f"customers.csv.{kind}", packed)
    assert_only_the_source_is_refused(
        two, "F17", "unfolds to more than 2 MB. If that is meant, raise max_unfolded"
    )


def test_a_bomb_is_stopped_at_once(two):
    two.max_unfolded = 1_000_000
    (two.extracts / "bad" / "customers.csv").unlink()
    two.put("bad", "customers.csv.gz", gzip.compress(b" " * 300_000_000, 1))
    assert_only_the_source_is_refused(two, "F17", "unfolds to more than 1 MB")


DEEP = 100_000


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("customers.json", "[" * DEEP),
        ("customers.json", "[" * DEEP + "]" * DEEP),
        ("customers.json", '{"a":' * DEEP),
        ("customers.jsonl", '{"error": ' + "[" * DEEP),
        ("customers.jsonl", "{" * DEEP),
    ],
)
def test_json_that_is_nested_too_deep_refuses_its_source(two, name, content):
    (two.extracts / "bad" / "customers.csv").unlink()
    two.put("bad", name, content)
    refused = {delivery.source_name for delivery in two.run() if delivery.refused}
    assert refused == {"bad"}
    assert two.rows("select _source from raw.customers") == [("good",)]


@pytest.mark.parametrize("nested", ['{"a":' * DEEP + "1" + "}" * DEEP, "[" * DEEP + "]" * DEEP])
def test_a_value_that_is_nested_deep_is_a_text(two, nested):
    (two.extracts / "bad" / "customers.csv").unlink()
    two.put("bad", "customers.jsonl", '{"customer_id": "bad", "name": ' + nested + "}\n")
    two.run()
    assert two.rows("select customer_id from raw.customers order by 1") == [("bad",), ("good",)]


@pytest.mark.parametrize("content", ["{" * DEEP, "[" * DEEP, '{"a":' * DEEP])
def test_a_draft_of_a_mapping_for_a_file_that_is_nested_too_deep_says_so(tmp_path, content):
    (tmp_path / "x.jsonl").write_text(content)
    answer = CliRunner().invoke(mapping_command, ["suggest", str(tmp_path / "x.jsonl")])
    assert answer.exception is None or isinstance(answer.exception, ConfigurationError | SystemExit)


PATHS = (
    'a"b', "a[x]", "a[*]", "a[", "a]", "a[-1]", "a..b", ".", "a.", "[0]", "a[0", "a'b", "a\\b", "a\\", "$",
    "$..a", "*", "a.*", "a[99999999999999999999]", "é", "a b", "{", "{}", "a.{b", "a.{$.b}", "a;drop table x",
    "a\u0000b", "$9.a",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_whatever_path_a_mapping_names_the_source_or_the_mapping_is_refused(two, path, tmp_path):
    import yaml

    text = yaml.safe_dump(
        {
            "files": [
                {
                    "table": "customers",
                    "match": "people.jsonl",
                    "format": {"type": "jsonl"},
                    "columns": {"customer_id": {"from": "id"}, "name": {"from": path}},
                }
            ]
        },
        allow_unicode=True,
    )
    two.sources[0].mapping = two.mapping(text)
    (two.extracts / "bad" / "customers.csv").unlink()
    two.put("bad", "people.jsonl", '{"id": "c1", "a": {"b": [1]}}\n')
    try:
        two.run()
    except ConfigurationError:
        return
    assert ("good",) in two.rows("select _source from raw.customers")
