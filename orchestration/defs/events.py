"""Dagster's events of a run of the command line: a list, as long as nobody asks more of it than a run does.

Dagster keeps the events of a process in a database in memory. It writes some nine hundred of them a run, each
in transactions of its own, and asks it for what each asset reads: a tenth of a first run.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster._core.instance.types import InstanceType
from dagster._core.launcher.sync_in_memory_run_launcher import SyncInMemoryRunLauncher
from dagster._core.run_coordinator import DefaultRunCoordinator
from dagster._core.storage.event_log.base import (
    AssetEntry,
    AssetRecord,
    EventLogConnection,
    EventLogCursor,
)
from dagster._core.storage.event_log.in_memory import InMemoryEventLogStorage
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.root import TemporaryLocalArtifactStorage
from dagster._core.storage.runs import InMemoryRunStorage


def instance_of_a_run() -> dg.DagsterInstance:
    """What `DagsterInstance.ephemeral()` is, with its events in a list."""
    return dg.DagsterInstance(
        instance_type=InstanceType.EPHEMERAL,
        local_artifact_storage=TemporaryLocalArtifactStorage(),
        run_storage=InMemoryRunStorage(),
        event_storage=ListedEvents(),
        compute_log_manager=NoOpComputeLogManager(),
        run_coordinator=DefaultRunCoordinator(),
        run_launcher=SyncInMemoryRunLauncher(),
    )


class ListedEvents(InMemoryEventLogStorage):
    """The events in their order, which answer a run's three questions as the database does.

    With any other question the database takes over all of them, and answers from then on.
    """

    def __init__(self) -> None:
        self._listed: list[dg.EventLogEntry] | None = []
        self._assets: dict[dg.AssetKey, AssetRecord] = {}
        super().__init__()

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Append it. Where somebody watches, or observes an asset, the database takes over."""
        told = event.dagster_event
        if self._handlers or (told is not None and told.is_asset_observation):
            self._take_over()
        if self._listed is None:
            super().store_event(event)
            return
        self._listed.append(event)
        # As the database counts them.
        self._storage_id += 1
        if told is not None and told.asset_key is not None:
            if told.is_step_materialization:
                self._note(event, told.asset_key, dg.EventLogRecord(self._storage_id, event))
            elif told.is_asset_materialization_planned:
                self._note(event, told.asset_key, None)

    def _note(self, event: dg.EventLogEntry, key: dg.AssetKey, made: dg.EventLogRecord | None) -> None:
        before = self._assets.get(key)
        self._assets[key] = AssetRecord(
            storage_id=before.storage_id if before else len(self._assets) + 1,
            asset_entry=AssetEntry(
                asset_key=key,
                last_materialization_record=made
                or (before.asset_entry.last_materialization_record if before else None),
                last_run_id=event.run_id,
            ),
        )

    def get_asset_records(self, asset_keys: Sequence[dg.AssetKey] | None = None) -> Sequence[AssetRecord]:
        """What was last made of some assets, by name."""
        if self._listed is None or asset_keys is None:
            return super().get_asset_records(asset_keys)
        known = sorted({key.to_string(): key for key in asset_keys if key in self._assets}.items())
        return [self._assets[key] for _, key in known]

    def fetch_observations(
        self, records_filter: Any, limit: int, cursor: str | None = None, ascending: bool = False
    ) -> dg.EventRecordsResult:
        """None: an observation is of those that the database holds."""
        if self._listed is None:
            return super().fetch_observations(records_filter, limit, cursor, ascending)
        none = cursor or EventLogCursor.from_storage_id(-1).to_string()
        return dg.EventRecordsResult([], cursor=none, has_more=False)

    def get_records_for_run(
        self,
        run_id: str,
        cursor: str | None = None,
        of_type: Any = None,
        limit: int | None = None,
        ascending: bool = True,
    ) -> EventLogConnection:
        """Everything of a run, in order; a part of it the database gives."""
        records = [
            dg.EventLogRecord(number, event)
            for number, event in enumerate(self._listed or (), start=1)
            if event.run_id == run_id
        ]
        if not records or cursor or of_type or limit or not ascending:
            return super().get_records_for_run(run_id, cursor, of_type, limit, ascending)
        last = EventLogCursor.from_storage_id(records[-1].storage_id).to_string()
        return EventLogConnection(records=records, cursor=last, has_more=False)

    @contextmanager
    def _connect(self) -> Iterator[Any]:
        self._take_over()
        with super()._connect() as connection:
            yield connection

    def _take_over(self) -> None:
        listed, self._listed = self._listed or (), None
        for event in listed:
            # Counted when it came.
            super(InMemoryEventLogStorage, self).store_event(event)
