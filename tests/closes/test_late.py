"""Each kind of row that comes late for a closed month is found, by its line; what was reported stays."""

import shutil
from datetime import date, timedelta
from decimal import Decimal

import pytest
from closes.company import AS_OF, close_four_months, closes, deliver, invoice, item, line, run, tables
from closes.test_closes import assert_it_adds_up, files, restatements, rows
from pipeline import write_company

WHO = ("cora", "xena", "tilo", "nora", "rex", "vera", "mia", "max", "dora", "wim", "greta")
DOLLARS = {"currency": "USD"}
LATE = date(2025, 6, 4)


def known():
    """The five customers, and one for each kind of late row: 60 a month of each, dora's in dollars."""
    told = tables()
    for who in WHO:
        money = DOLLARS if who == "dora" else {}
        told["customers"].append({"customer_id": who, "name": f"{who} works", "country": "FR", **money})
        told["subscriptions"].append(
            {
                "subscription_id": f"s-{who}",
                "customer_id": who,
                "started_at": "2025-01-01",
                "status": "active",
            }
        )
        told["subscription_items"].append(item(who, "2025-01-01", 2, **money))
        for month in range(1, 6):
            told["invoices"].append(invoice(who, month, **money))
            told["invoice_lines"].append(line(who, month, **money))
    told["invoices"].append(invoice("xena", 1, invoice_id="in-credits", subtotal=100, total=100))
    told["invoice_lines"].append(
        line("xena", 1, invoice_id="in-credits", kind="credit_purchase", amount_ex_tax=100,
             service_start_at=None, service_end_at=None)
    )  # fmt: skip
    told["credit_transactions"] = [credits("bought", "grant", 100, "2025-01-01", invoice_id="in-credits")]
    told["credit_notes"] = [credit_note("greta", "2025-03-11T12:00:00", 31)]
    told["payments"] = [
        {"payment_id": "p", "customer_id": "rex", "amount": 60, "currency": "EUR", "outcome": "succeeded",
         "attempted_at": "2025-03-01", "settled_at": "2025-03-01"}
    ]  # fmt: skip
    told["invoice_payments"] = [
        {"invoice_id": "in-rex-3", "payment_id": "p", "amount_applied": 60, "currency": "EUR"}
    ]
    return told


def credits(name, kind, amount, on, **other):
    return {
        "transaction_id": name, "customer_id": "xena", "balance_id": "b", "credit_kind": "paid", "kind": kind,
        "amount": amount, "currency": "EUR", "occurred_at": on, **other,
    }  # fmt: skip


def credit_note(who, on, amount, **other):
    return {
        "credit_note_id": f"c-{who}", "invoice_id": f"in-{who}-3", "customer_id": who, "currency": "EUR",
        "amount_ex_tax": amount, "tax": 0, "issued_at": on, "status": "issued", **other,
    }  # fmt: skip


def late():
    """What is learnt of closed months: one kind of row for each customer, two for dora and for wim."""
    told = known()
    told["coupons"] = [{"coupon_id": "half", "percent_off": 50, "duration": "forever"}]
    told["discounts"] = [
        {"discount_id": "d", "subscription_id": "s-cora", "customer_id": "cora", "coupon_id": "half",
         "duration": "forever", "starts_at": "2025-02-10"}
    ]  # fmt: skip
    told["credit_transactions"].append(credits("gone", "expiry", 70, "2025-03-15"))
    told["commitments"] = [
        {"commitment_id": "k", "subscription_id": "s-tilo", "amount": 100, "currency": "EUR",
         "starts_at": "2025-03-01", "interval_unit": "month", "interval_count": 1, "anchor": "start"}
    ]  # fmt: skip
    told["invoices"].append(invoice("tilo", 4, invoice_id="in-true-up", subtotal=40, total=40))
    told["invoice_lines"].append(line("tilo", 3, invoice_id="in-true-up", kind="true_up", amount_ex_tax=40))
    told["credit_notes"] += [
        credit_note("nora", "2025-03-11", 31),
        credit_note("dora", "2025-03-11", 31, **DOLLARS),
    ]
    told["reversals"] = [
        {"reversal_id": "r", "payment_id": "p", "kind": "refund", "status": "succeeded", "amount": 20,
         "currency": "EUR", "occurred_at": "2025-04-05"}
    ]  # fmt: skip
    for row in told["invoices"]:
        if row["invoice_id"] == "in-vera-2":
            row |= {"status": "void", "voided_at": "2025-04-20"}
    told["subscription_items"].append(item("dora", "2025-03-10", 1, **DOLLARS))
    told["subscription_items"].append(item("wim", "2025-03-10", 1))
    for quote in told["fx_rates"]:
        if quote["rate_on"] in (date(2025, 2, 1), date(2025, 3, 1), date(2025, 4, 30)):
            quote["rate"] = 0.8
    told["crm_merges"] = [
        {"object": "customer", "merged_id": merged, "survivor_id": survivor, "merged_at": "2025-06-03"}
        for merged, survivor in (("mia", "max"), ("wim", "cid"))
    ]
    return told


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """The company with January to April closed, and a run after that."""
    folder = tmp_path_factory.mktemp("closed")
    close_four_months(folder, known())
    return folder


