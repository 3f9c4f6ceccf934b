from datetime import UTC, datetime

import hubspot_account
import pytest
from replay_server import Fault

from orchestration.extract.client import ExtractFailed


def test_every_object_is_read_whole_under_the_pinned_version(hubspot):
    entries = hubspot.extract()
    assert list(entries) == ["companies", "contacts", "deals", "owners", "pipelines"]
    assert hubspot.ids("companies.jsonl") == [str(n) for n in range(101, 109)]
    assert hubspot.records("pipelines.jsonl")[0]["stages"][0]["id"] == "won"
    assert all("/2026-03" in request.path for request in hubspot.server.seen)


def test_deals_carry_the_history_of_their_stage(hubspot):
    hubspot.extract("deals")
    histories = [record["propertiesWithHistory"]["dealstage"] for record in hubspot.records("deals.jsonl")]
    assert len(histories) == 8
    assert histories[0] == [{"value": "won", "timestamp": "2026-01-05T00:00:00Z", "sourceType": "CRM_UI"}]


def test_properties_the_account_made_itself_are_read_and_foreign_ones_are_not(hubspot):
    hubspot.extract("companies")
    properties = hubspot.records("companies.jsonl")[0]["properties"]
    assert properties["billing_id"].startswith("cus_")
    assert "secret_of_somebody_else" not in properties


def test_every_association_is_read_and_the_primary_company_comes_first(hubspot):
    hubspot.extract("deals", "contacts")
    deals = {record["id"]: record["associations"] for record in hubspot.records("deals.jsonl")}
    assert [each["id"] for each in deals["301"]["companies"]["results"]] == ["103", "101", "102"]
    assert [each["id"] for each in deals["301"]["contacts"]["results"]] == ["201"]
    assert deals["303"] == {"companies": {"results": []}, "contacts": {"results": []}}
    contacts = {record["id"]: record["associations"] for record in hubspot.records("contacts.jsonl")}
    assert [each["id"] for each in contacts["201"]["companies"]["results"]] == ["103"]


def test_archived_records_are_absent_from_a_snapshot_and_marked_among_changes(hubspot):
    hubspot.extract("deals")
    for deal, moment in (("305", "2026-03-10T18:00:00Z"), ("306", "2025-01-01T00:00:00Z")):
        hubspot.account.objects["deals"][deal] |= {"archived": True, "archivedAt": moment}
    hubspot.next_day()
    hubspot.extract("deals")
    assert [(r["id"], r["archived"]) for r in hubspot.records("deals.delta.jsonl")] == [("305", True)]
    hubspot.next_day()
    hubspot.extract("deals", is_full=True)
    assert {"305", "306"}.isdisjoint(hubspot.ids("deals.jsonl"))
    assert len(hubspot.ids("deals.jsonl")) == 6


def test_a_record_archived_between_list_and_batch_is_left_out(hubspot):
    def archive() -> None:
        hubspot.account.objects["deals"]["302"]["archived"] = True

    hubspot.server.faults.append(Fault("/crm/objects/2026-03/deals/batch/read", first_do=archive))
    hubspot.extract("deals")
    assert hubspot.ids("deals.jsonl") == ["301", *(str(n) for n in range(303, 309))]


def test_changes_are_found_page_after_page_without_paging_the_search(hubspot):
    hubspot.extract("contacts", since=datetime(2026, 2, 1, tzinfo=UTC))
    assert sorted(hubspot.ids("contacts.delta.jsonl")) == ["205", "206", "207", "208"]
    searches = [r.body for r in hubspot.server.seen if r.path.endswith("/search")]
    assert len(searches) == 3 and not any("after" in body for body in searches)


def test_a_second_run_reads_changes_since_the_first(hubspot):
    hubspot.extract("companies")
    hubspot.account.objects["companies"]["102"]["properties"]["hs_lastmodifieddate"] = "2026-03-10T13:00:00Z"
    hubspot.next_day()
    entries = hubspot.extract("companies", "owners")
    assert hubspot.ids("companies.delta.jsonl") == ["102"]
    assert entries["owners"].delivery == "full_snapshot"


@pytest.mark.parametrize("page", range(3))
@pytest.mark.parametrize("since", [None, datetime(2026, 1, 1, tzinfo=UTC)])
def test_a_run_cut_at_any_page_goes_on_and_gives_the_same_bytes(hubspot, page, since):
    file = "deals.delta.jsonl" if since else "deals.jsonl"
    hubspot.extract("deals", since=since)
    whole = (hubspot.day / file).read_bytes()
    hubspot.folder = hubspot.folder.with_name("cut")
    hubspot.server.seen.clear()
    hubspot.server.faults.append(Fault("/crm/objects/2026-03/deals/batch/read", status=400, skip=page))
    with pytest.raises(ExtractFailed):
        hubspot.extract("deals", since=since)
    hubspot.extract("deals", since=since)

    assert (hubspot.day / file).read_bytes() == whole
    assert hubspot.server.count("/crm/objects/2026-03/deals/batch/read") == 4


def test_a_search_that_starts_over_is_an_error_not_a_loop(hubspot):
    path = "/crm/objects/2026-03/deals/search"
    hubspot.server.faults.append(Fault(path, skip=1, times=50, repeats_previous=True))
    with pytest.raises(ExtractFailed, match="gives ids it was asked to leave out"):
        hubspot.extract("deals", since=datetime(2026, 1, 1, tzinfo=UTC))


def test_a_list_that_leads_back_is_an_error_not_a_loop(hubspot):
    path = "/crm/objects/2026-03/deals"
    hubspot.server.faults.append(Fault(path, skip=1, times=50, repeats_previous=True))
    with pytest.raises(ExtractFailed, match="back to an earlier one"):
        hubspot.extract("deals")


@pytest.mark.parametrize(("scopes", "named"), [(["crm.objects.deals.read"], "deals"), ([], "deals")])
def test_a_token_without_a_scope_names_it(hubspot, scopes, named):
    hubspot.account.denied["deals"] = scopes
    with pytest.raises(ExtractFailed, match=f"the scope crm.objects.{named}.read is missing"):
        hubspot.extract("deals")


def test_an_invalid_token_says_so(hubspot, monkeypatch):
    monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", hubspot_account.TOKEN + "x")
    with pytest.raises(ExtractFailed, match="HUBSPOT_ACCESS_TOKEN is not valid"):
        hubspot.extract("owners")


def test_a_short_rate_limit_is_waited_for_and_the_daily_one_ends_the_run(hubspot):
    path = "/crm/owners/2026-03"
    hubspot.server.faults.append(Fault(path, status=429, body={"policyName": "TEN_SECONDLY_ROLLING"}))
    hubspot.extract("owners")
    assert hubspot.watch.waited == [1.0]
    hubspot.next_day()
    hubspot.server.faults.append(Fault(path, status=429, body={"policyName": "DAILY"}))
    with pytest.raises(ExtractFailed, match="daily number of requests is used up"):
        hubspot.extract("owners")
    assert hubspot.watch.waited == [1.0]
