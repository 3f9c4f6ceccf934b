"""A source that brings what another one brought is taken for a renamed one, until one of the two is said."""

import shutil
from dataclasses import replace

import pytest

from orchestration.errors import ConfigurationError
from orchestration.landing import kept_sources, mapping_fingerprints, notices
from orchestration.landing.forgotten import Forgotten, forget_in_raw
from orchestration.landing.kept_sources import check_renaming, drop_source, rename_source


def customers(*names: str, prefix: str = "") -> str:
    return "customer_id,name\n" + "".join(f"{prefix}{name},Name {name}\n" for name in names)


def rates(*days: str, rate: str = "1.1") -> str:
    return "rate_on,base,quote,rate\n" + "".join(f"{day},EUR,USD,{rate}\n" for day in days)


def rename_in_company(landing, old: str, new: str) -> None:
    """As a user does: the name in company.yml, and the folder."""
    for source in landing.sources:
        if source.name == old:
            source.name = new
    (landing.extracts / old).rename(landing.extracts / new)


def remove(landing, name: str) -> None:
    landing.sources = [source for source in landing.sources if source.name != name]


def customers_of(landing) -> list[tuple[str, int]]:
    return landing.rows("select _source, count(*) from raw.customers group by 1 order by 1")


def states(landing) -> dict[str, str]:
    kept = kept_sources(landing.connection, mapping_fingerprints(landing))
    return {one.name: one.state for one in kept}


@pytest.fixture
def billed(landing):
    """Two sources that have delivered once."""
    landing.source("bill")
    landing.source("crm")
    landing.put("bill", "customers_20250630.csv", customers(*"abcd"))
    landing.put("crm", "customers_20250630.csv", customers(*"abcd", prefix="crm_"))
    landing.run("2025-07-01")
    return landing


def test_a_renamed_source_stops_the_run_before_anything_is_landed(billed):
    billed.put("crm", "customers_20250701.csv", customers(*"abcde", prefix="crm_"))
    rename_in_company(billed, "bill", "billing")
    with pytest.raises(ConfigurationError) as stopped:
        billed.run("2025-07-02")
    assert "saas-metrics sources rename bill billing" in str(stopped.value)
    assert "saas-metrics sources drop bill" in str(stopped.value)
    assert customers_of(billed) == [("bill", 4), ("crm", 4)]


def test_the_rows_go_on_under_the_new_name_and_nothing_doubles(billed):
    rename_in_company(billed, "bill", "billing")
    rename_source(billed.connection, "bill", "billing")
    billed.put("billing", "customers_20250701.csv", customers(*"abc"))
    (delivery,) = billed.run("2025-07-02")
    assert (delivery.source_name, delivery.delivery_id[:6]) == ("billing", "000002")
    assert customers_of(billed) == [("billing", 8), ("crm", 4)]
    assert billed.rows("select customer_id from raw.customers where _is_deleted") == [("d",)]
    assert states(billed) == {"billing": "named", "crm": "named"}


def test_newer_exports_with_the_same_keys_are_a_rename_too(billed):
    rename_in_company(billed, "bill", "billing")
    (billed.extracts / "billing" / "customers_20250630.csv").unlink()
    billed.put("billing", "customers_20250701.csv", customers(*"abcdefg"))
    with pytest.raises(ConfigurationError, match="brings the keys that bill brought"):
        billed.run("2025-07-02")


def test_another_mapping_of_the_same_bytes_is_a_rename_too(billed):
    rename_in_company(billed, "bill", "billing")
    billed.sources[0].mapping = billed.mapping(
        "files: [{table: crm_accounts, match: 'c*', delivery: full_snapshot, columns: "
        "{crm_account_id: {from: customer_id}, name: {from: name}}}]"
    )
    with pytest.raises(ConfigurationError, match="brings the files that bill brought"):
        billed.run("2025-07-02")


def test_a_source_of_other_keys_is_another_source(billed):
    remove(billed, "bill")
    billed.source("other")
    billed.put("other", "customers_20250701.csv", customers(*"abcd", prefix="other_"))
    billed.run("2025-07-02")
    assert states(billed) == {"bill": "kept but not used", "crm": "named", "other": "named"}


