"""A HubSpot account that behaves as the API does: ids in lists, batches, searches, archives, associations."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from replay_server import Answer, Request

TOKEN = "pat-eu1-secret-of-the-tests"
_VERSION = "2026-03"
_SEARCH_LIMIT = 10_000

Record = dict[str, Any]


@dataclass
class HubSpotAccount:
    objects: dict[str, dict[str, Record]]
    links: dict[tuple[str, str], dict[str, list[tuple[str, int]]]]
    own_properties: tuple[str, ...] = ("billing_id",)
    page_size: int = 3
    link_size: int = 2
    denied: dict[str, list[str]] = field(default_factory=dict)
    modified: dict[tuple[str, str], datetime] = field(default_factory=dict)
    owners: list[Record] = field(default_factory=lambda: [{"id": "7", "email": "o@example.com"}])
    pipelines: list[Record] = field(
        default_factory=lambda: [
            {"id": "default", "label": "Sales", "stages": [{"id": "won", "label": "Won"}]}
        ]
    )

    def answer(self, request: Request) -> Answer:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Authentication credentials not found"}
        parts = request.path.split("/")[2:]
        if parts[-1] == "read" and parts[0] == "associations":
            return self._linked(request, parts[2], parts[3])
        if parts[0] == "owners":
            return 200, self._page(request, self.owners)
        if parts[0] == "pipelines":
            return 200, {"results": self.pipelines}
        name = parts[2]
        if name in self.denied:
            context = {"requiredGranularScopes": self.denied[name]} if self.denied[name] else {}
            return 403, {"category": "MISSING_SCOPES", "errors": [{"message": "missing", "context": context}]}
        if parts[0] == "properties":
            defined = [{"name": "createdate", "hubspotDefined": True}]
            return 200, {
                "results": defined + [{"name": n, "hubspotDefined": False} for n in self.own_properties]
            }
        if parts[-1] == "search":
            return self._search(request, name)
        if parts[-1] == "read":
            return self._batch(request, name)
        return self._list(request, name)

    def _list(self, request: Request, name: str) -> Answer:
        archived = request.value("archived") == "true"
        records = [each for each in self.objects[name].values() if each["archived"] == archived]
        bare = [{k: each[k] for k in ("id", "archived", "archivedAt") if k in each} for each in records]
        return 200, self._page(request, bare)

    def _page(self, request: Request, records: list[Record]) -> Record:
        """A page behind an id, which may be gone by now."""
        behind = int(request.value("after") or 0)
        rest = sorted(
            (each for each in records if int(each["id"]) > behind), key=lambda each: int(each["id"])
        )
        page = rest[: self.page_size]
        more = {"paging": {"next": {"after": page[-1]["id"]}}} if len(rest) > len(page) else {}
        return {"results": page, **more}

    def _search(self, request: Request, name: str) -> Answer:
        if "after" in request.body and int(request.body["after"]) >= _SEARCH_LIMIT:
            return 400, {"message": "paging past 10,000"}
        filters = {
            f["propertyName"]: (f["operator"], int(f["value"]))
            for f in request.body["filterGroups"][0]["filters"]
        }
        above = filters.pop("hs_object_id", ("GT", 0))[1]
        ((modified, (operator, since)),) = filters.items()
        assert operator == "GTE"
        found = sorted(
            (
                each
                for each in self.objects[name].values()
                if not each["archived"]
                and self._modified(name, each, modified) >= since
                and int(each["id"]) > above
            ),
            key=lambda each: int(each["id"]),
        )
        return 200, {"total": len(found), "results": [{"id": each["id"]} for each in found[: self.page_size]]}

    def _modified(self, name: str, record: Record, property_name: str) -> float:
        """When a record was modified, in milliseconds: as noted by a test, else as its property says."""
        noted = self.modified.get((name, record["id"]))
        return (noted or datetime.fromisoformat(record["properties"][property_name])).timestamp() * 1000

    def _batch(self, request: Request, name: str) -> Answer:
        inputs = [each["id"] for each in request.body["inputs"]]
        if len(inputs) > (50 if request.body["propertiesWithHistory"] else 100):
            return 400, {"message": "too many inputs"}
        # As the API does: in no order anybody should rely on, and without those that are gone.
        there = [
            self.objects[name][each] for each in reversed(inputs) if not self.objects[name][each]["archived"]
        ]
        wanted = request.body["properties"]
        results = []
        for each in there:
            record = {**each, "properties": {k: v for k, v in each["properties"].items() if k in wanted}}
            if not request.body["propertiesWithHistory"]:
                record.pop("propertiesWithHistory", None)
            results.append(record)
        return (200 if len(there) == len(inputs) else 207), {"results": results}

    def _linked(self, request: Request, name: str, to: str) -> Answer:
        results = []
        for each in request.body["inputs"]:
            links = self.links.get((name, to), {}).get(each["id"], [])
            if not links:
                continue
            start = int(each.get("after", 0))
            end = start + self.link_size
            targets = [
                {"toObjectId": int(id_), "associationTypes": [association_type(kind)]}
                for id_, kind in links[start:end]
            ]
            more = {"paging": {"next": {"after": str(end)}}} if end < len(links) else {}
            results.append({"from": {"id": each["id"]}, "to": targets, **more})
        return 200, {"results": results}


def association_type(kind: int) -> Record:
    return {"category": "HUBSPOT_DEFINED", "typeId": kind, "label": "Primary" if kind in (1, 5) else None}


def small_account() -> HubSpotAccount:
    """Eight companies, contacts and deals; deal 301 hangs on three companies, the primary one last."""

    def records(first: int, modified: str, **history: Any) -> dict[str, Record]:
        return {
            str(first + n): {
                "id": str(first + n),
                "archived": False,
                "properties": {
                    "createdate": "2025-01-01T00:00:00Z",
                    modified: f"2026-0{1 + n // 4}-0{1 + n % 4}T00:00:00Z",
                    "billing_id": f"cus_{n}",
                    "secret_of_somebody_else": "x",
                },
                **history,
            }
            for n in range(8)
        }

    history = {"dealstage": [{"value": "won", "timestamp": "2026-01-05T00:00:00Z", "sourceType": "CRM_UI"}]}
    return HubSpotAccount(
        objects={
            "companies": records(101, "hs_lastmodifieddate"),
            "contacts": records(201, "lastmodifieddate"),
            "deals": records(301, "hs_lastmodifieddate", propertiesWithHistory=history),
        },
        links={
            ("deals", "companies"): {"301": [("101", 341), ("102", 341), ("103", 5)], "302": [("102", 5)]},
            ("deals", "contacts"): {"301": [("201", 3)]},
            ("contacts", "companies"): {"201": [("103", 1)]},
        },
    )
