"""Landing takes the memory it is given, however large the file."""

import pytest

from benchmarks.landing_large import write_quoted_csv
from benchmarks.landing_reader import measured
from orchestration.landing import duplicates

LIMIT_MB = 150


def peak(folder, size):
    """MB at the peak of a process that lands a quoted CSV of `size` bytes."""
    file = folder / f"{size}.csv"
    write_quoted_csv(file, size)
    return measured("landing", file, f"{LIMIT_MB}MB").peak


@pytest.mark.slow
def test_a_file_five_times_as_long_takes_no_more_memory(tmp_path):
    short, long = peak(tmp_path, 60_000_000), peak(tmp_path, 300_000_000)
    # 1.8 million records more: 25 bytes for each of them would show.
    assert long - short < 45
    # Above the limit lie Python with its libraries (95 MB) and what DuckDB does not count.
    assert long < LIMIT_MB + 180


def test_repeated_keys_are_found_wherever_they_stand(landing, monkeypatch):
    monkeypatch.setattr(duplicates, "_KEYS_AT_ONCE", 7)
    landing.source("crm", delivery="delta")
    lines = [f"{number},name {number}\n" for number in range(400)]
    lines += [f"{number},name {number}\n" for number in (0, 13, 39)]
    landing.put("crm", "customers.csv", "customer_id,name\n" + "".join(lines))
    landing.run()
    found = "select line, value, code from audit.rejects order by line"
    assert landing.rows(found) == [(402, "0", "W06"), (403, "13", "W06"), (404, "39", "W06")]
    assert landing.rows("select count(*), count(distinct customer_id) from raw.customers") == [(400, 400)]
