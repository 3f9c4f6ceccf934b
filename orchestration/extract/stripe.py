"""Stripe: how pages and nested lists are followed to their ends, and how changes are found."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from orchestration.extract.client import ApiClient, ExtractFailed, Json, NotThere, Params
from orchestration.extract.folder import Cursor, Page, Reading, Record
from orchestration.extract.stripe_objects import COUPON, OBJECTS, StripeObject

API_VERSION = "2026-08-26.dahlia"
ADDRESS = "https://api.stripe.com"
NAME = "stripe"

# Events are kept for 30 days; a day less, so that the oldest page is still there at the end of a long run.
OLDEST_CHANGE = timedelta(days=29)
_PAGE_SIZE = "100"
# An event just before our start may carry their clock's time: such a record is read once more.
_CLOCK_DIFFERENCE = timedelta(minutes=5)
_REPEATS_BORNE = 3
# Whoever has the client secret of a payment intent can go on with the payment.
_SECRETS = {"client_secret"}


@dataclass(frozen=True)
class StripeSource:
    """Reads Stripe's objects page by page."""

    client: ApiClient
    name: str = NAME
    api_version: str = API_VERSION
    oldest_change: timedelta | None = OLDEST_CHANGE
    objects: tuple[str, ...] = tuple(OBJECTS)

    def endpoint(self, name: str) -> str:
        """The path of the object's list."""
        return f"/v1/{OBJECTS[name].path or name}"

    def has_changes(self, name: str) -> bool:
        """Whether changes are asked for; what has no events is read whole every time."""
        return bool(OBJECTS[name].events)

    def pages(self, reading: Reading, cursor: Cursor | None) -> Iterator[Page]:
        """The pages after the cursor: what was created (all of it without `since`), then what changed."""
        phase, after = (cursor["phase"], cursor["after"]) if cursor else ("created", None)
        if phase == "created":
            next_phase = {"phase": "events", "after": None} if reading.since else None
            for records, last in self._records(reading, after):
                records = [self._complete(record) for record in records]
                yield Page(records, {"phase": "created", "after": last} if last else next_phase)
            after = None
        if reading.since:
            yield from self._changed(reading, after)

    def _records(self, reading: Reading, after: str | None) -> Iterator[tuple[list[Record], str | None]]:
        """Pages of the object's list; of one that is a customer's, all records of a page of customers."""
        by_customer, params = OBJECTS[reading.name].customers_of, self._list_params(reading)
        if by_customer is None:
            yield from self._list(reading.endpoint, params, after)
            return
        asked: set[str] = set()
        for holders, last in self._list(self.endpoint(by_customer), [("limit", _PAGE_SIZE)], after):
            customers = {holder["customer"] for holder in holders if holder["customer"]} - asked
            asked |= customers
            of_each = (
                self._list(reading.endpoint, [("customer", customer), *params])
                for customer in sorted(customers)
            )
            yield [record for pages in of_each for page, _ in pages for record in page], last

    def _list_params(self, reading: Reading) -> Params:
        spec = OBJECTS[reading.name]
        created = [("created[gte]", _epoch(reading.since))] if reading.since else []
        return [("limit", _PAGE_SIZE), *spec.filters, *created, *_expand(spec, "data.")]

    def _list(
        self, path: str, params: Params, after: str | None = None
    ) -> Iterator[tuple[list[Record], str | None]]:
        """Pages of a list with the id to go on after, None on the last page."""
        starts, repeats = {after}, 0
        while True:
            start = [("starting_after", after)] if after else []
            answer = self.client.get(path, [*params, *start])
            records, has_more = answer.get("data"), answer.get("has_more")
            if not isinstance(records, list) or not isinstance(has_more, bool):
                raise ExtractFailed(f"{NAME}: {path} did not answer with a list. Check the API's address.")
            if not has_more:
                yield records, None
                return
            last = records[-1]["id"] if records else after
            if last in starts:
                # An earlier page again: the records count (last seen wins), the cursor stays where it is.
                repeats += 1
                if repeats > _REPEATS_BORNE:
                    raise ExtractFailed(
                        f"{NAME}: {path} gives the same page after {after} again and again. Run again later."
                    )
            else:
                starts.add(last)
                after, repeats = last, 0
            if records:
                yield records, after

    def _changed(self, reading: Reading, after: str | None) -> Iterator[Page]:
        """The present state of every object that an event since the instant names, deleted ones marked."""
        spec = OBJECTS[reading.name]
        params = [
            ("limit", _PAGE_SIZE),
            ("created[gte]", _epoch(reading.since)),
            *(("types[]", event) for event in spec.events),
        ]
        seen: set[str] = set()
        for events, last in self._list("/v1/events", params, after):
            records = []
            for event in events:
                subject = event["data"]["object"]
                target = _target(spec, subject)
                if target is None or target in seen or _already_read(spec, event, reading):
                    continue
                seen.add(target)
                records += self._read_again(reading, target, subject)
            yield Page(records, {"phase": "events", "after": last} if last else None)

    def _read_again(self, reading: Reading, target: str, subject: Record) -> list[Record]:
        spec = OBJECTS[reading.name]
        if spec.parent and subject["object"] == spec.parent:
            siblings = [("limit", _PAGE_SIZE), (spec.parent, target), *_expand(spec, "data.")]
            pages = self._list(reading.endpoint, siblings)
            return [self._complete(record) for records, _ in pages for record in records]
        try:
            record = self.client.get(f"{reading.endpoint}/{target}", _expand(spec, ""))
        except NotThere:
            record = {"id": target, "object": spec.kind, "deleted": True}
        if record.get("deleted"):
            return [_tombstone(record, subject)]
        return [self._complete(record)]

    def _complete(self, record: Record) -> Record:
        """The record with nested lists read to their ends, coupons on items, and without secrets."""
        items = record.get("items")
        if isinstance(items, dict) and _needs_listing(items):
            # Stripe expands four levels at most, which a list of subscriptions has used up by here.
            params = [("subscription", record["id"]), ("limit", _PAGE_SIZE), ("expand[]", f"data.{COUPON}")]
            pages = self._list("/v1/subscription_items", params)
            listed = [item for page, _ in pages for item in page]
            record = {**record, "items": {**items, "data": _once(listed), "has_more": False}}
        return {key: self._complete_value(value) for key, value in record.items()}

    def _complete_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._complete_value(element) for element in value]
        if not isinstance(value, dict):
            return value
        if not (value.get("object") == "list" and value.get("has_more")):
            return {k: self._complete_value(v) for k, v in value.items() if k not in _SECRETS}
        address = urlsplit(value.get("url", ""))
        if not address.path.startswith("/v1/") or address.netloc or not value["data"]:
            raise ExtractFailed(
                f"{NAME}: a nested list has more records but does not say where. Run again later."
            )
        params = [*parse_qsl(address.query), ("limit", _PAGE_SIZE)]
        rest = self._list(address.path, params, value["data"][-1]["id"])
        records = [*value["data"], *(record for page, _ in rest for record in page)]
        return {**value, "data": _once(records), "has_more": False}


