"""What `--help` tells of every verb."""

import re
from collections.abc import Iterator

import click
import pytest
from pipeline import saas_metrics

from orchestration.cli.main import cli

_ROOT = click.Context(cli, info_name="saas-metrics")


def verbs(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command, click.Context]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        below = click.Context(command, info_name=name, parent=context)
        yield below.command_path.removeprefix("saas-metrics "), command, below
        if isinstance(command, click.Group):
            yield from verbs(command, below)


VERBS = list(verbs(cli, _ROOT))


@pytest.mark.parametrize(
    ("command", "context"), [found[1:] for found in VERBS], ids=[found[0] for found in VERBS]
)
def test_a_verb_says_what_it_does_and_what_each_option_is(command, context):
    assert command.help and command.help.strip().split("\n")[0].endswith((".", ":"))
    options = [one for one in command.params if isinstance(one, click.Option) and one.name != "help"]
    assert [one.name for one in options if not one.help] == []
    assert [one.name for one in options if not one.help.endswith(".")] == []
    lines = command.get_help(context).splitlines()
    assert [line for line in lines if len(line) > 80] == []


def test_every_verb_that_reads_a_company_names_the_variable_of_its_file():
    reading = [
        command for _, command, _ in VERBS if any(one.name == "company_path" for one in command.params)
    ]
    assert len(reading) > 20
    for command in reading:
        [option] = [one for one in command.params if one.name == "company_path"]
        assert "SAAS_METRICS_COMPANY" in option.help


def test_the_help_names_every_verb_the_environment_and_the_units():
    told = saas_metrics("--help").stdout
    assert [line for line in told.splitlines() if len(line) > 80] == []
    assert [name for name, _, _ in VERBS if " " not in name and not re.search(rf"(?m)^  {name} ", told)] == []
    for variable in ("SAAS_METRICS_COMPANY", "SAAS_METRICS_MEMORY_LIMIT", "SAAS_METRICS_THREADS", "COLUMNS"):
        assert variable in told
    assert "Exit codes" in told and "Units:" in told


def test_the_version_is_that_of_the_package():
    answer = saas_metrics("--version")
    assert answer.returncode == 0 and re.fullmatch(r"saas-metrics \d+\.\d+\.\d+\n", answer.stdout)
