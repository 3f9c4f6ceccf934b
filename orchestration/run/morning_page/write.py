"""Writing a run's morning page."""

from dataclasses import dataclass
from pathlib import Path

from orchestration.run.morning_page import words
from orchestration.run.morning_page.charts import HEIGHT, WIDTH
from orchestration.run.morning_page.drawings import MOVEMENTS, movement
from orchestration.run.morning_page.facts import MorningFacts, gather
from orchestration.run.morning_page.tiles import METRICS, OTHER_METRICS, Tile
from orchestration.run.pages.html import LATEST, environment, keep_page, page_name
from orchestration.run.steps import Run

_HEADLINES = ("closing_mrr", "closing_customers", "customer_churn_rate", "net_revenue")
_SHOWN, _MOST = 10, 60
"""Rows of a list, and with those that are folded; how many more there are is said."""


@dataclass(frozen=True)
class MorningPage:
    """A morning page that was written, and the figures that a quality page repeats of it."""

    path: Path
    tiles: tuple[Tile, ...]


def write_morning_page(run: Run) -> MorningPage | None:
    """Write the page of a run that has published, and drop the oldest ones. Raises OSError on a full disk.

    Where a run did not publish, what was written before stays and is named; None where nothing ever was.
    """
    folder = run.company.morning_pages
    if run.release is None:
        return MorningPage(folder / LATEST, ()) if (folder / LATEST).is_file() else None
    facts = gather(run.company, run.release)
    headlines = tuple(tile for tile in facts.tiles if tile.metric.column in _HEADLINES)
    return MorningPage(keep_page(run, folder, render(facts, page_name(run))), headlines)


def render(facts: MorningFacts, board: str = LATEST) -> str:
    """The page as HTML; `board` is the name of the board page of the same run."""
    tools = {
        "words": words,
        "metrics": {metric.column: metric for metric in (*METRICS, *OTHER_METRICS)},
        "movements": MOVEMENTS,
        "movement": movement,
        "shown": _SHOWN,
        "most": _MOST,
        "trace_width": WIDTH,
        "trace_height": HEIGHT,
    }
    return (
        environment(Path(__file__).parent, **tools).get_template("page.html").render(facts=facts, board=board)
    )