def explain(status: int, answer: Json, path: str) -> str:
    """What a refusal of Stripe's means and what to do about it."""
    error = answer.get("error")
    said = str(error.get("message", "")) if isinstance(error, dict) else ""
    if status == 401:
        return "the key in STRIPE_API_KEY is not valid (any more). Put a valid one there and run again."
    if status == 403:
        named = re.search(r"'(rak_\w+)' permission", said)
        missing = named.group(1) if named else _permission(path)
        return (
            f"the key in STRIPE_API_KEY may not read {path}: the permission '{missing}' is missing. "
            "Add it to the restricted key (Developers > API keys) and run again, or name the other objects "
            "with --objects."
        )
    return f"{path} was refused with HTTP {status}{': ' + said if said else ''}."


def _permission(path: str) -> str:
    name = path.removeprefix("/v1/").removeprefix("billing/").split("/")[0]
    if name == "subscription_items":
        return OBJECTS["subscriptions"].permission
    return OBJECTS[name].permission if name in OBJECTS else "Events: Read"


def _expand(spec: StripeObject, prefix: str) -> list[tuple[str, str]]:
    return [("expand[]", prefix + path) for path in spec.expand]


def _target(spec: StripeObject, subject: Record) -> str | None:
    """The id to read again: the event's own subject, or the object the subject hangs on."""
    if subject.get("object") in (spec.kind, spec.parent):
        return subject["id"]
    owner = subject.get(spec.kind)
    return owner if isinstance(owner, str) else None


def _already_read(spec: StripeObject, event: Record, reading: Reading) -> bool:
    """Whether the lists gave it: created since the instant, and not changed after our start."""
    assert reading.since is not None
    subject, start = event["data"]["object"], reading.started_at - _CLOCK_DIFFERENCE
    # A dispute of yesterday may be about a charge of last year: only the object itself tells its age.
    if subject["object"] not in (spec.kind, spec.parent):
        return False
    return subject["created"] >= reading.since.timestamp() and event["created"] < start.timestamp()


def _tombstone(record: Record, last_state: Record) -> Record:
    """The last state the event tells, so that required columns are filled, marked as deleted."""
    if last_state.get("id") != record["id"]:
        return record
    unfinished = {k for k, v in last_state.items() if isinstance(v, dict) and v.get("has_more")}
    return {**{k: v for k, v in last_state.items() if k not in unfinished}, "deleted": True}


def _once(records: list[Record]) -> list[Record]:
    """Each id once, as it was seen last, in the order of first sight."""
    return list({record["id"]: record for record in records}.values())


def _needs_listing(items: Record) -> bool:
    """Whether items or their coupons are missing; one behind the first page may have a coupon too."""
    return items["has_more"] or any(item.get("discounts") for item in items["data"])


def _epoch(moment: datetime | None) -> str:
    assert moment is not None
    return str(int(moment.timestamp()))
