"""Checks that a failed run never came to: what was found last stands.

Dagster shows each check that a run had planned as failed where the run failed, also where nobody asked it.
"""

from collections.abc import Sequence

import dagster as dg

_LOOKED_BACK = 20
"""Runs in a row that may end before a check, so that its last verdict is still found."""


def say_again(instance: dg.DagsterInstance, keys: Sequence[dg.AssetCheckKey]) -> int:
    """Record the last verdict of each check again that stands as planned by a failed run; how many did.

    A check that was never asked has none, and stays as it is.
    """
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    planned = {key: one.run_id for key, one in latest.items() if one.status.value == "PLANNED"}
    failed = {run_id for run_id in set(planned.values()) if _failed(instance, run_id)}
    verdicts = [
        verdict
        for key, run_id in planned.items()
        if run_id in failed and (verdict := _last_verdict(instance, key, run_id))
    ]
    for verdict in verdicts:
        instance.report_runless_asset_event(verdict)
    return len(verdicts)


def _failed(instance: dg.DagsterInstance, run_id: str) -> bool:
    run = instance.get_run_by_id(run_id)
    return run is not None and run.status == dg.DagsterRunStatus.FAILURE


def _last_verdict(
    instance: dg.DagsterInstance, key: dg.AssetCheckKey, run_id: str
) -> dg.AssetCheckEvaluation | None:
    for record in instance.event_log_storage.get_asset_check_execution_history(key, limit=_LOOKED_BACK):
        if (found := record.evaluation) is not None and record.status.value != "PLANNED":
            note = f"Not asked in run {run_id[:8]}, which ended before; this is what was found last."
            lines = (found.description or "").splitlines()
            told = [line for line in lines if not line.startswith("Not asked in run")]
            return dg.AssetCheckEvaluation(
                asset_key=found.asset_key,
                check_name=found.check_name,
                passed=found.passed,
                metadata=found.metadata,
                target_materialization_data=found.target_materialization_data,
                severity=found.severity,
                description="\n".join([note, *told]),
                blocking=found.blocking,
            )
    return None
