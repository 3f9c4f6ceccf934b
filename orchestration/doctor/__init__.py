"""What may keep the next run from ending well, looked at without a run: nothing is written anywhere."""

from orchestration.doctor.examination import examined
from orchestration.doctor.finding import OK, WARNING, WRONG, Finding

__all__ = ["OK", "WARNING", "WRONG", "Finding", "examined"]