@pytest.fixture
def company(closed, tmp_path):
    return shutil.copytree(closed, tmp_path / "company", symlinks=True)


@pytest.fixture(scope="module")
def learnt(closed, tmp_path_factory):
    """The same after one run in which every kind of late row came at once."""
    folder = tmp_path_factory.mktemp("learnt") / "company"
    shutil.copytree(closed, folder, symlinks=True)
    deliver(folder, LATE, late())
    run(folder, AS_OF + timedelta(days=3), "--accept-drop", "source")
    return folder


def reported(folder):
    return [
        rows(folder, f"select * from marts.{name} where is_closed order by all")
        for name in ("fct_mrr_reported", "fct_revenue_reported")
    ]


def revenue_restatements(folder, who):
    """Month and class, difference, cause, file and line of what was restated of a customer's revenue."""
    found = rows(
        folder,
        "select strftime(period_month, '%m') || ' ' || revenue_class, difference, cause, source_file, "
        f"source_line from marts.fct_revenue_restatements where customer_id = 'source:{who}'",
    )
    return {what: (difference, *cause) for what, difference, *cause in found}


def assert_reported_goes_on(folder, closed):
    """The closes are as they were, and what was learnt stands in the first open month, to the last cent."""
    kept, before = (
        {path.relative_to(one): content for path, content in files(one).items()} for one in (folder, closed)
    )
    assert kept == before
    assert closes(folder, "closes", "verify").returncode == 0
    assert reported(folder) == reported(closed)
    assert_it_adds_up(folder)
    assert rows(folder, "from marts.fct_mrr_restatements where cause = 'unexplained'") == []
    assert (
        rows(
            folder,
            "select customer_id from (select customer_id, prior_period_adjustment as amount "
            "from marts.fct_revenue_reported where period_month = date '2025-05-01' union all "
            "select customer_id, -difference from marts.fct_revenue_restatements) "
            "group by customer_id having sum(amount) <> 0",
        )
        == []
    )


@pytest.mark.slow
def test_what_comes_late_leaves_what_was_reported(closed, learnt):
    assert_reported_goes_on(learnt, closed)


