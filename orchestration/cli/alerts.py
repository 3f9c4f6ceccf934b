"""`health`, whether the figures are fresh, and `alerts test`, whether a message arrives."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from orchestration.cli.run import company_option
from orchestration.errors import ConfigurationError
from orchestration.settings import default_company_path, load_company, parse_as_of


@click.command()
@company_option
@click.option(
    "--max-age-hours",
    type=click.IntRange(min=1),
    help="Figures that are older are overdue. Default: health.max_age_hours, else by the schedule.",
)
@click.option("--as-of", help="The instant of the question, such as 2025-07-01T06:00:00Z. Default: now.")
@click.option("--alert", is_flag=True, help="Tell the receivers of company.yml when no run came.")
@click.option("--json", "as_json", is_flag=True, help="Everything that is known, as one JSON object.")
def health(
    company_path: Path | None, max_age_hours: int | None, as_of: str | None, alert: bool, as_json: bool
) -> int:
    """Whether a run came, how it ended and how old the figures are; for a monitor, a timer or cron.

    It waits for no run, and without --alert it only reads. Exit codes: 0 published and in time, also
    with warnings; 1 overdue, refused or failed; 2 nothing that can be read is published, or the call
    is wrong.
    """
    from orchestration.alerts.health import look, watch

    company = load_company(company_path or default_company_path())
    now = parse_as_of(as_of)
    if alert:
        found, told = watch(company, now, max_age_hours)
        for one in told:
            click.echo(one.line, err=True)
    else:
        found = look(company, now, max_age_hours)
    if as_json:
        click.echo(json.dumps(found.as_json()))
        return found.exit_code
    age = "" if found.age_hours is None else f", figures of {found.figures_of}, {found.age_hours:.1f} h old"
    verdict = found.verdict.replace("_", " ")
    click.echo(f"{found.company}: {verdict} (release {found.release or 'none'}{age})\n{found.says}")
    return found.exit_code


@click.group()
def alerts() -> None:
    """Whom company.yml tells how runs end."""


@alerts.command()
@company_option
def test(company_path: Path | None) -> int:
    """Send a test message to every receiver and say how each took it; exit code 1 where one did not."""
    from orchestration.alerts.alert import Alert, instant
    from orchestration.alerts.receivers import receivers
    from orchestration.alerts.tell import hand_over, keep_in_log

    company = load_company(company_path or default_company_path())
    to = receivers(company)
    if not to:
        raise ConfigurationError(
            f"{company.path} names no receiver. Write alerts: with command, webhook or email "
            "(docs/operations.md)."
        )
    now = instant(datetime.now(UTC))
    alert = Alert("test", company.name, now, now, "Somebody ran saas-metrics alerts test.", "", "nothing")
    told = keep_in_log(company, hand_over(to, [alert], company.alerts.timeout_seconds))
    for one in told:
        click.echo(one.line)
    return 1 if any(one.failure for one in told) else 0