def test_once_it_is_dropped_a_source_of_the_same_keys_is_taken_in(billed):
    rename_in_company(billed, "bill", "billing")
    assert drop_source(billed.connection, "bill") == 4
    billed.run("2025-07-02")
    assert customers_of(billed) == [("billing", 4), ("crm", 4)]


def test_another_source_of_rates_waits_for_a_word(landing):
    landing.source("ecb")
    landing.put("ecb", "fx_rates_20250630.csv", rates("2025-06-30", "2025-06-29"))
    landing.run("2025-07-01")
    remove(landing, "ecb")
    landing.source("bank")
    landing.put("bank", "fx_rates_20250701.csv", rates("2025-06-30", "2025-07-01", rate="1.2"))
    with pytest.raises(ConfigurationError, match="sources drop ecb"):
        landing.run("2025-07-02")


def test_a_source_renamed_twice(billed):
    for old, new in (("bill", "billing"), ("billing", "stripe")):
        rename_in_company(billed, old, new)
        with pytest.raises(ConfigurationError, match=f"sources rename {old} {new}"):
            billed.run("2025-07-02")
        rename_source(billed.connection, old, new)
        assert billed.run("2025-07-02") == []
    assert customers_of(billed) == [("crm", 4), ("stripe", 4)]


def test_a_source_renamed_and_named_back(billed):
    rename_source(billed.connection, "bill", "billing")
    # company.yml and the folder have the old name still: its files come as a new source's.
    with pytest.raises(ConfigurationError, match="sources rename billing bill"):
        billed.run("2025-07-02")
    rename_source(billed.connection, "billing", "bill")
    assert billed.run("2025-07-02") == []


def test_two_sources_that_swapped_their_names(billed):
    for old, new in (("bill", "free"), ("crm", "bill"), ("free", "crm")):
        rename_in_company(billed, old, new)
    with pytest.raises(ConfigurationError) as stopped:
        billed.run("2025-07-02")
    assert "sources rename crm crm_before, then saas-metrics sources rename bill crm" in str(stopped.value)
    assert customers_of(billed) == [("bill", 4), ("crm", 4)]
    for old, new in (("crm", "crm_before"), ("bill", "crm")):
        check_renaming(billed.connection, old, new)
        rename_source(billed.connection, old, new)
    with pytest.raises(ConfigurationError, match="sources rename crm_before bill"):
        billed.run("2025-07-02")
    rename_source(billed.connection, "crm_before", "bill")
    assert billed.run("2025-07-02") == []
    assert billed.rows("select customer_id from raw.customers where _source = 'crm' order by 1") == [
        (name,) for name in "abcd"
    ]


def test_a_file_in_the_wrong_folder_is_no_rename(billed):
    billed.put("crm", "customers_20250701.csv", customers(*"abcde"))
    billed.accepted_drops = frozenset({"crm"})
    billed.run("2025-07-02")
    billed.put("bill", "customers_20250701.csv", customers(*"abcde"))
    (billed.extracts / "crm" / "customers_20250701.csv").unlink()
    assert [one.source_name for one in billed.run("2025-07-03")] == ["bill"]


def test_equal_files_without_rows_are_no_rename(landing):
    for name in ("a", "b"):
        landing.source(name)
    landing.put("a", "customers_20250630.csv", customers())
    landing.run("2025-07-01")
    (landing.extracts / "a" / "customers_20250630.csv").unlink()
    landing.put("b", "customers_20250630.csv", customers())
    landing.run("2025-07-02")
    assert landing.rows("select count(*) from audit.deliveries where source_name = 'b'") == [(1,)]


def test_one_file_that_two_sources_have_is_no_rename(landing):
    for name in ("a", "b"):
        landing.source(name)
        landing.put(name, "fx_rates.csv", rates("2025-06-30"))
    landing.run("2025-07-01")
    assert states(landing) == {"a": "named", "b": "named"}


def test_the_files_of_a_source_that_is_gone_in_the_folder_of_another_stop_the_run(billed):
    remove(billed, "crm")
    shutil.move(
        billed.extracts / "crm" / "customers_20250630.csv",
        billed.extracts / "bill" / "customers_20250629.csv",
    )
    with pytest.raises(ConfigurationError, match=r"holds rows of its own.*sources drop crm"):
        billed.run("2025-07-02")