@pytest.mark.slow
def test_a_coupon_that_comes_late_is_told_by_its_discount(learnt):
    discount = ("late_row", "2025-06-04/discounts.csv", 2)
    assert restatements(learnt, "cora") == {
        "02 contraction_mrr": (-30, *discount), "02 closing_mrr": (-30, *discount),
        "03 opening_mrr": (-30, *discount), "03 closing_mrr": (-30, *discount),
        "04 opening_mrr": (-30, *discount), "04 closing_mrr": (-30, *discount),
    }  # fmt: skip
    assert revenue_restatements(learnt, "cora") == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("who", "moved"),
    [
        ("xena", {"03 breakage": (70, "late_row", "2025-06-04/credit_transactions.csv", 3)}),
        ("tilo", {"03 earned": (40, "late_row", "2025-06-04/invoice_lines.csv", 83)}),
        # 31 of March's 60 are credited on the 11th: 10 of 31 days were earned.
        ("nora", {"03 credit_note": (-10, "late_row", "2025-06-04/credit_notes.csv", 3),
                  "03 earned": (-21, "late_row", "2025-06-04/credit_notes.csv", 3)}),
        ("rex", {"04 refund": (-20, "late_row", "2025-06-04/reversals.csv", 2)}),
        ("vera", {"04 void": (-60, "late_row", "2025-06-04/invoices.csv", 53)}),
        ("bob", {"02 earned": (-6, "rate", "2025-06-04/fx_rates.csv", 33),
                 "03 earned": (-6, "rate", "2025-06-04/fx_rates.csv", 61)}),
        ("greta", {}),
    ],
)  # fmt: skip
def test_late_money_is_told_by_its_own_line(learnt, who, moved):
    assert revenue_restatements(learnt, who) == moved
    assert who == "bob" or restatements(learnt, who) == {}


@pytest.mark.slow
def test_a_corrected_rate_moves_the_month_that_it_values(learnt):
    rate = ("rate", "2025-06-04/fx_rates.csv", 121)
    assert restatements(learnt, "bob") == {"04 fx_mrr": (-6, *rate), "04 closing_mrr": (-6, *rate)}


@pytest.mark.slow
def test_where_two_causes_come_together_each_figure_has_its_own(learnt):
    """Dora gave a seat back in March and pays in dollars; wim gave one back, and is cid now."""
    seat = ("late_row", "2025-06-04/subscription_items.csv", 18)
    told = restatements(learnt, "dora")
    assert told == {
        "03 contraction_mrr": (-27, *seat), "03 closing_mrr": (-27, *seat),
        "04 opening_mrr": (-27, *seat), "04 fx_mrr": (-3, *seat), "04 closing_mrr": (-30, *seat),
    }  # fmt: skip
    assert rows(
        learnt,
        "select distinct other_causes from marts.fct_mrr_restatements where customer_id = 'source:dora'",
    ) == [("rate",)]
    assert revenue_restatements(learnt, "dora") == {
        "02 earned": (-6, "rate", "2025-06-04/fx_rates.csv", 33),
        "03 credit_note": (-8, "late_row", "2025-06-04/credit_notes.csv", 4),
        "03 earned": (Decimal("-22.8"), "late_row", "2025-06-04/credit_notes.csv", 4),
    }
    merge = ("identity", "2025-06-04/crm_merges.csv", 3)
    for told in (restatements(learnt, "wim"), restatements(learnt, "cid")):
        assert {tuple(cause) for _, *cause in told.values()} == {merge}


@pytest.mark.slow
def test_a_changed_setting_and_a_late_row_each_have_their_months(company, closed):
    """Eve pays by the week and gave a seat back in March; of greta's credit note another part was earned."""
    write_company(
        company,
        reporting_currency="EUR",
        policies={"weeks_per_year": 53, "recognition_granularity": "second"},
    )
    deliver(
        company,
        LATE,
        {
            "subscription_items": [
                *known()["subscription_items"],
                item("eve", "2025-03-10", 1, interval_unit="week"),
            ]
        },
    )
    run(company, AS_OF + timedelta(days=3))
    assert_reported_goes_on(company, closed)
    found = rows(
        company,
        "select distinct strftime(period_month, '%m'), cause, other_causes, source_file "
        "from marts.fct_mrr_restatements where customer_id = 'source:eve' and column_name <> 'opening_mrr' "
        "order by all",
    )
    seat = ("late_row", "policy", "2025-06-04/subscription_items.csv")
    assert found == [
        ("01", "policy", None, "company.yml"), ("02", "policy", None, "company.yml"),
        ("03", *seat), ("04", *seat),
    ]  # fmt: skip
    setting = ("policy", "company.yml", 1)
    assert revenue_restatements(company, "greta") == {
        "03 credit_note": (Decimal("-0.5"), *setting), "03 earned": (Decimal("0.5"), *setting),
    }  # fmt: skip
