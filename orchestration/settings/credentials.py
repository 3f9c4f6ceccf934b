"""The only reader of secrets and API addresses, which come from the environment and nowhere else."""

import os
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from orchestration.errors import ConfigurationError

_KEY = re.compile(r"[A-Za-z0-9_.\-]+")
_ADDRESS = re.compile(r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.\-]+)(:[0-9]{1,5})?(/[!-~]*)?")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Secret:
    """A key that shows its variable's name, never its value, wherever it is printed or logged."""

    variable: str
    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The key itself, for the one header that carries it."""
        return self._value

    def redact(self, text: str) -> str:
        """The text without the key, for messages that quote what a server said."""
        return text.replace(self._value, "***")


def read_secret(variable: str, where_to_make_one: str) -> Secret:
    """The key in an environment variable; `ConfigurationError` when it is missing or not a key."""
    value = os.environ.get(variable, "").strip()
    if not value:
        raise ConfigurationError(
            f"The environment variable {variable} is not set. Make a read-only key ({where_to_make_one}), "
            f"put it in {variable} and run again; keys are never read from files or options."
        )
    # A stray quote or newline would otherwise surface in the HTTP library's own message, key and all.
    if not _KEY.fullmatch(value):
        raise ConfigurationError(
            f"The environment variable {variable} holds characters that no key has (spaces, quotes or line "
            "breaks). Copy the key again without anything around it."
        )
    return Secret(variable, value)


def read_address(variable: str, default: str) -> str:
    """The vendor's address unless the variable names a proxy; a key never travels unencrypted."""
    address = os.environ.get(variable, "").strip().rstrip("/") or default
    parts = urlsplit(address)
    encrypted = parts.scheme == "https" and parts.hostname
    if not encrypted and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ConfigurationError(
            f"The environment variable {variable} must be an https address (or http on this machine), as in "
            f"{default}."
        )
    if parts.username or parts.password:
        raise ConfigurationError(f"The environment variable {variable} must not hold a user or a password.")
    return address


def read_webhook(variable: str) -> Secret:
    """The address in an environment variable to which alerts are posted, a secret as a whole.

    `ConfigurationError`, which does not show it, where it is missing or not an https address.
    """
    address = _required(variable, "Put the address of the webhook in it")
    found = _ADDRESS.fullmatch(address)
    if not found or (found["scheme"] == "http" and found["host"] not in _LOOPBACK):
        raise ConfigurationError(
            f"The environment variable {variable} must hold an https address (or http on this machine)."
        )
    return Secret(variable, address)


def read_password(variable: str) -> Secret:
    """The password of a mail server in an environment variable; `ConfigurationError` where it is missing."""
    return Secret(variable, _required(variable, "Put the password of the mail server in it"))


def _required(variable: str, what_to_do: str) -> str:
    value = os.environ.get(variable, "").strip()
    if not value:
        raise ConfigurationError(f"The environment variable {variable} is not set. {what_to_do}.")
    return value
