"""Whom a company tells how its runs end, and how old its figures may be."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.dataclasses import dataclass

from orchestration.settings.values import FROZEN

Event = Literal["failed", "refused", "published_with_warnings", "restated", "did_not_run"]
EVENTS: tuple[Event, ...] = ("failed", "refused", "published_with_warnings", "restated", "did_not_run")
"""What somebody can be told of, in the order of their weight."""

_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _listed(value: object) -> object:
    """One text as a list of one; an empty one as none."""
    if isinstance(value, str):
        return (value,) if value else ()
    return value


def _variable(value: str) -> str:
    if not _VARIABLE.fullmatch(value):
        raise ValueError(
            "write the name of an environment variable, such as SAAS_METRICS_WEBHOOK_URL; the secret itself "
            "stands in no file"
        )
    return value


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError(f"{value!r} is not one e-mail address, such as metrics@example.com")
    return value


Variable = Annotated[str, AfterValidator(_variable)]
Address = Annotated[str, AfterValidator(_address)]


@dataclass(frozen=True, config=FROZEN)
class WebhookSettings:
    """An address that takes Slack's JSON (`{"text": ...}`), as those of Slack, Mattermost and Rocket.Chat."""

    url_variable: Variable
    """The environment variable that holds the address: whoever knows it can write there."""


@dataclass(frozen=True, config=FROZEN)
class EmailSettings:
    """A mail server, and from whom to whom a mail goes."""

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:_\-]+$")]
    """The mail server."""
    from_address: Address
    """From whom the mails come."""
    to: Annotated[tuple[Address, ...], BeforeValidator(_listed), Field(min_length=1)]
    """One address, or a list of them."""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    """The mail server's port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """starttls (as on port 587), tls from the first byte (465), or none (25, without a password)."""
    user: str = ""
    """The name to log in with; empty where the server asks for none."""
    password_variable: Variable | None = None
    """The environment variable that holds the password."""

    def __post_init__(self) -> None:
        """A password goes with a user, and travels encrypted."""
        if bool(self.user) != bool(self.password_variable):
            raise ValueError("user and password_variable go together; write both or neither")
        if self.user and self.security == "none":
            raise ValueError("a password must travel encrypted; write security: starttls, or take user out")


@dataclass(frozen=True, config=FROZEN)
class AlertSettings:
    """Who learns how a run ended, or that none did (docs/operations.md)."""

    events: Annotated[tuple[Event, ...], BeforeValidator(_listed)] = EVENTS
    """What is told: failed, refused, published_with_warnings, restated, did_not_run."""
    command: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    """A program with its arguments, as a list; it is given the alert as JSON on its standard input."""
    webhook: WebhookSettings | None = None
    """An address that takes Slack's JSON."""
    email: EmailSettings | None = None
    """A mail server, and from whom to whom."""
    timeout_seconds: Annotated[int, Field(ge=1, le=300)] = 15
    """How long, in seconds, the end of a run waits for all receivers together."""


@dataclass(frozen=True, config=FROZEN)
class HealthSettings:
    """When `saas-metrics health` calls the figures too old."""

    max_age_hours: Annotated[int | None, Field(ge=1, le=87600)] = None
    """Hours between the instant of the published figures and now; by the schedule where it is not set."""
    grace_hours: Annotated[int, Field(ge=0, le=8760)] = 2
    """Hours after which a run that was due by the schedule counts as one that did not run."""
