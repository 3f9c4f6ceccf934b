"""What a suite is made of: rules in words, each with what finds the rows that break it."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["critical", "warning"]
REPORT = "The models disagree: keep the build file and report it; yesterday's warehouse stays in force."


@dataclass(frozen=True)
class Rule:
    """One expectation on one table: `query` selects the rows that break it.

    `{batch}` stands in it for the table.
    """

    name: str
    table: str
    severity: Severity
    says: str
    """The rule in words, as a sentence that is true when all is well."""
    mend: str
    """What to do when it is broken."""
    query: str
    column: str | None = None
    schema: str = ""
    """The table's schema, where it is not the gate's own."""


@dataclass(frozen=True)
class RuleResult:
    """What became of one rule in one run."""

    rule: Rule
    success: bool | None
    """None where the rule itself could not be evaluated."""
    observed: str
    unexpected_count: int
    sample: tuple[dict[str, str], ...] = ()
    error: str = ""
    accepted: bool = False
    """Whether it is broken and was let through for this one run, by name."""

    @property
    def blocks(self) -> bool:
        """Whether the run has to stop: a critical rule that is broken, or that nobody could check."""
        return self.rule.severity == "critical" and self.success is not True and not self.accepted

    @property
    def message(self) -> str:
        """What happened, where and what to do, in one sentence or two."""
        if self.success:
            return ""
        where = f"{self.rule.table}{'.' + self.rule.column if self.rule.column else ''}"
        if self.success is None:
            return f"{where}: the rule '{self.rule.says}' could not be checked: {self.error}"
        return f"{where}: not true that {self.rule.says} ({self.observed}). {self.rule.mend}"


@dataclass(frozen=True)
class GateReport:
    """The results of one gate in one run."""

    gate: str
    results: tuple[RuleResult, ...]

    @property
    def broken(self) -> tuple[RuleResult, ...]:
        """Every result that is not a success."""
        return tuple(result for result in self.results if result.success is not True)

    @property
    def accepted(self) -> tuple[str, ...]:
        """The rules that were let through for this one run."""
        return tuple(sorted({result.rule.name for result in self.results if result.accepted}))

    @property
    def blocking(self) -> tuple[RuleResult, ...]:
        """The results that stop the run."""
        return tuple(result for result in self.results if result.blocks)
