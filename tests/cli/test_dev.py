"""`dev`: Dagster on one company, on this machine only, with the history of its warehouse."""

import os

from pipeline import saas_metrics, write_company


def test_it_becomes_dagster_on_the_company_and_its_own_history(tmp_path, monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    company = write_company(tmp_path)
    begun = []
    monkeypatch.setattr(os, "execve", lambda *call: begun.append(call))
    assert saas_metrics("dev", "--company", str(company.path), "--port", "4000").returncode == 0
    ((program, arguments, environment),) = begun
    assert program.name == "dagster" and program.is_file()
    assert arguments[1:] == [
        *("dev", "-m", "orchestration.definitions", "--host", "127.0.0.1", "--port", "4000"),
    ]
    home = company.warehouse / ".work" / "dagster"
    assert (environment["SAAS_METRICS_COMPANY"], environment["DAGSTER_HOME"]) == (
        str(company.path),
        str(home),
    )
    assert "telemetry:\n  enabled: false" in (home / "dagster.yaml").read_text(encoding="utf-8")
    assert home.stat().st_mode & 0o077 == 0


def test_a_history_by_half_a_path_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", "history")
    said = saas_metrics("dev", "--company", str(write_company(tmp_path).path))
    assert said.returncode == 2 and "write the whole path of a folder" in said.stderr
