"""The French billing system's invoices, as they land: credit notes, periods in one text, days of Paris."""

import pytest

HEAD = "N° facture;Type;Date de facture;Code client;Total HT;Total TVA;Total TTC;Statut;Facture d’origine"
INVOICE = "F-1;Facture;01/03/2025;c;310,00;62,00;372,00;À payer;"
LINE_HEAD = "N° facture;Type;Ligne;Nature;Montant HT"


def landed(landing, **files):
    landing.source("own", "dotsha_fr")
    for name, rows in files.items():
        landing.put("own", f"{name}.csv", ("\r\n".join(rows) + "\r\n").encode("cp1252"))
    landing.run()
    return landing.rows("select code, column_name, message from audit.rejects")


def test_a_credit_note_among_the_invoices_takes_off_what_it_says(landing):
    note = "A-1;Avoir;15/03/2025;c;-1 100,50;-20,10;-1 120,60;Émise;F-1"
    assert landed(landing, factures=[HEAD, INVOICE, note, "Total;;;;-790,50;;;;"]) == []
    fields = "credit_note_id, invoice_id, status, amount_ex_tax, tax, currency"
    assert landing.rows(f"select {fields} from raw.credit_notes") == [
        ("A-1", "F-1", "issued", "1100.5", "20.1", "EUR")
    ]
    assert landing.rows("select invoice_id, status, total from raw.invoices") == [("F-1", "open", "372")]


def test_a_credit_note_above_zero_is_refused(landing):
    """Nobody says whether it takes off or comes on top."""
    found = landed(landing, factures=[HEAD, INVOICE, "A-1;Avoir;15/03/2025;c;100,50;20,10;120,60;Émise;F-1"])
    assert ("V11", "amount_ex_tax") in [(code, column) for code, column, _ in found]
    assert landing.rows("select * from raw.credit_notes") == []


def test_a_credit_note_that_was_no_more_than_a_draft_is_left_out(landing):
    note = "A-1;Avoir;15/03/2025;c;-100,50;-20,10;-120,60;Brouillon;F-1"
    assert landed(landing, factures=[HEAD, INVOICE, note]) == []
    assert landing.rows("select * from raw.credit_notes") == []


@pytest.mark.parametrize(
    ("column", "told", "value"),
    [("Statut", INVOICE.replace("À payer", "Relancée"), "Relancée"), ("Nature", None, "Divers")],
)
def test_a_word_that_nobody_explained_is_refused(landing, column, told, value):
    lines = [LINE_HEAD, "F-1;Facture;1;Divers;310,00"]
    files = {"factures": [HEAD, told]} if told else {"lignes_factures": lines}
    found = landed(landing, **files)
    assert any(f"'{value}' is none of" in message and column in message for _, _, message in found)


@pytest.mark.parametrize(
    ("head", "cells", "expected"),
    [
        ("Période", "du 01/10/2025 au 26/10/2025", ("2025-09-30 22:00:00", "2025-10-26 23:00:00")),
        ("Période du;Période au", "01/03/2025;30/03/2025", ("2025-02-28 23:00:00", "2025-03-30 22:00:00")),
        ("Période", "", (None, None)),
    ],
)
def test_a_period_ends_with_its_last_day(landing, head, cells, expected):
    """The clocks of Paris change on 30 March and on 26 October: those days have 23 and 25 hours."""
    landing.reporting_timezone = "Europe/Paris"
    rows = [f"{LINE_HEAD};{head}", f"F-1;Facture;1;Abonnement;310,00;{cells}"]
    assert landed(landing, lignes_factures=rows) == []
    assert landing.rows("select service_start_at, service_end_at from raw.invoice_lines") == [expected]


@pytest.mark.parametrize("period", ["du 01/10/2025", "01/10/2025 - 26/10/2025", "octobre 2025"])
def test_a_period_that_is_written_otherwise_is_refused(landing, period):
    rows = [f"{LINE_HEAD};Période", f"F-1;Facture;1;Abonnement;310,00;{period}"]
    assert "V01" in [code for code, _, _ in landed(landing, lignes_factures=rows)]
