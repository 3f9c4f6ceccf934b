"""How each column of fct_company_monthly comes about: inputs by customer, and the formula over their sums."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from orchestration.explain.figure import (
    CUSTOMER_LABELS,
    FEW,
    MONTH_GOES_ON,
    OVER,
    ROW_LABELS,
    Evidence,
    Figure,
    Input,
    enough,
    plain,
    rate,
    ratio,
    share,
)

_PLANS = "from fct_customer_plan_mrr_monthly where period_month = $month {rows}"
_MONTHS = "from fct_customer_mrr_monthly where period_month = $month {customers}"
_LIVES = "from fct_retention_customers where period_month = $month and period_months = {length} {customers}"


def _mrr(name: str, says: str, *evidence: Evidence, types: tuple[str, ...] = ()) -> Input:
    # By plan and product, what a customer moves from one to another is a movement of each of them.
    labels = CUSTOMER_LABELS if name in ("expansion_mrr", "contraction_mrr") else CUSTOMER_LABELS + ROW_LABELS
    return Input(
        name,
        says,
        f"select customer_id as of, sum({name}) as value {_PLANS} "
        f"group by customer_id having sum({name}) <> 0",
        evidence,
        types,
        labels=labels,
    )


def _with_mrr(name: str, balance: str, says: str, evidence: Evidence) -> Input:
    return Input(
        name,
        says,
        f"select customer_id as of, 1 as value {_PLANS} group by customer_id having sum({balance}) <> 0",
        (evidence,),
        labels=CUSTOMER_LABELS + ROW_LABELS,
    )


def _times(name: str, column: str, kind: str, says: str) -> Input:
    query = f"select customer_id as of, {column} as value {_MONTHS} and {column} <> 0"
    return Input(name, says, query, ("movements",), (kind,))


def _life(name: str, says: str, value: str, where: str = "true", length: int = 1) -> Input:
    lives = _LIVES.replace("{length}", str(length))
    moved = (
        ("expansion", "contraction", "churn", "reactivation") if value in ("kept_mrr", "ending_mrr") else ()
    )
    return Input(
        name,
        says,
        f"select customer_id as of, {value} as value {lives} and {where}",
        ("movements",) if moved else ("lives",),
        moved,
    )


def _revenue(name: str, says: str, where: str) -> Input:
    return Input(
        name,
        says,
        "select customer_id as of, sum(amount) as value from fct_revenue_recognition "
        f"where recognition_month = $month and {where} {{customers}} "
        "group by customer_id having sum(amount) <> 0",
        ("revenue",),
    )


def _obligation(name: str, column: str, says: str) -> Input:
    return Input(
        name,
        says,
        f"select customer_id as of, {column} as value from fct_remaining_obligations "
        f"where period_month = $month and {column} <> 0 {{customers}}",
        ("obligations",),
    )


def _trials(name: str, says: str, where: str = "true") -> Input:
    return Input(
        name,
        says,
        "select customer_id as of, count(*) as value from fct_trials "
        f"where trial_month = $month and {where} {{customers}} group by customer_id",
        ("trials",),
    )


def _invoices(name: str, says: str, value: str, where: str = "true") -> Input:
    return Input(
        name,
        says,
        f"select customer_id as of, {value} as value from fct_payment_recovery "
        f"where billed_month = $month and {where} {{customers}} group by customer_id",
        ("failed_invoices",),
    )


def _answers(name: str, says: str, value: str) -> Input:
    # Of each respondent, the latest answer of the window that ends with the month, or with the as-of day.
    return Input(
        name,
        says,
        f"select coalesce(customer_id, 'no customer') as of, {value} as value from ("
        "select *, row_number() over (partition by respondent_id "
        "order by responded_at desc, response_id desc) as place "
        "from fct_nps_responses where not is_excluded and survey = $survey and responded_on between "
        "$last_day - cast($nps_window_days as integer) + 1 and $last_day) "
        "where place = 1 {customers} group by 1",
        ("answers",),
    )


def _economics(name: str, says: str, by: Literal["channel", "company"] = "company") -> Input:
    rows = "not is_total" if by == "channel" else "is_total"
    if by == "company":
        rows = "channel = $segment_value"
    return Input(
        name,
        says,
        f"select channel as of, {name} as value from fct_unit_economics_monthly "
        f"where period_month = $month and {rows} and {name} is not null {{channels}}",
        by=by,
        labels=("acquisition_channel",),
    )


OPENING = _mrr("opening_mrr", "MRR when the month began", "held_at_start")
NEW = _mrr("new_mrr", "MRR of new customers", "movements", types=("new",))
EXPANSION = _mrr("expansion_mrr", "MRR gained by expansion", "movements", types=("expansion",))
CONTRACTION = _mrr("contraction_mrr", "MRR lost by contraction", "movements", types=("contraction",))
CHURNED = _mrr("churned_mrr", "MRR of customers who left", "movements", types=("churn",))
REACTIVATION = _mrr(
    "reactivation_mrr", "MRR of customers who came back", "movements", types=("reactivation",)
)
CLOSING = _mrr("closing_mrr", "MRR at the end", "held_at_end")
CLOSING_CUSTOMERS = _with_mrr(
    "closing_customers", "closing_mrr", "customers with MRR at the end", "held_at_end"
)
NEW_CUSTOMERS = _times("new_customers", "times_new", "new", "times a customer was new")
STARTING = _life("starting_customers", "customers with MRR at the start", "1")
LOST = _life("lost_customers", "of them, those without MRR at the end", "1", "is_churned")
START_MRR = _life("starting_mrr", "MRR of those customers at the start", "starting_mrr")
KEPT_MRR = _life("kept_mrr", "what each of them kept of it, at the rates of the start", "kept_mrr")
END_MRR = _life("ending_mrr", "what they had at the end, at the rates of the start", "ending_mrr")
STARTING_12M = _life("starting_customers", "customers with MRR twelve months before", "1", length=12)
LOST_12M = _life("lost_customers", "of them, those without MRR at the end", "1", "is_churned", 12)
START_MRR_12M = _life("starting_mrr", "their MRR twelve months before", "starting_mrr", length=12)
KEPT_MRR_12M = _life("kept_mrr", "what each of them kept of it, at the rates of then", "kept_mrr", length=12)
END_MRR_12M = _life("ending_mrr", "what they had at the end, at the rates of then", "ending_mrr", length=12)
RESPONSES = _answers("nps_responses", "respondents, each with the latest answer of the window", "count(*)")
PROMOTERS = _answers("promoters", "of them, scores 9 and 10", "count_if(category = 'promoter')")
DETRACTORS = _answers("detractors", "of them, scores 0 to 6", "count_if(category = 'detractor')")
COST = _economics("sales_marketing_cost", "cost of sales and marketing", "channel")
GROSS_MARGIN = _economics("gross_margin", "gross margin of the MRR, less commissions, as a share of it")
NEW_GROSS_MARGIN = _economics("new_gross_margin", "gross margin of the new MRR as a share of it")
CHURN_RATE = _economics("mean_churn_rate", "mean customer churn rate of the six months before")
ECONOMIC_CUSTOMERS = _economics("new_customers", "new customers", "channel")
ECONOMIC_MRR = _economics("new_mrr", "their MRR", "channel")
CASH = Input(
    "cash_collected",
    "payments that came, as the journal debits cash",
    "select currency as of, sum(debits) as value from fct_journal_monthly "
    "where period_month = $month and account = 'cash' group by currency",
    by="currency",
)
RECEIVABLES = Input(
    "receivables",
    "what the journal says is owed, at the rate of the last day",
    "select owed.currency as of, "
    "cast(owed.amount * coalesce(rates.rate, cast(1 as decimal(38, 18))) as decimal(18, 4)) as value "
    "from (select currency, sum(debits_native - credits_native) as amount from fct_journal_monthly "
    "where account = 'receivable' and period_month <= $month group by currency) as owed "
    "left join dim_fx_rates as rates on owed.currency = rates.base and rates.rate_day = $last_day",
    by="currency",
)
_THREE_MONTHS = "from fct_receivables_monthly where period_month between $month - interval 2 month and $month"
BILLED = Input(
    "billed_in_3_months",
    "what the three months to this one billed",
    f"select 'all' as of, sum(billed) as value {_THREE_MONTHS}",
    by="company",
)
MONTHS_BILLED = Input(
    "months_billed",
    "of them, the months since the first invoice",
    f"select 'all' as of, count(*) as value {_THREE_MONTHS}",
    by="company",
)
DAYS = Input(
    "days",
    "days of three months",
    "select 'all' as of, datediff('day', cast($month - interval 2 month as date), "
    "cast($month + interval 1 month as date)) as value",
    by="company",
)
TRIALS = _trials("trials", "trials that began in the month")
CONVERTED = _trials("converted_trials", "of them, those that became MRR", "is_converted")
FAILED = _invoices("failed_invoices", "invoices whose first payment failed", "count(*)")
RECOVERED = _invoices("recovered_invoices", "of them, paid later", "count(*)", "state = 'recovered'")
LOST_INVOICES = _invoices("lost_invoices", "of them, given up", "count(*)", "state = 'lost'")
OPEN_INVOICES = _invoices("open_invoices", "of them, not decided", "count(*)", "state = 'open'")

BOUNDS: tuple[tuple[str, str, Literal["-", "+"]], ...] = (("low", "lower", "-"), ("high", "upper", "+"))


def _bound(successes: str, trials: str, sign: Literal["-", "+"]) -> str:
    # Wilson score interval at 95 %.
    z, n = "cast(1.959963984540054 as double)", f"cast({trials} as double)"
    share = f"(cast({successes} as double) / {n})"
    centre = f"({share} + {z} * {z} / (2 * {n}))"
    spread = f"({z} * sqrt({share} * (1 - {share}) / {n} + {z} * {z} / (4 * {n} * {n})))"
    scale = f"(1 + {z} * {z} / {n})"
    return f"least(cast(1 as double), greatest(cast(0 as double), ({centre} {sign} {spread}) / {scale}))"


def _retention(
    words: str, formula: str, start: Input, end: Input, column: str = "", months: int = 1
) -> Figure:
    """Of the MRR that customers had when a month, or twelve, began."""
    return Figure(
        formula,
        (end, start),
        words,
        _CHURN if months == 1 else _YEAR,
        column,
        is_ratio=True,
        when=OVER if months == 1 else "true",
        hidden=MONTH_GOES_ON if months == 1 else "",
        months=months,
        compares_balances=True,
    )


_MRR, _CHURN, _YEAR = "fct_mrr_monthly", "fct_churn_monthly", "fct_churn_annual"
_NPS, _ECONOMICS, _TRIALS = "fct_nps_monthly", "fct_unit_economics_monthly", "fct_trial_conversion_monthly"
_SURVEY, _CARDS = "survey = $survey", "card_on_file = 'all'"
_ENOUGH_STARTED = f"{OVER} and {enough('$starting_customers')}"
_LTV = "$closing_mrr / nullif(cast($closing_customers as double), 0) * $gross_margin"

COMPANY_FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        "opening_mrr": plain(OPENING, _MRR),
        "new_mrr": plain(NEW, _MRR),
        "expansion_mrr": plain(EXPANSION, _MRR),
        "contraction_mrr": plain(CONTRACTION, _MRR),
        "churned_mrr": plain(CHURNED, _MRR),
        "reactivation_mrr": plain(REACTIVATION, _MRR),
        "fx_mrr": Figure(
            "$closing_mrr - $opening_mrr - $new_mrr - $expansion_mrr - $contraction_mrr - $churned_mrr "
            "- $reactivation_mrr",
            (CLOSING, OPENING, NEW, EXPANSION, CONTRACTION, CHURNED, REACTIVATION),
            "closing_mrr - opening_mrr - the five movements",
            _MRR,
        ),
        "closing_mrr": plain(CLOSING, _MRR),
        "arr": Figure("$closing_mrr * 12", (CLOSING,), "closing_mrr * 12", _MRR),
        "committed_mrr": plain(
            _mrr("committed_mrr", "MRR less what is known to end, with what is to change", "committed"), _MRR
        ),
        "opening_customers": plain(
            _with_mrr(
                "opening_customers", "opening_mrr", "customers with MRR when it began", "held_at_start"
            ),
            _MRR,
        ),
        "new_customers": plain(NEW_CUSTOMERS, _MRR),
        "churned_customers": plain(
            _times("churned_customers", "times_churned", "churn", "times a customer left"), _MRR
        ),
        "reactivated_customers": plain(
            _times(
                "reactivated_customers", "times_reactivated", "reactivation", "times a customer came back"
            ),
            _MRR,
        ),
        "closing_customers": plain(CLOSING_CUSTOMERS, _MRR),
        "arpa": rate(
            "closing_mrr / closing_customers",
            ratio("$closing_mrr", "$closing_customers"),
            CLOSING,
            CLOSING_CUSTOMERS,
            mart=_MRR,
        ),
        "asp": rate(
            "new_mrr / new_customers", ratio("$new_mrr", "$new_customers"), NEW, NEW_CUSTOMERS, mart=_MRR
        ),
        "quick_ratio": rate(
            "(new_mrr + expansion_mrr + reactivation_mrr) / -(contraction_mrr + churned_mrr)",
            ratio("($new_mrr + $expansion_mrr + $reactivation_mrr)", "(-($contraction_mrr + $churned_mrr))"),
            NEW,
            EXPANSION,
            REACTIVATION,
            CONTRACTION,
            CHURNED,
            mart=_MRR,
            when=OVER,
            hidden=MONTH_GOES_ON,
        ),
        "lost_customers": plain(LOST, _CHURN, "churned_customers"),
        **{
            f"{kind}_customers": plain(
                _life(
                    f"{kind}_customers",
                    f"lost customers of class {kind}",
                    "1",
                    f"churn_class = '{kind}'",
                ),
                _CHURN,
            )
            for kind in ("voluntary", "involuntary", "unknown", "paused")
        },
        "customer_churn_rate": rate(
            "lost_customers / starting_customers",
            share("$lost_customers", "$starting_customers"),
            LOST,
            STARTING,
            mart=_CHURN,
            when=_ENOUGH_STARTED,
            hidden=f"{MONTH_GOES_ON}, or {FEW}",
        ),
        **{
            f"customer_churn_rate_{side}": rate(
                f"{words} Wilson bound at 95 % of lost_customers / starting_customers",
                _bound("$lost_customers", "$starting_customers", sign),
                LOST,
                STARTING,
                mart=_CHURN,
                when=_ENOUGH_STARTED,
                hidden=f"{MONTH_GOES_ON}, or {FEW}",
            )
            for side, words, sign in BOUNDS
        },
        "gross_mrr_churn_rate": _retention(
            "(starting_mrr - kept_mrr) / starting_mrr",
            ratio("($starting_mrr - $kept_mrr)", "$starting_mrr"),
            START_MRR,
            KEPT_MRR,
        ),
        "net_mrr_churn_rate": _retention(
            "(starting_mrr - ending_mrr) / starting_mrr",
            ratio("($starting_mrr - $ending_mrr)", "$starting_mrr"),
            START_MRR,
            END_MRR,
        ),
        "grr": _retention(
            "kept_mrr / starting_mrr", ratio("$kept_mrr", "$starting_mrr"), START_MRR, KEPT_MRR
        ),
        "nrr": _retention(
            "ending_mrr / starting_mrr", ratio("$ending_mrr", "$starting_mrr"), START_MRR, END_MRR
        ),
        "customer_churn_rate_12m": rate(
            "lost_customers / starting_customers",
            share("$lost_customers", "$starting_customers"),
            LOST_12M,
            STARTING_12M,
            mart=_YEAR,
            mart_column="customer_churn_rate",
            when=enough("$starting_customers"),
            hidden=FEW,
            months=12,
        ),
        "grr_12m": _retention(
            "kept_mrr / starting_mrr",
            ratio("$kept_mrr", "$starting_mrr"),
            START_MRR_12M,
            KEPT_MRR_12M,
            "grr",
            12,
        ),
        "nrr_12m": _retention(
            "ending_mrr / starting_mrr",
            ratio("$ending_mrr", "$starting_mrr"),
            START_MRR_12M,
            END_MRR_12M,
            "nrr",
            12,
        ),
        "nps_responses": plain(RESPONSES, _NPS, "responses", _SURVEY),
        "nps": rate(
            "100 * (promoters - detractors) / nps_responses",
            "100 * (" + ratio("($promoters - $detractors)", "$nps_responses") + ")",
            PROMOTERS,
            DETRACTORS,
            RESPONSES,
            mart=_NPS,
            also=_SURVEY,
            when=OVER,
            hidden=MONTH_GOES_ON,
        ),
        "nps_standard_error": rate(
            "100 * sqrt((p + d - (p - d)^2) / nps_responses), with p = promoters / nps_responses "
            "and d = detractors / nps_responses",
            "100 * sqrt(greatest(cast(0 as double), ("
            + ratio("$promoters", "$nps_responses")
            + " + "
            + ratio("$detractors", "$nps_responses")
            + " - ("
            + ratio("($promoters - $detractors)", "$nps_responses")
            + ") * ("
            + ratio("($promoters - $detractors)", "$nps_responses")
            + ")) / $nps_responses))",
            PROMOTERS,
            DETRACTORS,
            RESPONSES,
            mart=_NPS,
            also=_SURVEY,
            when=f"{OVER} and $nps_responses >= $min_n",
            hidden=f"{MONTH_GOES_ON}, or fewer answers than min_n",
        ),
        "sales_marketing_cost": plain(COST, _ECONOMICS),
        "cac": rate(
            "sales_marketing_cost / new_customers",
            ratio("$sales_marketing_cost", "$new_customers"),
            COST,
            ECONOMIC_CUSTOMERS,
            mart=_ECONOMICS,
            when=OVER,
            hidden=MONTH_GOES_ON,
        ),
        "cac_payback_months": rate(
            "sales_marketing_cost / (new_mrr * new_gross_margin)",
            ratio("$sales_marketing_cost", "($new_mrr * $new_gross_margin)"),
            COST,
            ECONOMIC_MRR,
            NEW_GROSS_MARGIN,
            mart=_ECONOMICS,
            when=OVER,
            hidden=MONTH_GOES_ON,
        ),
        "ltv": rate(
            "closing_mrr / closing_customers * gross_margin / mean_churn_rate",
            f"{_LTV} / nullif($mean_churn_rate, 0)",
            CLOSING,
            CLOSING_CUSTOMERS,
            GROSS_MARGIN,
            CHURN_RATE,
            mart=_ECONOMICS,
            when=OVER,
            hidden=MONTH_GOES_ON,
        ),
        "trials": plain(TRIALS, _TRIALS, also=_CARDS),
        "converted_trials": plain(CONVERTED, _TRIALS, "converted", _CARDS),
        "trial_conversion_rate": rate(
            "converted_trials / trials",
            share("$converted_trials", "$trials"),
            CONVERTED,
            TRIALS,
            mart=_TRIALS,
            mart_column="conversion_rate",
            also=_CARDS,
            when=enough("$trials"),
            hidden="fewer trials than min_n",
        ),
        "failed_invoices": plain(FAILED),
        "recovered_invoices": plain(RECOVERED),
        "lost_invoices": plain(LOST_INVOICES),
        "open_invoices": plain(OPEN_INVOICES),
        "failed_amount": plain(_invoices("failed_amount", "amount of those invoices", "sum(amount)")),
        "recovered_amount": plain(
            _invoices("recovered_amount", "amount of those paid later", "sum(amount)", "state = 'recovered'")
        ),
        "recovery_rate": rate(
            "recovered_invoices / (recovered_invoices + lost_invoices)",
            ratio("$recovered_invoices", "($recovered_invoices + $lost_invoices)"),
            RECOVERED,
            LOST_INVOICES,
            when=OVER,
            hidden=MONTH_GOES_ON,
        ),
        "gross_revenue": plain(
            _revenue(
                "gross_revenue", "revenue earned", "revenue_class in ('earned', 'accelerated', 'breakage')"
            ),
            "fct_revenue_monthly",
        ),
        "net_revenue": plain(
            _revenue("net_revenue", "revenue earned, less what was taken back", "true"), "fct_revenue_monthly"
        ),
        "cash_collected": plain(CASH),
        "receivables": plain(RECEIVABLES),
        "dso_days": rate(
            "receivables / billed_in_3_months * days",
            ratio("$receivables", "$billed_in_3_months") + " * $days",
            RECEIVABLES,
            BILLED,
            DAYS,
            MONTHS_BILLED,
            when="not $is_partial and $months_billed = 3",
            hidden="the month is not over, or fewer than three months were billed",
        ),
        "deferred_revenue": plain(
            _obligation("deferred_revenue", "billed_not_recognised", "billed and not recognised")
        ),
        "unbilled_revenue": plain(
            _obligation("unbilled_revenue", "recognised_not_billed", "recognised and not billed")
        ),
    }
)
"""By the column; what is missing here (`UNEXPLAINED`) is said in words."""

UNEXPLAINED: Mapping[str, str] = MappingProxyType(
    {
        "nps_survey": "It is the survey with most respondents in the month: fct_nps_monthly has them all.",
        "ltv_low": "It is ltv at the upper 95 % bound of the churn rate: explain ltv.",
        "ltv_observed": (
            "It is what ended lives paid on average, times the gross margin: see fct_unit_economics_monthly."
        ),
        "ltv_to_cac": "It is ltv / cac: explain both.",
        "is_trial_cohort_mature": "It says whether every trial had its time to convert: see fct_trials.",
        "is_partial": "It says whether the month was going on at the as-of instant.",
        "period_month": "It is the month.",
    }
)
