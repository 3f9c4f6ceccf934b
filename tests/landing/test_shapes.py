# ruff: noqa: E501 (lines of files stay whole)
"""Header and value shapes that people's files really have: which are good, and what each lands as."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli.mapping import mapping as mapping_commands
from orchestration.errors import ConfigurationError
from orchestration.landing import check_file
from orchestration.landing.labels import with_labels
from orchestration.landing.mapping import load_mapping, parse_mapping
from orchestration.settings import load_company

HUBSPOT_DEALS = "Record ID,Deal Name,Deal Stage,Create Date,Close Date"


def deals(*rows: str, header: str = HUBSPOT_DEALS) -> str:
    return "\n".join([header, *rows]) + "\n"


def outcomes(landing) -> dict[str, str]:
    return dict(landing.rows("select deal_id, outcome from raw.crm_deals"))


def codes(landing) -> list[tuple]:
    return landing.rows("select code, column_name, value from audit.rejects order by 1, 2, 3")


MINIMAL = {
    "HubSpot deals of a view": ("hubspot", "deals.csv", "Record ID,Deal Stage,Create Date", "1,Closed Won,2025-02-01 10:00"),
    "Salesforce accounts by a query": ("salesforce", "Account.csv", "Id,Name", "001000000000001AAA,Alpha"),
    "Salesforce deals without flags": (
        "salesforce", "Opportunity.csv", "Id,StageName,CreatedDate", "006000000000001AAA,Closed Won,2025-02-01T09:00:00.000Z",
    ),
    "HubSpot companies by Fivetran": (
        "hubspot", "company.csv", "id,property_name,property_domain,_fivetran_deleted", "501,Alpha,alpha.example,false",
    ),
    "HubSpot contacts by Airbyte": ("hubspot", "contacts.csv", "id,properties_email,properties_createdate", "9,a@x.example,2025-02-01T10:00:00Z"),
    "Koban accounts": ("koban_fr", "comptes.csv", "Code;Nom", "K1;Alpha"),
    "Meta spend": ("meta_ads", "meta_ads.csv", "Day,Campaign ID,Account ID,Amount spent (USD)", "2025-06-01,1,2,3.50"),
}  # fmt: skip


@pytest.mark.parametrize("shape", MINIMAL)
def test_a_minimal_export_of_the_required_columns_is_a_good_file(write, shape):
    mapping, name, header, row = MINIMAL[shape]
    report = check_file(write(name, f"{header}\n{row}\n"), mapping)
    assert (report.verdict, report.rows_accepted) == ("accept", 1)


@pytest.mark.parametrize(
    ("name", "header", "missing"),
    [
        ("deals.csv", "Record ID,Deal Name,Create Date", "Deal Stage"),
        ("contacts.csv", "Email,First Name", "Record ID"),
        ("deals.csv", "a,b,c", "Record ID"),
    ],
)
def test_a_header_without_a_required_column_names_it(write, name, header, missing):
    report = check_file(write(name, f"{header}\n1,2,3\n"), "hubspot")
    assert report.verdict == "reject_file" and report.rows_accepted == 0
    assert any(missing in finding.message for finding in report.findings)


def test_a_default_for_empty_cells_does_not_stand_for_a_missing_column(write):
    file = write("meta_ads.csv", "Day,Campaign ID,Account ID,Currency\n2025-06-01,1,2,EUR\n")
    report = check_file(file, "meta_ads")
    assert [(one.code, one.column) for one in report.findings] == [("S01", "amount")]


def test_two_currencies_in_one_header_are_not_chosen_between(write):
    file = write(
        "meta_ads.csv",
        "Day,Campaign ID,Account ID,Amount spent (EUR),Amount spent (USD)\n2025-06-01,1,2,3,4\n",
    )
    assert [one.code for one in check_file(file, "meta_ads").findings] == ["S03"]


STAGES = deals(
    "1,a,Closed Won (Sales Pipeline),2025-02-01 10:00,2025-03-10 16:00",
    "2,b,Cierre ganado,2025-02-01 10:00,2025-03-11 16:00",
    "3,c,Contract Sent,2025-02-01 10:00,2025-09-01 16:00",
)


def test_stages_of_ones_own_are_said_in_the_company_file(landing):
    landing.source("hubspot", "hubspot", labels={"stage": {"Cierre ganado": "won"}})
    landing.put("hubspot", "deals.csv", STAGES)
    landing.run()
    assert codes(landing) == []
    assert outcomes(landing) == {"1": "won", "2": "won", "3": "open"}
    assert landing.rows("select deal_id, won_at from raw.crm_deals where won_at is not null order by 1") == [
        ("1", "2025-03-10 16:00:00"),
        ("2", "2025-03-11 16:00:00"),
    ]


def test_a_stage_that_nobody_explained_is_not_taken_for_open(landing):
    landing.source("hubspot", "hubspot")
    landing.put("hubspot", "deals.csv", STAGES)
    landing.run()
    assert codes(landing) == [("unknown_label", "outcome", "Cierre ganado")]
    assert outcomes(landing) == {"1": "won", "2": None, "3": "open"}
    # The stages of the pipeline may tell it later: the close date is that of the win or of the loss.
    assert landing.rows("select deal_id, won_at, lost_at from raw.crm_deals order by 1") == [
        ("1", "2025-03-10 16:00:00", None),
        ("2", "2025-03-11 16:00:00", "2025-03-11 16:00:00"),
        ("3", None, None),
    ]


def test_what_the_crm_says_of_a_deal_counts_before_the_name_of_its_stage(landing):
    landing.source("hubspot", "hubspot")
    header = HUBSPOT_DEALS + ",Deal probability,Is Deal Closed?"
    landing.put(
        "hubspot",
        "deals.csv",
        deals(
            "1,a,Gagné,2025-02-01 10:00,2025-03-10 16:00,1,",
            "2,b,Perdu,2025-02-01 10:00,2025-03-11 16:00,0.0,",
            "3,c,Démo,2025-02-01 10:00,2025-09-01 16:00,0.4,",
            "4,d,Démo,2025-02-01 10:00,2025-09-01 16:00,,false",
            header=header,
        ),
    )
    landing.run()
    assert outcomes(landing) == {"1": "won", "2": "lost", "3": "open", "4": "open"}


def test_an_unknown_type_leaves_the_deal_without_one_and_is_counted(landing):
    landing.source("hubspot", "hubspot", labels={"deal_type": {"Nuevo": "new"}})
    header = HUBSPOT_DEALS + ",Deal Type"
    rows = [
        f"{n},a,Closed Won,2025-02-01 10:00,2025-03-10 16:00,{kind}"
        for n, kind in enumerate(["Upsell", "Nuevo", "Upsell"])
    ]
    landing.put("hubspot", "deals.csv", deals(*rows, header=header))
    landing.run()
    assert codes(landing) == [("unknown_label", "deal_type", "Upsell")]
    assert "(2 rows)" in landing.rows("select message from audit.rejects")[0][0]
    assert landing.rows("select deal_type from raw.crm_deals order by deal_id") == [
        (None,),
        ("new",),
        (None,),
    ]


def test_a_default_stands_for_an_empty_label_and_never_for_an_unknown_one(write):
    text = (
        "files: [{table: subscription_items, match: x, delivery: delta, columns: {subscription_id: {from: s}, item_id: "
        "{const: i}, valid_from: {const: 2025-01-01}, currency: {const: EUR}, quantity: {const: 1}, interval_unit: {const: "
        "month}, interval_count: {const: 1}, usage_type: {from: kind, map: {L: licensed}, default: metered}}}]"
    )
    file = write("x", "s,kind\na,L\nb,\nc,Z\n")
    report = check_file(file, parse_mapping(text, "own"))
    assert [(one.code, one.value) for one in report.findings] == [("unknown_label", "Z")]
    assert [line.partition("usage_type=")[2] for line in report.preview] == ["licensed", "metered", ""]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"stag": {"a": "won"}}, "did you mean 'stage'"),
        ({"stage": {"a": "wonn"}}, "did you mean 'won'"),
        ({"amount": {"a": "1"}}, "labels.amount"),
    ],
)
def test_labels_that_nothing_reads_are_refused(labels, said):
    with pytest.raises(ConfigurationError, match="source crm") as raised:
        with_labels(load_mapping("hubspot"), labels, "crm")
    assert said in str(raised.value)


def test_a_stage_is_no_outcome_where_the_crm_has_a_status_beside_it():
    with pytest.raises(ConfigurationError, match=r"labels\.stage: its mapping reads no such column"):
        with_labels(load_mapping("pipedrive"), {"stage": {"Signed": "won"}}, "crm")
    told = with_labels(load_mapping("pipedrive"), {"outcome": {"Gewonnen": "won"}}, "crm")
    assert (told.files[0].columns["outcome"].map or {})["Gewonnen"] == "won"


@pytest.mark.parametrize(
    ("options", "mapping", "said"),
    [
        ("{delivry: delta}", "canonical", ["'delivry' in options of source bill", "delivery", "mrr_basis"]),
        ("{mrr_basis: chages}", "canonical", ["mrr_basis in options of source bill is 'chages'", "changes"]),
        ("{delivery: dleta}", "canonical", ["is 'dleta'", "delta"]),
        ("{delivery: delta}", "stripe", ["'delivery' in options of source bill", "mrr_basis"]),
        ("{anything: x}", "./own.yml", ["'anything' in options of source bill", "mrr_basis"]),
    ],
)
def test_an_option_that_nobody_reads_is_refused(write, options, mapping, said):
    text = (
        "name: a\nreporting_currency: EUR\nextracts: e\nwarehouse: w\n"
        f"sources: [{{name: bill, mapping: {mapping}, options: {options}}}]\n"
    )
    with pytest.raises(ConfigurationError) as raised:
        load_company(write("company.yml", text))
    assert [word for word in said if word not in str(raised.value)] == []


FORMATS = """
files:
  - table: crm_leads
    match: "*.csv"
    delivery: delta
    columns:
      lead_id: {{from: id}}
      created_at: {{from: at, type: timestamp, format: {formats}}}
