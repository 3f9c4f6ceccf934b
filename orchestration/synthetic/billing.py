"""Invoices, payments, dunning, refunds: what the billing system does at each renewal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from orchestration.synthetic import dials
from orchestration.synthetic.book import Book
from orchestration.synthetic.cards import Wallet
from orchestration.synthetic.catalogue import money
from orchestration.synthetic.draws import Draws
from orchestration.synthetic.events import Kind, Value

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(slots=True)
class Discount:
    """A discount in force on a subscription: a percent or an amount per invoice."""

    discount_id: str
    duration: str
    percent: Decimal | None
    amount: Decimal | None
    currency: str
    ends_at: datetime | None
    used: bool = False


@dataclass(slots=True)
class Biller:
    """Bills one subscription. `method` is how the customer pays, `vat` the rate on its invoices."""

    book: Book
    draws: Draws
    method: str
    vat: Decimal
    wallet: Wallet
    discounts: list[Discount] = field(default_factory=list)
    pending: list[dict[str, Value]] = field(default_factory=list)
    invoices: int = 0
    payments: int = 0
    ended_at: datetime | None = None

    def discount(self, at: datetime, kind: Kind, months: int = 0) -> None:
        """Give the subscription a discount: 10 to 30 %, or an amount off each invoice."""
        number = len(self.discounts) + 1
        discount_id = f"di_{self.book.subscription_id.removeprefix('sub_')}_{number}"
        duration = kind.name.removeprefix("DISCOUNT_").lower()
        percent: Decimal | None = Decimal(self.draws.integer(2, 6) * 5)
        amount: Decimal | None = None
        if self.draws.chance(0.3):
            listed = sum((i.price.amount(i.quantity) for i in self.book.licensed()), Decimal(0))
            percent, amount = None, money(listed * Decimal("0.15"), self.book.currency)
        ends_at = at + timedelta(days=30 * months) if months else None
        self.discounts.append(Discount(discount_id, duration, percent, amount, self.book.currency, ends_at))
        self.book.log.put(
            at, kind, "discounts", discount_id=discount_id, customer_id=None,
            subscription_id=self.book.subscription_id, item_id=None, percent_off=percent, amount_off=amount,
            currency=self.book.currency if amount is not None else None, duration=duration, starts_at=at,
            ends_at=ends_at,
        )  # fmt: skip

    def prorate(
        self, at: datetime, period: tuple[datetime, datetime], before: Decimal, after: Decimal
    ) -> None:
        """Remember a mid-period change: the next invoice gives back the unused part and charges the new
        one.
        """
        start, end = period
        share = Decimal(int((end - at).total_seconds())) / Decimal(int((end - start).total_seconds()))
        item = self.book.plan_item()
        for amount in (-before, after):
            self.pending.append(
                {
                    "kind": "recurring",
                    "is_proration": True,
                    "item_id": item.item_id,
                    "price_id": item.price.price_id,
                    "quantity": item.quantity,
                    "unit_amount": None,
                    "amount_ex_tax": money(amount * share, self.book.currency),
                    "discount_amount": Decimal(0),
                    "service_start_at": at,
                    "service_end_at": end,
                }
            )

    def bill(self, at: datetime, period_end: datetime, reason: str, short: bool = False) -> None:
        """Issue the invoice of the period that starts at `at` and play its payment through to the end."""
        lines = [*self.pending, *self._recurring_lines(at, period_end)]
        self.pending.clear()
        if reason == "subscription_create" and self.book.items and self.method == "transfer":
            fee = money(Decimal(490), "EUR") if self.book.currency != "JPY" else Decimal(78_000)
            lines.append(
                {
                    "kind": "one_time",
                    "is_proration": False,
                    "item_id": None,
                    "price_id": None,
                    "quantity": Decimal(1),
                    "unit_amount": fee,
                    "amount_ex_tax": fee,
                    "discount_amount": Decimal(0),
                    "service_start_at": at,
                    "service_end_at": at,
                }
            )
        total = self._issue(at, lines, reason)
        if total <= 0:
            self._mark_paid(at, Decimal(0), 0)
        elif self.method == "transfer":
            paid_at = at + self.draws.integer(4, 40) * DAY
            self._pay(paid_at, total, 1, "succeeded", paid_at)
            self._mark_paid(paid_at, total, 1)
        elif self.draws.chance(dials.FIRST_ATTEMPT_FAILURE[self.method]):
            self._dun(at + HOUR, total, dials.SHORT_RETRY_DAYS if short else dials.RETRY_DAYS)
        else:
            self._collect(at + HOUR, total, 1)

    # ---- lines

    def _recurring_lines(self, start: datetime, end: datetime) -> list[dict[str, Value]]:
        lines: list[dict[str, Value]] = []
        items = self.book.licensed()
        listed = [item.price.amount(item.quantity) for item in items]
        left = list(listed)
        for discount in self._in_force(start):
            base = sum(left, Decimal(0))
            for n, amount in enumerate(left):
                if discount.percent is not None:
                    left[n] = amount * (1 - discount.percent / 100)
                elif discount.amount is not None and base:
                    left[n] = max(amount - discount.amount * amount / base, Decimal(0))
            discount.used = True
        for item, before, after in zip(items, listed, left, strict=True):
            net = money(after, self.book.currency)
            lines.append(
                {
                    "kind": "recurring",
                    "is_proration": False,
                    "item_id": item.item_id,
                    "price_id": item.price.price_id,
                    "quantity": item.quantity,
                    "unit_amount": item.price.unit_amount,
                    "amount_ex_tax": net,
                    "discount_amount": before - net,
                    "service_start_at": start,
                    "service_end_at": end,
                }
            )
        return lines + self._usage_lines(start)

    def _usage_lines(self, at: datetime) -> list[dict[str, Value]]:
        lines: list[dict[str, Value]] = []
        for item in self.book.live_items():
            if (
                item.price.product.usage_type != "metered"
                or item.price.unit_amount is None
                or not self.invoices
            ):
                continue
            quantity = Decimal(self.draws.integer(2_000, 60_000))
            used_at = at - HOUR
            self.book.log.put(
                used_at, Kind.USAGE_METERED, "usage_records",
                usage_id=f"ur_{item.item_id.removeprefix('si_')}_{self.invoices}",
                subscription_id=self.book.subscription_id, item_id=item.item_id, used_at=used_at,
                quantity=quantity, metric=item.price.product.product_id,
            )  # fmt: skip
            amount = money(quantity * item.price.unit_amount, self.book.currency)
            lines.append(
                {
                    "kind": "usage",
                    "is_proration": False,
                    "item_id": item.item_id,
                    "price_id": item.price.price_id,
                    "quantity": quantity,
                    "unit_amount": item.price.unit_amount,
                    "amount_ex_tax": amount,
                    "discount_amount": Decimal(0),
                    "service_start_at": None,
                    "service_end_at": at,
                }
            )
        return lines

    def _in_force(self, at: datetime) -> list[Discount]:
        live = [d for d in self.discounts if d.ends_at is None or d.ends_at > at]
        live = [d for d in live if not (d.duration == "once" and d.used)]
        live = [d for d in live if d.amount is None or d.currency == self.book.currency]
        return sorted(live, key=lambda d: (d.percent is None, d.discount_id))

    # ---- invoice and payments

    def _invoice_id(self) -> str:
        return f"in_{self.book.subscription_id.removeprefix('sub_')}_{self.invoices}"

    def _issue(self, at: datetime, lines: list[dict[str, Value]], reason: str) -> Decimal:
        self.invoices += 1
        currency, invoice_id = self.book.currency, self._invoice_id()
        subtotal = discount = tax = Decimal(0)
        for number, line in enumerate(lines, start=1):
            net, off = line["amount_ex_tax"], line["discount_amount"]
            assert isinstance(net, Decimal) and isinstance(off, Decimal)
            line_tax = money(net * self.vat, currency)
            subtotal, discount, tax = subtotal + net + off, discount + off, tax + line_tax
            self.book.log.put(
                at, Kind.INVOICED, "invoice_lines", invoice_id=invoice_id,
                line_id=f"il_{invoice_id[3:]}_{number}",
                subscription_id=self.book.subscription_id, tax_amount=line_tax, currency=currency, **line,
            )  # fmt: skip
        total = max(subtotal - discount + tax, Decimal(0))
        self.book.log.put(
            at, Kind.INVOICED, "invoices", invoice_id=invoice_id, number=invoice_id[3:].upper().replace("_",
            "-"),
            customer_id=self.book.customer_id, subscription_id=self.book.subscription_id, currency=currency,
            status="open", reason=reason, issued_at=at,
            due_at=at + 30 * DAY if self.method == "transfer" else at, finalized_at=at, paid_at=None,
            voided_at=None, uncollectible_at=None,
            subtotal=subtotal, discount_total=discount, tax_total=tax, total=total,
            amount_paid=Decimal(0), amount_due=total, attempt_count=0, next_attempt_at=None,
        )  # fmt: skip
        return total

    def _mark_paid(self, at: datetime, total: Decimal, attempts: int) -> None:
        self.book.log.put(
            at, Kind.PAID, "invoices", invoice_id=self._invoice_id(), status="paid", paid_at=at,
            amount_paid=total, amount_due=Decimal(0), attempt_count=attempts, next_attempt_at=None,
        )  # fmt: skip

    def _pay(
        self, at: datetime, amount: Decimal, attempt: int, outcome: str, settled: datetime | None,
        code: str | None = None, will_retry: bool = False,
    ) -> str:  # fmt: skip
        self.payments += 1
        payment_id = f"py_{self.book.subscription_id.removeprefix('sub_')}_{self.payments}"
        currency = self.book.currency
        kind = {"failed": Kind.PAYMENT_FAILED, "pending": Kind.PAYMENT_PENDING}.get(
            outcome, Kind.PAYMENT_SUCCEEDED
        )
        share = Decimal("0.015") if self.method == "card" else Decimal("0.003")
        card = self.wallet.card(at, earlier=code == "expired_card") if self.method == "card" else None
        self.book.log.put(
            at, kind, "payments", payment_id=payment_id, customer_id=self.book.customer_id, amount=amount,
            currency=currency, outcome=outcome, attempted_at=at, settled_at=settled, method=self.method,
            failure_code=code, attempt_number=attempt, will_retry=will_retry,
            fee=money(amount * share, currency) if outcome != "failed" else Decimal(0),
            card_expires_on=card.expires_on if card else None,
            payment_method_id=card.payment_method_id if card else None,
        )  # fmt: skip
        self.book.log.put(
            at, kind, "invoice_payments", invoice_id=self._invoice_id(), payment_id=payment_id,
            amount_applied=Decimal(0) if outcome == "failed" else amount, currency=currency,
            applied_at=None if outcome == "failed" else at,
        )  # fmt: skip
        return payment_id

    def _collect(self, at: datetime, total: Decimal, attempt: int) -> None:
        if self.method == "sepa_debit":
            settled = at + 4 * DAY
            payment_id = self._pay(at, total, attempt, "pending", None)
            self.book.log.put(
                settled, Kind.PAYMENT_SUCCEEDED, "payments", payment_id=payment_id, outcome="succeeded",
                settled_at=settled,
            )  # fmt: skip
            self._mark_paid(settled, total, attempt)
            if self.draws.chance(dials.SEPA_REVERSAL_SHARE):
                self._reverse_debit(settled + self.draws.integer(3, 50) * DAY, payment_id, total)
            return
        payment_id = self._pay(at, total, attempt, "succeeded", at + 2 * DAY)
        self._mark_paid(at, total, attempt)
        luck = self.draws.unit()
        if luck < dials.REFUND_SHARE:
            self._refund(at + self.draws.integer(1, 20) * DAY, payment_id, total)
        elif luck < dials.REFUND_SHARE + dials.DISPUTE_SHARE:
            self._reversal(at + self.draws.integer(5, 40) * DAY, Kind.DISPUTED, payment_id, total, "lost")

    def _reversal(self, at: datetime, kind: Kind, payment_id: str, amount: Decimal, status: str) -> None:
        word = "refund" if kind is Kind.REFUNDED else "dispute"
        self.book.log.put(
            at, kind, "reversals", reversal_id=f"{word[:2]}_{payment_id[3:]}", payment_id=payment_id,
            kind=word,
            status=status, amount=amount, currency=self.book.currency, occurred_at=at,
        )  # fmt: skip

    def _reverse_debit(self, at: datetime, payment_id: str, total: Decimal) -> None:
        self.book.log.put(
            at, Kind.SEPA_REVERSED, "payments", payment_id=payment_id, outcome="charged_back",
            failure_code="refer_to_payer",
        )  # fmt: skip
        self.book.log.put(
            at, Kind.SEPA_REVERSED, "invoices", invoice_id=self._invoice_id(), status="open", paid_at=None,
            amount_paid=Decimal(0), amount_due=total,
        )  # fmt: skip
        self._write_off(at + 21 * DAY)

    def _write_off(self, at: datetime) -> None:
        self.book.log.put(
            at, Kind.WRITTEN_OFF, "invoices", invoice_id=self._invoice_id(), status="uncollectible",
            uncollectible_at=at,
        )  # fmt: skip

    def _refund(self, at: datetime, payment_id: str, total: Decimal) -> None:
        part = money(total * self.draws.pick((Decimal(1), Decimal("0.5"))), self.book.currency)
        self._reversal(at, Kind.REFUNDED, payment_id, part, "succeeded")
        net = money(part / (1 + self.vat), self.book.currency)
        self.book.log.put(
            at, Kind.CREDIT_NOTE, "credit_notes", credit_note_id=f"cn_{payment_id[3:]}",
            invoice_id=self._invoice_id(), customer_id=self.book.customer_id, status="issued",
            amount_ex_tax=net,
            tax=part - net, currency=self.book.currency, issued_at=at, voided_at=None, reason="goodwill",
        )  # fmt: skip

    def _dun(self, first: datetime, total: Decimal, retry_days: tuple[int, ...]) -> None:
        """First attempt failed: retries until one succeeds or all are used up."""
        code = self.draws.weighted(dials.DECLINE_CODES[self.method])
        recovered = self.draws.chance(dials.RECOVERY_SHARE)
        success = self.draws.integer(1, len(retry_days)) if recovered else None
        self._pay(first, total, 1, "failed", None, code, will_retry=True)
        self.book.log.put(
            first, Kind.PAYMENT_FAILED, "invoices", invoice_id=self._invoice_id(), attempt_count=1,
            next_attempt_at=first + retry_days[0] * DAY,
        )  # fmt: skip
        self.book.set_status(first, Kind.PAST_DUE, "past_due")
        for number, days in enumerate(retry_days, start=1):
            at = first + days * DAY
            if number == success:
                self._pay(at, total, number + 1, "succeeded", at + 2 * DAY)
                self._mark_paid(at, total, number + 1)
                self.book.set_status(at, Kind.RECOVERED, "active")
                return
            last = number == len(retry_days)
            self._pay(at, total, number + 1, "failed", None, code, will_retry=not last)
            self.book.log.put(
                at, Kind.PAYMENT_FAILED, "invoices", invoice_id=self._invoice_id(), attempt_count=number + 1,
                next_attempt_at=None if last else first + retry_days[number] * DAY,
            )  # fmt: skip
        self._lose(first + retry_days[-1] * DAY + HOUR)

    def _lose(self, at: datetime) -> None:
        """All retries failed: the subscription ends, goes unpaid and then ends, or goes on without this
        invoice.
        """
        self._write_off(at)
        luck = self.draws.unit()
        explained = None if self.draws.chance(0.3) else "involuntary"
        if luck < dials.LOST_ENDS_SHARE:
            self.book.end(at, Kind.ENDED_INVOLUNTARILY, explained)
            self.ended_at = at
        elif luck < dials.LOST_ENDS_SHARE + dials.LOST_UNPAID_SHARE:
            self.book.set_status(at, Kind.UNPAID, "unpaid")
            self.ended_at = at + 5 * DAY
            self.book.end(self.ended_at, Kind.ENDED_INVOLUNTARILY, explained)
        else:
            self.book.set_status(at, Kind.KEPT_UNPAID, "active")
