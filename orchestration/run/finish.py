"""What a run leaves behind however it ended: its times, its quality page, and the company's morning page."""

from dataclasses import dataclass
from pathlib import Path

from orchestration.errors import ConfigurationError, DamagedFile, DiskFull
from orchestration.machine.disk import room_on
from orchestration.run.morning_page.write import write_morning_page
from orchestration.run.quality_page.write import write_page
from orchestration.run.steps import Run, record_times


@dataclass(frozen=True)
class Pages:
    """The pages that a run has written."""

    quality: Path
    morning: Path | None
    """None of a run that published nothing: the page before stays."""

    @property
    def told(self) -> list[str]:
        """A line for each of them, the one to read first at the end."""
        return [f"Quality page: {self.quality}"] + ([f"Morning page: {self.morning}"] if self.morning else [])


def finish(run: Run) -> Pages | None:
    """Record what a run cost and write its pages.

    None where no step had begun, the configuration was wrong (nothing is touched then), the disk is full or
    the build file is damaged.
    """
    if not run.times or isinstance(run.failure, ConfigurationError):
        return None
    try:
        with room_on(run.company.work):
            record_times(run)
            morning = write_morning_page(run)
            return Pages(write_page(run, morning), morning.path if morning and run.release else None)
    except (DiskFull, DamagedFile):
        # The run's own error says what is wrong; one about the page would hide it.
        return None
