"""Growth: trials, the funnel, unit economics, and what expansion and contributions are made of."""

from orchestration.quality.rule import Rule, rows


def rules() -> list[Rule]:
    """The rules of the marts of trials, funnel, unit economics, expansion and contributions."""
    return [*_trials(), *_funnel(), *_deals(), *_money()]


def _trials() -> list[Rule]:
    return [
        rows(
            "fct_trials",
            "trials_convert_after_they_began",
            "a trial that converted has its first MRR, not before the trial began",
            """
            select subscription_id, trial_started_on, first_mrr_on
            from {batch}
            where is_converted and (first_mrr_on is null or first_mrr_on < trial_started_on)
            """,
        ),
        rows(
            "fct_trial_conversion_monthly",
            "trials_by_card_add_up",
            "no more trials convert than began, and those with, without and of unknown card make up all",
            """
            select
                period_month, segment_type, segment_value,
                sum(case when card_on_file = 'all' then trials else -trials end) as missing_trials,
                min(trials - converted) as fewest_left
            from {batch}
            group by period_month, segment_type, segment_value
            having sum(case when card_on_file = 'all' then trials else -trials end) <> 0
                or min(trials - converted) < 0
            """,
        ),
    ]


def _funnel() -> list[Rule]:
    return [
        rows(
            "fct_funnel_entries",
            "stages_are_entered_in_order",
            "nobody leaves a stage before it was entered",
            """
            select journey_id, stage, entered_at, advanced_at
            from {batch}
            where entered_at is null or advanced_at < entered_at or days_in_stage < 0
            """,
        ),
        rows(
            "fct_funnel_monthly",
            "funnel_counts_are_those_of_the_entries",
            "each stage's journeys are entered once, and no more advance or win than entered",
            """
            with entries as (select count(*) as entries from marts.fct_funnel_entries),

            months as (
                select
                    coalesce(sum(entered) filter (where segment_type = 'all'), 0) as entered,
                    count(*) filter (where advanced > entered or won > entered) as impossible
                from {batch}
            )

            select months.entered, entries.entries, months.impossible
            from months
            cross join entries
            where months.entered <> entries.entries or months.impossible > 0
            """,
            needs=("fct_funnel_entries",),
        ),
    ]


def _deals() -> list[Rule]:
    return [
        rows(
            "fct_funnel_entries",
            "deals_have_an_outcome",
            "every deal is open, won or lost by what its CRM says",
            """
            select deals.deal_id, staged.pipeline, staged.stage
            from intermediate.int_growth__deals as deals
            inner join staging.stg_crm_deals as staged on deals.deal_id = staged.deal_id
            where deals.outcome is null
            order by staged.stage, deals.deal_id
            """,
            severity="warning",
            mend="They are neither open nor won. Say what the stages mean (labels: in company.yml), or "
            "deliver the pipelines.",
        ),
        rows(
            "fct_funnel_entries",
            "won_deals_have_a_date",
            "every won deal says when it was won",
            """
            select deal_id
            from intermediate.int_growth__deals
            where outcome = 'won' and won_at is null
            order by deal_id
            """,
            severity="warning",
            mend="They are in no month's won deals. Deliver the close date, or the history of stages.",
        ),
    ]


def _money() -> list[Rule]:
    return [
        rows(
            "fct_unit_economics_monthly",
            "channels_add_up_to_the_company",
            "the channels' cost, new customers and new MRR make up the total of the month",
            """
            with signed as (
                select *, case when channel = 'all' then 1 else -1 end as sign from {batch}
            )

            select period_month, sum(sign * sales_marketing_cost) as cost, sum(sign * new_mrr) as new_mrr
            from signed
            group by period_month
            having sum(sign * sales_marketing_cost) <> 0 or sum(sign * new_customers) <> 0
                or sum(sign * new_mrr) <> 0
            """,
        ),
        rows(
            "fct_expansion_monthly",
            "up_sell_and_cross_sell_are_the_expansion",
            "up-sell + cross-sell = expansion of the customer's month, and neither is negative",
            """
            select splits.period_month, splits.customer_id, splits.expansion_mrr, months.expansion_mrr
            from (select * from {batch}) as splits
            left join marts.fct_customer_mrr_monthly as months
                on splits.period_month = months.period_month and splits.customer_id = months.customer_id
            where splits.upsell_mrr + splits.cross_sell_mrr <> splits.expansion_mrr
                or splits.expansion_mrr is distinct from months.expansion_mrr
                or splits.upsell_mrr < 0 or splits.cross_sell_mrr < 0
            """,
            needs=("fct_customer_mrr_monthly",),
        ),
        rows(
            "fct_mrr_contribution_monthly",
            "contributions_add_up_to_the_company",
            "products, teams and campaigns each add up to the MRR of the month",
            """
            select contributions.period_month, contributions.dimension, contributions.mrr, months.closing_mrr
            from (
                select period_month, dimension, sum(closing_mrr) as mrr
                from {batch}
                group by period_month, dimension
            ) as contributions
            inner join marts.fct_mrr_monthly as months
                on contributions.period_month = months.period_month and months.segment_type = 'all'
            where contributions.mrr <> months.closing_mrr
            """,
            needs=("fct_mrr_monthly",),
        ),
    ]
