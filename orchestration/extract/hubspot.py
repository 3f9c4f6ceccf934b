"""HubSpot: ids from lists or searches, then whole records in batches with history and associations."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from orchestration.extract.client import ApiClient, ExtractFailed, Json
from orchestration.extract.folder import Cursor, Page, Reading, Record

API_VERSION = "2026-03"
ADDRESS = "https://api.hubapi.com"
NAME = "hubspot"

_LIST_SIZE = 100
# Batch reads take 100 records, and half as many when the history of a property is asked for.
_BATCH_SIZE = 50
# HubSpot's own types of "primary company": of a contact, and of a deal.
_PRIMARY_TYPES = {1, 5}


@dataclass(frozen=True)
class CrmObject:
    """One CRM object with the properties read beside all those the account has made itself."""

    permission: str
    modified: str
    properties: tuple[str, ...]
    history: tuple[str, ...] = ()
    associations: tuple[str, ...] = ()


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


OBJECTS: dict[str, CrmObject] = {
    "companies": CrmObject(
        permission="crm.objects.companies.read",
        modified="hs_lastmodifieddate",
        properties=_words(
            "name domain website country lifecyclestage hubspot_owner_id hs_parent_company_id "
            "hs_merged_object_ids createdate hs_lastmodifieddate"
        ),
    ),
    "contacts": CrmObject(
        permission="crm.objects.contacts.read",
        modified="lastmodifieddate",
        properties=_words(
            "email lifecyclestage associatedcompanyid hs_analytics_source hs_analytics_source_data_1 "
            "hs_analytics_source_data_2 hs_merged_object_ids createdate lastmodifieddate "
            "hs_v2_date_entered_lead hs_v2_date_entered_marketingqualifiedlead "
            "hs_v2_date_entered_salesqualifiedlead hs_v2_date_entered_opportunity "
            "hs_v2_date_entered_customer"
        ),
        associations=("companies",),
    ),
    "deals": CrmObject(
        permission="crm.objects.deals.read",
        modified="hs_lastmodifieddate",
        properties=_words(
            "dealname pipeline dealstage hs_is_closed hs_is_closed_won amount deal_currency_code dealtype "
            "createdate closedate closed_lost_reason hubspot_owner_id hubspot_team_id hs_analytics_source "
            "hs_analytics_source_data_1 hs_analytics_source_data_2 hs_merged_object_ids "
            "hs_lastmodifieddate"
        ),
        history=("dealstage",),
        associations=("companies", "contacts"),
    ),
}
WHOLE = {
    "owners": (f"/crm/owners/{API_VERSION}", "crm.objects.owners.read"),
    "pipelines": (f"/crm/pipelines/{API_VERSION}/deals", "crm.objects.deals.read"),
}


@dataclass(frozen=True)
class HubSpotSource:
    """Reads HubSpot's objects page by page."""

    client: ApiClient
    name: str = NAME
    api_version: str = API_VERSION
    oldest_change: timedelta | None = None
    objects: tuple[str, ...] = (*OBJECTS, *WHOLE)
    _own: dict[str, list[str]] = field(default_factory=dict, repr=False)

    def endpoint(self, name: str) -> str:
        """The path of the object's list."""
        return WHOLE[name][0] if name in WHOLE else f"/crm/objects/{API_VERSION}/{name}"

    def has_changes(self, name: str) -> bool:
        """Whether changes can be asked for; owners and pipelines are few and always read whole."""
        return name in OBJECTS

    def pages(self, reading: Reading, cursor: Cursor | None) -> Iterator[Page]:
        """The pages after the cursor: everything alive, or what was modified and then what was archived."""
        after = cursor["after"] if cursor else None
        if reading.name in WHOLE:
            for records, following in self._list(reading.endpoint, after, archived=False):
                yield Page(records, {"after": following} if following else None)
            return
        if reading.since is None:
            for records, following in self._list(reading.endpoint, after, archived=False):
                page = self._whole_records(reading, [record["id"] for record in records])
                yield Page(page, {"after": following} if following else None)
            return
        if cursor is None or cursor["phase"] == "modified":
            yield from self._modified(reading, after)
            after = None
        yield from self._archived(reading, after)

    def _list(
        self, path: str, after: str | None, archived: bool
    ) -> Iterator[tuple[list[Record], str | None]]:
        used = {after}
        while True:
            params = [("limit", str(_LIST_SIZE)), ("archived", str(archived).lower())]
            answer = self.client.get(path, [*params, *([("after", after)] if after else [])])
            records, following = _results(answer, path), _following(answer)
            if following in used and following is not None:
                raise ExtractFailed(
                    f"{NAME}: {path} leads from page {after} back to an earlier one. Run again later."
                )
            yield records, following
            if following is None:
                return
            used.add(following)
            after = following

    def _modified(self, reading: Reading, after: str | None) -> Iterator[Page]:
        """Searches by id above the last one seen, since paging a search ends at 10,000 records."""
        since = reading.since
        assert since is not None
        path = f"{reading.endpoint}/search"
        while True:
            filters = [_filter(OBJECTS[reading.name].modified, "GTE", str(_milliseconds(since)))]
            filters += [_filter("hs_object_id", "GT", after)] if after else []
            question: Json = {
                "filterGroups": [{"filters": filters}],
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                "properties": ["hs_object_id"],
                "limit": _LIST_SIZE,
            }
            ids = [record["id"] for record in _results(self.client.post(path, question), path)]
            if not ids:
                yield Page([], {"phase": "archived", "after": None})
                return
            # A page that starts over gives no higher id; asking for more of the same would never end.
            last = max(ids, key=int)
            if after and int(last) <= int(after):
                raise ExtractFailed(f"{NAME}: {path} gives ids it was asked to leave out. Run again later.")
            after = last
            yield Page(self._whole_records(reading, ids), {"phase": "modified", "after": after})

    def _archived(self, reading: Reading, after: str | None) -> Iterator[Page]:
        assert reading.since is not None
        for records, following in self._list(reading.endpoint, after, archived=True):
            gone = [record for record in records if _moment(record["archivedAt"]) >= reading.since]
            yield Page(gone, {"phase": "archived", "after": following} if following else None)

    def _whole_records(self, reading: Reading, ids: list[str]) -> list[Record]:
        """The records in the order of the ids; one that was archived meanwhile is left to the next run."""
        spec = OBJECTS[reading.name]
        path = f"{reading.endpoint}/batch/read"
        records: dict[str, Record] = {}
        for start in range(0, len(ids), _BATCH_SIZE):
            question: Json = {
                "inputs": [{"id": each} for each in ids[start : start + _BATCH_SIZE]],
                "properties": [*spec.properties, *self._own_properties(reading.name)],
                "propertiesWithHistory": list(spec.history),
            }
            records |= {each["id"]: each for each in _results(self.client.post(path, question), path)}
        linked = {to: self._associated(reading.name, to, ids) for to in spec.associations if ids}
        return [_with_associations(records[each], linked) for each in ids if each in records]

    def _own_properties(self, name: str) -> list[str]:
        """The account's own properties, where it keeps ids of the billing system, legal ids and the like."""
        if name not in self._own:
            path = f"/crm/properties/{API_VERSION}/{name}"
            listed = _results(self.client.get(path), path)
            self._own[name] = sorted(each["name"] for each in listed if not each.get("hubspotDefined"))
        return self._own[name]

    def _associated(self, name: str, to: str, ids: list[str]) -> dict[str, list[Record]]:
        """The records each id is linked to, every page of them, the primary company first."""
        path = f"/crm/associations/{API_VERSION}/{name}/{to}/batch/read"
        linked: dict[str, dict[str, Record]] = {}
        inputs: list[Json] = [{"id": each} for each in ids]
        while inputs:
            results = _results(self.client.post(path, {"inputs": inputs}), path)
            inputs = []
            for result in results:
                found = linked.setdefault(str(result["from"]["id"]), {})
                for target in result["to"]:
                    key = str(target["toObjectId"])
                    found[key] = {"id": key, "associationTypes": target["associationTypes"]}
                if _following(result):
                    inputs.append({"id": str(result["from"]["id"]), "after": _following(result)})
        return {each: sorted(found.values(), key=_primary_first) for each, found in linked.items()}


