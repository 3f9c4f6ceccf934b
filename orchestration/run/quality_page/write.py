"""Writing a run's quality page."""

from pathlib import Path

from orchestration.run.morning_page.write import MorningPage
from orchestration.run.pages.html import environment, keep_page
from orchestration.run.quality_page.facts import PageFacts, gather
from orchestration.run.quality_page.sparkline import sparkline
from orchestration.run.steps import Run


def write_page(run: Run, morning: MorningPage | None) -> Path:
    """Write the page of a run that has ended, beside its morning page. Raises OSError on a full disk."""
    return keep_page(run, run.company.pages, render(gather(run), morning))


def render(facts: PageFacts, morning: MorningPage | None) -> str:
    """The page as HTML; `morning` is the page of the figures that are in force, if there is one."""
    template = environment(Path(__file__).parent, sparkline=sparkline).get_template("page.html")
    return template.render(facts=facts, morning=morning)
