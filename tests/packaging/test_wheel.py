"""The package holds all it needs: from an empty environment, outside any checkout, to a first number."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from orchestration.machine.project import PROJECT

UV = Path(sys.executable).with_name("uv")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([UV, "build", "--quiet", "--wheel", "--out-dir", folder, PROJECT], check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_code_and_the_whole_dbt_project(wheel):
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    paths = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]["paths"]
    files = {
        file.relative_to(PROJECT)
        for path in paths
        for file in ([PROJECT / path] if (PROJECT / path).is_file() else (PROJECT / path).rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }
    code = {
        file.relative_to(PROJECT)
        for file in (PROJECT / "orchestration").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert len(files) > 300 and len(code) > 150
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    assert {f"orchestration/project/{file.as_posix()}" for file in files} - held == set()
    assert {file.as_posix() for file in code} - held == set()


def test_what_dbt_reads_is_in_the_wheel(wheel):
    # A folder that dbt_project.yml names and pyproject.toml forgets would be missed by the list above.
    with zipfile.ZipFile(wheel) as archive:
        held = archive.namelist()
        project = archive.read("orchestration/project/dbt_project.yml").decode()
    for line in project.splitlines():
        if line.startswith(("model-paths", "seed-paths", "macro-paths", "test-paths")):
            folder = line.split("[")[1].rstrip("]")
            assert any(name.startswith(f"orchestration/project/{folder}/") for name in held), folder


@pytest.mark.slow
def test_the_demo_of_an_empty_environment(wheel, tmp_path):
    environment = tmp_path / "environment"
    python = environment / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    subprocess.run([UV, "pip", "install", "--quiet", "--python", python, wheel], check=True)
    # Nobody can write where a package is installed for all.
    installed = next(environment.glob("lib/python*/site-packages/orchestration"))
    subprocess.run(["chmod", "-R", "a-w", installed], check=True)
    home = tmp_path / "home"
    home.mkdir()
    ran = subprocess.run(
        [environment / "bin" / "saas-metrics", "demo", "--dir", "demo"],
        cwd=home,
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert (home / "demo" / "warehouse" / "warehouse.duckdb").is_file()
    asked = subprocess.run(
        [
            environment / "bin" / "saas-metrics", "sql", "--company", "demo/company.yml", "--csv",
            "select count(*) > 12 as is_there from marts.fct_mrr_monthly where segment_type = 'all'",
        ],
        cwd=home, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert asked.stdout.split() == ["is_there", "true"]
