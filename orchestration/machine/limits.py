"""What a run may use of its machine."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Memory (in DuckDB's words, `4GB`) and threads; the defaults are those of profiles.yml.

    The environment sets them, because they say nothing about the company.
    """

    memory_limit: str = "4GB"
    threads: int = 2
