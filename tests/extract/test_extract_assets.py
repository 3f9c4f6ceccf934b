"""Extractors as assets before the landing, where company.yml names one for a source."""

import dagster as dg
import pytest
from pipeline import write_company

from orchestration.defs.extracts import extract_assets
from orchestration.errors import ConfigurationError
from orchestration.extract.client import NotAnswered
from tests.extract.conftest import Bench

SOURCES = [
    {"name": "billing", "mapping": "stripe", "extractor": "stripe"},
    {"name": "crm", "mapping": "hubspot"},
]


@pytest.fixture
def company(tmp_path):
    return write_company(tmp_path, sources=SOURCES)


def read(company, **options) -> dg.ExecuteInProcessResult:
    """What the server does before a landing, once."""
    every = extract_assets(company, reads_apis=True)
    ops = [one for one in every if isinstance(one, dg.AssetsDefinition)]
    return dg.materialize(ops, **options)


def test_a_source_with_an_extractor_is_read_into_its_folder(company, stripe: Bench):
    (event,) = read(company).get_asset_materialization_events()
    assert event.asset_key == dg.AssetKey(["extracts", "billing"])
    (day,) = (company.extracts / "billing").glob("????-??-??")
    assert (day / "customers.jsonl").is_file() and (day / "manifest.json").is_file()
    assert event.materialization.metadata["files"].value == len(list(day.glob("*.jsonl")))
    assert event.materialization.metadata["records"].value > 10


def test_only_sources_with_an_extractor_are_read_and_by_a_server_only(company):
    kinds = [isinstance(one, dg.AssetsDefinition) for one in extract_assets(company, reads_apis=True)]
    assert kinds == [True, False]
    assert not any(isinstance(one, dg.AssetsDefinition) for one in extract_assets(company, reads_apis=False))


def test_a_missing_key_fails_at_once_and_names_the_variable(company, monkeypatch):
    monkeypatch.delenv("STRIPE_API_KEY", raising=False)
    with pytest.raises(dg.Failure, match="The environment variable STRIPE_API_KEY is not set") as stopped:
        read(company)
    assert isinstance(stopped.value.__cause__, ConfigurationError)


def test_an_api_that_does_not_answer_is_asked_again_later(company, monkeypatch):
    from orchestration.defs import failing
    from orchestration.extract import run

    asked = []

    def down(*_):
        asked.append(1)
        raise NotAnswered("stripe: GET /v1/customers failed 8 times")

    monkeypatch.setattr(failing, "PAUSE", 0)
    monkeypatch.setattr(run, "extract", down)
    monkeypatch.setitem(run.SOURCES, "stripe", lambda clock: None)
    assert not read(company, raise_on_error=False).success
    assert len(asked) == failing.RETRIES + 1


def test_another_extractor_than_those_there_are_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="extractor"):
        write_company(tmp_path, sources=[{**SOURCES[0], "extractor": "salesforce"}])
