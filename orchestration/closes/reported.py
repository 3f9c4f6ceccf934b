"""What was reported before, brought into the build file: the models compare it with what is known now.

Schema `reported` holds what is in force of the chain of closes, and the release that is published. A base is
one closed month, or that release; its name is that of the close, or the release's id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from orchestration.build.manifest import checksums_below, path_of
from orchestration.closes.close import settled
from orchestration.closes.record import Chain, Close
from orchestration.landing.forgotten import read_forgotten
from orchestration.machine.sql import literal, quoted
from orchestration.publish.keep import release_in_force
from orchestration.publish.manifest import OPEN, ReleaseManifest, release_folder
from orchestration.publish.parquet import SUFFIX
from orchestration.publish.release import mappings_in_force
from orchestration.settings import SETTINGS, Company, bearing_settings

MARTS: Mapping[str, str] = MappingProxyType(
    {"mrr": "fct_customer_mrr_monthly", "revenue": "fct_revenue_recognition"}
)
"""What MRR and revenue by customer are read from."""
_MOST_NAMES = 5
_MONEY = "decimal(18, 4)"
_MRR = (
    *("opening_mrr", "new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr", "reactivation_mrr"),
    *("fx_mrr", "prior_period_adjustment", "closing_mrr"),
)
_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "bases": "base_id varchar, kind varchar, period_month date, as_of timestamp, stamp varchar",
        "customer_months": "base_id varchar, period_month date, customer_id varchar, "
        + ", ".join(f"{name} {_MONEY}" for name in _MRR),
        "revenue": "base_id varchar, period_month date, customer_id varchar, currency varchar, "
        f"revenue_class varchar, lines bigint, amount_native {_MONEY}, amount {_MONEY}, "
        "source_file varchar, source_line bigint",
        "rates": "base_id varchar, rate_day date, currency varchar, rate decimal(28, 18)",
        "decisions": "base_id varchar, subject varchar, cause varchar, names varchar, source_file varchar, "
        "source_line bigint",
        "chain": "records bigint",
    }
)
_OF_A_BASE = ("bases", "customer_months", "revenue", "rates")


def create_reported_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make schema `reported`, empty where it was not there."""
    connection.execute("create schema if not exists reported")
    for name, columns in _TABLES.items():
        connection.execute(f"create table if not exists reported.{name} ({columns})")


def load_reported(
    connection: duckdb.DuckDBPyConnection,
    company: Company,
    variables: Mapping[str, Any],
    manifest: Mapping[str, Any],
) -> None:
    """Bring schema `reported` up to date.

    `variables` are the vars of the run, `manifest` is the parsed project's. Raises DamagedFile where a byte
    of the closes is not what was written.
    """
    chain = settled(company)
    release = release_in_force(company)
    create_reported_tables(connection)
    bases = [_close_base(chain, record) for record in chain.in_force]
    published = release_folder(company, release) / OPEN if release else None
    if release and published and published.is_file():
        connection.execute(f"attach {literal(str(published.resolve()))} as was_published (read_only)")
        bases.append(_release_base(release))
    former = read_forgotten(company.warehouse).renamed
    now = _Now(company, variables, manifest, mappings_in_force(connection, company))
    connection.execute("begin")
    known = dict(connection.execute("select base_id, stamp from reported.bases").fetchall())
    # Under other names its rows are others.
    wanted = {base.base_id: f"{base.stamp} {len(former)}" for base in bases}
    gone = [name for name, stamp in known.items() if wanted.get(name) != stamp]
    for table in _OF_A_BASE:
        connection.execute(f"delete from reported.{table} where list_contains(?, base_id)", [gone])
    for base in bases:
        if known.get(base.base_id) != wanted[base.base_id]:
            base.load(connection, wanted[base.base_id], former)
    connection.execute("delete from reported.decisions")
    for decision in (row for base in bases for row in now.decisions(base)):
        connection.execute("insert into reported.decisions values (?, ?, ?, ?, ?, ?)", decision)
    connection.execute("delete from reported.chain")
    connection.execute("insert into reported.chain (records) values (?)", [len(chain.records)])
    connection.execute("commit")
    connection.execute("detach database if exists was_published")


def known_before(connection: duckdb.DuckDBPyConnection) -> tuple[int, str]:
    """What the build was held against: how many records the chain of closes had, and the release."""
    create_reported_tables(connection)
    ((records, release),) = connection.execute(
        "select (select max(records) from reported.chain), "
        "(select max(base_id) from reported.bases where kind = 'release')"
    ).fetchall()
    return int(records or 0), release or ""


