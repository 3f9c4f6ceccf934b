"""The group of verbs, and the one place where an error becomes an exit code."""

import gc
import os
import sys
from pathlib import Path

import click
import duckdb

from orchestration.cli.alerts import alerts, health
from orchestration.cli.assistant import mcp
from orchestration.cli.audit import deliveries, rejects
from orchestration.cli.backup import backup, restore
from orchestration.cli.closes import close, closes, reopen
from orchestration.cli.dbt import dbt
from orchestration.cli.dev import dev
from orchestration.cli.diff import diff
from orchestration.cli.docs import docs
from orchestration.cli.doctor import doctor
from orchestration.cli.explain import explain
from orchestration.cli.forget import forget
from orchestration.cli.init import init
from orchestration.cli.mapping import mapping
from orchestration.cli.metrics import metrics
from orchestration.cli.price_change import price_change
from orchestration.cli.query import shell, sql
from orchestration.cli.releases import releases, rollback
from orchestration.cli.run import demo, run
from orchestration.cli.sources import sources
from orchestration.errors import SaasMetricsError, Unusable
from orchestration.extract.commands import extract_commands
from orchestration.machine.collecting import few_collections
from orchestration.machine.disk import unusable


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="saas-metrics", message="%(package)s %(version)s")
def cli() -> None:
    """Subscription metrics you can check: extracts in, one whole and tested DuckDB warehouse out.

    \b
    First steps:
      saas-metrics demo                    a made-up company and its warehouse
      saas-metrics init                    the first company.yml of a folder
      saas-metrics mapping suggest FILE    the draft of a mapping for your files
      saas-metrics doctor                  what may keep a run from ending well
      saas-metrics run                     land, check, build, check, publish
      saas-metrics rejects                 the refused rows, and how to mend them
      saas-metrics explain mrr 2025-06     a figure down to lines of files
      saas-metrics diff                    what moved since the release before
      saas-metrics price-change --plan Team --to 25           what a price brings
      saas-metrics sources                 what is kept of each source
      saas-metrics close 2025-06           keep a month as it is reported
      saas-metrics backup                  a second copy of what was delivered
      saas-metrics health                  whether a run came, for a monitor
      saas-metrics extract stripe --into extracts/stripe      files from an API
      saas-metrics sql "from fct_company_monthly"             a question in SQL
      saas-metrics metrics query nrr       a metric by month and label
      saas-metrics dev                     Dagster's pages: graph, checks, history
      saas-metrics docs                    a page about every table and column
      saas-metrics dbt run -s my_model     dbt, with the company's vars and models

    \b
    Exit codes:
      0  published (or: the file is accepted)
      1  data refused, a gate failed or another run is under way: nothing was
         published
      2  the configuration or the call is wrong: nothing was touched

    \b
    Environment:
      SAAS_METRICS_COMPANY       the company file where --company names none
      SAAS_METRICS_MEMORY_LIMIT  memory that a run may use (default 4GB)
      SAAS_METRICS_THREADS       threads that a run computes with (default 2)
      COLUMNS                    columns of the terminal (default 80 without one)

    \b
    Units: money is in the reporting currency, rates are shares from 0 to 1,
    instants are UTC (2025-07-01T00:00:00Z), months and days are those of the
    reporting time zone. Keys of APIs: saas-metrics extract NAME --help.
    """


for verb in (
    init,
    run,
    doctor,
    demo,
    mapping,
    deliveries,
    rejects,
    sql,
    shell,
    metrics,
    mcp,
    docs,
    dbt,
    releases,
    rollback,
    dev,
    diff,
    explain,
    price_change,
    backup,
    restore,
    close,
    reopen,
    closes,
    sources,
    forget,
    health,
    alerts,
    extract_commands,
):
    cli.add_command(verb)


def main() -> None:
    """Run the command line and leave with its exit code."""
    with few_collections():
        code = _exit_code()
    # Nor once more at the end.
    gc.freeze()
    sys.stdout.flush()
    sys.stderr.flush()
    # DuckDB's Python types print debug lines of their own when the interpreter unloads them.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.exit(code)


def _exit_code() -> int:
    try:
        # Where a verb leaves by itself, click gives its exit code back instead of raising.
        left_with = cli.main(standalone_mode=False)
    except SaasMetricsError as error:
        click.echo(f"saas-metrics: {error}", err=True)
        return error.exit_code
    except (OSError, duckdb.IOException) as error:
        click.echo(f"saas-metrics: {unusable(error, Path.cwd())}", err=True)
        return Unusable.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("saas-metrics: stopped; what was published before is still in force.", err=True)
        return 130
    return left_with if isinstance(left_with, int) else 0
