"""Telling: every receiver at once, for a bounded time, with a line in the log for each alert and receiver."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from orchestration.alerts.alert import Alert, NotTaken, Receiver
from orchestration.settings import Company


@dataclass(frozen=True)
class Told:
    """How one receiver took one alert."""

    at: str
    event: str
    as_of: str
    """The instant of the run, or the one at which it was due."""
    run_id: str
    receiver: str
    failure: str
    """Why it was not taken; empty where it was."""
    seconds: float

    @property
    def line(self) -> str:
        """The same for a person."""
        if self.failure:
            return f"The {self.receiver} did not take the alert '{self.event}': {self.failure}."
        return f"The {self.receiver} took the alert '{self.event}'."


def tell(company: Company, alerts: Sequence[Alert]) -> tuple[Told, ...]:
    """Tell every receiver those alerts that the company wants to hear of, and log how each was taken.

    A receiver that fails is a line of the log and never an error; nobody waits longer than `timeout_seconds`.
    """
    wanted = [alert for alert in alerts if alert.event in company.alerts.events]
    if not wanted:
        return ()
    # Most runs tell nobody, and need no mail and no TLS.
    from orchestration.alerts.receivers import receivers

    return keep_in_log(company, hand_over(receivers(company), wanted, company.alerts.timeout_seconds))


def hand_over(to: Sequence[Receiver], alerts: Sequence[Alert], seconds: float) -> tuple[Told, ...]:
    """Hand alerts to receivers, all at once; what has no answer after so many seconds counts as failed."""
    deadline = time.monotonic() + seconds
    answers: dict[tuple[str, int], Told] = {}

    def send_all(receiver: Receiver) -> None:
        for place, alert in enumerate(alerts):
            answers[receiver.name, place] = _send(receiver, alert, deadline)

    # Daemons: one that hangs in a name server or in a trickle of bytes does not hold the process either.
    threads = [threading.Thread(target=send_all, args=(receiver,), daemon=True) for receiver in to]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return tuple(
        answers.get((receiver.name, place))
        or _told(receiver, alert, f"no answer after {seconds:g} s", seconds)
        for receiver in to
        for place, alert in enumerate(alerts)
    )


def _send(receiver: Receiver, alert: Alert, deadline: float) -> Told:
    began = time.monotonic()
    failure = ""
    try:
        receiver.send(alert, max(0.01, deadline - began))
    except NotTaken as error:
        failure = str(error)
    return _told(receiver, alert, failure, time.monotonic() - began)


def _told(receiver: Receiver, alert: Alert, failure: str, seconds: float) -> Told:
    return Told(alert.at, alert.event, alert.as_of, alert.run_id, receiver.name, failure, round(seconds, 3))


def keep_in_log(company: Company, told: tuple[Told, ...]) -> tuple[Told, ...]:
    """Add a line for each. A log that can't be written is no reason to tell nobody, nor to fail a run."""
    if not told:
        return told
    lines = "".join(f"{json.dumps(asdict(one))}\n" for one in told)
    with suppress(OSError), company.alert_log.open("a", encoding="utf-8") as log:
        log.write(lines)
    return told


def log_of(company: Company) -> Iterator[Told]:
    """The log, oldest line first; a line that was cut off by a full disk is left out."""
    try:
        lines = company.alert_log.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            content: dict[str, Any] = json.loads(line)
            yield Told(**content)
        except (ValueError, TypeError):
            continue


def last_failures(company: Company) -> list[Told]:
    """Of each receiver the last line of the log, where it says that the receiver did not take the alert."""
    last = {told.receiver: told for told in log_of(company)}
    return [told for told in last.values() if told.failure]
