"""`explain`: a published figure down to the lines of the files that tell it."""

import json
import re
import shutil
import sys
import textwrap
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestration.cli.audit import shown
from orchestration.cli.closes import MONTH
from orchestration.cli.run import company_option
from orchestration.errors import SaasMetricsError
from orchestration.settings import default_company_path, load_company

if TYPE_CHECKING:
    from orchestration.explain import Explanation
    from orchestration.explain.evidence import Row

_NARROWEST = 80


class _Segment(click.ParamType):
    """A segment as country=FR; its type and its value."""

    name = "type=value"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        found = re.fullmatch(r"(\w+)=(.+)", value)
        if not found:
            self.fail(f"{value!r} is no segment; write it as country=FR.", param, ctx)
        return found[1], found[2]


@click.command()
@company_option
@click.argument("figure")
@click.argument("month", type=MONTH)
@click.option("--customer", metavar="ID", help="Of one customer, as stripe:cus_7.")
@click.option("--segment", type=_Segment(), metavar="TYPE=VALUE", help="Of one segment, as country=FR.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="So many customers with their rows, the largest first.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the lines whole.")
def explain(
    company_path: Path | None,
    figure: str,
    month: date,
    customer: str | None,
    segment: tuple[str, str] | None,
    limit: int,
    as_json: bool,
) -> None:
    """Explain a FIGURE of a MONTH: what it is, its formula in numbers, and what it is made of.

    FIGURE is a column of fct_company_monthly, as closing_mrr or nrr (mrr is short for closing_mrr), or one
    of these:

    \b
    renewals    renewals_due, renewals_due_mrr, renewals_open_mrr,
                renewal_rate, gross_renewal_rate, net_renewal_rate
    ARR         opening_arr, new_arr, expansion_arr, contraction_arr,
                churned_arr, reactivation_arr, fx_arr, closing_arr,
                net_new_arr, carr
    efficiency  magic_number, burn_multiple, rule_of_40_rate, ltv_60m
    usage       nrr_with_usage, nrr_with_usage_12m
    forecast    forecast_mrr, forecast_kept_mrr, forecast_expansion_mrr,
                forecast_new_mrr, forecast_known_mrr, forecast_adjustment_mrr
    largest     top_1_share, top_5_share, top_10_share, top_20_share
    prices      price_change_mrr, price_change_customers
    saves       save_requests, withdrawn_requests, offered_requests,
                requested_mrr, observed_requests, saved_requests,
                offered_observed_requests, offered_saved_requests,
                save_rate, offered_save_rate, saved_mrr
    start       activated_customers, activation_rate,
                activated_retention_rate_90d,
                not_activated_retention_rate_90d
    features    feature_users, feature_customers, feature_mrr,
                feature_adoption_rate, feature_mrr_share,
                feature_compared_customers, feature_churned_customers,
                feature_churn_difference_90d
    themes      theme_answers, theme_promoters, theme_detractors, theme_mrr,
                theme_detractors_mrr, theme_churned_customers,
                theme_churned_mrr

    MONTH is written as 2025-06. Of ARR and efficiency, but for ltv_60m, any month stands for its fiscal
    quarter. Renewals have months to come too, the forecast those alone. A figure of features or themes is
    asked of one, as --segment feature=reports.

    Below the formula stand its inputs by customer, what the mart says of how far to trust the figure (its
    bounds, the error measured of earlier forecasts), the exchange rates that were used, and the rows behind
    it, each with the file and the line that tells it. What no mart tells by customer, as the parts of a
    forecast, stands under `all`. Money is in the reporting currency; what a row is worth natively stands
    with its own currency.

    \b
    saas-metrics explain mrr 2025-06
    saas-metrics explain nrr 2025-06 --segment country=FR
    saas-metrics explain churned_mrr 2025-06 --customer stripe:cus_7 --json
    saas-metrics explain net_new_arr 2025-05
    saas-metrics explain forecast_mrr 2025-09 --segment plan=Team
    saas-metrics explain theme_detractors_mrr 2025-05 --segment theme=price
    """
    from orchestration.explain import explain as explained

    company = load_company(company_path or default_company_path())
    told = explained(company, "closing_mrr" if figure == "mrr" else figure, month, customer, segment, limit)
    if as_json:
        click.echo(json.dumps(asdict(told) | {"holds": told.holds}, indent=1, default=_as_text))
    else:
        _print(told, limit)
    if not told.holds:
        raise SaasMetricsError(
            f"{told.column} of {month:%Y-%m} is {told.published} in the mart and {told.value} from its "
            "inputs. If a setting of company.yml changed since the release, run saas-metrics run, else "
            "report this."
        )


def _print(told: "Explanation", limit: int) -> None:
    width = max(_NARROWEST, shutil.get_terminal_size().columns) if sys.stdout.isatty() else 140
    whom = told.customer or ("=".join(told.segment) if told.segment else "the whole company")
    when = f"{told.first_month:%Y-%m}" + (f" to {told.month:%Y-%m}" if told.month != told.first_month else "")
    click.secho(shown(f"{told.column}, {when}, {whom}: {_figure(told)}"), bold=True)
    for paragraph in (
        told.definition,
        told.formula + ("" if told.formula.endswith(told.with_numbers) else f" = {told.with_numbers}"),
        f"Release {told.release_id}, as of {told.as_of} UTC. Money is in {told.currency}.",
    ):
        click.echo(textwrap.fill(paragraph, width, initial_indent="  ", subsequent_indent="    "))
    click.echo("\nInputs")
    for name, says in told.says.items():
        click.echo(f"  {name:<22} {_number(told.totals[name]):>18}  {says}")
    for name, number in told.settings.items():
        click.echo(f"  {name:<22} {_number(number):>18}  a setting, or the state of the month")
    if told.beside:
        click.echo("\nBeside it")
    for name, said in told.beside.items():
        click.echo(shown(f"  {name:<27} {_number(said):>18}"))
    if told.rates:
        click.echo("\nRates")
        for rate in told.rates:
            quoted = f", quoted on {rate.quoted_on}" if rate.quoted_on and rate.quoted_on != rate.day else ""
            click.echo(f"  1 {rate.currency} = {rate.rate} {told.currency} on {rate.day}{quoted}")
    if told.parts:
        many = f", the largest {limit} of {limit + told.others}" if told.others else ""
        click.echo(f"\nMade of{many}")
    for part in told.parts:
        values = ", ".join(f"{name} {_number(value)}" for name, value in part.values.items())
        click.secho(shown(f"  {part.of}: {values}"), bold=True)
        for row in part.rows:
            click.echo(_line(row, width))
            if row.text:
                click.echo(shown(f"        {row.text}")[:width])


def _line(row: "Row", width: int) -> str:
    native = "" if row.amount_native is None else f"{_number(row.amount_native)} {row.currency or ''}".strip()
    if row.amount is not None and row.amount != row.amount_native:
        native += f" = {_number(row.amount)}"
    where = f"{row.source_name}/{row.source_file}:{row.source_line}" if row.source_file else ""
    told = shown(f"    {row.on or '':} {row.what}  {native}  {where}")
    return told if len(told) <= width else "\n".join(textwrap.wrap(told, width, subsequent_indent="        "))


def _figure(told: "Explanation") -> str:
    return _number(told.published) if told.published is not None else f"none ({told.hidden})"


def _number(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:,}" if isinstance(value, Decimal | int) and not isinstance(value, bool) else str(value)


def _as_text(value: object) -> str:
    return str(value)