@dataclass(frozen=True)
class _Base:
    """One closed month, or the published release: where its rows lie, and what they were made by."""

    base_id: str
    kind: str
    period_month: str | None
    as_of: str
    stamp: str
    settings: Mapping[str, Any]
    models: Mapping[str, str]
    tables: Mapping[str, str]
    """A relation for each mart that is read; without one that an earlier version did not have."""

    def load(
        self, connection: duckdb.DuckDBPyConnection, stamp: str, former: tuple[tuple[str, str], ...]
    ) -> None:
        """Copy its rows; a customer of a source that was renamed since bears the new name."""
        connection.execute(
            "insert into reported.bases values (?, ?, ?, ?, ?)",
            [self.base_id, self.kind, self.period_month, self.as_of, stamp],
        )
        customer = "customer_id"
        for old, new in former:
            prefix = literal(f"{old}:")
            customer = (
                f"case when starts_with({customer}, {prefix}) then {literal(f'{new}:')} || "
                f"substring({customer}, {len(old) + 2}) else {customer} end"
            )
        is_close = self.kind == "close"
        months = self.tables.get("fct_mrr_reported" if is_close else "fct_customer_mrr_monthly")
        if months:
            adjusted = "prior_period_adjustment" if is_close else f"cast(0 as {_MONEY})"
            names = ", ".join(adjusted if name == "prior_period_adjustment" else name for name in _MRR)
            self._insert(connection, "customer_months", f"period_month, {customer}, {names}", months)
        if lines := self.tables.get("fct_revenue_recognition"):
            largest = "max_by({}, (abs(amount_native), source_file, source_line))"
            self._insert(
                connection,
                "revenue",
                f"recognition_month, {customer}, currency, revenue_class, count(*), sum(amount_native), "
                "sum(amount), "
                f"{largest.format('source_file')}, {largest.format('source_line')}",
                f"{lines} group by all",
            )
        if is_close:
            self._insert(
                connection,
                "revenue",
                f"period_month, {customer}, null, 'prior_period_adjustment', 0, prior_period_adjustment, "
                "prior_period_adjustment, null, null",
                f"{self.tables['fct_revenue_reported']} where prior_period_adjustment <> 0",
            )
        if rates := self.tables.get("dim_fx_rates"):
            self._insert(connection, "rates", "rate_day, base, rate", rates)

    def _insert(self, connection: duckdb.DuckDBPyConnection, table: str, columns: str, source: str) -> None:
        connection.execute(
            f"insert into reported.{table} select {literal(self.base_id)}, {columns} from {source}"
        )


def _close_base(chain: Chain, record: Close) -> _Base:
    files = {name: chain.path_of(record, name) for name in record.files}
    return _Base(
        record.name,
        "close",
        f"{record.period_month}-01",
        record.as_of,
        # A forgetting writes files anew, and they lie elsewhere then.
        " ".join([record.made_at, *sorted({path.parent.parent.name for path in files.values()})]),
        record.settings,
        record.models,
        {name.removesuffix(SUFFIX): f"read_parquet({literal(str(path))})" for name, path in files.items()},
    )


def _release_base(release: ReleaseManifest) -> _Base:
    return _Base(
        release.release_id,
        "release",
        None,
        release.as_of,
        release.folder_name,
        release.settings,
        release.models,
        {name: f"was_published.marts.{quoted(name)}" for name in release.row_counts},
    )


class _Now:
    """The settings, mappings and models of this run, held against those of a base."""

    def __init__(
        self,
        company: Company,
        variables: Mapping[str, Any],
        manifest: Mapping[str, Any],
        mappings: Mapping[str, str],
    ) -> None:
        self._company = company
        self._mappings = mappings
        self._settings = bearing_settings(variables)
        self._manifest = manifest
        self._models = {subject: checksums_below(manifest, mart) for subject, mart in MARTS.items()}

    def decisions(self, base: _Base) -> list[tuple[object, ...]]:
        """What was decided otherwise since: rows of `reported.decisions`."""
        rows: list[tuple[object, ...]] = []
        mended = [
            f"mapping of {source}"
            for source, known in base.settings.get("mappings", {}).items()
            if self._mappings.get(source, known) != known
        ]
        for subject, names in SETTINGS.items():
            changed = [
                name
                for name in names
                if name in base.settings and base.settings[name] != self._settings[name]
            ]
            if changed or mended:
                told = [
                    f"{name}: {_told(base.settings[name])} > {_told(self._settings[name])}"
                    for name in changed
                ]
                line = _line_of(self._company.path, changed[0] if changed else "sources")
                names_told = _listed([*told, *mended])
                rows.append((base.base_id, subject, "policy", names_told, self._company.path.name, line))
            if "reporting_currency" in changed:
                rows.append((base.base_id, subject, "currency", told[0], self._company.path.name, line))
            models = self._models[subject]
            moved = sorted(name for name, known in models.items() if base.models.get(name, known) != known)
            if moved:
                path = path_of(self._manifest, moved[0])
                rows.append((base.base_id, subject, "model", _listed(moved), path, 1))
        return rows


def _told(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return "; ".join(names[:_MOST_NAMES]) + (f"; and {more} more" if more > 0 else "")


def _line_of(path: Path, setting: str) -> int:
    """The line of the company file that sets it, or its section; 1 where a default changed."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for name in (setting, "preset", "policies"):
        for number, line in enumerate(lines, start=1):
            if line.strip().startswith(f"{name}:"):
                return number
    return 1
