"""A newcomer's log: docs/first-company.md, followed to the letter in an empty folder."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.machine.project import PROJECT

PAGE = PROJECT / "docs" / "first-company.md"
_BLOCK = re.compile(r"(?:`(?P<file>[\w./]+)`\n)?```(?P<kind>sh|csv)\n(?P<text>.*?)```", re.DOTALL)
_MONTH = re.compile(r"(?m)^(2025-\d\d)-01 +([\d.]+) +(\d+)$")


def steps(page: str) -> Iterator[tuple[str, str]]:
    """What the page has written or typed, in its order: a file with its content, or `sh` with its lines."""
    for block in _BLOCK.finditer(page):
        yield block["file"] or block["kind"], block["text"]


def typed(lines: str, folder: Path) -> str:
    """What the lines say, typed in a folder by somebody who has the command and no settings."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("SAAS_METRICS_")}
    environment = known | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "80"}
    done = subprocess.run(
        ["bash", "-ec", lines], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{lines}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def test_every_block_of_the_page_is_a_file_or_a_command():
    """A block that is neither would be left out in silence."""
    page = PAGE.read_text(encoding="utf-8")
    kinds = [name for name, _ in steps(page)]
    assert kinds.count("sh") == len(re.findall(r"(?m)^```sh$", page)) > 5
    files = [Path(name).stem for name in kinds if name.startswith("extracts/billing/")]
    assert files == ["customers", "subscriptions", "invoices"]


@pytest.mark.slow
def test_the_page_leads_from_three_files_to_the_right_mrr(tmp_path):
    page = PAGE.read_text(encoding="utf-8")
    said = {}
    for name, text in steps(page):
        if name == "sh":
            said[text] = typed(text, tmp_path)
        else:
            (tmp_path / name).write_text(text, encoding="utf-8")
    [run] = [told for lines, told in said.items() if " run --as-of" in lines]
    assert run.count("warning:") == 1 and "the lines of an invoice come to its total" in run
    assert re.search(r"│ MRR +│(?: +[\d.]+ │)* +215\.00 │", run)
    # What the page promises is what the last command says.
    months = {
        month: value for told in said.values() for month, value, _ in _MONTH.findall(told.replace("\t", " "))
    }
    assert months["2025-01"] == months["2025-05"] == months["2025-06"] == "215.0000"
    assert months["2025-02"] == months["2025-04"] == "273.0000"
    assert "| 2025-02 to 2025-04 | 273.00 |" in page and "| 2025-05 and later | 215.00 |" in page
    assert "closing_mrr, 2025-06, the whole company: 215.0000" in "".join(said.values())
