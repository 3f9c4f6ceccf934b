"""What a run says of figures that are others than before: of closed months, and since the last release."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.machine.duckdb_files import has_table, open_published
from orchestration.publish.keep import release_in_force
from orchestration.publish.manifest import OPEN, ReleaseManifest, find_manifest, release_folder
from orchestration.settings import Company

LARGEST = 10
"""So many changes are shown; all of them stand in marts.fct_changes_since_release."""
NO_BALANCE = "column_name not in ('opening_mrr', 'closing_mrr', 'prior_period_adjustment')"
"""As SQL: a balance that a month opens or closes with repeats what moved before."""


@dataclass(frozen=True)
class Change:
    """One figure of a customer that is another."""

    month: date
    customer_id: str
    what: str
    """The column of its MRR, or the class of its revenue."""
    difference: Decimal
    currency: str
    """Of the amount: the company's reporting currency for MRR, the invoice's for revenue."""
    cause: str
    detail: str
    source_file: str
    source_line: int | None

    @property
    def where(self) -> str:
        """File and line that tell of the cause."""
        return f"{self.source_file}:{self.source_line}" if self.source_line is not None else self.source_file


@dataclass(frozen=True)
class Changes:
    """How many figures are others since the last release, and the largest of them."""

    count: int
    since_release: str
    largest: Sequence[Change]


def changes_since_release(connection: duckdb.DuckDBPyConnection, limit: int = LARGEST) -> Changes:
    """What fct_changes_since_release says: how many figures moved, and those that moved most.

    Nothing of a warehouse without it: a company may build a part of the models.
    """
    if not has_table(connection, "marts", "fct_changes_since_release"):
        return Changes(0, "", ())
    moved = f"marts.fct_changes_since_release where {NO_BALANCE}"
    ((count, since),) = connection.execute(f"select count(*), max(since_release) from {moved}").fetchall()
    largest = connection.execute(
        "select period_month, customer_id, column_name, difference, currency, cause, coalesce(detail, ''), "
        f"coalesce(source_file, ''), source_line from {moved} "
        "order by abs(difference) desc, period_month, customer_id, column_name, currency limit ?",
        [limit],
    ).fetchall()
    return Changes(int(count), since or "", [Change(*row) for row in largest])


def changes_between(company: Company, releases: Sequence[ReleaseManifest]) -> list[Change]:
    """What moved over several releases, each of which says what moved since the one before; largest first.

    The cause is the last one that was told. Amounts that went and came back cancel out.
    """
    moved: dict[tuple[object, ...], Change] = {}
    for release in sorted(releases, key=lambda one: one.number):
        with open_published(release_folder(company, release) / OPEN, company.limits) as reader:
            told = reader.execute(
                "select table_name, period_month, customer_id, column_name, difference, currency, cause, "
                "coalesce(detail, ''), coalesce(source_file, ''), source_line "
                f"from marts.fct_changes_since_release where {NO_BALANCE}"
            ).fetchall()
        for table, *row in told:
            change = Change(*row)
            key = (table, change.currency, change.month, change.customer_id, change.what)
            before = moved[key].difference if key in moved else Decimal(0)
            moved[key] = replace(change, difference=before + change.difference)
    left = [change for change in moved.values() if change.difference]
    return sorted(left, key=lambda one: (-abs(one.difference), one.month, one.customer_id, one.what))


def releases_between(company: Company, old: str | None, new: str | None) -> tuple[str, list[ReleaseManifest]]:
    """The release that is compared, and those after it up to the newer one, from what each was held against.

    Without names: the published release and the one that it was held against. Raises ConfigurationError where
    one of them is not kept, or a rollback or an earlier version parts them.
    """
    newest = find_manifest(company, new) if new else release_in_force(company)
    if newest is None:
        raise ConfigurationError(f"{company.warehouse}: nothing is published. Run saas-metrics run first.")
    if old and find_manifest(company, old).number > newest.number:
        return releases_between(company, newest.release_id, old)
    wanted = old or newest.since_release
    path: list[ReleaseManifest] = []
    at = newest
    while at.release_id != wanted:
        path.append(at)
        if not at.since_release:
            raise ConfigurationError(
                f"{at.release_id} was held against no release before it, so what moved since "
                f"{wanted or 'then'} is not known. saas-metrics releases lists those that are kept."
            )
        if at.since_release == wanted:
            break
        at = find_manifest(company, at.since_release)
    return wanted, path


def restated(connection: duckdb.DuckDBPyConnection, currency: str) -> str:
    """One line about the closed months that are restated; empty where none is."""
    if not has_table(connection, "marts", "fct_revenue_restatements"):
        return ""
    months = connection.execute(
        "select period_month, sum(difference) filter (where column_name = 'closing_mrr') "
        "from marts.fct_mrr_restatements group by period_month order by period_month desc"
    ).fetchall()
    revenue = connection.execute(
        "select currency, sum(difference) from marts.fct_revenue_restatements where cause <> 'adjusted' "
        "group by currency order by currency"
    ).fetchall()
    causes = connection.execute(
        "select cause from (select cause, difference from marts.fct_mrr_restatements union all "
        "select cause, difference from marts.fct_revenue_restatements) where cause <> 'adjusted' "
        "group by cause order by sum(abs(difference)) desc, cause"
    ).fetchall()
    if not causes:
        return ""
    head = (
        f"{len(months)} closed month{'s are' if len(months) > 1 else ' is'}"
        if months
        else "closed months are"
    )
    mrr = f"MRR of {months[0][0]:%Y-%m} by {months[0][1] or 0:,.2f} {currency}" if months else "no MRR"
    amounts = ", ".join(f"{amount:,.2f} {of}" for of, amount in revenue)
    return (
        f"{head} restated ({', '.join(cause for (cause,) in causes)}): {mrr}; "
        f"{f'revenue by {amounts}' if revenue else 'no revenue'}. "
        "marts.fct_mrr_restatements and marts.fct_revenue_restatements say why."
    )
