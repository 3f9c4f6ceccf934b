"""Whom a company tells how its runs end, and how old its figures may be."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator
from pydantic.dataclasses import dataclass

from orchestration.settings.values import FROZEN, setting

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

    url_variable: Annotated[Variable, setting("SAAS_METRICS_WEBHOOK")]
    """The environment variable that holds the address: whoever knows it can write there."""


@dataclass(frozen=True, config=FROZEN)
class EmailSettings:
    """A mail server, and from whom to whom a mail goes."""

    host: Annotated[str, setting("smtp.example.com", pattern=r"^[A-Za-z0-9.:_\-]+$")]
    """The mail server."""
    from_address: Annotated[Address, setting("saas-metrics@example.com")]
    """From whom the mails come."""
    to: Annotated[
        tuple[Address, ...], BeforeValidator(_listed), setting(["finance@example.com"], min_length=1)
    ]
    """One address, or a list of them."""
    port: Annotated[int, setting(465, "TCP port", ge=1, le=65535)] = 587
    """The mail server's port."""
    security: Annotated[Literal["starttls", "tls", "none"], setting("tls")] = "starttls"
    """How a mail travels: starttls (port 587), tls from the first byte (465) or none (25, no password)."""
    user: Annotated[str, setting("saas-metrics")] = ""
    """The name to log in with; empty where the server asks for none."""
    password_variable: Annotated[
        Variable | None, setting("SAAS_METRICS_SMTP_PASSWORD", is_none="no login")
    ] = None
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

    events: Annotated[
        tuple[Event, ...], BeforeValidator(_listed), setting(["failed", "refused", "did_not_run"])
    ] = EVENTS
    """What is told: failed, refused, published_with_warnings, restated, did_not_run."""
    command: Annotated[tuple[str, ...], BeforeValidator(_listed), setting(["/usr/local/bin/tell"])] = ()
    """A program with its arguments, as a list; it is given the alert as JSON on its standard input."""
    webhook: WebhookSettings | None = None
    """An address that takes Slack's JSON."""
    email: EmailSettings | None = None
    """A mail server, and from whom to whom."""
    timeout_seconds: Annotated[int, setting(30, "seconds", ge=1, le=300)] = 15
    """How long, in seconds, the end of a run waits for all receivers together."""


@dataclass(frozen=True, config=FROZEN)
class HealthSettings:
    """When `saas-metrics health` calls the figures too old."""

    max_age_hours: Annotated[int | None, setting(36, "hours", is_none="by the schedule", ge=1, le=87600)] = (
        None
    )
    """Hours between the instant of the published figures and now; by the schedule where it is not set."""
    grace_hours: Annotated[int, setting(4, "hours", ge=0, le=8760)] = 2
    """Hours after which a run that was due by the schedule counts as one that did not run."""
