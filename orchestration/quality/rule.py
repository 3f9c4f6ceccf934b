"""What a suite is made of: rules in words, each with what finds the rows that break it."""

from dataclasses import dataclass
from typing import Literal

from orchestration.landing.canonical import literal, quoted

Severity = Literal["critical", "warning"]


@dataclass(frozen=True)
class Rule:
    """One expectation on one table: `query` selects the rows that break it, `{batch}` stands for the table.

    Without a table of `needs` it is left out.
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
    needs: tuple[str, ...] = ()
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

    @property
    def blocks(self) -> bool:
        """Whether the run has to stop: a critical rule that is broken, or that nobody could check."""
        return self.rule.severity == "critical" and self.success is not True

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
    def blocking(self) -> tuple[RuleResult, ...]:
        """The results that stop the run."""
        return tuple(result for result in self.results if result.blocks)


REPORT = "The models disagree: keep the build file and report it; yesterday's warehouse stays in force."


def rows(
    table: str,
    name: str,
    says: str,
    query: str,
    needs: tuple[str, ...] = (),
    severity: Severity = "critical",
    mend: str = REPORT,
    schema: str = "",
) -> Rule:
    """A rule whose query selects the rows that break it."""
    return Rule(
        name=name,
        table=table,
        severity=severity,
        says=says,
        mend=mend,
        query=query,
        needs=needs,
        schema=schema,
    )


def unique(table: str, columns: list[str]) -> Rule:
    """No two rows have the same key."""
    names = ", ".join(quoted(column) for column in columns)
    filled = " and ".join(f"{quoted(column)} is not null" for column in columns)
    return Rule(
        name=f"{'_'.join(columns)}_is_unique",
        table=table,
        severity="critical",
        says=f"no two rows share {', '.join(columns)}",
        mend=REPORT,
        query=f"select {names}, count(*) as rows from {{batch}} where {filled} group by {names} "
        "having count(*) > 1",
        column=None if len(columns) > 1 else columns[0],
    )


def not_null(table: str, column: str, says: str = "") -> Rule:
    """Every row has a value."""
    return _of_values(
        table, column, f"{column}_is_filled", says or f"every row has {column}", f"{quoted(column)} is null"
    )


def accepted_values(table: str, column: str, values: list[str]) -> Rule:
    """Only these values, or none."""
    listed = ", ".join(literal(value) for value in values)
    return _of_values(
        table,
        column,
        f"{column}_is_known",
        f"{column} is one of {', '.join(values)}",
        f"{quoted(column)} not in ({listed})",
    )


def between(table: str, column: str, low: float, high: float) -> Rule:
    """A number within its limits, or none."""
    return _of_values(
        table,
        column,
        f"{column}_is_in_range",
        f"{column} lies between {low:g} and {high:g}",
        f"{quoted(column)} not between {low:g} and {high:g}",
    )


def _of_values(table: str, column: str, name: str, says: str, broken: str) -> Rule:
    return Rule(
        name=name,
        table=table,
        severity="critical",
        says=says,
        mend=REPORT,
        query=f"select {quoted(column)}, count(*) as rows from {{batch}} where {broken} "
        f"group by {quoted(column)}",
        column=column,
    )
