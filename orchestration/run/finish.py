"""What a run leaves behind however it ended: its times and its quality page."""

from pathlib import Path

from orchestration.errors import ConfigurationError, DamagedFile, DiskFull
from orchestration.machine.disk import room_on
from orchestration.run.quality_page.write import write_page
from orchestration.run.steps import Run, record_times


def finish(run: Run) -> Path | None:
    """Record what a run cost and write its page.

    None where no step had begun, the configuration was wrong (nothing is touched then), the disk is full or
    the build file is damaged.
    """
    if not run.times or isinstance(run.failure, ConfigurationError):
        return None
    try:
        with room_on(run.company.work):
            record_times(run)
            return write_page(run)
    except (DiskFull, DamagedFile):
        # The run's own error says what is wrong; one about the page would hide it.
        return None
