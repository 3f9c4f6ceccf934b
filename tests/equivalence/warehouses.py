"""Built warehouses beside the oracle of the same rows: each is made once for all tests and workers."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from oracle.inputs import Policies, RawRow, read_inputs
from oracle.ledger import Oracle
from oracle.retention import Retention
from orchestration.build.manifest import parsed
from orchestration.build.record import keep_salt
from orchestration.machine.project import PROJECT
from orchestration.run.steps import Run
from orchestration.settings import Company, dbt_environment, dbt_vars, load_company
from orchestration.synthetic.canonical import rows_known, write_canonical
from orchestration.synthetic.company import Company as Simulated
from orchestration.synthetic.company import simulate
from orchestration.synthetic.dials import PRICE_RISES
from tests.pipeline import land_and_build, once_for_all_workers, write_company

RULES = (
    "ledger_rows_are_told_by_the_line_they_name",
    "ledger_rows_are_known_when_they_hold",
    "items_start_after_the_lists_without_them",
    "items_end_after_the_deliveries_with_them",
    "plans_of_a_customer_add_up_to_it",
)
"""What holds every ledger row against the raw line that it names, and the plans of a customer against it."""
FINANCE_RULES = (
    "remaining_obligations_hold_deferred_revenue",
    "the_bridge_leads_from_invoices_to_revenue",
    "terms_explain_what_is_invoiced",
    "prepaid_credits_roll_forward",
    "prepaid_credits_are_what_is_deferred",
    "commitments_agree_with_their_invoices",
)
"""What holds what is left to deliver, and the bridge from MRR to revenue, together."""
SOURCE = "demo"
ACTIVATION = {"feature": "import", "within_days": 14}
"""The first key action that the companies name."""
THEMES = {"price": ["expensiv*"], "features": ["exports", "missing"], "speed": ["slow"]}
"""The words of the themes that the companies name."""
MARGINS = {"Starter": Decimal("0.9"), "Team": Decimal("0.55"), "default": Decimal("0.7")}
"""The gross margins of a company that has one for each plan, and those of its resellers."""
COMMISSION = {"demo:res_nordlys": Decimal("0.2"), "demo:res_kanto": Decimal("0.35")}
TOLERANCE = Decimal("0.0001")
MRR_MARTS = ("fct_mrr_movements", "fct_customer_mrr_monthly", "fct_mrr_monthly", "fct_mrr_netting_bridge")
MARTS = (
    *MRR_MARTS, "fct_mrr_ledger", "dim_customers", "dim_fx_rates", "fct_churn_monthly", "fct_churn_annual",
    "fct_churn_rolling", "fct_churn_events", "fct_cohort_retention_quarterly", "fct_nps_responses",
    "fct_nps_monthly", "fct_trials", "fct_payment_recovery", "fct_payment_recovery_monthly",
    "fct_card_expiries", "fct_expansion_monthly", "fct_mrr_contribution_monthly", "fct_survival",
    "fct_nps_retention", "fct_trial_conversion_monthly", "fct_funnel_monthly", "fct_unit_economics_monthly",
    "fct_revenue_leakage", "fct_revenue_recognition", "fct_remaining_obligations",
    "fct_billing_bridge_monthly", "fct_prepaid_credits_monthly", "fct_commitments",
    "fct_arr_waterfall", "fct_customer_concentration_monthly",
    "fct_retention_bands_monthly", "fct_usage_retention_monthly",
    "fct_billing_bridge_monthly", "fct_mrr_forecast", "fct_forecast_backtest", "fct_price_changes",
    "dim_subscription_items", "fct_onboarding", "fct_onboarding_monthly", "fct_feature_adoption_monthly",
    "fct_saves_monthly", "fct_feedback_themes_monthly", "fct_forecast_factors",
)  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """A simulated company and the settings it is measured under."""

    seed: int
    currency: str
    zone: str
    size: str = "small"
    whole: bool = False
    """Whether every model is built, and not only the marts that the oracle knows."""
    leaks: bool = False
    """Whether leaks are planted in what it bills."""
    rises: bool = False
    """Whether its prices rise as those of the demo do."""
    margins: bool = False
    """Whether each plan has its gross margin, and a reseller a commission."""

    @property
    def name(self) -> str:
        """What the setting is called in a test's id and in its folder."""
        name = f"{self.size}-{self.seed}-{self.currency}-{self.zone.replace('/', '_')}"
        return f"{name}{'-leaks' * self.leaks}{'-rises' * self.rises}{'-margins' * self.margins}"

    @property
    def simulated(self) -> Simulated:
        """The company itself."""
        rises = PRICE_RISES if self.rises else ()
        return simulate(self.size, self.seed, self.leaks, rises=rises)

    @property
    def policies(self) -> Policies:
        """The same settings as the oracle reads them."""
        if not self.margins:
            return Policies(reporting_currency=self.currency, reporting_timezone=self.zone)
        return Policies(
            reporting_currency=self.currency, reporting_timezone=self.zone, gross_margin=MARGINS,
            commission=COMMISSION,
        )  # fmt: skip

    @property
    def company_settings(self) -> dict[str, Any]:
        """What of them the company file says besides currency and zone."""
        if not self.margins:
            return {}
        return {
            "policies": {"gross_margin": {plan: float(share) for plan, share in MARGINS.items()}},
            "commission": {reseller: float(share) for reseller, share in COMMISSION.items()},
        }


