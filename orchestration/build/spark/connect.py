"""A session of a Spark Connect server, which leads for others too, for one build."""

import os
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread, Timer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from orchestration.build.spark.lead import SAME_ROWS, Lead, not_begun, silence_of
from orchestration.errors import ConfigurationError
from orchestration.settings import SparkSettings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PORT = 15002
_LOOKED_AT_SECONDS, _LONGEST_WAIT_SECONDS = 2, 5
_LOG = "the server's own log"
# Where they are set, whoever asks pyspark for a session gets one of a server: dbt does.
_REMOTE, _MODE = "SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED"


@dataclass
class Connected(Lead):
    """A session of a server that other sessions share."""

    waited: Event = field(default_factory=Event)

    @property
    def lost(self) -> str:
        from pyspark.errors import PySparkException

        if self.waited.is_set():
            return (
                f"Spark at {self.settings.master} had no executor that was free for "
                f"{self.settings.wait_seconds} seconds"
            )
        if said := silence(self.settings):
            return f"Spark at {self.settings.master} is gone: it does not answer ({said})"
        try:
            self.session.conf.get("spark.sql.session.timeZone")
        except (PySparkException, *self.errors) as error:
            return (
                f"Spark at {self.settings.master} is gone: its session ended ({str(error).splitlines()[0]})"
            )
        return ""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        from grpc import RpcError

        return (RpcError,)

    @contextmanager
    def patience(self) -> Iterator[None]:
        # Nothing tells how many executors a server has, and itself it would wait for ever.
        timer = Timer(self.settings.wait_seconds, self._give_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _give_up(self) -> None:
        self.waited.set()
        self.session.interruptAll()


def silence(settings: SparkSettings) -> str:
    """Why the server takes no connection; empty where it does."""
    place = urlsplit(settings.master)
    return silence_of(place.hostname or "", place.port or _PORT)


@contextmanager
def connected(settings: SparkSettings) -> Iterator[Lead]:
    """A session of the server.

    Raises EngineFailed where it can't begin, ConfigurationError for an option that a running server does not
    take.
    """
    with warnings.catch_warnings():
        # It warns of a pandas that no model uses, and of options that dbt gives to every session.
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", UserWarning)
        from pyspark.errors import PySparkException

        before = {name: os.environ.pop(name, None) for name in (_REMOTE, _MODE)}
        os.environ[_REMOTE] = settings.master
        try:
            gone, done = Event(), Event()
            try:
                session = _begin(settings, gone)
            except (PySparkException, OSError) as error:
                raise not_begun(settings, error, _LOG) from error
            lead = Connected(session, settings, _LOG)
            Thread(target=_watch, args=(settings, gone, done), daemon=True).start()
            try:
                _set({**settings.options, **SAME_ROWS}, session)
                yield lead
            finally:
                with suppress(PySparkException, *lead.errors):
                    session.stop()
                done.set()
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value


def _begin(settings: SparkSettings, gone: Event) -> "SparkSession":
    """A session that asks again whatever a server did not answer, until it is `gone`."""
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.client.retries import DefaultPolicy

    class UntilGone(DefaultPolicy):
        def can_retry(self, error: BaseException) -> bool:
            return not gone.is_set() and super().can_retry(error)

    session = SparkSession.builder.remote(settings.master).create()
    session.client.set_retry_policies([UntilGone(max_retries=None, max_backoff=_LONGEST_WAIT_SECONDS * 1000)])
    return session


def _watch(settings: SparkSettings, gone: Event, done: Event) -> None:
    """Tell all models at once that a server has been silent for too long: else each waited for itself."""
    heard = time.monotonic()
    while not done.wait(_LOOKED_AT_SECONDS):
        if not silence(settings):
            heard = time.monotonic()
        elif time.monotonic() - heard >= settings.wait_seconds:
            gone.set()
            return


def _set(options: Mapping[str, str], session: "SparkSession") -> None:
    from pyspark.errors import PySparkException

    for name, value in options.items():
        try:
            session.conf.set(name, value)
        except PySparkException as error:
            raise ConfigurationError(
                f"spark.options: {name} can't be set in a session of a Spark Connect server "
                f"({str(error).splitlines()[0]}). Take it out, and start the server with it."
            ) from error
