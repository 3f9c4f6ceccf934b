"""NPS: parts add up, scores are scores, and nobody's address is among them."""

from orchestration.quality.rule import Rule, accepted_values, between, rows, unique


def rules() -> list[Rule]:
    """The rules of fct_nps_responses and fct_nps_monthly."""
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
