"""One search for somebody: in any case, escaped, in an older encoding, compressed; and nobody else."""

import gzip
import html
import json
from urllib.parse import quote

import pytest
import zstandard

from orchestration.forget.searching import Search

NAMES = ("Zoé Müller", "O'Hara & Söhne", 'The "Best" GmbH', "Ann", "ann@example.org")
WAYS = {
    "as it is": lambda name: name.encode(),
    "in capitals": lambda name: name.upper().encode(),
    "in small letters": lambda name: name.lower().encode(),
    "for HTML": lambda name: html.escape(name).encode(),
    "for HTML, as Jinja does": lambda name: (
        html.escape(name).replace("&#x27;", "&#39;").replace("&quot;", "&#34;").encode()
    ),
    "for JSON, in ASCII": lambda name: json.dumps({"name": name}).encode(),
    "for JSON": lambda name: json.dumps({"name": name}, ensure_ascii=False).encode(),
    "in an address of the web": lambda name: quote(name).encode(),
    "in a cell of CSV": lambda name: ('"' + name.replace('"', '""') + '"').encode(),
    "in the encoding of Windows": lambda name: name.encode("cp1252"),
    "in UTF-16": lambda name: name.encode("utf-16"),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("way", WAYS)
def test_a_name_is_found_however_it_is_written(tmp_path, name, way):
    file = tmp_path / "notes.txt"
    file.write_bytes(b"paid by " + WAYS[way](name) + b" in March")
    assert Search((name,)).holds(file)


@pytest.mark.parametrize("name", ["Ann", "Zoé Müller"])
def test_a_name_is_found_in_compressed_files(tmp_path, name):
    text = ("x" * 10_000_000 + name).encode()
    for suffix, pack in ((".gz", gzip.compress), (".zst", zstandard.ZstdCompressor().compress)):
        file = tmp_path / f"deals.csv{suffix}"
        file.write_bytes(pack(text))
        assert Search((name,)).holds(file)


def test_a_name_across_two_chunks_is_found(tmp_path):
    file = tmp_path / "large.csv"
    file.write_bytes(b"x" * ((1 << 22) - 3) + "Müller".encode() + b"y" * 100)
    assert Search(("Müller",)).holds(file)


def test_a_file_that_only_calls_itself_compressed_is_searched_as_it_is(tmp_path):
    file = tmp_path / "deals.csv.gz"
    file.write_bytes(b"Ann, not packed")
    assert Search(("Ann",)).holds(file)


def test_an_id_is_found_as_it_is_and_not_in_a_longer_one(tmp_path):
    file = tmp_path / "invoices.jsonl"
    file.write_bytes(b'{"customer": "cus_10", "other": "CUS_1", "third": "x-cus_1"}')
    assert not Search((), ("cus_1",)).holds(file)
    file.write_bytes(b'{"customer": "cus_1"}')
    assert Search((), ("cus_1",)).holds(file)


def test_a_page_loses_a_name_however_it_is_written_and_no_other_word():
    page = (
        "<td>O&#39;Hara &amp; S\u00f6hne</td><td>o'hara &amp; söhne</td><td>cus_1 cus_10</td>"
        "<td>Ann Annual ANN</td>"
    )
    search = Search(("O'Hara & Söhne", "Ann"), ("cus_1",))
    known = {"cus_1": "forgotten-1", "O'Hara & Söhne": "forgotten", "Ann": "forgotten"}
    assert search.replaced(page, known) == (
        "<td>forgotten</td><td>forgotten</td><td>forgotten-1 cus_10</td><td>forgotten Annual forgotten</td>"
    )
