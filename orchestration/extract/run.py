"""One extraction from start to end: what is read whole and what by change, page by page, then published."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from orchestration.errors import ConfigurationError
from orchestration.extract import hubspot, stripe
from orchestration.extract.client import ApiClient, Clock, Patience
from orchestration.extract.folder import Cursor, DayFolder, Entry, Page, Reading, read_manifest
from orchestration.machine.lock import exclusive
from orchestration.settings.credentials import read_address, read_secret

# Changes are asked for again this far back: late events, clocks that differ, a slow search index.
REREAD_WINDOW = timedelta(days=3)


class Source(Protocol):
    """An API as the extraction sees it."""

    @property
    def name(self) -> str: ...
    @property
    def api_version(self) -> str: ...
    @property
    def oldest_change(self) -> timedelta | None: ...
    @property
    def objects(self) -> tuple[str, ...]: ...

    def endpoint(self, name: str) -> str: ...
    def has_changes(self, name: str) -> bool: ...
    def pages(self, reading: Reading, cursor: Cursor | None) -> Iterator[Page]: ...


@dataclass(frozen=True)
class Wish:
    """What the call asked for. Neither `since` nor `is_full`: changes since the folder's last delivery."""

    objects: tuple[str, ...] = ()
    since: datetime | None = None
    is_full: bool = False


def stripe_source(clock: Clock, patience: Patience | None = None) -> Source:
    """Stripe with the key from STRIPE_API_KEY (and, for a proxy, the address in STRIPE_API_ADDRESS)."""
    client = ApiClient(
        name=stripe.NAME,
        address=read_address("STRIPE_API_ADDRESS", stripe.ADDRESS),
        secret=read_secret("STRIPE_API_KEY", "Stripe: Developers > API keys > Create restricted key"),
        headers={"Stripe-Version": stripe.API_VERSION},
        explain=stripe.explain,
        clock=clock,
        patience=patience or Patience(),
    )
    return stripe.StripeSource(client)


def hubspot_source(clock: Clock, patience: Patience | None = None) -> Source:
    """HubSpot with the token from HUBSPOT_ACCESS_TOKEN (and, for a proxy, HUBSPOT_API_ADDRESS)."""
    client = ApiClient(
        name=hubspot.NAME,
        address=read_address("HUBSPOT_API_ADDRESS", hubspot.ADDRESS),
        secret=read_secret("HUBSPOT_ACCESS_TOKEN", "HubSpot: Settings > Integrations > Private apps"),
        headers={"Accept": "application/json"},
        explain=hubspot.explain,
        clock=clock,
        patience=patience or Patience(),
    )
    return hubspot.HubSpotSource(client)


SOURCES: dict[str, Callable[[Clock], Source]] = {stripe.NAME: stripe_source, hubspot.NAME: hubspot_source}


def extract(
    source: Source, root: Path, wish: Wish, clock: Clock, report: Callable[[str], None]
) -> dict[str, Entry]:
    """Reads the objects that today's delivery lacks and publishes them together.

    Goes on after the last whole page of a run that was cut short on the same day (UTC). Returns the day's
    entries. Raises `ConfigurationError` for a wish that cannot be met, `ExtractFailed` when the API refuses.
    """
    started_at = clock.now().astimezone(UTC).replace(microsecond=0)
    names = _checked_names(source, wish)
    _check_since(source, wish, started_at)
    today = started_at.date().isoformat()
    with exclusive(root / ".extract" / "lock"):
        _abandon_earlier_days(root, today, report)
        folder = DayFolder(root / today)
        folder.mend()
        earlier = _latest_entries(root, today)
        there = folder.entries()
        for name in [name for name in names if name in there]:
            report(f"{name}: today's delivery is there already, nothing was read")
        new: dict[str, Entry] = {}
        for name in [name for name in names if name not in there]:
            reading = _reading(source, name, wish, earlier.get(name), started_at)
            new[name] = _read(source, folder, reading, clock)
            report(_summary(name, new[name]))
        if new:
            folder.publish(source.name, new)
        return folder.entries()


def _read(source: Source, folder: DayFolder, reading: Reading, clock: Clock) -> Entry:
    checkpoint = folder.open(reading)
    if not checkpoint.is_read:
        for page in source.pages(checkpoint.reading, checkpoint.cursor):
            folder.append(checkpoint, page)
    return folder.finish(checkpoint, clock.now().astimezone(UTC))


def _reading(source: Source, name: str, wish: Wish, earlier: Entry | None, started_at: datetime) -> Reading:
    since = None
    if source.has_changes(name) and not wish.is_full:
        since = wish.since
        if since is None and earlier is not None:
            since = datetime.fromisoformat(earlier.started_at) - REREAD_WINDOW
        # Without --since nobody asked for changes only: where they are forgotten, everything is read again.
        if since and source.oldest_change and since < started_at - source.oldest_change:
            since = None
    return Reading(
        name=name,
        endpoint=source.endpoint(name),
        api_version=source.api_version,
        delivery="delta" if since else "full_snapshot",
        since=since,
        started_at=started_at,
    )


def _checked_names(source: Source, wish: Wish) -> tuple[str, ...]:
    unknown = sorted(set(wish.objects) - set(source.objects))
    if unknown:
        raise ConfigurationError(
            f"--objects: {source.name} has no {', '.join(unknown)}. It has {', '.join(source.objects)}."
        )
    return tuple(name for name in source.objects if not wish.objects or name in wish.objects)


def _check_since(source: Source, wish: Wish, started_at: datetime) -> None:
    if wish.since is None:
        return
    if wish.is_full:
        raise ConfigurationError("--since and --full exclude each other: give one of them.")
    if wish.since > started_at:
        raise ConfigurationError(
            f"--since {wish.since.date()} is in the future. Give a day that has begun (UTC)."
        )
    if source.oldest_change and wish.since < started_at - source.oldest_change:
        raise ConfigurationError(
            f"--since {wish.since.date()}: {source.name} tells changes of the last "
            f"{source.oldest_change.days} days only. Give a later day, or --full to read everything."
        )


def _abandon_earlier_days(root: Path, today: str, report: Callable[[str], None]) -> None:
    """Pages of a day that is over would be published under a date on which much was not read."""
    for partial in sorted(root.glob("????-??-??/.partial")):
        day = partial.parent.name
        if day < today and DayFolder(partial.parent).abandon():
            report(f"{day}: that day's extraction never ended and is dropped")


def _latest_entries(root: Path, today: str) -> dict[str, Entry]:
    """For every object its entry on the latest day before today that has one."""
    entries: dict[str, Entry] = {}
    for manifest in sorted(root.glob("????-??-??/manifest.json")):
        if manifest.parent.name < today:
            entries.update(read_manifest(manifest.parent))
    return entries


def _summary(name: str, entry: Entry) -> str:
    if entry.file is None:
        return f"{name}: {'no changes' if entry.delivery == 'delta' else 'none'}, no file"
    again = f", {entry.repeated} seen more than once" if entry.repeated else ""
    return f"{name}: {entry.records} records in {entry.pages} pages{again} > {entry.file}"