"""
INSTANTS = {
    "an offset": ('"%Y-%m-%d %H:%M:%S %z"', "2025-06-01 10:00:00 +0200", "2025-06-01 08:00:00"),
    "an offset with a colon": ('"%Y-%m-%d %H:%M:%S%z"', "2025-06-01 10:00:00-03:30", "2025-06-01 13:30:00"),
    "GMT+2": ('"%Y-%m-%d %H:%M %z"', "2025-06-01 10:00 GMT+2", "2025-06-01 08:00:00"),
    "Z": ('"%d.%m.%Y %H:%M%z"', "01.06.2025 10:00Z", "2025-06-01 10:00:00"),
    "an abbreviation": ('"%Y-%m-%d %H:%M %Z"', "2025-06-01 10:00 CEST", "2025-06-01 08:00:00"),
    "the name of a zone": ('"%Y-%m-%d %H:%M %Z"', "2025-06-01 10:00 Europe/Paris", "2025-06-01 08:00:00"),
    "a zone before the year": (
        '"%a %b %d %H:%M:%S %z %Y"',
        "Sun Jun 01 10:00:00 +0000 2025",
        "2025-06-01 10:00:00",
    ),
    "iso with a spaced offset": ("iso", "2025-06-01 10:00:00 +0200", "2025-06-01 08:00:00"),
    "iso with GMT+2": ("iso", "2025-06-01T10:00 GMT+2", "2025-06-01 08:00:00"),
    "iso with an abbreviation": ("iso", "2025-06-01 10:00 EST", "2025-06-01 15:00:00"),
    "the second format": ('[iso, "%d/%m/%Y %H:%M"]', "13/06/2025 10:00", "2025-06-13 10:00:00"),
    "both formats, one day": (
        '["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]',
        "06/06/2025 10:00",
        "2025-06-06 10:00:00",
    ),
    "only one of two fits": (
        '["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]',
        "06/13/2025 10:00",
        "2025-06-13 10:00:00",
    ),
}


@pytest.mark.parametrize("shape", INSTANTS)
def test_an_instant_is_read_with_its_zone_and_in_one_of_its_formats(landing, shape):
    formats, text, expected = INSTANTS[shape]
    landing.source("own", landing.mapping(FORMATS.format(formats=formats)))
    landing.put("own", "x.csv", f"id,at\n1,{text}\n")
    landing.run()
    assert codes(landing) == []
    assert landing.rows("select created_at from raw.crm_leads") == [(expected,)]


@pytest.mark.parametrize(
    ("formats", "text", "code"),
    [
        ('["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]', "01/02/2025 10:00", "V12"),
        ('["%d/%m/%Y %H:%M", iso]', "2025/02/01 10:00", "V01"),
        ('"%Y-%m-%d %H:%M %Z"', "2025-06-01 10:00 Europe/Atlantis", "V01"),
        ('"%Y-%m-%d %H:%M %Z"', "2025-06-01 10:00 BST", "V01"),
        ('"%Y-%m-%d %H:%M %Z"', "2025-10-26 02:30 Europe/Paris", "V01"),
        ('"%Y-%m-%d %H:%M %z"', "2025-06-01 10:00 +25", "V01"),
        ("iso", "2025-06-01 10:00 XYZ", "V01"),
    ],
)
def test_a_time_that_may_be_two_or_none_is_refused(write, formats, text, code):
    report = check_file(
        write("x.csv", f"id,at\n1,{text}\n"), parse_mapping(FORMATS.format(formats=formats), "own")
    )
    assert [one.code for one in report.findings] == [code]


MANGLED = {"1.23E+15": "V13", "1.23e+15": "V13", "1,23E+15": "V13", "1.25E7": "V13", "5E+12": "V13"}
SOUND = ["12E4", "0012", "1e5b", "E+15", "sub_1.2E+3", "123456789012345678"]


@pytest.mark.parametrize("value", [*MANGLED, *SOUND])
def test_an_identifier_that_a_spreadsheet_mangled_is_refused(write, value):
    report = check_file(write("customers.csv", f'customer_id,name\n"{value}",1.23E+15\n'))
    assert [one.code for one in report.findings] == ([MANGLED[value]] if value in MANGLED else [])


NUMBERS = """
files:
  - table: crm_deals
    match: "*.csv"
    delivery: delta
    columns:
      deal_id: {from: id}
      stage: {const: s}
      outcome: {const: open}
      created_at: {const: "2025-01-01"}
      currency: {const: EUR}
      amount: {from: amount, type: money_major, scientific: true, on_bad: "null"}
