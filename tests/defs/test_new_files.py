"""The sensor on new files: off unless asked for, patient with what still arrives, one run for each state."""

import os

import dagster as dg
import pytest
from pipeline import write_company

from orchestration.defs import new_files
from orchestration.defs.new_files import QUIET, new_files_sensor

NOW = 1_800_000_000.0


@pytest.fixture
def company(tmp_path, monkeypatch):
    monkeypatch.setattr(new_files.time, "time", lambda: NOW)
    return write_company(tmp_path)


def arrive(company, name: str, ago: float) -> None:
    path = company.extracts / "source" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("customer_id\n", encoding="utf-8")
    os.utime(path, (NOW - ago, NOW - ago))


class Sensor:
    """A sensor with its cursor, tick by tick."""

    def __init__(self, company) -> None:
        self._sensor, self._cursor = new_files_sensor(company, "nightly"), None

    def tick(self) -> str:
        """`run`, or why none is asked for."""
        with dg.build_sensor_context(cursor=self._cursor) as context:
            said = self._sensor(context)
            self._cursor = context.cursor
        return "run" if isinstance(said, dg.RunRequest) else said.skip_message


def test_files_that_lie_still_ask_for_one_run(company):
    arrive(company, "customers.csv", ago=QUIET + 1)
    sensor = Sensor(company)
    assert [sensor.tick() for _ in range(4)] == [
        "Files are still arriving.", "run", *["Nothing new lies in the extracts."] * 2,
    ]  # fmt: skip


def test_a_file_that_grows_is_waited_for(company):
    sensor = Sensor(company)
    arrive(company, "customers.csv", ago=QUIET + 5)
    assert sensor.tick() == "Files are still arriving."
    (company.extracts / "source" / "customers.csv").write_text("customer_id\na\n", encoding="utf-8")
    os.utime(company.extracts / "source" / "customers.csv", (NOW, NOW))
    assert [sensor.tick(), sensor.tick()] == ["Files are still arriving."] * 2
    arrive(company, "customers.csv", ago=QUIET + 1)
    assert [sensor.tick(), sensor.tick()] == ["Files are still arriving.", "run"]


def test_what_is_half_copied_by_its_name_or_hidden_is_no_file_yet(company):
    arrive(company, "customers.csv", ago=QUIET + 1)
    sensor = Sensor(company)
    sensor.tick(), sensor.tick()
    for name in ("invoices.csv.part", ".partial/invoices.csv", "~$customers.csv"):
        arrive(company, name, ago=0)
    assert sensor.tick() == "Nothing new lies in the extracts."


def test_each_state_of_the_extracts_has_a_key_of_its_own(company):
    sensor = new_files_sensor(company, "nightly")
    keys = []
    for name in ("customers.csv", "invoices.csv"):
        arrive(company, name, ago=QUIET + 1)
        with dg.build_sensor_context() as context:
            sensor(context)
            keys.append(sensor(context).run_key)
    assert len(set(keys)) == 2


@pytest.mark.parametrize("asked", [False, True])
def test_it_runs_where_company_yml_asks_for_it(tmp_path, asked):
    company = write_company(tmp_path, schedule={"on_new_files": asked})
    assert new_files_sensor(company, "nightly").default_status == (
        dg.DefaultSensorStatus.RUNNING if asked else dg.DefaultSensorStatus.STOPPED
    )
