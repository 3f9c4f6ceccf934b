"""The company's month and its MRR by any label: `WAREHOUSE=... streamlit run company.py`."""

import os
from typing import Any

import duckdb
import streamlit as st

LABELS = ("plan", "segment", "country", "sales_model", "acquisition_channel", "billing_interval")
MOVEMENTS = ("new_mrr", "expansion_mrr", "reactivation_mrr", "contraction_mrr", "churned_mrr", "fx_mrr")


def ask(sql: str, *values: Any) -> list[dict[str, Any]]:
    """The rows of one question, each on a connection of its own, so that a new release is seen at once."""
    with duckdb.connect(os.environ["WAREHOUSE"], read_only=True) as connection:
        asked = connection.execute(sql, values)
        names = [name for name, *_ in asked.description]
        return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]


st.set_page_config(page_title="Subscription metrics", layout="wide")
months = ask("select * from marts.fct_company_monthly where not is_partial order by period_month desc")
month = st.selectbox(
    "Month", [row["period_month"] for row in months], format_func=lambda day: day.strftime("%B %Y")
)
label = st.selectbox("By", LABELS)
shown = next(row for row in months if row["period_month"] == month)

tiles = (
    ("MRR", "closing_mrr", "{:,.0f}"),
    ("Customers", "closing_customers", "{:,}"),
    ("ARPA", "arpa", "{:,.0f}"),
    ("NRR", "nrr", "{:.1%}"),
    ("GRR", "grr", "{:.1%}"),
)
for place, (name, column, form) in zip(st.columns(len(tiles)), tiles, strict=True):
    place.metric(name, "-" if shown[column] is None else form.format(shown[column]))

st.subheader("MRR movements")
st.bar_chart(
    [
        {"period_month": row["period_month"]} | {name: float(row[name]) for name in MOVEMENTS}
        for row in months
    ],
    x="period_month",
    y=list(MOVEMENTS),
)

st.subheader(f"MRR by {label}")
# The label is one of LABELS, never a person's text.
st.dataframe(
    ask(
        f"""
        select
            {label},
            count(distinct customer_id) filter (where closing_mrr <> 0) as customers,
            sum(closing_mrr)::double as mrr
        from marts.fct_customer_plan_mrr_monthly
        where period_month = ?
        group by {label}
        order by mrr desc, {label}
        """,
        month,
    )
)
