"""Small files of one shape are shaped by one statement, and each row still tells its own file and line."""

import pytest

from orchestration.landing import shaping, source_run, together

MAPPING = """
source: {name: own}
files:
  - table: customers
    match: "customers*.csv"
    delivery: delta
    max_reject_ratio: 0.9
    columns:
      customer_id: {from: id}
      name:        {from: name}
      country:     {from: country}
      created_at:  {from: since, on_bad: 'null'}
"""


@pytest.fixture
def statements(monkeypatch):
    """How many tables each statement that shapes rows is for: of one file, or of several together."""
    asked = {"alone": 0, "together": 0}

    def counted(module, name):
        real = module.shaped_rows

        def rows(*given):
            asked[name] += 1
            return real(*given)

        monkeypatch.setattr(module, "shaped_rows", rows)

    counted(shaping, "alone")
    counted(together, "together")
    return asked


def refused(landing):
    return landing.rows("select file, line, column_name, code from audit.rejects order by all")


def test_many_files_of_one_shape_take_one_statement_and_keep_their_files_and_lines(landing, statements):
    landing.source("own", landing.mapping(MAPPING))
    landing.put(
        "own", "customers_2024-01-01.csv", 'id,name,country,since\n1,"a\n\nb",FR,2024-01-01\n,c,FR,\n'
    )
    landing.put("own", "customers_2024-01-02.csv", "id,name,country,since\n3,d,DE,never\n,e,DE,\n4,f,DE,\n")
    landing.put("own", "customers_2024-01-03.csv", "id,name,country,since\n")
    landing.put("own", "customers_2024-01-04.csv", "id,name,country,since\n5,g,US,2024-01-04\n")
    landing.run()
    assert statements == {"alone": 0, "together": 1}
    first, second, last = (f"customers_2024-01-0{day}.csv" for day in (1, 2, 4))
    assert landing.rows("select customer_id, name, _file, _line from raw.customers order by all") == [
        ("1", "a\n\nb", first, 2),
        ("3", "d", second, 2),
        ("4", "f", second, 4),
        ("5", "g", last, 2),
    ]
    assert refused(landing) == [
        (first, 5, "customer_id", "V10"),
        (second, 2, "created_at", "W10"),
        (second, 3, "customer_id", "V10"),
    ]


def test_files_whose_header_or_lines_differ_are_shaped_by_themselves(landing, statements):
    landing.source("own", landing.mapping(MAPPING))
    landing.put("own", "customers_2024-01-01.csv", "id,name,country,since\n1,a,FR,\n")
    landing.put("own", "customers_2024-01-02.csv", "country,id,since,name\nDE,2,,b\n")
    landing.put("own", "customers_2024-01-03.csv", "id,name,country,since\nid,name,country,since\n3,c,US,\n")
    landing.put("own", "customers_2024-01-04.csv", "id,name,country,since\n4,d,GB,\n")
    landing.run()
    assert landing.rows("select customer_id, name, country, _line from raw.customers order by all") == [
        ("1", "a", "FR", 2),
        ("2", "b", "DE", 2),
        ("3", "c", "US", 3),
        ("4", "d", "GB", 2),
    ]
    assert statements == {"alone": 2, "together": 1}


def test_no_more_text_is_held_at_once_than_is_allowed(landing, statements, monkeypatch):
    monkeypatch.setattr(source_run, "_AT_ONCE", 60)
    landing.source("own", landing.mapping(MAPPING))
    for day in range(1, 6):
        landing.put("own", f"customers_2024-01-0{day}.csv", f"id,name,country,since\n{day},a,FR,\n")
    landing.run()
    assert landing.rows("select count(*) from raw.customers") == [(5,)]
    assert statements == {"alone": 1, "together": 2}
