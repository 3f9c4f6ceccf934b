"""Every wrong call that we could think of: each ends with its documented code and a sentence."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pipeline import saas_metrics

COMPANY: dict[str, Any] = {
    "name": "acme",
    "reporting_currency": "EUR",
    "extracts": "extracts",
    "warehouse": "warehouse",
    "sources": [{"name": "billing", "mapping": "canonical"}],
}
MAPPING = """
files:
  - table: customers
    match: "c*.csv"
    delivery: delta
    columns: {customer_id: {from: id}}
"""
# What pydantic, Python and the libraries below say, and no person should have to read.
BARE = re.compile(
    r"Traceback|Input should|validation error|pydantic|Field required|Extra inputs|type=|NoneType|Errno|"
    r"Exception|\w+Error:|String should|Value error"
)


@dataclass(frozen=True)
class Call:
    """What is called in a folder with a company file, and what it has to end with."""

    argv: str
    code: int
    said: str
    company: Any = field(default_factory=dict)
    """What is other than usual in company.yml; a text is the whole file, None is no file."""
    files: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)


def settings(**changed: Any) -> Call:
    """A run of a company whose file is other than usual; the words are given as `said`."""
    return Call("run", 2, changed.pop("said"), changed)


def mapped(text: str, said: str, code: int = 2) -> Call:
    """A file checked by a mapping that is wrong."""
    return Call("mapping check c.csv --mapping m.yml", code, said, files={"m.yml": text, "c.csv": "id\n1\n"})


SOURCE = {"name": "billing", "mapping": "canonical"}
NO_IDS = {"tickets.csv": "a\nx\n"}
NO_WEIGHTS = dict.fromkeys(["usage", "payment", "nps", "tickets", "tenure"], 0)
BAND = {"metric": "trial_conversion_rate", "population": "card", "band": "all", "from_rate": 0}
NO_BAND = {key: value for key, value in BAND.items() if key != "band"}
CALLS = [
    # ---- the command line itself
    Call("rum", 2, "No such command 'rum'"),
    Call("run --colour", 2, "No such option"),
    Call("run extra", 2, "unexpected extra argument"),
    Call("run --as-of", 2, "requires an argument"),
    Call("explain mrr", 2, "Missing argument 'MONTH'"),
    Call("explain", 2, "Missing argument 'FIGURE'"),
    Call("explain mrr June", 2, "is not a month; write it as 2025-06"),
    Call("explain mrr 2025-13", 2, "is not a month; write it as 2025-06"),
    Call("explain mrr 2025-06 --segment FR", 2, "is no segment; write it as country=FR"),
    Call("explain mrr 2025-06 --limit 0", 2, "0 is not in the range x>=1"),
    Call("explain mrr 2025-06", 2, "does not exist yet. Publish it first"),
    Call("price-change --to 35", 2, "Missing option '--plan'"),
    Call("price-change --plan Team --to dear", 2, "'dear' is not a price; write it as 35 or 35.50"),
    Call("price-change --plan Team --to 0", 2, "0 is not above 0"),
    Call("price-change --plan Team --to 35 --from-date May", 2, "does not match the format"),
    Call("price-change --plan Team --to 35", 2, "does not exist yet"),
    Call("close 2025", 2, "is not a month; write it as 2025-06"),
    Call("close", 2, "Missing argument 'MONTH'"),
    Call("close 2025-06", 2, "does not exist yet. Run saas-metrics run first"),
    Call("reopen 2025-06", 2, "Missing option '--reason'"),
    Call("reopen 2025-06 --reason x", 2, "does not exist yet"),
    Call("sql", 2, "Missing argument 'QUERY'"),
    Call("sql 'select 1'", 2, "does not exist yet"),
    Call("sql 'select 1' --timeout soon", 2, "'soon' is not a valid float"),
    Call("sql 'select 1' --timeout 0", 2, "is not in the range x>=0.1"),
    Call("shell", 2, "does not exist yet"),
    Call("metrics", 2, "Usage"),
    Call("metrics query", 2, "Missing argument 'NAME...'"),
    Call("metrics query nrr --grain day", 2, "is not one of 'month', 'quarter', 'year'"),
    Call("metrics query nrr --from May", 2, "'May' is no month. Write it as 2025-06"),
    Call("metrics query nrr --where FR", 2, "'FR'"),
    Call("metrics query nrr", 2, "does not exist yet"),
    Call("metrics list", 2, "does not exist yet"),
    Call("metrics describe nrr", 2, "does not exist yet"),
    Call("mcp --port 0", 2, "0 is not in the range"),
    Call("docs", 2, "does not exist yet"),
    Call("docs --into extracts", 2, "is a directory", files={"extracts/x": ""}),
    Call("diff", 2, "nothing is published"),
    Call("diff 2025", 2, "nothing is published"),
    Call("diff --limit 0", 2, "is not in the range x>=1"),
    Call("rollback", 2, "does not exist yet"),
    Call("rollback 20250701T000000Z-00000000", 2, "does not exist yet"),
    Call("deliveries", 2, "does not exist yet. Run saas-metrics run first"),
    Call("deliveries --limit many", 2, "'many' is not a valid integer"),
    Call("deliveries --limit 0", 2, "is not in the range x>=1"),
    Call("rejects", 2, "does not exist yet. Run saas-metrics run first"),
    Call("rejects --limit -1", 2, "is not in the range x>=1"),
    Call("sources rename billing", 2, "Missing argument 'NEW'"),
    Call("sources rename billing 'b c'", 2, "can't be a source's name"),
    Call("sources rename a b", 2, "does not exist yet"),
    Call("sources drop billing --yes", 2, "still names billing"),
    Call("sources drop old", 2, "does not exist yet"),
    Call("sources reread crm", 2, "names no source crm; it names billing"),
    Call("sources reread billing --as-of May", 2, "does not exist yet"),
    Call("forget", 2, "Missing argument 'CUSTOMER'"),
    Call("forget billing:1", 2, "does not exist yet"),
    Call("backup", 2, "does not exist yet"),
    Call("restore", 2, "no backup"),
    Call("restore nowhere", 2, "no backup"),
    Call("demo --size huge", 2, "is not one of 'small', 'medium', 'large'"),
    Call("demo --seed one", 2, "'one' is not a valid integer"),
    Call("demo --dir company.yml", 2, "is a file"),
    Call("extract", 2, "Usage"),
    Call("extract stripe", 2, "Missing option '--into'"),
    Call("extract stripe --into x", 2, "STRIPE_API_KEY is not set"),
    Call("extract stripe --into x", 2, "characters that no key has", environment={"STRIPE_API_KEY": "a b"}),
    Call("extract hubspot --into x", 2, "is not set"),
    Call("init", 2, "is there already, and stays as it is"),
    Call("init company.yml", 2, "is a file. Name the folder"),
    Call("init new --currency euro", 2, "is not an ISO 4217 currency code"),
    Call("init new --timezone Paris", 2, "is not a time zone of the IANA database"),
    Call("init new", 2, "my-billing can't be a source", files={"new/extracts/my-billing/a.csv": "id\n"}),
    Call("init new --name '{{ x }}'", 2, "leave out {{"),
    Call("doctor --company nowhere.yml", 2, "nowhere.yml can't be read"),
    # ---- which company
    Call("run", 2, "so no company is named. Go to the folder of your company.yml", company=None),
    Call("run --company nowhere.yml", 2, "can't be read: No such file or directory. Check the path"),
    Call("run --company extracts", 2, "can't be read: Is a directory", files={"extracts/x": ""}),
    Call("run", 2, "gone.yml can't be read", environment={"SAAS_METRICS_COMPANY": "gone.yml"}),
    Call("run", 2, "'two'; write a whole number from 1", environment={"SAAS_METRICS_THREADS": "two"}),
    Call("run", 2, "'lots' is no amount of memory", environment={"SAAS_METRICS_MEMORY_LIMIT": "lots"}),
    Call("sql 'select 1' --memory-limit lots", 2, "'lots' is no amount of memory"),
    # ---- what company.yml says
    Call("run", 2, "holds no settings", company=""),
    Call("run", 2, "holds no settings", company="just a text"),
    Call("run", 2, "line 2: did not find expected", company="[a: b"),
    Call("run", 2, "the key 'name' is written twice", company="name: a\nname: b\n"),
    Call("run", 2, "found a tab character", company="name: acme\n\tx: y\n"),
    settings(said="reporting_currency: 'EURO' is not an ISO 4217", reporting_currency="EURO"),
    settings(said="reporting_currency: write a text", reporting_currency=["EUR"]),
    settings(said="did you mean 'Europe/Paris'?", reporting_timezone="Europe/Pari"),
    settings(said="name: write at least one character", name=""),
    settings(said="sources: name at least one", sources=[]),
    settings(said="sources: write a list", sources="billing"),
    settings(said="sources[1]: write keys", sources=["billing"]),
    settings(said="sources[1].mapping is missing; add it", sources=[{"name": "billing"}]),
    settings(said="sources[1].name: 'my billing' is no name", sources=[{**SOURCE, "name": "my billing"}]),
    settings(said="two sources are called 'billing'", sources=[SOURCE, SOURCE]),
    settings(said="unknown key 'delivry' in options", sources=[{**SOURCE, "options": {"delivry": "delta"}}]),
    settings(said="mapping strip not found", sources=[{**SOURCE, "mapping": "strip"}]),
    settings(said="gone.yml not found", sources=[{**SOURCE, "mapping": "./gone.yml"}]),
    settings(said="unknown key 'extract'; did you mean 'extracts'?", extract="x"),
    settings(said="policies: write keys", policies="none"),
    settings(said="policies.pause_max_days: write a whole number", policies={"pause_max_days": "none"}),
    settings(said="policies.pause_max_days: write a number from 0", policies={"pause_max_days": -1}),
    settings(said="policies.pause_max_days: write a number up to 36600", policies={"pause_max_days": 99999}),
    settings(said="policies.gross_margin: write a number up to 1", policies={"gross_margin": 80}),
    settings(said="policies.gross_margin: write a number", policies={"gross_margin": "eighty"}),
    settings(said="discounts: write 'forever+repeating', 'all', 'forever'", policies={"discounts": "some"}),
    settings(said="policies.min_n: write a whole number", policies={"min_n": "2.5"}),
    settings(said="is not a list of statuses", policies={"counted_statuses": "active"}),
    settings(said="constant_currency_date: 'May' is not a day", policies={"constant_currency_date": "May"}),
    settings(said="preset: write 'default', 'stripe_dashboard' or 'chartmogul'", preset="baremetrics"),
    settings(said="is not a month", closed_through="May"),
    settings(said="closed_through: '2025-13' is not a month", closed_through="2025-13"),
    settings(said="books are closed by the month", closed_through="2025-05-30"),
    settings(said="is not a cron expression of five fields", schedule={"cron": "nightly"}),
    settings(said="publish.parquet: write true or false", publish={"parquet": "zstd"}),
    settings(said="publish.keep: write a number from 1", publish={"keep": 0}),
    settings(said="publish_customer_names: write true or false", publish_customer_names="perhaps"),
    settings(said="backup.warn_days: write a whole number", backup={"warn_days": "weekly"}),
    settings(said="quality.max_mrr_factor: write a number above 1", quality={"max_mrr_factor": 1}),
    settings(said="no rule is called so", quality={"rules": {"x_is_y": {"severity": "warning"}}}),
    settings(said="health_weights: every weight is 0", health_weights=NO_WEIGHTS),
    settings(said="of the plan Solo, write a number up to 1", policies={"gross_margin": {"Solo": 7}}),
    settings(said="write a share, or one for each plan", policies={"gross_margin": {}}),
    settings(said="commission.r1: write a number up to 1", commission={"r1": 20}),
    settings(said="activation.feature is missing", activation={"within_days": 7}),
    settings(
        said="activation.within_days: write a number up to 90", activation={"feature": "x", "within_days": 91}
    ),
    settings(said="'%' is not a word of a theme", themes={"price": ["%"]}),
    settings(said="'Too dear' is not a name of a theme", themes={"Too dear": ["dear"]}),
    settings(said="benchmarks[1].band is missing", benchmarks=[NO_BAND]),
    settings(said="must begin at 0", benchmarks=[{**BAND, "from_rate": 0.1}]),
    settings(said="is not a day; write one such as 2025-03-14", notes=[{"date": "May", "text": "x"}]),
    settings(said="notes[1].date: '2025-02-30' is not a day", notes=[{"date": "2025-02-30", "text": "x"}]),
    settings(said="notes[1].text: write at most 200", notes=[{"date": "2025-02-03", "text": "x" * 201}]),
    settings(said="write a list, such as", notes="New prices"),
    settings(said="extracts: write a text", extracts=["a"]),
    Call("run", 2, "targets.csv line 1: the columns are month,metric,target", files={"targets.csv": "a,b\n"}),
    # ---- what a run is asked
    Call("run --as-of yesterday", 2, "is not an instant; write it as 2025-07-01T00:00:00Z"),
    Call("run --as-of 1999-01-01", 2, "is before 2000"),
    Call("run --accept-drop crm", 2, "has no such source; it has billing"),
    Call("run --accept-change freshness", 2, "no rule is called so; did you mean"),
    Call("run", 2, "does not exist. Put its extracts there, or remove the source"),
    # ---- files and mappings
    Call("mapping check nowhere.csv --mapping stripe", 2, "does not exist"),
    Call("mapping check c.csv", 2, "Missing option '--mapping'", files={"c.csv": "id\n1\n"}),
    Call("mapping check c.csv --mapping strip", 2, "did you mean 'stripe'?", files={"c.csv": "id\n1\n"}),
    Call("mapping check c.csv --mapping m.yml", 2, "not found", files={"c.csv": "id\n1\n"}),
    Call("mapping suggest nowhere.csv", 2, "does not exist"),
    Call("mapping suggest", 2, "Missing argument 'FILE...'"),
    Call("mapping suggest c.csv", 2, "is empty: there is no header", files={"c.csv": ""}),
    Call("mapping suggest extracts", 2, "holds no file to draft from", files={"extracts/notes.md": ""}),
    Call("mapping check tickets.csv --mapping canonical", 1, "no column 'ticket_id'", files=NO_IDS),
    Call("mapping check tickets.csv --mapping canonical", 1, "F01", files={"tickets.csv": ""}),
    mapped("", "must be a YAML mapping with the keys source, locale, files"),
    mapped("[", "This is not valid YAML"),
    mapped("files: []", "files: name at least one"),
    mapped("source: {}", "files is missing; add it"),
    mapped(MAPPING.replace("customers", "clients"), "unknown table 'clients'; did you mean"),
    mapped(MAPPING.replace("delta", "daily"), "files[1].delivery: write 'full_snapshot', 'delta'"),
    mapped(MAPPING.replace("match:", "mach:"), "unknown key 'mach' in files[1]; did you mean 'match'?"),
    mapped(MAPPING.replace("customer_id:", "custmer_id:"), "unknown column; did you mean 'customer_id'?"),
    mapped(MAPPING.replace("from: id", "from: id, type: money"), "columns.customer_id.type: write"),
    mapped(MAPPING.replace("from: id", "from: id, type: integer"), "type integer can't fill a text column"),
    mapped(MAPPING.replace("{from: id}", "id"), "columns.customer_id: write keys"),
    mapped(MAPPING + "locale: {decimal: ';'}\n", "locale.decimal: write '.' or ','"),
    mapped(MAPPING + "locale: {tz: Paris}\n", "is not a time zone name"),
    mapped(MAPPING + "locale: {format: '%Q'}\n", "has an unknown directive"),
    mapped("extends: strip\n", "extends names no shipped mapping; did you mean 'stripe'?"),
]  # fmt: skip


def written(call: Call, folder: Path) -> Iterator[Path]:
    if call.company is not None:
        content = call.company if isinstance(call.company, str) else json.dumps({**COMPANY, **call.company})
        (folder / "company.yml").write_text(content, encoding="utf-8")
        yield folder / "company.yml"
    for name, text in call.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        yield path


def argv(call: Call) -> list[str]:
    return [part.strip("'") for part in re.findall(r"'[^']*'|\S+", call.argv)]


def test_there_are_more_than_eighty_of_them():
    assert len({repr(call) for call in CALLS}) == len(CALLS) > 80


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.argv} > {call.said}"[:90])
def test_a_wrong_call_ends_with_its_code_and_a_sentence(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("SAAS_METRICS_COMPANY", "STRIPE_API_KEY", "HUBSPOT_ACCESS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in call.environment.items():
        monkeypatch.setenv(name, value)
    before = {path: path.read_bytes() for path in written(call, tmp_path)}
    answer = saas_metrics(*argv(call))
    told = answer.stdout + answer.stderr
    assert answer.returncode == call.code, told
    assert call.said in told
    assert not BARE.search(told), told
    assert {path: path.read_bytes() for path in before} == before
    assert not (tmp_path / "warehouse").exists() or call.code == 1
