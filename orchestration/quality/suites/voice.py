"""The customers' voice: parts add up, scores are scores, and nobody's address is among them."""

from orchestration.quality.rule import Rule, accepted_values, between, rows, unique


def rules() -> list[Rule]:
    """The rules of answers, NPS months, what categories do next, satisfaction and tickets."""
    return [*_nps(), *_consequences()]


def _nps() -> list[Rule]:
    responses, months = "fct_nps_responses", "fct_nps_monthly"
    return [
        unique(responses, ["response_id"]),
        between(responses, "score", 0, 10),
        accepted_values(responses, "category", ["promoter", "passive", "detractor"]),
        rows(
            responses,
            "category_follows_the_score",
            "9 and 10 are promoters, 7 and 8 passives, all below detractors",
            """
            select response_id, score, category
            from {batch}
            where category is distinct from case
                when score >= 9 then 'promoter' when score >= 7 then 'passive' else 'detractor'
            end
            """,
        ),
        rows(
            responses,
            "respondents_are_hashed",
            "no respondent is an e-mail address",
            "select response_id from {batch} where respondent_id is null or contains(respondent_id, '@')",
        ),
        unique(months, ["period_month", "survey", "segment_type", "segment_value"]),
        between(months, "nps", -100, 100),
        rows(
            months,
            "answers_add_up",
            "promoters + passives + detractors = responses, and NPS follows from them",
            """
            select
                period_month, survey, segment_type, segment_value,
                responses, promoters, passives, detractors, nps
            from {batch}
            where promoters + passives + detractors is distinct from responses
                or abs(nps - 100.0 * (promoters - detractors) / nullif(responses, 0)) > 1e-6
            """,
        ),
    ]


def _consequences() -> list[Rule]:
    return [
        rows(
            "fct_nps_retention",
            "losses_ahead_grow_with_the_days",
            "90 days lose no more than 180, and neither more than there was",
            """
            select
                period_month, category, customers, churned_90d, churned_180d, mrr, mrr_lost_90d, mrr_lost_180d
            from {batch}
            where churned_90d > least(customers, churned_180d) or mrr_lost_90d > least(mrr, mrr_lost_180d)
                or churned_180d > customers or mrr_lost_180d > mrr or mrr_lost_90d < 0
            """,
        ),
        rows(
            "fct_csat_monthly",
            "the_satisfied_are_among_the_answers",
            "no more are satisfied than answered, and the rate is their share",
            """
            select period_month, survey, responses, satisfied, csat_rate
            from {batch}
            where satisfied > responses or satisfied < 0
                or abs(csat_rate * responses - satisfied) > 1e-6
            """,
        ),
        rows(
            "fct_csat_monthly",
            "satisfaction_is_told_from_1_to_5",
            "every survey of satisfaction has scores from 1 to 5",
            """
            select survey, min(score) as lowest, max(score) as highest
            from intermediate.int_voice__csat_answers
            where not is_on_scale
            group by survey
            order by survey
            """,
            severity="warning",
            mend="Nobody can say who is satisfied on another scale, so their rates are empty. Say what the "
            "scores mean (map: of score in the mapping).",
        ),
        rows(
            "fct_tickets_monthly",
            "tickets_of_the_channels_make_up_all",
            "the channels' tickets add up to all, and no more are solved than opened",
            """
            select period_month, sum(case when channel = 'all' then opened_tickets else -opened_tickets end)
            from {batch}
            group by period_month
            having sum(case when channel = 'all' then opened_tickets else -opened_tickets end) <> 0
                or max(solved_tickets - opened_tickets) > 0
            """,
        ),
    ]