def test_a_source_that_was_removed_and_comes_back_counts_again(billed):
    (removed,) = [source for source in billed.sources if source.name == "crm"]
    remove(billed, "crm")
    billed.run("2025-07-02")
    assert states(billed)["crm"] == "kept but not used"
    billed.sources.append(removed)
    billed.put("crm", "customers_20250703.csv", customers(*"abcde", prefix="crm_"))
    assert [one.rows_accepted for one in billed.run("2025-07-03")] == [5]
    assert states(billed) == {"bill": "named", "crm": "named"}


def test_a_source_that_comes_back_with_another_mapping_is_read_again(billed):
    (removed,) = [source for source in billed.sources if source.name == "crm"]
    remove(billed, "crm")
    billed.run("2025-07-02")
    removed.options["delivery"] = "delta"
    billed.sources.append(removed)
    assert [one.reread_at is not None for one in billed.run("2025-07-03")] == [True]


def test_what_is_said_of_a_source_that_is_kept_but_not_used(billed):
    remove(billed, "crm")
    deliveries = billed.run("2025-07-02")
    kept = kept_sources(billed.connection, mapping_fingerprints(billed))
    (notice,) = notices(kept, deliveries)
    assert "crm: 4 rows of 1 delivery are kept but not used" in notice.text
    assert "saas-metrics sources rename crm NEW" in notice.text
    assert "saas-metrics sources drop crm" in notice.text


def test_a_source_that_has_delivered_nothing_yet_is_waiting(billed):
    billed.source("nps")
    assert states(billed)["nps"] == "waiting"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("nps", "x", "nothing is kept of a source nps"), ("bill", "crm", "rows of its own")],
)
def test_a_renaming_that_can_not_be(billed, old, new, said):
    with pytest.raises(ConfigurationError, match=said):
        check_renaming(billed.connection, old, new)


def test_a_new_name_of_which_a_file_was_only_refused_is_free(billed):
    rename_in_company(billed, "bill", "billing")
    billed.put("billing", "customers_20250630.csv", b"customer_id,name\x00\n1,Ada\n")
    assert [one.verdict for one in billed.run("2025-07-02")] == ["reject_file"]
    check_renaming(billed.connection, "bill", "billing")
    rename_source(billed.connection, "bill", "billing")
    billed.put("billing", "customers_20250630.csv", customers(*"abcd"))
    assert billed.run("2025-07-03") == []
    assert customers_of(billed) == [("billing", 4), ("crm", 4)]


def test_a_refused_delivery_goes_with_its_source(billed):
    billed.put("crm", "customers_20250701.csv", b"customer_id,name\x00\n1,Ada\n")
    billed.run("2025-07-02")
    rename_source(billed.connection, "crm", "hubspot")
    assert billed.rows("select distinct source_name from audit.rejects") == [("hubspot",)]
    drop_source(billed.connection, "hubspot")
    assert billed.rows("select count(*) from audit.rejects") == [(0,)]
    assert billed.rows("select distinct source_name from audit.deliveries") == [("bill",)]


def test_whoever_was_forgotten_under_a_former_name_is_found_under_the_new_one(landing):
    """By the own id, and by the full one that a source which links customers writes."""
    landing.source("stripe")
    landing.source("links")
    landing.put("stripe", "customers_20250701.csv", customers("a", "b"))
    landing.put(
        "links",
        "identity_links_20250701.csv",
        "customer_id,crm_account_id,valid_from,reason,made_by\n"
        "stripe:a,q,2025-01-01,x,y\nstripe:b,r,2025-01-01,x,y\nsource:b,s,2025-01-01,x,y\n",
    )
    landing.run("2025-07-01")
    forgotten = Forgotten("salt").with_renamed("source", "billing").with_renamed("billing", "stripe")
    forgotten = replace(forgotten, ids=frozenset({forgotten.hash_of("source:a")}), sources=("source",))
    assert forgotten.knows("stripe:a") and not forgotten.knows("stripe:b")
    anonymous = forgotten.anonymous_id("stripe:a")
    assert forget_in_raw(landing.connection, forgotten) == 2
    assert landing.rows("select customer_id, name from raw.customers order by 1") == [
        ("b", "Name b"),
        (anonymous.partition(":")[2], None),
    ]
    assert landing.rows("select customer_id from raw.identity_links order by 1") == [
        ("source:b",),
        ("stripe:b",),
        (anonymous,),
    ]
