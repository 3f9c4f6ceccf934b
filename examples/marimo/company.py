"""The company's month and its MRR by plan: `WAREHOUSE=... marimo edit company.py`, or `marimo run`."""

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import os

    import duckdb
    import marimo as mo

    def ask(sql, *values):
        with duckdb.connect(os.environ["WAREHOUSE"], read_only=True) as connection:
            asked = connection.execute(sql, values)
            names = [name for name, *_ in asked.description]
            return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]

    return ask, mo


@app.cell
def _(ask, mo):
    months = {
        str(row["period_month"]): row
        for row in ask(
            "select * from marts.fct_company_monthly where not is_partial order by period_month desc"
        )
    }
    month = mo.ui.dropdown(options=list(months), value=next(iter(months)), label="Month")
    month
    return month, months


@app.cell
def _(mo, month, months):
    shown = months[month.value]
    tiles = {
        "MRR": f"{shown['closing_mrr']:,.0f}",
        "Customers": f"{shown['closing_customers']:,}",
        "NRR": "-" if shown["nrr"] is None else f"{shown['nrr']:.1%}",
        "GRR": "-" if shown["grr"] is None else f"{shown['grr']:.1%}",
    }
    mo.hstack([mo.stat(value, label=label, bordered=True) for label, value in tiles.items()])
    return (tiles,)


@app.cell
def _(ask, mo, month):
    plans = ask(
        """
        select
            plan,
            sum(closing_mrr) as mrr,
            count(distinct customer_id) filter (where closing_mrr <> 0) as customers
        from marts.fct_customer_plan_mrr_monthly
        where period_month = cast(? as date)
        group by plan
        order by mrr desc, plan
        """,
        month.value,
    )
    mo.ui.table(plans)
    return (plans,)


if __name__ == "__main__":
    app.run()
