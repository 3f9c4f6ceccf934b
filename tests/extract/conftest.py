import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hubspot_account
import pytest
import stripe_account
from replay_server import Account, ReplayServer

from orchestration.extract.client import Clock, Patience
from orchestration.extract.folder import Entry
from orchestration.extract.run import Wish, extract, hubspot_source, stripe_source

# Long enough for a loaded machine to answer from memory, short enough for the one test that waits for it.
QUICK = Patience(attempts=4, read_timeout=20.0)


@dataclass
class Watch:
    """A clock that only moves when somebody waits on it."""

    moment: datetime = field(default_factory=lambda: datetime.fromtimestamp(stripe_account.NOW, UTC))
    waited: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.moment += timedelta(seconds=seconds)

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.moment, sleep=self.sleep)


@dataclass
class Bench:
    """An account behind a server, a folder, and the extraction between them."""

    server: ReplayServer
    account: Any
    folder: Path
    make_source: Callable[..., Any]
    watch: Watch = field(default_factory=Watch)
    patience: Patience = QUICK
    said: list[str] = field(default_factory=list)

    def extract(self, *objects: str, **wish: Any) -> dict[str, Entry]:
        source = self.make_source(self.watch.clock, self.patience)
        return extract(source, self.folder, Wish(objects, **wish), self.watch.clock, self.said.append)

    @property
    def day(self) -> Path:
        return self.folder / self.watch.moment.date().isoformat()

    def records(self, file: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.day / file).read_text().splitlines()]

    def ids(self, file: str) -> list[str]:
        return [record["id"] for record in self.records(file)]

    def next_day(self, days: int = 1) -> None:
        self.watch.moment += timedelta(days=days)
        self.server.seen.clear()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Account], ReplayServer]]:
    servers: list[ReplayServer] = []
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)

    def start(account: Account) -> ReplayServer:
        servers.append(ReplayServer(account))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def stripe(
    serve: Callable[[Account], ReplayServer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Bench:
    account = stripe_account.small_account()
    server = serve(account)
    monkeypatch.setenv("STRIPE_API_KEY", stripe_account.KEY)
    monkeypatch.setenv("STRIPE_API_ADDRESS", server.address)
    return Bench(server, account, tmp_path / "stripe", stripe_source)


@pytest.fixture
def hubspot(
    serve: Callable[[Account], ReplayServer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Bench:
    account = hubspot_account.small_account()
    server = serve(account)
    monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", hubspot_account.TOKEN)
    monkeypatch.setenv("HUBSPOT_API_ADDRESS", server.address)
    return Bench(server, account, tmp_path / "hubspot", hubspot_source)
