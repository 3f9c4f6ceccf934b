"""What the open file may show, and what only the restricted one holds: the one place that decides."""

from orchestration.landing.canonical import literal

# Columns of the canonical tables that say who somebody is, or hold what somebody wrote.
PERSONAL_COLUMNS = ("name", "email", "legal_id", "vat_id", "respondent", "comment", "owner", "end_feedback")

WITHHELD = "Withheld: the restricted file has the whole of it."


def may_show_reject() -> str:
    """The SQL condition under which a row of audit.rejects may be shown with its value.

    A rejected value can be anything, so only those of columns that hold no personal data are shown.
    """
    personal = ", ".join(literal(name) for name in PERSONAL_COLUMNS)
    return f"(column_name is not null and column_name not in ({personal}))"