"""


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1.25E7", "12500000"), ("1.25e+2", "125"), ("-1.5E1", "-15"), ("1.5E-1", "0.15"), ("0.0", "0"), ("7", "7"),
     ("1.234E-1", None), ("3333.3333333333335", None), ("1E40", None), ("abc", None), ("1.25E", None)],
)  # fmt: skip
def test_a_number_in_scientific_notation_is_read_where_the_mapping_says_so(landing, text, amount):
    landing.source("own", landing.mapping(NUMBERS))
    landing.put("own", "x.csv", f"id,amount\n1,{text}\n")
    landing.run()
    assert landing.rows("select amount from raw.crm_deals") == [(amount,)]
    assert [code for code, *_ in codes(landing)] == ["W10"] * (amount is None)


def test_a_value_depends_on_values_of_another_column_not_on_its_field():
    with pytest.raises(ConfigurationError, match="only_if compares 'currency' with values"):
        parse_mapping(NUMBERS.replace("{from: id}", '{from: id, only_if: {currency: "{id}"}}'), "own")


def test_a_bad_value_of_a_required_column_can_not_be_left_out():
    with pytest.raises(ConfigurationError, match="on_bad: null is for a column that may be empty"):
        parse_mapping(NUMBERS.replace("{from: id}", '{from: id, on_bad: "null"}'), "own")


SUMS = """
files:
  - table: ad_spend
    match: "*.csv"
    delivery: delta
    sum_on_key: [amount, clicks]
    columns:
      account_id: {const: a}
      campaign_id: {from: campaign}
      spend_on: {from: day}
      channel: {const: c}
      amount: {from: cost, type: money_major}
      currency: {from: currency}
      clicks: {from: clicks}
