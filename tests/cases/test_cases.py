"""Small companies with what vendors really deliver, run as their users run them, and the right figures.

A case is a folder of `tests/data/cases`: `company.yml`, extracts, and `expected.json` with `steps` (shell
lines), `exit`, `says` (texts of the last step's output) and `queries` on the published file. C.. are
published examples, K.. and L.. are further members of their kinds.
"""

import contextlib
import json
import shlex
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest
from pipeline import saas_metrics

CASES = sorted(path.parent for path in (Path(__file__).parents[1] / "data" / "cases").glob("*/expected.json"))


def _figure(cell: object) -> object:
    try:
        return round(float(cell), 4)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None if cell is None else str(cell)


def _rows(rows: list[tuple[object, ...]] | list[list[object]]) -> list[list[object]]:
    return [[_figure(cell) for cell in row] for row in rows]


def in_a_shell(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(line, shell=True, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_figures_of_a_case_are_right(case, tmp_path):
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    company = Path(shutil.copytree(case, tmp_path / "company"))
    with contextlib.chdir(company):
        for step in expected["steps"]:
            command, *arguments = shlex.split(step)
            done = saas_metrics(*arguments) if command == "saas-metrics" else in_a_shell(step)
    said = done.stdout + done.stderr
    assert done.returncode == expected["exit"], said[-2000:]
    assert [text for text in expected.get("says", []) if text not in said] == []
    if not expected.get("queries"):
        return
    with duckdb.connect(str(company / "warehouse" / "warehouse.duckdb"), read_only=True) as connection:
        for query in expected["queries"]:
            found = _rows(connection.execute(query["sql"]).fetchall())
            assert found == _rows(query["expected"]), (query["sql"], expected["why"])
