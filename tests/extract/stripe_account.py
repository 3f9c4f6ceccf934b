"""A Stripe account as the API shows it: short pages, short nested lists, filters, expansions, events."""

import json
from dataclasses import dataclass, field
from typing import Any

from replay_server import Answer, Request

KEY = "rk_test_51Secret0Of0The0Tests"
VERSION = "2026-08-26.dahlia"
DAY = 86_400
# 2026-03-10 12:00:00 UTC, the moment the tests run at.
NOW = 1_773_144_000

Record = dict[str, Any]
_DEPTH_LIMIT = 4


@dataclass
class StripeAccount:
    lists: dict[str, list[Record]]
    events: list[Record] = field(default_factory=list)
    page_size: int = 3
    nested_size: int = 2
    denied: dict[str, str] = field(default_factory=dict)

    def change(self, list_name: str, id_: str, event: str, at: int, **values: Any) -> None:
        """Changes a record and leaves the event the API would."""
        record = next(each for each in self.lists[list_name] if each["id"] == id_)
        record.update(values)
        self.tell(event, at, record)

    def tell(self, event: str, at: int, subject: Record) -> None:
        number = len(self.events)
        snapshot = json.loads(json.dumps(subject))
        self.events.insert(
            0, {"id": f"evt_{number}", "type": event, "created": at, "data": {"object": snapshot}}
        )

    def answer(self, request: Request) -> Answer:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return 401, {"error": {"message": "Invalid API Key provided"}}
        if request.headers.get("Stripe-Version") != VERSION:
            return 400, {"error": {"message": "unpinned version"}}
        if any(path.count(".") >= _DEPTH_LIMIT for path in request.values("expand[]")):
            return 400, {"error": {"message": "You cannot expand more than 4 levels"}}
        parts = request.path.removeprefix("/v1/").removeprefix("billing/").split("/")
        if parts[0] in self.denied:
            return 403, {"error": {"message": self.denied[parts[0]]}}
        if parts[0] == "events":
            wanted = [e for e in self.events if e["type"] in request.values("types[]")]
            return self._page(request, self._since(request, wanted), request.path)
        if parts[0] == "subscription_items":
            owner = self._find("subscriptions", request.value("subscription") or "")
            return self._page(request, owner["items"]["data"], request.path, shown_under="data.")
        if len(parts) == 1:
            return self._list(parts[0], request)
        record = self._find(parts[0], parts[1])
        if record is None:
            return 404, {"error": {"message": f"No such object: '{parts[1]}'"}}
        if len(parts) == 3:
            return self._page(request, record[parts[2]]["data"], request.path)
        return 200, self._shown(record, request, "")

    def _list(self, name: str, request: Request) -> Answer:
        records = self._since(request, self.lists.get(name, []))
        if name == "credit_balance_transactions":
            if not request.value("customer"):
                return 400, {"error": {"message": "Missing required param: customer."}}
            grants = self.lists["credit_grants"]
            own = {grant["id"] for grant in grants if grant["customer"] == request.value("customer")}
            records = [each for each in records if each["credit_grant"] in own]
        if name == "subscriptions" and request.value("status") != "all":
            records = [each for each in records if each["status"] != "canceled"]
        if name == "invoice_payments" and request.value("invoice"):
            records = [each for each in records if each["invoice"] == request.value("invoice")]
        records = [each for each in records if not each.get("deleted")]
        return self._page(request, records, request.path, shown_under="data.")

    def _since(self, request: Request, records: list[Record]) -> list[Record]:
        since = int(request.value("created[gte]") or 0)
        return [each for each in records if each.get("created", 0) >= since]

    def _page(self, request: Request, records: list[Record], url: str, shown_under: str = "") -> Answer:
        after = request.value("starting_after")
        start = next(i + 1 for i, each in enumerate(records) if each["id"] == after) if after else 0
        size = min(self.page_size, int(request.value("limit") or 10))
        data = [self._shown(each, request, shown_under) for each in records[start : start + size]]
        return 200, {"object": "list", "url": url, "data": data, "has_more": start + size < len(records)}

    def _find(self, name: str, id_: str) -> Any:
        return next((each for each in self.lists[name] if each["id"] == id_), None)

    def _shown(self, record: Record, request: Request, prefix: str) -> Record:
        """The record as sent: nested lists cut short, expandable fields as ids unless asked for."""
        if record.get("deleted"):
            return {"id": record["id"], "object": record["object"], "deleted": True}
        expanded = {path.removeprefix(prefix) for path in request.values("expand[]")}
        shown = json.loads(json.dumps(record))
        if not expanded & {"discounts.source.coupon", "discount.source.coupon"}:
            for discount in [*shown.get("discounts", []), *filter(None, [shown.get("discount")])]:
                discount["source"]["coupon"] = discount["source"]["coupon"]["id"]
        intent = shown.get("payment", {}).get("payment_intent")
        if isinstance(intent, dict) and "payment.payment_intent" not in expanded:
            shown["payment"]["payment_intent"] = intent["id"]
        for name in {"product", "balance_transaction"} - expanded:
            if isinstance(shown.get(name), dict):
                shown[name] = shown[name]["id"]
        if "tiers" not in expanded:
            shown.pop("tiers", None)
        for name in ("items", "lines"):
            if name in shown:
                shown[name] = self._cut_short(record, name, request)
        return shown

    def _cut_short(self, record: Record, name: str, request: Request) -> Record:
        data = [self._shown(each, request, "of another object") for each in record[name]["data"]]
        url = f"/v1/{record['object']}s/{record['id']}/{name}"
        if name == "items":
            url = f"/v1/subscription_items?subscription={record['id']}"
        has_more = len(data) > self.nested_size
        return {**record[name], "data": data[: self.nested_size], "has_more": has_more, "url": url}


