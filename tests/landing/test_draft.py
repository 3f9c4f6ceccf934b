"""The draft of a mapping for a stranger's files: what they tell is filled in, what they don't is asked."""

from pathlib import Path

import pytest

from orchestration.landing import check_file, suggest_mapping
from orchestration.landing.canonical import canonical_tables
from orchestration.landing.draft_values import date_form, number_marks
from orchestration.landing.mapping import parse_mapping
from orchestration.landing.usual_names import _usual, _words, plain

ENGLISH = {
    "customers.csv": "id,company_name,created,country\n1,Alder,2025-01-06,FR\n2,Birch,2025-01-20,DE\n",
    "subscriptions.csv": (
        "id,customer,plan,start_date,end_date,billing_period,price,quantity,currency\n"
        "S1,1,Team,2025-01-06,,monthly,29.00,4,EUR\nS2,2,Business,2025-01-20,2025-05-31,annual,1188.00,1,EUR\n"
    ),
    "invoices.csv": "id,customer,date,status,currency,amount\nF1,1,2025-01-06,paid,EUR,116.00\n",
}
FRENCH = {
    "clients.csv": "Code client;Raison sociale;Date de création;Pays\n1;Équipe Zoé;06/01/2025;FR\n",
    "abonnements.csv": (
        "N° abonnement;Client;Formule;Date de début;Date de fin;Périodicité;Prix HT;Quantité;Devise;Statut\n"
        "A1;1;Équipe;06/01/2025;;Mensuelle;29,00;4;EUR;Actif\n"
        "A2;1;Pro;20/01/2025;31/05/2025;Semestrielle;1 188,00;1;EUR;Résilié\n"
    ),
    "factures.csv": (
        "N° facture;Client;Date;Statut;Devise;Montant HT;TVA;Montant TTC\n"
        "F1;1;06/01/2025;Payée;EUR;116,00;23,20;139,20\n"
    ),
}


def folder(base: Path, files: dict[str, str]) -> Path:
    base = base / "files"
    base.mkdir(exist_ok=True)
    for name, text in files.items():
        (base / name).write_text(text, encoding="utf-8")
    return base


def draft(base: Path, text: str, name: str = "subscriptions.csv") -> str:
    return suggest_mapping(folder(base, {name: text}) / name).text


def asked(text: str) -> list[str]:
    return [line.split("# CHECK: ")[1] for line in text.splitlines() if "# CHECK: " in line]


@pytest.mark.parametrize("files", [ENGLISH, FRENCH], ids=["English", "French"])
def test_one_draft_reads_all_files_of_a_stranger_without_an_edit(tmp_path, files):
    mapping = parse_mapping(suggest_mapping(folder(tmp_path, files)).text, "draft")
    for name in files:
        report = check_file(tmp_path / "files" / name, mapping)
        assert (report.verdict, report.findings) == ("accept", ()), name
    assert {entry.table for entry in mapping.files} == {
        "customers", "subscriptions", "subscription_items", "invoices"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("files", "worth"),
    [
        (ENGLISH, [("29", "4", "month", "1"), ("1188", "1", "year", "1")]),
        (FRENCH, [("29", "4", "month", "1"), ("1188", "1", "month", "6")]),
    ],
    ids=["English", "French"],
)
def test_the_table_that_gives_mrr_has_its_amounts_and_periods(landing, tmp_path, files, worth):
    text = suggest_mapping(folder(tmp_path, files)).text
    landing.source("own", landing.mapping(text))
    for name, content in files.items():
        landing.put("own", name, content)
    landing.run()
    rows = landing.rows(
        "select unit_amount, quantity, interval_unit, interval_count from raw.subscription_items order by "
        "subscription_id"
    )
    assert rows == worth


def test_a_table_of_mrr_by_month_is_a_version_a_month(tmp_path):
    text = draft(
        tmp_path,
        "client,mois,mrr,devise\na,2025-01,100,EUR\na,2025-02,120,EUR\nb,2025-01,50,EUR\n",
        "mrr.csv",
    )
    entry = parse_mapping(text, "draft").files[0]
    assert entry.table == "subscription_items" and "valid_from" in entry.row_key
    assert check_file(tmp_path / "files" / "mrr.csv", parse_mapping(text, "draft")).rows_accepted == 3
    assert any("Who left needs a last line with 0" in question for question in asked(text))


@pytest.mark.parametrize(
    ("header", "line", "question"),
    [
        ("price,currency", "4900,EUR", "is 4900 in units, or in cents"),
        ("prix_ttc,currency", "49.50,EUR", "looks like an amount with tax"),
        ("price", "49.50", "no column tells the currency"),
        ("total,currency,seats", "49.50,EUR,3", "is total for one, or for all seats?"),
        ("price,currency,status", "49.50,EUR,wobbly", "which code is 'wobbly'?"),
        ("price,currency,billing_period", "49.50,EUR,fortnight", "which interval is 'fortnight'?"),
        ("monthly_price,currency,billing_period", "49.50,EUR,annual", "a month; billing_period is not read"),
    ],
)  # fmt: skip
def test_what_the_values_leave_open_is_asked(tmp_path, header, line, question):
    text = draft(tmp_path, f"id,customer,start_date,{header}\nS1,1,2025-01-06,{line}\n")
    assert any(question in one for one in asked(text)), text


