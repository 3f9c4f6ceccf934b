"""Since when and until when the looks at a billing system tell of a discount (see oracle_sight)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from oracle.looks import Shown, Vendor, instant_of, text_of
from orchestration.synthetic.events import Row

GRANT = ("percent_off", "amount_off", "currency", "duration", "starts_at", "ends_at", "product_ids")


@dataclass(frozen=True, slots=True)
class Granted:
    """A discount as some looks show it: from which look on, and the first that shows it otherwise or not."""

    row: Row
    granted_at: datetime
    begins: datetime
    first: datetime
    is_coming: bool
    last: datetime | None = None
    gone: datetime | None = None
    is_gone: bool = False


def discounts_told(histories: Iterable[Sequence[Shown]], vendor: Vendor) -> list[Row]:
    """The discounts of a customer and its subscription: what comes takes the place of what goes."""
    found = [granted for history in histories for granted in _granted(history, vendor)]
    coming: dict[datetime, datetime] = {}
    for granted in found:
        if granted.is_coming:
            coming[granted.first] = min(granted.begins, coming.get(granted.first, granted.begins))
    return [_ended(granted, coming) for granted in found]


def _granted(history: Sequence[Shown], vendor: Vendor) -> Iterator[Granted]:
    for key in dict.fromkeys(key for look in history for key in look.discounts):
        standing: Granted | None = None
        for n, look in enumerate(history):
            if look.row is None:
                break
            row = look.discounts.get(key)
            if standing is not None and (row is None or text_of(GRANT, row) != text_of(GRANT, standing.row)):
                yield replace(standing, last=history[n - 1].at, gone=look.at, is_gone=row is None)
                own = _own_start(row or standing.row, look.row, vendor)
                standing = None if row is None else Granted(row, own, max(look.at, own), look.at, False)
            elif standing is None and row is not None:
                own = _own_start(row, look.row, vendor)
                is_own = not n or (_is_dated(row, vendor) and own > history[n - 1].at)
                standing = Granted(row, own, own if is_own else look.at, look.at, True)
        if standing is not None:
            yield standing


def _ended(granted: Granted, coming: Mapping[datetime, datetime]) -> Row:
    """Ended with the look that lacks it or where another begins, unless it had ended before."""
    row, ends = granted.row, [granted.row["ends_at"]]
    if granted.gone is not None and granted.last is not None:
        place = coming.get(granted.gone, granted.gone) if granted.is_gone else granted.gone
        ends.append(max(min(place, granted.gone), granted.last))
    until = min((at for at in ends if isinstance(at, datetime)), default=None)
    return row | {
        "starts_at": granted.begins, "ends_at": until,
        "granted_at": granted.granted_at, "granted_until": row["ends_at"],
    }  # fmt: skip


def _is_dated(row: Row, vendor: Vendor) -> bool:
    return vendor.dates_discounts or bool(row.get("bound_price_id"))


def _own_start(row: Row, subscription: Row, vendor: Vendor) -> datetime:
    return instant_of(row["starts_at"] if _is_dated(row, vendor) else subscription["started_at"])