"""


def test_rows_of_one_key_are_added_up_and_a_line_that_stands_twice_is_taken_once(landing):
    landing.source("ads", landing.mapping(SUMS))
    landing.put(
        "ads",
        "x.csv",
        "campaign,device,day,cost,currency,clicks\n"
        "1,MOBILE,2025-06-01,1.10,EUR,1\n1,DESKTOP,2025-06-01,2.20,EUR,\n1,MOBILE,2025-06-01,1.10,EUR,1\n"
        "1,TABLET,2025-06-01,1.10,EUR,1\n2,MOBILE,2025-06-01,0,EUR,\n",
    )
    deliveries = landing.run()
    assert [(one.verdict, one.rows_accepted) for one in deliveries] == [("warn", 4)]
    assert landing.rows("select campaign_id, amount, clicks, _line from raw.ad_spend order by 1") == [
        ("1", "4.4", "2", 2),
        ("2", "0", None, 6),
    ]
    assert [code for code, *_ in codes(landing)] == ["W06"]


def test_amounts_of_two_currencies_are_never_added_up(landing):
    landing.source("ads", landing.mapping(SUMS))
    landing.put(
        "ads", "x.csv", "campaign,day,cost,currency,clicks\n1,2025-06-01,1,EUR,1\n1,2025-06-01,1,USD,1\n"
    )
    assert [one.verdict for one in landing.run()] == ["quarantine"]
    assert [code for code, *_ in codes(landing)] == ["R02"]


def test_a_footer_begins_at_its_first_line_and_goes_on(write):
    mapping = parse_mapping(
        "files: [{table: customers, match: '*', delivery: delta, format: {footer: Grand Total}, columns: "
        "{customer_id: {from: id}, name: {from: name}}}]",
        "own",
    )
    footer = "Grand Totals (2 records),\n\nConfidential Information - Do Not Distribute\n,\nCopyright, Acme, 2025\n"
    report = check_file(write("x.csv", "id,name\na,Ann\nGrand Total Ltd,Total\nb,Bob\n" + footer), mapping)
    assert (report.verdict, report.rows_accepted) == ("accept", 3)


SHORT_AND_LONG = {
    "001D000000IqhSL": "001D000000IqhSLIAZ",
    "001000000000001": "001000000000001AAA",
    "00QA0000001aBcD": "00QA0000001aBcDMAU",
    "001D000000IqhSLIAZ": "001D000000IqhSLIAZ",
    "500D000000IqhSL": "500D000000IqhSL",
    "001D000000Iqh": "001D000000Iqh",
}


@pytest.mark.parametrize("given", SHORT_AND_LONG)
def test_salesforce_ids_of_15_and_18_characters_are_one(landing, given):
    landing.source("bill")
    landing.put("bill", "customers.csv", f"customer_id,crm_account_id\n{given},{given}\n")
    landing.run()
    assert landing.rows("select customer_id, crm_account_id from raw.customers") == [
        (given, SHORT_AND_LONG[given])
    ]


def test_of_several_companies_the_primary_one_is_the_deals(landing):
    landing.source("hubspot", "hubspot")
    header = HUBSPOT_DEALS + ",Associated Company IDs (Primary),Associated Company IDs"
    row = ",a,Closed Won,2025-02-01 10:00,2025-03-10 16:00,"
    landing.put(
        "hubspot",
        "deals.csv",
        deals(f"1{row},501;502", f"2{row}502,501;502", f"3{row},;503", f"4{row},", header=header),
    )
    linked = {
        "results": [{"id": "9", "type": "deal_to_company_unlabeled"}, {"id": "8", "type": "deal_to_company"}]
    }
    unlabelled = {"results": [{"id": "7", "type": "deal_to_company_unlabeled"}]}
    record = {
        "properties": {"dealstage": "closedwon", "createdate": "2025-02-01T10:00:00Z"},
        "propertiesWithHistory": {"dealstage": []}, "archived": False,
    }  # fmt: skip
    lines = [
        record | {"id": "5", "associations": {"companies": linked}},
        record | {"id": "6", "associations": {"companies": unlabelled}},
    ]
    landing.put("hubspot", "deals.jsonl", "\n".join(map(json.dumps, lines)))
    landing.run()
    assert dict(landing.rows("select deal_id, crm_account_id from raw.crm_deals")) == {
        "1": "501", "2": "502", "3": "503", "4": None, "5": "8", "6": "7",
    }  # fmt: skip


def test_what_fivetran_marks_as_deleted_is_a_tombstone(landing):
    landing.source("salesforce", "salesforce")
    landing.put(
        "salesforce",
        "account.csv",
        "id,name,is_deleted,_fivetran_deleted\n001000000000001,A,false,false\n001000000000002,B,true,false\n"
        "001000000000003,C,false,true\n",
    )
    landing.run()
    assert landing.rows("select name from raw.crm_accounts where not _is_deleted") == [("A",)]


@pytest.mark.parametrize(
    ("name", "mapping", "code"),
    [
        ("owners.jsonl", "hubspot", "W11"),
        ("holidays.csv", "hubspot", "W09"),
        ("holidays.csv", "canonical", "W09"),
    ],
)
def test_check_answers_in_json_for_a_file_that_feeds_nothing(write, name, mapping, code):
    answer = CliRunner().invoke(
        mapping_commands, ["check", str(write(name, "x\n")), "--mapping", mapping, "--json"]
    )
    said = json.loads(answer.output)
    assert (answer.exit_code, said["verdict"], said["rows_accepted"]) == (0, "warn", 0)
    assert [one["code"] for one in said["findings"]] == [code]


@pytest.mark.parametrize(("rows", "verdict"), [(9, "accept"), (10, "quarantine")])
def test_the_rule_against_drops_needs_ten_rows(landing, rows, verdict):
    landing.source("crm")
    for day, count in (("2025-06-01", rows), ("2025-06-02", 1)):
        ids = "".join(f"c{number}\n" for number in range(count))
        landing.put("crm", f"{day}/customers.csv", "customer_id\n" + ids)
        delivered = landing.run(f"{day}T12:00:00")
    assert [one.verdict for one in delivered] == [verdict]


SHAPES = Path(__file__).parent.parent / "data" / "shapes"


@pytest.mark.parametrize(
    "file", sorted(SHAPES.glob("*/*.csv")), ids=lambda file: f"{file.parent.name}/{file.name}"
)
def test_every_row_of_the_collected_shapes_is_taken(file):
    mapping = {"hs": "hubspot", "sf": "salesforce", "meta": "meta_ads", "google": "google_ads"}[
        file.parent.name.split("_")[0]
    ]
    report = check_file(file, mapping)
    assert report.verdict == ("warn" if file.parent.name == "hs_decimals" else "accept")
    assert report.rows_accepted == len(file.read_text(encoding="utf-8").splitlines()) - 1