def test_a_price_without_a_period_is_refused_until_somebody_says_which(tmp_path):
    text = draft(tmp_path, "id,customer,start_date,price,currency\nS1,1,2025-01-06,49.50,EUR\n")
    assert 'interval_unit: {const: "?"}' in text
    assert any("is price for a month or for a year?" in one for one in asked(text))
    with pytest.raises(Exception, match="interval_unit: '\\?' is not allowed"):
        parse_mapping(text, "draft")
    parse_mapping(text.replace('interval_unit: {const: "?"}', "interval_unit: {const: month}"), "draft")


@pytest.mark.parametrize(
    ("name", "said"),
    [("mrr", "month"), ("prix_mensuel", "month"), ("arr", "year"), ("prix_annuel_ht", "year")],
)
def test_the_name_of_a_price_tells_its_period(tmp_path, name, said):
    text = draft(tmp_path, f"id,customer,start_date,{name},currency\nS1,1,2025-01-06,49.50,EUR\n")
    assert f"interval_unit: {{const: {said}}}" in text


def test_a_header_that_holds_line_breaks_and_signs_of_a_terminal_makes_no_other_yaml(tmp_path):
    text = draft(tmp_path, 'id,customer,price,currency,"a\nb: [",\x1b[31mred\n1,2,"3\n- x",EUR,"?\n[",9\n')
    assert "# not mapped: a b: [" in text and "\x1b" not in text
    with pytest.raises(Exception, match="is not allowed"):
        parse_mapping(text, "draft")


def test_amounts_in_cents_by_their_name_are_minor_units(tmp_path):
    text = draft(tmp_path, "id,customer,start_date,price_cents,currency\nS1,1,2025-01-06,4900,EUR\n")
    assert "unit_amount: {from: price_cents, type: money_minor}" in text
    assert not any("in cents?" in question for question in asked(text))


def test_a_subscription_on_several_lines_is_a_history_or_has_several_items(tmp_path):
    header = "id,customer,plan,start_date,price,currency,billing_period\n"
    history = draft(
        tmp_path, header + "S1,1,Team,2025-01-06,29.5,EUR,month\nS1,1,Pro,2025-03-06,59.5,EUR,month\n"
    )
    assert "key:" not in history and any("follow each other" in one for one in asked(history))
    items = draft(
        tmp_path, header + "S1,1,Team,2025-01-06,29.5,EUR,month\nS1,1,Extra,2025-01-06,5.5,EUR,month\n"
    )
    assert "item_id: {from: plan}" in items and any("one item of it" in one for one in asked(items))


@pytest.mark.parametrize(
    ("values", "decimal", "thousands", "doubts"),
    [
        (["29.00", "1188"], ".", None, 0),
        (["29,00", "1\u202f188,00"], ",", " ", 0),
        (["1.188,00"], ",", ".", 0),
        (["1,188.00"], ".", ",", 0),
        (["1 188"], ",", " ", 0),
        (["1,188"], ",", None, 1),
        (["29 €"], ".", None, 1),
        (["29,00", "29.50"], ".", None, 1),
        (["12"], ".", None, 0),
        ([], ".", None, 0),
    ],
)
def test_the_marks_in_numbers_are_read_from_their_values(values, decimal, thousands, doubts):
    found = number_marks(values)
    assert (found.decimal, found.thousands, len(found.doubts)) == (decimal, thousands, doubts)


@pytest.mark.parametrize(
    ("values", "kind", "layout", "doubts"),
    [
        (["2025-01-06"], "date", "iso", 0),
        (["2025-01-06T10:00:00Z"], "timestamp", "iso", 0),
        (["13/01/2025", "01/02/2025"], "date", "%d/%m/%Y", 0),
        (["01/13/2025"], "date", "%m/%d/%Y", 0),
        (["01/02/2025"], "date", "%d/%m/%Y", 1),
        (["1.2.2025", "13.2.2025"], "date", "%-d.%-m.%Y", 0),
        (["2025-01"], "date", "%Y-%m", 0),
        (["01/2025"], "date", "%m/%Y", 0),
        (["1735689600"], "epoch_s", "", 0),
        (["1735689600000"], "epoch_ms", "", 0),
        (["Jan 6"], "date", "iso", 1),
        ([], "date", "iso", 1),
    ],
)
def test_the_form_of_dates_is_read_from_their_values(values, kind, layout, doubts):
    found = date_form(values)
    assert (found.type, found.format, len(found.doubts)) == (kind, layout, doubts)


def test_every_usual_name_is_one_as_it_is_compared_and_of_a_column_that_there_is():
    """A name with an accent or a small word would never be found."""
    for table, known in _usual().items():
        assert set(known["columns"]) <= set(canonical_tables()[table].names)
        names = [name for listed in known["columns"].values() for name in listed] + known["files"]
        assert [name for name in names if plain(name) != name] == []
    codes = {"interval_unit": "subscription_items", "status": "subscriptions", "outcome": "payments",
             "end_reason": "subscriptions"}  # fmt: skip
    for column, table in codes.items():
        assert set(_words()[column]) <= set(canonical_tables()[table].column(column).allowed)
    assert set(_words()["invoice_status"]) <= set(canonical_tables()["invoices"].column("status").allowed)


def test_every_question_is_counted_and_the_next_step_names_the_file_that_gives_mrr(tmp_path):
    made = suggest_mapping(folder(tmp_path, ENGLISH))
    assert made.questions == len(asked(made.text)) > 0
    assert "subscriptions.csv --mapping" in made.next_step and f"{made.questions} questions" in made.next_step