def _whole_list(records: list[Record]) -> Record:
    return {"object": "list", "data": records, "has_more": False}


def small_account() -> StripeAccount:
    """Eight customers with a subscription, an invoice, a charge and a payment each, newest first."""
    coupon = {"id": "co_half", "object": "coupon", "percent_off": 50.0}
    discount = {"id": "di_1", "object": "discount", "source": {"type": "coupon", "coupon": coupon}}
    lists: dict[str, list[Record]] = {name: [] for name in ("refunds", "disputes", "credit_notes")}
    lists["products"] = [{"id": "prod_1", "object": "product", "created": NOW - 400 * DAY, "name": "Pro"}]
    lists["prices"] = [{"id": "price_1", "object": "price", "created": NOW - 400 * DAY, "product": "prod_1"}]
    for name in ("customers", "subscriptions", "invoices", "invoice_payments", "charges"):
        lists[name] = []
    for n in range(8):
        created = NOW - (10 + 20 * n) * DAY
        items = [
            {"id": f"si_{n}_{i}", "object": "subscription_item", "quantity": 1, "discounts": []}
            for i in range(5 if n == 2 else 1)
        ]
        if n == 3:
            items[0]["discounts"] = [discount]
        if n == 2:
            items[-1]["discounts"] = [discount]
        lists["customers"].append(
            {
                "id": f"cus_{n}",
                "object": "customer",
                "created": created,
                "name": "Société Générée",
                "discount": None,
            }
        )
        lists["subscriptions"].append(
            {
                "id": f"sub_{n}",
                "object": "subscription",
                "created": created,
                "customer": f"cus_{n}",
                "status": "canceled" if n % 4 == 1 else "active",
                "items": _whole_list(items),
                "discounts": [discount] if n == 4 else [],
            }
        )
        lines = [
            {"id": f"il_{n}_{i}", "object": "line_item", "amount": 100 + i} for i in range(7 if n == 0 else 1)
        ]
        lists["invoices"].append(
            {
                "id": f"in_{n}",
                "object": "invoice",
                "created": created,
                "status": "open",
                "lines": _whole_list(lines),
            }
        )
        lists["invoice_payments"].append(
            {
                "id": f"inpay_{n}",
                "object": "invoice_payment",
                "created": created,
                "invoice": f"in_{n}",
                "payment": {
                    "type": "payment_intent",
                    "payment_intent": {
                        "id": f"pi_{n}",
                        "object": "payment_intent",
                        "latest_charge": f"ch_{n}",
                        "client_secret": f"pi_{n}_secret_x",
                    },
                },
            }
        )
        lists["charges"].append(
            {
                "id": f"ch_{n}",
                "object": "charge",
                "created": created,
                "status": "succeeded",
                "customer": f"cus_{n}",
            }
        )
    return StripeAccount(lists)
