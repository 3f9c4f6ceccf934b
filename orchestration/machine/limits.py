"""What a run may use of its machine."""

import re
from dataclasses import dataclass

from orchestration.errors import ConfigurationError

_MEMORY = re.compile(r"(?i)[0-9]+(\.[0-9]+)? ?(?:[KMGT]i?B|%)")


@dataclass(frozen=True)
class Limits:
    """Memory (in DuckDB's words, `4GB`) and threads; the defaults are those of profiles.yml.

    The environment sets them, because they say nothing about the company.
    """

    memory_limit: str = "4GB"
    threads: int = 2

    def __post_init__(self) -> None:
        """The database would say no more than that it can't parse it."""
        if not _MEMORY.fullmatch(self.memory_limit):
            raise ConfigurationError(
                f"{self.memory_limit!r} is no amount of memory; write one such as 4GB (--memory-limit, or "
                "SAAS_METRICS_MEMORY_LIMIT in the environment)."
            )
