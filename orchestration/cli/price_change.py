"""`price-change`: whom another price would reach, when, what it brings, and what past ones did."""

import csv
import json
import sys
import textwrap
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestration.cli.audit import shown
from orchestration.cli.run import company_option
from orchestration.machine.wording import counted
from orchestration.settings import default_company_path, load_company

if TYPE_CHECKING:
    from orchestration.pricing.change import PriceChange
    from orchestration.pricing.history import Reaction

_WIDTH = 80
_UNTOLD = {
    "not_over": "the 90 days after the month in which it came are not over",
    "too_few": "too few customers can be compared (min_n of company.yml)",
    "nobody_to_compare": "no customer of the same tenure and billing interval went without",
}


class _Price(click.ParamType):
    """A price of a unit above 0."""

    name = "price"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        try:
            price = Decimal(str(value))
        except InvalidOperation:
            price = Decimal("nan")
        if not price.is_finite():
            self.fail(f"{value!r} is not a price; write it as 35 or 35.50.", param, ctx)
        if price <= 0:
            self.fail(f"{value} is not above 0; a free plan has no price to compare.", param, ctx)
        return price


@click.command(name="price-change")
@company_option
@click.option("--plan", required=True, metavar="NAME", help="The plan, as in dim_subscription_items.")
@click.option("--to", required=True, type=_Price(), metavar="PRICE", help="New price of a unit, as 35.")
@click.option(
    "--currency", metavar="CODE", help="Of the price. Default: the reporting currency, if anybody pays in it."
)
@click.option(
    "--interval", metavar="INTERVAL", help="Billed by the month, year. Default: what most items are."
)
@click.option(
    "--from-date",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="First day of the price, as 2025-09-01. Default: the first of the next month.",
)
@click.option(
    "--grandfather-months",
    type=click.IntRange(0, 120),
    default=0,
    show_default=True,
    help="So many months more for who pays already.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print the items that it reaches as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def price_change(
    company_path: Path | None,
    plan: str,
    to: Decimal,
    currency: str | None,
    interval: str | None,
    from_date: datetime | None,
    grandfather_months: int,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Play another price of a plan through, on the published warehouse.

    Whom it reaches, and when: each at the first renewal on or after the date. MRR by month if nobody reacts,
    the loss of customers at which it pays nothing, and what past changes did. Discounts keep their share.
    Nothing is changed by it.

    \b
    saas-metrics price-change --plan Starter --to 35
    saas-metrics price-change --plan Team --to 250 --interval year
    saas-metrics price-change --plan Starter --to 35 --from-date 2025-09-01 \\
        --grandfather-months 6 --csv
    """
    from orchestration.pricing.change import Asked
    from orchestration.pricing.change import price_change as played

    company = load_company(company_path or default_company_path())
    day = from_date.date() if from_date else None
    told = played(company, Asked(plan, to, currency, interval, day, grandfather_months))
    if as_json:
        derived = {
            "customers": told.customers, "mrr": told.mrr, "gain": told.gain,
            "break_even_share": told.break_even_share, "break_even_customers": told.break_even_customers,
        }  # fmt: skip
        click.echo(json.dumps(asdict(told) | derived, indent=1, default=str))
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        names = list(asdict(told.items[0]))
        writer.writerow(names)
        writer.writerows([getattr(item, name) for name in names] for item in told.items)
    else:
        _print(told)


def _print(told: "PriceChange") -> None:
    price = f"{_price(told.to)} {told.currency} every {told.interval}"
    click.secho(shown(f"{told.plan} at {price} from {told.from_date} on"), bold=True)
    later = f", {counted(told.grandfather_months, 'month')} later" if told.grandfather_months else ""
    _say(
        f"Release {told.release_id}, as of {told.as_of}. MRR is in {told.reporting_currency}. Each customer "
        f"changes at the first renewal on or after the date{later}."
    )
    click.echo("\nWhom it reaches")
    click.echo(f"  {'price now':>14} {'customers':>10} {'items':>7} {'MRR':>14} {'change':>12}")
    for unit_price, items in told.prices.items():
        mrr = sum((item.mrr for item in items), Decimal(0))
        change = sum((item.mrr_after for item in items), Decimal(0)) - mrr
        _row(_price(unit_price), len({item.customer_id for item in items}), len(items), mrr, change)
    if len(told.prices) > 1:
        _row("all", told.customers, len(told.items), told.mrr, told.gain)
    undated = sum(not item.is_of_a_term for item in told.items)
    if undated:
        _say(f"No invoice tells the term of {counted(undated, 'item')}: reckoned from the start.", "  ")
    if told.left_out:
        click.echo("\nNot moved")
    for one in told.left_out:
        whose = f"{counted(one.items, 'item')} of {counted(one.customers, 'customer')}"
        _say(f"{whose}, MRR {one.mrr:,.2f}: {one.reason}", "  ")
    click.echo("\nMRR of these customers if nobody reacts")
    click.echo(f"  {'month':<10} {'customers':>10} {'added':>14} {'MRR':>14}")
    for one_month in told.months:
        day, customers = one_month.month, one_month.customers
        click.echo(f"  {day:%Y-%m}    {customers:>10,} {one_month.added:>+14,.2f} {one_month.mrr:>14,.2f}")
    click.echo("\nBreak-even")
    _say(_break_even(told), "  ")
    click.echo(f"\nWhat past price {told.history.direction}s did")
    for sentence in _history(told):
        _say(sentence, "  ")


def _row(price: str, customers: int, items: int, mrr: Decimal, change: Decimal) -> None:
    click.echo(f"  {price:>14} {customers:>10,} {items:>7,} {mrr:>14,.2f} {change:>+12,.2f}")


def _break_even(told: "PriceChange") -> str:
    count, share = counted(told.break_even_customers, "customer"), f"{told.break_even_share:.1%}"
    if told.gain < 0:
        return (
            f"The cut costs {-told.gain:,.2f} a month. It pays for itself with {count} more of the mean "
            f"size ({share} of those it reaches)."
        )
    return (
        f"The rise brings {told.gain:,.2f} a month. It pays nothing with the loss of {count} of the "
        f"mean size ({share} of those it reaches)."
    )


def _history(told: "PriceChange") -> list[str]:
    reactions, found = told.history.reactions, told.history.told
    said = [
        f"{_of(one)}: nothing can be said: {_UNTOLD[one.untold_reason]}. It reached "
        f"{counted(one.reached, 'customer')}."
        for one in reactions if one.untold_reason is not None and (found is None or not one.is_of_all_plans)
    ]  # fmt: skip
    if not reactions:
        return [
            f"No price {told.history.direction} is known: history says nothing of how customers will react."
        ]
    if found is None:
        return [*said, "So history says nothing of how customers will react."]
    return [*said, _reaction(found), *_against_break_even(told, found)]


def _of(one: "Reaction") -> str:
    return "All plans" if one.is_of_all_plans else one.plan


def _reaction(one: "Reaction") -> str:
    assert one.churn_rate is not None and one.comparison_churn_rate is not None
    found = _found(one.churn_low, one.churn_high)
    return (
        f"{_of(one)}: of n = {one.compared} whom it reached {one.churn_rate:.1%} left within 90 days; of "
        f"others like them ({one.comparison_customers}, by tenure and billing interval) "
        f"{one.comparison_churn_rate:.1%}. That is "
        f"{_points(one.churn_difference)} points, from {_points(one.churn_low)} to {_points(one.churn_high)} "
        f"at 95 %: {found}. Contraction: {_points(one.contraction_difference)} points, from "
        f"{_points(one.contraction_low)} to {_points(one.contraction_high)}: "
        f"{_found(one.contraction_low, one.contraction_high)}."
    )


def _against_break_even(told: "PriceChange", one: "Reaction") -> list[str]:
    if told.gain < 0 or one.churn_high is None or one.churn_low is None:
        return []
    share = float(told.break_even_share)
    if one.churn_high < share:
        verdict = "lies above these bounds: if customers react as they did, the rise pays"
    elif one.churn_low > share:
        verdict = "lies below these bounds: if customers react as they did, the rise costs more than that"
    else:
        verdict = "lies within these bounds: history does not say whether the rise pays"
    return [
        f"The break-even of {share:.1%} {verdict}. Who left before the price reached him is in no "
        "figure, and another rise may be met otherwise."
    ]


def _found(low: float | None, high: float | None) -> str:
    assert low is not None and high is not None
    return "more did" if low > 0 else "fewer did" if high < 0 else "no effect can be told from chance"


def _points(share: float | None) -> str:
    assert share is not None
    return f"{100 * share:+.1f}"


def _price(price: Decimal) -> str:
    plain = f"{price.normalize():f}"
    decimals = len(plain.partition(".")[2])
    return f"{price:,.2f}" if decimals <= 2 else plain


def _say(text: str, indent: str = "") -> None:
    click.echo(textwrap.fill(shown(text), _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  "))
