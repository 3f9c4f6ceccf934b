"""The gates as blocking asset checks: one check on every table a suite looks at."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

import dagster as dg

from orchestration.errors import GateFailed
from orchestration.quality.gate import Gate
from orchestration.quality.rule import RuleResult
from orchestration.run.steps import Run


def gate_checks(gate: Gate, keys: Sequence[dg.AssetKey]) -> dg.AssetChecksDefinition:
    """One op that runs a gate's suite; each table's part of it is a check that blocks what comes after."""
    name = f"{gate}_gate"
    specs = [dg.AssetCheckSpec(name=name, asset=key, blocking=True) for key in keys]

    @dg.multi_asset_check(name=name, specs=specs, pool="build_file")
    def check_gate(run: dg.ResourceParam[Run]) -> Iterator[dg.AssetCheckResult]:
        # The failed check results stop the run; the run keeps the sentence for the person.
        with suppress(GateFailed):
            run.check(gate)
        results = run.reports[-1].results if run.reports and run.reports[-1].gate == gate else ()
        for key in keys:
            about = [one for one in results if [one.rule.schema or gate, one.rule.table] == list(key.path)]
            yield _table_result(name, key, about)

    return check_gate


def _table_result(name: str, key: dg.AssetKey, results: Sequence[RuleResult]) -> dg.AssetCheckResult:
    blocks = any(result.blocks for result in results)
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=all(result.success for result in results),
        severity=dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN,
        metadata={result.rule.name: result.message or "passed" for result in results},
    )
