"""One patient HTTP client: waits where a server asks to, tries again what passes, explains what does not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from orchestration.errors import SaasMetricsError, Unavailable
from orchestration.settings.credentials import Secret

Params = Sequence[tuple[str, str]]
Json = dict[str, Any]

_CONNECT_TIMEOUT_SECONDS = 10.0


class ExtractFailed(SaasMetricsError):
    """An API refused or stopped answering; what was read is kept for the next attempt of the same day."""


class NotAnswered(ExtractFailed, Unavailable):
    """The API did not answer well however often it was asked, or asks to be left alone for long."""


class NotThere(ExtractFailed):
    """The record asked for does not exist (any more)."""


@dataclass(frozen=True)
class Clock:
    """Time as the extractors see it, so that a test can wait without waiting."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]


@dataclass(frozen=True)
class Patience:
    """How long to bear with a server, in seconds but for the number of attempts."""

    attempts: int = 8
    first_pause: float = 1.0
    longest_pause: float = 60.0
    longest_asked_pause: float = 900.0
    read_timeout: float = 80.0

    def pause_after(self, attempt: int) -> float:
        """Doubles from the first pause up to the longest."""
        return min(self.first_pause * 2 ** (attempt - 1), self.longest_pause)


class _Bearer(requests.auth.AuthBase):
    """As an auth object, so that a .netrc entry for the host cannot replace the key."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._secret.reveal()}"
        return request


@dataclass
class ApiClient:
    """Sends requests to one API. `explain` turns a refusal (status, body, path) into a sentence."""

    name: str
    address: str
    secret: Secret
    headers: dict[str, str]
    explain: Callable[[int, Json, str], str]
    clock: Clock
    patience: Patience = Patience()
    requests_sent: int = 0
    _session: requests.Session = field(default_factory=requests.Session, repr=False)

    def __post_init__(self) -> None:
        self._session.headers.update(self.headers)
        self._session.auth = _Bearer(self.secret)

    def get(self, path: str, params: Params = ()) -> Json:
        """The JSON object at a path; `NotThere` on 404, `ExtractFailed` when refused or out of patience."""
        return self._send("GET", path, params, None)

    def post(self, path: str, body: Json) -> Json:
        """The answer to a read that takes its question in the body (HubSpot's search and batch reads)."""
        return self._send("POST", path, (), body)

    def _send(self, method: str, path: str, params: Params, body: Json | None) -> Json:
        trouble = ""
        for attempt in range(1, self.patience.attempts + 1):
            pause = self.patience.pause_after(attempt)
            self.requests_sent += 1
            try:
                response = self._session.request(
                    method,
                    self.address + path,
                    params=list(params),
                    json=body,
                    timeout=(_CONNECT_TIMEOUT_SECONDS, self.patience.read_timeout),
                    allow_redirects=False,
                )
            except requests.Timeout:
                trouble = "no answer in time"
            except (
                requests.ConnectionError,
                requests.exceptions.ChunkedEncodingError,
                requests.exceptions.ContentDecodingError,
            ):
                trouble = "the connection broke"
            else:
                answer = _json(response)
                if response.status_code in (200, 207) and answer is not None:
                    return answer
                if not _passes(response, answer):
                    raise self._refusal(response.status_code, answer or {}, method, path)
                trouble = f"HTTP {response.status_code}" + (
                    "" if answer is not None else " and an answer cut short"
                )
                pause = self._asked_pause(response, path) or pause
            if attempt < self.patience.attempts:
                self.clock.sleep(pause)
        raise NotAnswered(
            f"{self.name}: {method} {path} failed {self.patience.attempts} times, last with {trouble}. "
            "What was read is kept: run the same command again today to go on from there."
        )

    def _asked_pause(self, response: requests.Response, path: str) -> float | None:
        """The seconds of a Retry-After header, which is a number or an HTTP date."""
        asked = response.headers.get("Retry-After", "").strip()
        if not asked:
            return None
        try:
            seconds = float(asked)
        except ValueError:
            try:
                seconds = (parsedate_to_datetime(asked).astimezone(UTC) - self.clock.now()).total_seconds()
            except ValueError:
                return None
        if seconds > self.patience.longest_asked_pause:
            raise NotAnswered(
                f"{self.name}: {path} asks to wait {seconds:.0f} seconds before the next request. "
                "What was read is kept: run the same command again after that to go on from there."
            )
        return max(seconds, 0.0)

    def _refusal(self, status: int, answer: Json, method: str, path: str) -> ExtractFailed:
        if 300 <= status < 400:
            return ExtractFailed(
                f"{self.name}: {method} {path} was redirected, and a key is not sent to another address. "
                f"Check the API's address ({self.address})."
            )
        message = self.secret.redact(self.explain(status, answer, path))
        kind = NotThere if status == 404 else ExtractFailed
        return kind(f"{self.name}: {message}")


def _json(response: requests.Response) -> Json | None:
    try:
        answer = response.json()
    except requests.JSONDecodeError:
        return None
    return answer if isinstance(answer, dict) else None


def _passes(response: requests.Response, answer: Json | None) -> bool:
    """Whether the same request may succeed later: 409 is a lock, 429 a rate limit, 5xx a fault of theirs."""
    if response.headers.get("Stripe-Should-Retry") == "false":
        return False
    # HubSpot's daily quota also answers 429, and waiting a minute does not bring the next day.
    if response.status_code == 429:
        return (answer or {}).get("policyName") != "DAILY"
    return response.status_code in (200, 207, 409) or response.status_code >= 500
