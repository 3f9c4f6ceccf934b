"""Writing a run's board page."""

from pathlib import Path

from orchestration.run.board_page.facts import MOVEMENTS, BoardFacts, gather_board, last_month
from orchestration.run.board_page.figures import quarter_name
from orchestration.run.morning_page import words
from orchestration.run.pages.html import LATEST, environment, keep_page, page_name
from orchestration.run.steps import Run

_SHOWN = 10
"""Rows of a list; how many more there are is said."""


def write_board_page(run: Run) -> Path | None:
    """Write the page of a run that has published, and drop the oldest ones. Raises OSError on a full disk.

    Where a run did not publish, what was written before stays: None.
    """
    if run.release is None:
        return None
    text = render_board(gather_board(run.company, run.release), page_name(run))
    return keep_page(run, run.company.board_pages, text)


def render_board(facts: BoardFacts, morning: str = LATEST) -> str:
    """The page as HTML; `morning` is the name of the morning page of the same run."""
    tools = {
        "words": words,
        "movements": MOVEMENTS,
        "quarter_name": quarter_name,
        "last_month": last_month,
        "shown": _SHOWN,
    }
    made = environment(Path(__file__).parent, **tools)
    return made.get_template("page.html").render(facts=facts, morning=morning)