def explain(status: int, answer: Json, path: str) -> str:
    """What a refusal of HubSpot's means and what to do about it."""
    said = str(answer.get("message", ""))
    if status == 401:
        return (
            "the token in HUBSPOT_ACCESS_TOKEN is not valid (any more). Put a valid one there and run again."
        )
    if status == 403:
        missing = ", ".join(_named_scopes(answer)) or _permission(path)
        return (
            f"the token in HUBSPOT_ACCESS_TOKEN may not read {path}: the scope {missing} is missing. "
            "Add it to the private app (Settings > Integrations > Private apps > Scopes) and run again, or "
            "name the other objects with --objects."
        )
    if status == 429:
        return (
            "the account's daily number of requests is used up. What was read is kept for a run later on the "
            "same day (UTC); else raise the limit, or read fewer objects with --objects."
        )
    return f"{path} was refused with HTTP {status}{': ' + said if said else ''}."


def _named_scopes(answer: Json) -> list[str]:
    contexts = [e["context"] for e in answer.get("errors", []) if isinstance(e.get("context"), dict)]
    keys = ("requiredGranularScopes", "requiredScopes")
    return sorted({scope for context in contexts for key in keys for scope in context.get(key, [])})


def _permission(path: str) -> str:
    if path == WHOLE["owners"][0]:
        return WHOLE["owners"][1]
    if path == WHOLE["pipelines"][0]:
        return WHOLE["pipelines"][1]
    return next(spec.permission for name, spec in OBJECTS.items() if f"/{name}" in path)


def _results(answer: Json, path: str) -> list[Record]:
    results = answer.get("results")
    if not isinstance(results, list):
        raise ExtractFailed(f"{NAME}: {path} did not answer with a list. Check the API's address.")
    return results


def _following(answer: Json) -> str | None:
    return answer.get("paging", {}).get("next", {}).get("after")


def _filter(name: str, operator: str, value: str) -> Json:
    return {"propertyName": name, "operator": operator, "value": value}


def _with_associations(record: Record, linked: dict[str, dict[str, list[Record]]]) -> Record:
    if not linked:
        return record
    lists = {to: {"results": found.get(record["id"], [])} for to, found in linked.items()}
    return {**record, "associations": lists}


def _primary_first(target: Record) -> tuple[bool, int]:
    kinds: list[dict[str, Any]] = target["associationTypes"]
    is_primary = any(k["category"] == "HUBSPOT_DEFINED" and k["typeId"] in _PRIMARY_TYPES for k in kinds)
    return (not is_primary, int(target["id"]))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
