"""The demo folder: what is in it, and what is refused before anything is written."""

from __future__ import annotations

import hashlib
import json
import os

import pytest

from orchestration.errors import ConfigurationError
from orchestration.settings import load_company
from orchestration.synthetic.demo import AS_OF, write_demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return write_demo(tmp_path_factory.mktemp("demo") / "company", "small", 1).parent


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*") if path.is_file()
    }  # fmt: skip


def test_the_company_file_is_valid_and_every_source_has_files(demo):
    company = load_company(demo / "company.yml")
    assert company.reporting_timezone == "Europe/Paris"
    assert AS_OF == "2025-07-01T00:00:00Z" and AS_OF in (demo / "company.yml").read_text()
    for source in company.sources:
        assert any((demo / "extracts" / source.name).rglob("*.*")), source.name


def test_the_two_billing_systems_have_different_customers(demo):
    last = sorted((demo / "extracts" / "stripe").iterdir())[-1]
    stripe = {json.loads(line)["id"] for line in (last / "customers.jsonl").read_text("utf-8").splitlines()}
    latest = sorted((demo / "extracts" / "facturation").rglob("*.csv"))[-1].read_text("cp1252").splitlines()
    french = {line.split(";")[2] for line in latest[1:-1]}
    assert len(french) > 10 and len(stripe) > 100
    assert not stripe & french


def test_the_french_export_is_as_french_as_can_be(demo):
    raw = sorted((demo / "extracts" / "facturation").rglob("*.csv"))[-1].read_bytes()
    text = raw.decode("cp1252")
    assert b"\xe9" in raw and "\u00a0" in text
    assert text.splitlines()[-1].startswith("Total;")
    assert text.splitlines()[0].startswith("N° abonnement;Ligne;")


def test_the_same_seed_writes_the_same_bytes(demo, tmp_path):
    again = write_demo(tmp_path / "again", "small", 1).parent
    assert contents(again) == contents(demo)


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(ConfigurationError, match="is not empty, and nothing in it was touched"):
        write_demo(tmp_path, "small", 1)
    assert contents(tmp_path).keys() == {"mine.txt"}


def test_a_file_in_the_way_is_left_alone(tmp_path):
    (tmp_path / "demo").write_text("precious")
    with pytest.raises(ConfigurationError, match="is a file"):
        write_demo(tmp_path / "demo", "small", 1)
    assert (tmp_path / "demo").read_text() == "precious"


def test_an_unknown_size_writes_nothing(tmp_path):
    with pytest.raises(ConfigurationError, match="size 'huge' is not known"):
        write_demo(tmp_path / "demo", "huge", 1)
    assert not (tmp_path / "demo").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder_gets_a_sentence(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(ConfigurationError, match="can't be written"):
        write_demo(tmp_path / "demo", "small", 1)


def test_a_folder_below_a_file_gets_a_sentence(tmp_path):
    (tmp_path / "file").write_text("precious")
    with pytest.raises(ConfigurationError, match="can't be written"):
        write_demo(tmp_path / "file" / "demo", "small", 1)