# Seed 7 is built whole because the tests of retention read every mart of it.
SMALL = (
    Setting(7, "EUR", "UTC", whole=True),
    Setting(2, "USD", "America/Los_Angeles", rises=True, margins=True),
    Setting(3, "GBP", "Pacific/Auckland"),
)
MEDIUM = Setting(4, "USD", "Europe/Paris", "medium", whole=True, rises=True, margins=True)
# The cookbook asks what leaks and what a price rise did, so its company has both.
COOKBOOK = Setting(7, "EUR", "UTC", whole=True, leaks=True, rises=True)


@dataclass(frozen=True)
class Built:
    """The build file of a company and what the oracle says of the same rows."""

    connection: duckdb.DuckDBPyConnection
    tables: Mapping[str, list[RawRow]]
    oracle: Oracle
    retention: Retention = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "retention", Retention(self.oracle))

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query on the built warehouse."""
        return self.connection.execute(sql, list(values)).fetchall()


def native(identifier: str) -> str:
    """An id without the name of its source."""
    return identifier.split(":", 1)[1]


def tables_of(simulated: Simulated) -> dict[str, list[RawRow]]:
    """The rows of every canonical table, as known at the end."""
    tables: dict[str, list[RawRow]] = defaultdict(list)
    for events in simulated.lives():
        for table, rows in rows_known(events, simulated.end).items():
            tables[table] += rows
    return dict(tables)


def build_marts(company: Company, as_of: datetime, marts: Sequence[str]) -> None:
    """Build some marts and what they need."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    keep_salt(company)
    manifest = parsed()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in dbt_environment(company).items():
            environment.setenv(name, value)
        options = {
            "--project-dir": PROJECT, "--profiles-dir": PROJECT, "--target-path": company.work / "dbt",
            "--log-path": company.work / "logs", "--log-level": "none",
            "--vars": json.dumps(dbt_vars(company, as_of)),
        }  # fmt: skip
        given = [text for name, value in options.items() for text in (name, str(value))]
        outcome = dbtRunner(manifest=manifest).invoke(
            ["build", "--resource-type", "model", "--resource-type", "seed",
             "--no-send-anonymous-usage-stats", "--select", *(f"+{mart}" for mart in marts), *given]
        )  # fmt: skip
        DuckDBConnectionManager.close_all_connections()
    assert outcome.success, outcome.exception or [
        (result.node.name, result.message) for result in outcome.result if result.status == "error"
    ]


def company_of(folder: Path, setting: Setting) -> Company:
    """A simulated company below `folder`, landed and built."""
    simulated = setting.simulated
    write_canonical(simulated, folder / "extracts" / SOURCE)
    company = write_company(
        folder, reporting_currency=setting.currency, reporting_timezone=setting.zone,
        sources=[{"name": SOURCE, "mapping": "canonical"}], activation=ACTIVATION, themes=THEMES,
        **setting.company_settings,
    )  # fmt: skip
    if setting.whole:
        return land_and_build(company, simulated.end)
    Run(company, simulated.end).land()
    build_marts(company, simulated.end, (*MARTS, *RULES, *FINANCE_RULES))
    return company


def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Where all the workers of one run find what was built."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


def built_file(shared: Path, setting: Setting) -> Path:
    """The build file of a simulated company; the first who asks builds it."""
    folder = once_for_all_workers(shared / setting.name, lambda folder: company_of(folder, setting))
    return load_company(folder / "company.yml").build_file


@contextmanager
def built_company(shared: Path, setting: Setting) -> Iterator[Built]:
    """A simulated company's marts and its oracle."""
    build_file = built_file(shared, setting)
    simulated = setting.simulated
    tables = tables_of(simulated)
    oracle = Oracle(read_inputs(tables), setting.policies, simulated.end)
    with duckdb.connect(str(build_file), read_only=True) as connection:
        yield Built(connection, tables, oracle)


def differences(ours: Mapping[Any, Any], theirs: Mapping[Any, Any]) -> list[str]:
    """What is not the same in two tables, by key; amounts and rates may miss each other by TOLERANCE."""
    found = []
    for key in sorted({*ours, *theirs}, key=str):
        left, right = ours.get(key), theirs.get(key)
        if left is None or right is None or not all(map(alike, left, right)) or len(left) != len(right):
            found.append(f"{key}: the marts say {left}, the oracle says {right}")
    return found


def alike(ours: Any, theirs: Any) -> bool:
    """Equal, or numbers closer than TOLERANCE; quotients than a millionth, since plans share what was rounded
    of their customer.
    """
    numbers = (int, float, Decimal)
    if isinstance(ours, numbers) and isinstance(theirs, numbers) and not isinstance(ours, bool):
        quotient = abs(Decimal(theirs)) / 1_000_000 if isinstance(theirs, float) else 0
        return abs(Decimal(ours) - Decimal(theirs)) < max(TOLERANCE, quotient)
    return bool(ours == theirs)


def broken_rules(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """What the rules of the ledger find in a built file; a ledger without rows proves nothing."""
    assert connection.execute("select count(*) > 0 from marts.fct_mrr_ledger").fetchall() == [(True,)]
    return [
        str(message)
        for rule in RULES
        for (message,) in connection.execute(f"select message from rules.{rule} order by 1").fetchall()
    ]


def assert_same(ours: Mapping[Any, Any], theirs: Mapping[Any, Any]) -> None:
    """Fail with the first rows that differ; two empty tables prove nothing."""
    assert ours
    found = differences(ours, theirs)
    assert not found, f"{len(found)} of {len(theirs)} rows differ:\n" + "\n".join(found[:12])
