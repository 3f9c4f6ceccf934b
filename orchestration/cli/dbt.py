"""`dbt`: dbt's own commands over a company's build file."""

from pathlib import Path
from typing import Any

import click
import yaml

from orchestration.cli.run import company_option
from orchestration.settings import default_company_path, load_company, parse_as_of


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
    epilog="Exit codes: those of dbt (0 done, 1 something failed, 2 the call is wrong).",
)
@company_option
@click.option(
    "--as-of", help="The clock of the models, such as 2025-07-01T00:00:00Z. Default: the newest release's."
)
@click.option("--vars", "variables", default="{}", help="Vars as YAML, over those of the company.")
@click.argument("arguments", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND [OPTIONS]...")
@click.pass_context
def dbt(
    context: click.Context,
    company_path: Path | None,
    as_of: str | None,
    variables: str,
    arguments: tuple[str, ...],
) -> None:
    """A command of dbt on the build file of the last run, with the company's vars, profile and own models.

    \b
      saas-metrics dbt run -s fct_mrr_monthly
      saas-metrics dbt show --inline "select * from {{ ref('fct_mrr_monthly') }}"
      saas-metrics dbt test -s my_model
      saas-metrics dbt docs generate, then: saas-metrics dbt docs serve

    Nothing is published by it. What builds or tests ends the record of the last run's build, so the next
    run builds everything. Its files are in .work/dbt_by_hand of the warehouse.
    """
    from orchestration.build.dbt_by_hand import dbt_by_hand
    from orchestration.publish.manifest import read_published

    company = load_company(company_path or default_company_path())
    if as_of is None and (releases := read_published(company)):
        as_of = releases[0].as_of
    context.exit(dbt_by_hand(company, parse_as_of(as_of), list(arguments), _read(variables)))


def _read(variables: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(variables)
    except yaml.YAMLError:
        content = None
    if not isinstance(content, dict):
        raise click.BadParameter(
            f"{variables!r} is no YAML of names and values; write it as dbt does: --vars '{{min_n: 10}}'",
            param_hint="--vars",
        )
    return content
