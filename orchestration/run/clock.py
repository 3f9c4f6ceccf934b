"""A run's clock beside what the warehouse has seen: an instant that goes back or far ahead is refused."""

from datetime import UTC, datetime, timedelta

from orchestration.errors import ConfigurationError
from orchestration.machine.duckdb_files import has_table, open_build_read_only
from orchestration.publish.manifest import read_published
from orchestration.settings import Company

_AHEAD = timedelta(days=1)
_MEANT = "or add --allow-as-of (in Dagster allow_as_of: true) if that is meant."


def refuse_odd_instant(company: Company, as_of: datetime) -> None:
    """Refuse an as-of instant before the newest release or delivery, or ahead of the clock.

    Raises ConfigurationError, which says how to have it all the same.
    """
    for what, at in _seen(company):
        if as_of < at:
            raise ConfigurationError(
                f"--as-of {_text(as_of)} is before {what} ({_text(at)}): the warehouse would go back. "
                f"Write a later instant, {_MEANT}"
            )
    now = datetime.now(UTC)
    if as_of > now + _AHEAD:
        raise ConfigurationError(
            f"--as-of {_text(as_of)} is {(as_of - now).days} days ahead of this machine's clock: what is "
            f"planned until then would count as done. Mend the clock or the instant, {_MEANT}"
        )


def _seen(company: Company) -> list[tuple[str, datetime]]:
    """What the warehouse has seen last, and when."""
    found = [
        (f"the newest release, {release.release_id}", datetime.fromisoformat(release.as_of))
        for release in read_published(company)[:1]
    ]
    if company.build_file.is_file():
        with open_build_read_only(company) as connection:
            if has_table(connection, "audit", "deliveries"):
                newest = connection.execute("select max(loaded_at) from audit.deliveries").fetchall()
                found += [("the newest delivery", at) for (at,) in newest if at]
    return [(what, at.replace(tzinfo=UTC)) for what, at in found]


def _text(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
