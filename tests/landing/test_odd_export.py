"""An export from nowhere, mapped by docs/adding-a-source.md alone.

UTF-16, a title and a footer, French numbers, a JSON list in a cell, line breaks in another, a combined key.
"""

from orchestration.landing import check_file, suggest_mapping
from orchestration.landing.mapping import parse_mapping

LINES = [
    "Extraction du 30/06/2025;;;;;",
    "Société;Contrat;Début;Devise;Périodicité;Remarque;Lignes",
    'Café Zoé;A-1;01/06/2025;eur;Mensuelle;"deux\nlignes";"[{""ligne"": 1, ""article"": ""Base"", '
    '""prix"": ""1\u202f234,50"", ""qté"": ""2""}, {""ligne"": 2, ""article"": ""Option"", ""prix"": '
    '""9,90"", ""qté"": ""1""}]"',
    'Dupont;A-2;15/03/2025;eur;Annuelle;;"[{""ligne"": 1, ""article"": ""Base"", ""prix"": ""12 000,00"", '
    '""qté"": ""1""}]"',
    "Total;;;;;;",
]
MAPPING = """
source: {name: odd, system: in_house, kind: billing}
locale: {decimal: ",", thousands: " ", format: "%d/%m/%Y", tz: Europe/Paris}
files:
  - table: subscription_items
    match: "contrats*.csv"
    delivery: full_snapshot
    format: {type: csv, delimiter: ";", encoding: utf-16, skip_rows: 1, footer: Total}
    explode: Lignes
    key: [subscription_id, item_id]
    ignore: Remarque
    columns:
      subscription_id: {from: $.Contrat}
      item_id:         {template: "{$.Contrat}-{ligne}"}
      customer_id:     {from: $.Société}
      valid_from:      {from: $.Début, type: date}
      currency:        {from: $.Devise, upper: true}
      plan_name:       {from: article}
      unit_amount:     {from: prix, type: money_major}
      quantity:        {from: qté}
      interval_unit:   {from: $.Périodicité, map: {Mensuelle: month, Annuelle: year}}
      interval_count:  {const: "1"}
      status:          {const: active}
"""


def export(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-16")


def test_an_odd_export_lands_by_the_page_alone(landing):
    landing.reporting_timezone = "Europe/Paris"
    landing.source("odd", landing.mapping(MAPPING))
    landing.put("odd", "contrats_20250630.csv", export(*LINES))
    landing.run()
    assert landing.rows("select code, message from audit.rejects where code <> 'W02'") == []
    assert landing.rows(
        "select item_id, customer_id, valid_from, unit_amount, quantity, interval_unit, _line "
        "from raw.subscription_items order by 1"
    ) == [
        ("A-1-1", "Café Zoé", "2025-05-31 22:00:00", "1234.5", "2", "month", 3),
        ("A-1-2", "Café Zoé", "2025-05-31 22:00:00", "9.9", "1", "month", 3),
        ("A-2-1", "Dupont", "2025-03-14 23:00:00", "12000", "1", "year", 5),
    ]


def test_a_list_that_lost_its_column_is_named(write):
    file = write("contrats.csv", export(*(line.replace("Lignes", "Lines") for line in LINES)))
    report = check_file(file, parse_mapping(MAPPING, "odd"))
    assert report.verdict == "reject_file"
    assert any(one.code == "S01" and "Lignes" in one.message for one in report.findings)


def test_a_draft_reads_utf_16(write):
    draft = suggest_mapping(write("contrats.csv", export(*LINES))).text
    assert "encoding: utf-16, skip_rows: 1" in draft
    assert 'delimiter: ";"' in draft and "# not mapped: Périodicité" in draft
