"""Every row of `raw` can be followed back to its line, in files of any shape and size."""

import os

import pytest

from orchestration.landing import check_file, csv_records, inspection, records
from orchestration.landing.mapping import parse_mapping
from orchestration.machine import checksums

MAPPING = """
source: {name: own}
files:
  - table: customers
    match: ["*.csv", "*.jsonl"]
    delivery: delta
    format: {type: KIND}
    columns:
      customer_id: {from: id}
      name:        {from: name}
"""


def mapping(landing, kind):
    return landing.mapping(MAPPING.replace("KIND", kind))


def misplaced(landing):
    """Rows that do not stand on the line which their own id names."""
    return landing.rows("select count(*) from raw.customers where try_cast(customer_id as bigint) <> _line")


def test_a_file_read_by_several_threads_keeps_its_lines(landing, monkeypatch):
    # The reader's buffers grow with the longest field: with a small one, threads share a small file too.
    monkeypatch.setattr(csv_records, "MAX_FIELD", 1 << 16)
    landing.source("own", mapping(landing, "csv"))
    rows = (f"{line},a name that fills the line\n" for line in range(2, 600_000))
    landing.put("own", "c.csv", "id,name\n" + "".join(rows))
    landing.run()
    assert landing.rows("select count(*) from raw.customers") == [(599_998,)]
    assert misplaced(landing) == [(0,)]


def test_lines_are_kept_through_quoted_newlines_in_any_number(landing, monkeypatch):
    monkeypatch.setattr(records, "_HELD_SHIFTS", 7)
    monkeypatch.setattr(inspection, "CHUNK", 64)
    monkeypatch.setattr(records, "CHUNK", 64)
    landing.source("own", mapping(landing, "csv"))
    rows, line = [], 2
    for breaks in range(60):
        rows.append(f'{line},"a{chr(10) * (breaks % 3)}b"\n')
        line += 1 + breaks % 3
    landing.put("own", "c.csv", "id,name\n" + "".join(rows))
    landing.run()
    assert landing.rows("select count(*) from raw.customers") == [(60,)]
    assert misplaced(landing) == [(0,)]


def test_a_repeated_header_is_named_by_its_line_behind_quoted_newlines(write):
    file = write("c.csv", 'id,name\n1,"a\n\nb"\nid,name\n2,c\n')
    report = check_file(file, parse_mapping(MAPPING.replace("KIND", "csv"), "own"))
    assert [(finding.code, finding.line) for finding in report.findings] == [("W08", 5)]


@pytest.mark.parametrize("space", [" ", "\\u0020", "\\u00a0", "\u00a0", "\u202f"])
@pytest.mark.parametrize("text", ['{{"id":"1","name":"{}x"}}\n', '{{"id":"1","name":"x{}"}}\n'])
def test_spaces_around_a_value_of_json_are_no_part_of_it(landing, text, space):
    landing.source("own", mapping(landing, "jsonl"))
    landing.put("own", "c.jsonl", text.format(space))
    landing.run()
    assert landing.rows("select name from raw.customers") == [("x",)]


def test_a_file_swapped_under_the_reader_is_refused(landing, monkeypatch):
    """Of the same length and time: what was hashed would not be what is loaded."""
    landing.source("own", mapping(landing, "csv"))
    file = landing.put("own", "c.csv", "id,name\n1,before\n")
    hashed = checksums.sha256

    def swap(path):
        found = hashed(path)
        times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
        path.write_text("id,name\n1,behind\n")
        os.utime(path, ns=times)
        return found

    monkeypatch.setattr("orchestration.landing.folder.sha256", swap)
    landing.run()
    assert landing.rows("select code from audit.rejects") == [("F10",)]
    monkeypatch.undo()
    landing.run()
    assert landing.rows("select name from raw.customers") == [("behind",)]
    assert file.exists()
