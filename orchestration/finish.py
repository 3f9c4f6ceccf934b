"""What a run leaves behind however it ended: its times and its quality page."""

from pathlib import Path

from orchestration.disk import room_on
from orchestration.errors import ConfigurationError, DiskFull
from orchestration.night import Night, record_times
from orchestration.quality_page.write import write_page


def finish(night: Night) -> Path | None:
    """Record what a run cost and write its page.

    None where no step had begun, the configuration was wrong (nothing is touched then) or the disk is full.
    """
    if not night.times or isinstance(night.failure, ConfigurationError):
        return None
    try:
        with room_on(night.company.work):
            record_times(night)
            return write_page(night)
    except DiskFull:
        # The run's own error says what is wrong; one about the page would hide it.
        return None
