"""What deploy/ starts is what the package brings, the units are valid, and the runbook knows every error."""

import ast
import re
import shlex
import shutil
import subprocess
import tomllib
from importlib import metadata

import pytest
import yaml

from orchestration import errors
from orchestration.machine.project import PROJECT

DEPLOY = PROJECT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
TIMERS = sorted((DEPLOY / "systemd").glob("*.timer"))
RUNBOOK = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
CHECK = shutil.which("systemd-analyze")
SCRIPTS = {
    script.name
    for package in ("saas-metrics", "dagster", "dagster-webserver")
    for script in metadata.distribution(package).entry_points
    if script.group == "console_scripts"
}


def verified(folder, unit, text):
    """What systemd says of a unit as that of a company."""
    (folder / "bin").mkdir(exist_ok=True)
    for name in SCRIPTS:
        (folder / "bin" / name).touch(mode=0o755)
    path = folder / unit.name.replace("@.", "@acme.")
    path.write_text(text.replace("/opt/saas-metrics/bin", str(folder / "bin")), encoding="utf-8")
    return subprocess.run([CHECK, "verify", "--man=no", path], capture_output=True, text=True, check=False)


@pytest.mark.skipif(not CHECK, reason="there is no systemd-analyze here")
@pytest.mark.parametrize("unit", [*UNITS, *TIMERS], ids=lambda unit: unit.name)
def test_systemd_takes_every_unit(unit, tmp_path):
    for service in UNITS:
        (tmp_path / service.name).write_bytes(service.read_bytes())
    said = verified(tmp_path, unit, unit.read_text(encoding="utf-8"))
    assert said.returncode == 0 and said.stderr == ""


@pytest.mark.skipif(not CHECK, reason="there is no systemd-analyze here")
def test_a_unit_with_a_wrong_word_is_not_taken(tmp_path):
    said = verified(tmp_path, UNITS[0], UNITS[0].read_text(encoding="utf-8").replace("User=", "Usr="))
    assert re.search("Unknown key (name )?'Usr'", said.stderr)


def commands():
    """Every command of a unit, of the image and of the compose file, as words."""
    for unit in UNITS:
        (line,) = re.findall(r"^ExecStart=(.*)$", unit.read_text(encoding="utf-8"), flags=re.M)
        program, *words = shlex.split(line)
        yield [program.removeprefix("/opt/saas-metrics/bin/"), *words]
    (image,) = re.findall(r"^CMD (.*)$", (DEPLOY / "Containerfile").read_text(encoding="utf-8"), flags=re.M)
    yield ast.literal_eval(image)
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    yield from (service["command"] for service in services.values())


def test_every_command_is_one_of_the_package_and_starts_what_it_says():
    found = list(commands())
    assert len(found) == len(UNITS) + 4
    for program, *words in found:
        assert program in SCRIPTS
        if program == "saas-metrics":
            assert words in (["run"], ["health", "--alert"])
        else:
            assert words[words.index("--module-name") + 1] == "orchestration.definitions"


def test_no_unit_may_write_where_the_code_lies_nor_is_root():
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        for line in ("User=saas-metrics", "ProtectSystem=strict", "NoNewPrivileges=yes", "UMask=0027"):
            assert f"\n{line}\n" in text, unit.name
    image = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    assert re.findall(r"^USER (.*)$", image, flags=re.M) == ["10001"]


def test_the_image_has_all_that_the_wheel_is_built_from():
    ignore = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line.removeprefix("!/") for line in ignore if line.startswith("!/")}
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    paths = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]["paths"]
    assert {*paths, "orchestration", "pyproject.toml", "hatch_build.py", "requirements.lock"} <= let_in
    assert {settings["project"]["readme"], *settings["project"]["license-files"]} <= let_in
    assert [path for path in let_in if not (PROJECT / path).exists()] == []


def test_the_runbook_says_of_every_error_what_to_do():
    classes = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and "orchestration" in kind.__module__
    }
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]{10,} \|$", RUNBOOK, flags=re.M)
    assert classes and set(rows) >= classes


def test_the_runbook_names_every_variable_that_is_read():
    read = {
        name
        for path in (PROJECT / "orchestration").rglob("*.py")
        for name in re.findall(r'environ\.get\(\s*"(SAAS_METRICS_\w+)"', path.read_text(encoding="utf-8"))
    }
    assert read == set(re.findall(r"`(SAAS_METRICS_(?:COMPANY|MEMORY\w+|THREADS|LOG\w+))`", RUNBOOK))
