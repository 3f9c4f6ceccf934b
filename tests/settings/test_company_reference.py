"""company.yml is told once: the schema, the reference page and the first file come from its fields."""

import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest
import yaml
from pipeline import saas_metrics

from orchestration.settings import company_schema, first_company_file, first_sources, load_company
from orchestration.settings.first_file import FirstSource
from orchestration.settings.reference import SCHEMA_FILE, sections
from tests.settings.reference_page import PAGE, SCHEMA, rewritten, schema_text

DATA = Path(__file__).parents[1] / "data"
BILLING = (FirstSource("billing", "./billing.yml", "", is_drafted=True),)
KEYS = [key for section in sections() for key in section.keys]


def without_comments(text: str) -> str:
    """A first file with the `#` of every setting taken away, as somebody does who changes one."""
    return re.sub(r"(?m)^#(?! \S)(?=.)", "", text)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_a_key_says_what_it_is_its_unit_or_values_and_an_example(key):
    assert re.fullmatch(r"[A-Z`].*\.", key.description), "a docstring below the field says what it is"
    assert key.example is not None, "setting(example, unit) beside its type gives an example"
    counted = isinstance(key.example, int | float) and not isinstance(key.example, bool)
    assert key.unit or not counted, "setting(example, unit) says what a number counts"
    says_default = key.required or key.is_none or key.default is not None or isinstance(key.example, dict)
    assert says_default, "setting(..., is_none=...) says what a file without it means"


def test_the_published_schema_and_the_page_are_current():
    """`make settings` writes both."""
    assert SCHEMA.read_text(encoding="utf-8") == schema_text()
    page = PAGE.read_text(encoding="utf-8")
    assert page == rewritten(page)
    assert [key.path for key in KEYS if f"| `{key.path}` |" not in page] == []


def test_the_schema_is_one_and_leaves_out_what_is_no_key_of_the_file():
    jsonschema.Draft202012Validator.check_schema(company_schema())
    assert not {"path", "targets", "accepted_drops", "accepted_changes"} & set(company_schema()["properties"])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reporting_curency": "EUR"}, "Additional properties"),
        ({"policies": {"pause_max_days": -1}}, "less than the minimum"),
        ({"policies": {"discounts": "some"}}, "is not one of"),
        ({"quality": {"rules": {"x": {"severity": "bad"}}}}, "is not one of"),
        ({"closed_through": "May"}, "does not match"),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(tmp_path, changed, said):
    whole = yaml.safe_load(first_company_file("acme", "EUR", "UTC", BILLING)) | changed
    with pytest.raises(jsonschema.ValidationError, match=said):
        jsonschema.validate(whole, company_schema())
    (tmp_path / "company.yml").write_text(json.dumps(whole))
    with pytest.raises(Exception, match="can't be used"):
        load_company(tmp_path / "company.yml")


def test_a_first_file_loads_as_it_stands_and_with_every_setting_taken_in(tmp_path):
    path = tmp_path / "company.yml"
    path.write_text(
        text := first_company_file("Acme: no 1", "EUR", "Europe/Paris", BILLING), encoding="utf-8"
    )
    plain = load_company(path)
    assert (plain.name, plain.reporting_timezone, plain.source_names) == (
        "Acme: no 1",
        "Europe/Paris",
        ("billing",),
    )
    (tmp_path / "own" / "models").mkdir(parents=True)
    path.write_text(taken := without_comments(text), encoding="utf-8")
    # As text, like our reader: a bare day would be a date to this one.
    jsonschema.validate(
        yaml.safe_load(re.sub(r'(?<!")(2025-\d\d-\d\d)(?!T)', r'"\1"', taken)), company_schema()
    )
    whole = load_company(path)
    assert whole.notes and whole.benchmarks and whole.backup.warn_days == 7
    assert (whole.quality, whole.publish, whole.health_weights) == (
        plain.quality,
        plain.publish,
        plain.health_weights,
    )
    names = {key.name for key in KEYS} - {
        key.name for section in sections() if section.kind != "object" for key in section.keys
    }
    assert names <= set(re.findall(r"(?m)^ *(\w+):", taken))


def test_the_folders_of_the_extracts_become_sources_with_the_mapping_that_knows_their_files(tmp_path):
    for folder, name in {
        "stripe_api_2026": "pay",
        "dotsha_like_fr": "facturation",
        "hubspot_csv": "crm",
    }.items():
        shutil.copytree(DATA / "extracts" / folder, tmp_path / name)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "subscriptions.csv").write_text(
        "id,customer,plan,start_date,price\n1,2,a,2025-01-01,3\n"
    )
    (tmp_path / "own" / "customers.csv").write_text("id,company_name,created,country\n1,a,2025-01-01,FR\n")
    assert {one.name: one.mapping for one in first_sources(tmp_path)} == {
        "pay": "stripe", "facturation": "dotsha_fr", "crm": "hubspot", "own": "./own.yml"
    }  # fmt: skip


def test_init_writes_a_company_that_loads_and_says_how_to_go_on(tmp_path):
    answer = saas_metrics("init", str(tmp_path / "a company"), "--name", "acme", "--currency", "CHF")
    assert answer.returncode == 0, answer.stderr
    company = load_company(tmp_path / "a company" / "company.yml")
    assert (company.name, company.reporting_currency) == ("acme", "CHF")
    assert (company.extracts / "billing").is_dir()
    assert json.loads((company.path.parent / SCHEMA_FILE).read_text()) == json.loads(schema_text())
    assert f"cd '{tmp_path / 'a company'}'" in answer.stdout
    assert "mapping suggest extracts/billing > billing.yml" in answer.stdout


def test_init_leaves_a_company_file_as_it_is(tmp_path):
    (tmp_path / "company.yml").write_text("name: mine\n")
    answer = saas_metrics("init", str(tmp_path))
    assert answer.returncode == 2 and "is there already, and stays as it is" in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["company.yml"]
    assert (tmp_path / "company.yml").read_text() == "name: mine\n"


def test_init_writes_nothing_where_an_option_is_wrong(tmp_path):
    answer = saas_metrics("init", str(tmp_path / "new"), "--timezone", "Paris")
    assert answer.returncode == 2 and "is not a time zone" in answer.stderr
    assert not (tmp_path / "new").exists()


def test_init_prints_the_schema_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert saas_metrics("init", "--schema").stdout == schema_text()
    assert not list(tmp_path.iterdir())
