"""The gates as blocking asset checks: one check on every table a suite looks at."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from orchestration.defs.failing import failure_of, told
from orchestration.errors import GateFailed
from orchestration.quality.gate import Gate
from orchestration.quality.rule import Rule, RuleResult
from orchestration.run.steps import Run

_SHOWN = 12
"""Rules that a check's description lists; docs/quality.md has all."""


def gate_checks(
    gate: Gate, keys: Sequence[dg.AssetKey], descriptions: Mapping[dg.AssetKey, str]
) -> dg.AssetChecksDefinition:
    """One op that runs a gate's suite; each table's part of it is a check that blocks what comes after."""
    name = f"{gate}_gate"
    specs = [
        dg.AssetCheckSpec(name=name, asset=key, blocking=True, description=descriptions[key]) for key in keys
    ]

    @dg.multi_asset_check(
        name=name,
        specs=specs,
        pool="build_file",
        description=f"Every rule of the {gate} gate. A critical one that is broken stops the run here.",
    )
    def check_gate(
        context: dg.AssetCheckExecutionContext, run: dg.ResourceParam[Run]
    ) -> Iterator[dg.AssetCheckResult]:
        failed: GateFailed | None = None
        with told(context.op_execution_context, run):
            try:
                run.check(gate)
            except GateFailed as error:
                # Raised below, behind the results of the tables.
                failed = error
        for key in keys:
            about = [
                one
                for one in run.reports[-1].results
                if [one.rule.schema or gate, one.rule.table] == list(key.path)
            ]
            yield _table_result(name, key, about)
        if failed is not None:
            raise failure_of(failed, run)

    return check_gate


def described(gate: Gate, rules: Sequence[Rule], keys: Sequence[dg.AssetKey]) -> dict[dg.AssetKey, str]:
    """What the check of each table asks, in words."""
    return {
        key: _described([one for one in rules if [one.schema or gate, one.table] == list(key.path)])
        for key in keys
    }


def _described(rules: Sequence[Rule]) -> str:
    if not rules:
        return "No rule of its own; docs/quality.md lists those of the other tables."
    lines = [f"- {rule.severity}: {rule.says}" for rule in rules[:_SHOWN]]
    more = [f"- and {len(rules) - _SHOWN} more (docs/quality.md)"] if len(rules) > _SHOWN else []
    return "\n".join(["True of the table, rule by rule:", "", *lines, *more])


def _table_result(name: str, key: dg.AssetKey, results: Sequence[RuleResult]) -> dg.AssetCheckResult:
    """A table's verdict. Where no rule was asked, as of an empty table, none was broken."""
    broken = [result for result in results if result.success is not True]
    blocks = any(result.blocks for result in results)
    said = [f"{'accepted: ' if one.accepted else ''}{one.message}" for one in broken]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=all(result.accepted for result in broken),
        severity=dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN,
        description="\n".join(said) or ("" if results else "No rule was asked: the table is empty."),
        metadata={
            "rules": len(results),
            "broken": len(broken),
            "rows": sum(result.unexpected_count for result in broken),
            **{
                result.rule.name: dg.MetadataValue.json([dict(row) for row in result.sample])
                for result in broken
            },
        },
    )
