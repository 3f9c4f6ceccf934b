"""What a run leaves behind however it ended: its times, its pages, the dead man's file, and who was told."""

from dataclasses import dataclass
from pathlib import Path

from orchestration.alerts.tell import Told
from orchestration.errors import ConfigurationError, DamagedFile, DiskFull
from orchestration.machine.disk import room_on
from orchestration.run.board_page.write import write_board_page
from orchestration.run.morning_page.write import write_morning_page
from orchestration.run.quality_page.write import write_page
from orchestration.run.steps import Run, record_times
from orchestration.run.told import end


@dataclass(frozen=True)
class Finished:
    """The pages that a run has written, and who was told how it ended."""

    quality: Path | None = None
    """None where no page was written: the configuration is wrong, the disk full or the build file damaged."""
    morning: Path | None = None
    """None of a run that published nothing: the page before stays."""
    board: Path | None = None
    """None as the morning page is."""
    alerts: tuple[Told, ...] = ()

    @property
    def told(self) -> list[str]:
        """A line for each of them, the one to read first at the end."""
        return [
            *(told.line for told in self.alerts),
            *([f"Quality page: {self.quality}"] if self.quality else []),
            *([f"Board page: {self.board}"] if self.board else []),
            *([f"Morning page: {self.morning}"] if self.morning else []),
        ]


def finish(run: Run) -> Finished | None:
    """Record what a run cost, write its pages and the dead man's file, and tell whoever wants to know.

    None where no step had begun.
    """
    if not run.times:
        return None
    pages: Finished = Finished()
    try:
        pages = _pages(run)
    finally:
        alerts = end(run, str(pages.quality or ""))
    return Finished(pages.quality, pages.morning, pages.board, alerts)


def _pages(run: Run) -> Finished:
    if isinstance(run.failure, ConfigurationError):
        # Nothing is touched then.
        return Finished()
    try:
        with room_on(run.company.work):
            record_times(run)
            board, morning = write_board_page(run), write_morning_page(run)
            return Finished(
                write_page(run, morning), morning.path if morning and run.release else None, board
            )
    except (DiskFull, DamagedFile):
        # The run's own error says what is wrong; one about the page would hide it.
        return Finished()
