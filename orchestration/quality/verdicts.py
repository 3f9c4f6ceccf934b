"""Which gates the build file has passed as it stands: what may be published, whoever asks for it.

A verdict holds for what was checked. Landing takes back both, a build takes back that of the marts, and one
that was given to another build counts for nothing: other settings, models, deliveries or as-of instant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
from pydantic import TypeAdapter

from orchestration.errors import DataRefused, PublishRefused
from orchestration.machine.duckdb_files import has_table
from orchestration.quality.rule import GateReport

GATES = ("raw", "marts")
_COLUMNS = (
    "gate varchar, as_of timestamp, build varchar, rules integer, warnings integer, accepted varchar[], "
    "report varchar"
)
_REPORT = TypeAdapter(GateReport)
_BUILD = """
    with deliveries as (
        select string_agg(delivery_id, ' ' order by delivery_id) as ids
        from runs.built_deliveries
    )

    select md5(concat_ws(' ', built.fingerprint, built.as_of, deliveries.ids))
    from runs.built, deliveries
"""


@dataclass(frozen=True)
class CheckedBuild:
    """A build that passed both gates."""

    as_of: datetime
    gates: Mapping[str, Mapping[str, int]]
    """Rules checked, and rules broken (warnings), of each gate."""
    accepted: tuple[str, ...] = ()
    """Rules that were broken and let through by name."""


def take_back(connection: duckdb.DuckDBPyConnection, *gates: str) -> None:
    """Forget the verdicts of these gates: what they looked at is about to change."""
    _create(connection)
    connection.execute("delete from runs.passed_gates where list_contains(?, gate)", [list(gates)])


def pass_gate(connection: duckdb.DuckDBPyConnection, report: GateReport, as_of: datetime) -> None:
    """Record that the build file passed a gate."""
    take_back(connection, report.gate)
    connection.execute(
        "insert into runs.passed_gates values (?, ?, ?, ?, ?, ?, ?)",
        [
            report.gate,
            as_of.astimezone(UTC).replace(tzinfo=None),
            _identity(connection) if report.gate == "marts" else None,
            len(report.results),
            len(report.broken),
            list(report.accepted),
            _REPORT.dump_json(report).decode(),
        ],
    )


def reports_of(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> Mapping[str, GateReport]:
    """What both gates found in the build as it stands, by gate; empty where one has not passed as of then."""
    _create(connection)
    try:
        checked = checked_build(connection)
    except PublishRefused:
        return {}
    if checked.as_of != as_of:
        return {}
    rows = connection.execute(
        "select gate, report from runs.passed_gates where report is not null"
    ).fetchall()
    return {gate: _REPORT.validate_json(report) for gate, report in rows} if len(rows) == len(GATES) else {}


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create schema if not exists runs")
    connection.execute(f"create table if not exists runs.passed_gates ({_COLUMNS})")
    # A build file of an earlier version has the table without it.
    connection.execute("alter table runs.passed_gates add column if not exists report varchar")


def give_back(
    connection: duckdb.DuckDBPyConnection, reports: Mapping[str, GateReport], as_of: datetime
) -> None:
    """Record again the verdicts of a build that turned out to be as it was."""
    for report in reports.values():
        pass_gate(connection, report, as_of)


def checked_build(connection: duckdb.DuckDBPyConnection) -> CheckedBuild:
    """The build as both gates passed it. Raises PublishRefused that says which did not."""
    passed = _passed(connection)
    found = {gate: (as_of, build, counts) for gate, as_of, build, counts, _ in passed}
    for gate in GATES:
        if gate not in found:
            raise _refused(f"the {gate} gate has not passed since the build file changed last")
    raw_as_of, as_of = (found[gate][0] for gate in GATES)
    if found["marts"][1] != _identity(connection) or found["marts"][1] is None:
        raise _refused("the marts are not those that their gate passed")
    if raw_as_of != as_of:
        raise _refused(f"the gates passed as of {raw_as_of} (raw) and {as_of} (marts)")
    accepted = sorted({rule for *_, rules in passed for rule in rules})
    return CheckedBuild(as_of.replace(tzinfo=UTC), {gate: found[gate][2] for gate in GATES}, tuple(accepted))


def demand_landed(connection: duckdb.DuckDBPyConnection) -> None:
    """Raises DataRefused where nothing was ever landed: a gate would pass on nothing."""
    if not has_table(connection, "raw", "subscription_items"):
        raise _alone("Nothing was landed in this warehouse yet")


def demand_passed(connection: duckdb.DuckDBPyConnection, gate: str) -> None:
    """Raises DataRefused where what stands in the build file did not pass this gate."""
    if gate not in {found for found, *_ in _passed(connection)}:
        raise _alone(f"The {gate} gate has not passed since the build file changed last")


def demand_built(connection: duckdb.DuckDBPyConnection) -> None:
    """Raises DataRefused where no build ended well, so that there is nothing to check."""
    if _identity(connection) is None:
        raise _alone("The last build did not end well, or there was none")


def _alone(reason: str) -> DataRefused:
    return DataRefused(
        f"{reason}, so this step can't be run alone. Run the whole job (saas-metrics run, or the job nightly "
        "in Dagster)."
    )


def _passed(
    connection: duckdb.DuckDBPyConnection,
) -> list[tuple[str, datetime, str | None, dict[str, int], list[str]]]:
    if not has_table(connection, "runs", "passed_gates"):
        return []
    return connection.execute(
        "select gate, as_of, build, {'rules': rules, 'warnings': warnings}, accepted from runs.passed_gates"
    ).fetchall()


def _identity(connection: duckdb.DuckDBPyConnection) -> str | None:
    """What tells one finished build from another; None where none stands."""
    if not has_table(connection, "runs", "built"):
        return None
    ((identity,),) = connection.execute(_BUILD).fetchall()
    return str(identity)


def _refused(reason: str) -> PublishRefused:
    return PublishRefused(
        f"Nothing was published: {reason}. Only a build that passed both gates is published; run the whole "
        "job (saas-metrics run, or the job nightly in Dagster). Yesterday's warehouse stays in force."
    )
