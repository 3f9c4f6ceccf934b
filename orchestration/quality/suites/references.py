"""References from one table to another: how many match nothing, pair by pair."""

from orchestration.landing.canonical import literal
from orchestration.quality.rule import Rule, rows
from orchestration.settings import Company

TABLE = "fct_reference_match"
PAIRS = {
    "deal > account": "deals name accounts that the CRM delivered",
    "lead > account": "leads name accounts that the CRM delivered",
    "lead > deal": "leads became deals that the CRM delivered",
    "answer > customer": "answers to a survey reach one customer",
    "ticket > customer": "tickets reach one customer",
    "payment > invoice": "payments name invoices that were delivered",
    "item > price": "items name prices that were delivered",
    "invoice > customer": "invoices name customers that were delivered",
    "usage > subscription": "usage names subscriptions that were delivered",
    "product use > customer": "use of the product names one customer",
}


def rules(company: Company) -> list[Rule]:
    """One rule for each pair of tables, and one that says that no more match than there are."""
    return [
        rows(
            TABLE,
            "no_more_references_match_than_there_are",
            "no more references match than there are",
            "select pair, source_name, reference_rows, matched_rows from {batch} "
            "where matched_rows > reference_rows or matched_rows < 0",
        ),
        *(_pair(pair, says, company) for pair, says in PAIRS.items()),
    ]


def _pair(pair: str, says: str, company: Company) -> Rule:
    allowed = company.quality.max_unmatched_share
    return rows(
        TABLE,
        f"{pair.replace(' > ', '_to_').replace(' ', '_')}_matches",
        f"{says}, but for at most {allowed * 100:g} %",
        f"""
        select pair, source_name, matched_rows, reference_rows, unmatched_sample
        from {{batch}}
        where pair = {literal(pair)} and reference_rows - matched_rows > {allowed} * reference_rows
        order by source_name
        """,
        severity="warning",
        mend="Deliver what they name, or mend the ids in the mapping (limit: quality.max_unmatched_share).",
    )
