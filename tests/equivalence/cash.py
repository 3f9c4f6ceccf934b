"""What customers paid by month as the journal has it: given to a comparison, and not compared itself."""

from datetime import date
from decimal import Decimal

from tests.equivalence.warehouses import Built


def cash_by_month(built: Built) -> dict[date, Decimal]:
    """Payments less what was paid back and less the tax of the month's invoices, of complete months."""
    return dict(
        built.rows(
            "select period_month, cash_collected + cash_paid_back - coalesce((select sum(credits - debits)"
            " from marts.fct_journal_monthly as journal where account = 'tax_payable'"
            " and journal.period_month = cash.period_month), 0)"
            " from marts.fct_receivables_monthly as cash where not is_partial"
        )
    )
