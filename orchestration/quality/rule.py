"""What a suite is made of: rules in words, each with what finds the rows that break it."""

from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["critical", "warning"]


@dataclass(frozen=True)
class Rule:
    """One expectation on one table.

    Either `query` selects the rows that break the rule (`{batch}` stands for the table), or `expectation`
    names a class of Great Expectations with its `arguments`. Without a table of `needs` it is left out.
    """

    name: str
    table: str
    severity: Severity
    says: str
    """The rule in words, as a sentence that is true when all is well."""
    mend: str
    """What to do when it is broken."""
    query: str = ""
    expectation: str = "UnexpectedRowsExpectation"
    arguments: dict[str, Any] = field(default_factory=dict)
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
    return Rule(
        name=f"{'_'.join(columns)}_is_unique",
        table=table,
        severity="critical",
        says=f"no two rows share {', '.join(columns)}",
        mend=REPORT,
        expectation="ExpectCompoundColumnsToBeUnique" if len(columns) > 1 else "ExpectColumnValuesToBeUnique",
        arguments={"column_list": columns} if len(columns) > 1 else {"column": columns[0]},
        column=None if len(columns) > 1 else columns[0],
    )


def not_null(table: str, column: str, says: str = "") -> Rule:
    """Every row has a value."""
    return Rule(
        name=f"{column}_is_filled",
        table=table,
        severity="critical",
        says=says or f"every row has {column}",
        mend=REPORT,
        expectation="ExpectColumnValuesToNotBeNull",
        arguments={"column": column},
        column=column,
    )


def accepted_values(table: str, column: str, values: list[str]) -> Rule:
    """Only these values, or none."""
    return Rule(
        name=f"{column}_is_known",
        table=table,
        severity="critical",
        says=f"{column} is one of {', '.join(values)}",
        mend=REPORT,
        expectation="ExpectColumnValuesToBeInSet",
        arguments={"column": column, "value_set": values},
        column=column,
    )


def between(table: str, column: str, low: float, high: float) -> Rule:
    """A number within its limits, or none."""
    return Rule(
        name=f"{column}_is_in_range",
        table=table,
        severity="critical",
        says=f"{column} lies between {low:g} and {high:g}",
        mend=REPORT,
        expectation="ExpectColumnValuesToBeBetween",
        arguments={"column": column, "min_value": low, "max_value": high},
        column=column,
    )
