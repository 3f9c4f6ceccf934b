"""Notes of company.yml and targets.csv beside it: both may be missing, and what is wrong is a sentence."""

from datetime import date
from decimal import Decimal

import pytest
from pipeline import saas_metrics, write_company

from orchestration.errors import ConfigurationError
from orchestration.settings import TARGETS, Note, Target

HEADER = "month,metric,target\n"


def test_neither_is_needed(tmp_path):
    company = write_company(tmp_path)
    assert company.notes == () and company.targets == ()
    assert write_company(tmp_path, notes="").notes == ()


def test_notes_and_targets_are_read(tmp_path):
    (tmp_path / TARGETS).write_text(
        f"\ufeff{HEADER}2025-06,closing_mrr,38000\r\n\r\n 2025-12 , nrr_12m , 1.05\n", encoding="utf-8"
    )
    company = write_company(tmp_path, notes=[{"date": "2025-03-14", "text": "New prices"}])
    assert company.notes == (Note(date(2025, 3, 14), "New prices"),)
    assert company.targets == (
        Target(date(2025, 6, 1), "closing_mrr", Decimal(38000)),
        Target(date(2025, 12, 1), "nrr_12m", Decimal("1.05")),
    )


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ([{"date": "14.3.2025", "text": "x"}], "notes[1].date: '14.3.2025' is not a day; write one such as"),
        ([{"date": "2025-02-30", "text": "x"}], "notes[1].date: "),
        ([{"date": "2025-03-14"}], "notes[1].text is missing; add it."),
        ([{"date": "2025-03-14", "text": ""}], "notes[1].text: "),
        ([{"date": "2025-03-14", "text": "x" * 201}], "notes[1].text: "),
        ([{"date": "2025-03-14", "txt": "x"}], "unknown key 'txt' in notes[1]; did you mean 'text'?"),
        ("New prices", "notes: write a list, such as `- {date: 2025-03-14, text: New prices}`"),
        ([{"date": "2025-03-14", "text": "{{ x }}"}], "A setting is a text, no template"),
    ],
)
def test_a_wrong_note_is_refused_with_what_to_do(tmp_path, notes, said):
    with pytest.raises(ConfigurationError) as refused:
        write_company(tmp_path, notes=notes)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the columns are month,metric,target, in this order."),
        ("metric,month,target\n", "line 1: the columns are"),
        (f"{HEADER}2025-13,arr,1\n", "line 2: '2025-13' is not a month; write one such as 2025-06."),
        (f"{HEADER}2025-06-30,arr,1\n", "line 2: '2025-06-30' is not a month"),
        (
            f"{HEADER}2025-06,closing_mr,1\n",
            "line 2: 'closing_mr' can have no target; did you mean 'closing_mrr'?",
        ),
        (f'{HEADER}2025-06,arr,"40,000"\n', "line 2: '40,000' is not a number"),
        (f"{HEADER}2025-06,arr,nan\n", "line 2: 'nan' is not a number"),
        (f"{HEADER}2025-06,arr\n", "line 2: a line has a month, a metric and a target, not 2 values."),
        (f"{HEADER}2025-06,arr,1\n2025-06,arr,2\n", "line 3: arr of 2025-06 has a target already"),
    ],
)
def test_a_wrong_target_is_refused_with_its_line(tmp_path, text, said):
    (tmp_path / TARGETS).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        write_company(tmp_path)
    assert f"{TARGETS} {said}" in str(refused.value)


def test_every_wrong_line_is_told_at_once(tmp_path):
    (tmp_path / TARGETS).write_text(f"{HEADER}2025-13,arr,1\n2025-06,mr,x\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        write_company(tmp_path)
    assert str(refused.value).count(TARGETS) == 3


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / TARGETS).write_bytes(HEADER.encode() + b"2025-06,arr,\xff\n")
    with pytest.raises(ConfigurationError, match="is not UTF-8 text"):
        write_company(tmp_path)


def test_a_wrong_target_ends_a_command_with_2(tmp_path):
    path = write_company(tmp_path).path
    (tmp_path / TARGETS).write_text(f"{HEADER}June,arr,1\n", encoding="utf-8")
    answer = saas_metrics("run", "--company", str(path))
    assert answer.returncode == 2 and "'June' is not a month" in answer.stderr
    assert not (tmp_path / "warehouse").exists()


def test_targets_are_no_key_of_the_file(tmp_path):
    with pytest.raises(ConfigurationError, match="unknown key 'targets'"):
        write_company(tmp_path, targets="x")
