"""The receivers: a command, a webhook and a mail server. What they say is told without any secret in it."""

import http.client
import json
import os
import signal
import smtplib
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any

from orchestration.alerts.alert import Alert, NotTaken, Receiver
from orchestration.errors import ConfigurationError
from orchestration.settings import Company
from orchestration.settings.alerts import EmailSettings
from orchestration.settings.credentials import Secret, read_password, read_webhook


def receivers(company: Company) -> list[Receiver]:
    """The receivers that company.yml names."""
    alerts = company.alerts
    found: list[Receiver] = []
    if alerts.command:
        found.append(Command(alerts.command, company.path.parent))
    if alerts.webhook:
        found.append(Webhook(alerts.webhook.url_variable))
    if alerts.email:
        found.append(Email(alerts.email))
    return found


@dataclass(frozen=True)
class Command:
    """A program that is given the alert as JSON; it runs in the folder of company.yml, without a shell."""

    arguments: tuple[str, ...]
    folder: Path
    name: str = "command"

    def send(self, alert: Alert, seconds: float) -> None:
        """Run it. Raises NotTaken where it can't be started, doesn't end with 0, or not in time."""
        try:
            # A session of its own, so that what it started in turn ends with it.
            process = subprocess.Popen(
                self.arguments,
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise NotTaken(f"{self.arguments[0]}: {error.strerror}") from error
        try:
            process.communicate(json.dumps(alert.as_json()).encode(), timeout=seconds)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise NotTaken(f"{self.arguments[0]} did not end in time") from error
        if process.returncode:
            raise NotTaken(f"{self.arguments[0]} ended with exit code {process.returncode}")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """The address is a secret: it goes to nobody whom company.yml does not name."""


@dataclass(frozen=True)
class Webhook:
    """An address that takes Slack's JSON; the address is a secret."""

    url_variable: str
    name: str = "webhook"

    def send(self, alert: Alert, seconds: float) -> None:
        """Post it. Raises NotTaken unless the answer is 2xx."""
        address = _secret(read_webhook, self.url_variable).reveal()
        request = urllib.request.Request(
            address,
            data=json.dumps({"text": _escaped(alert.text)}).encode(),
            headers={"Content-Type": "application/json; charset=utf-8"},
        )
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=seconds):
                return
        except urllib.error.HTTPError as error:
            raise NotTaken(f"HTTP {error.code}") from None
        except urllib.error.URLError as error:
            raise NotTaken(_words(error.reason)) from None
        except (OSError, OverflowError, http.client.HTTPException) as error:
            raise NotTaken(_words(error)) from None


def _escaped(text: str) -> str:
    """The three characters that mean something in Slack's text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@dataclass(frozen=True)
class Email:
    """A mail through a mail server."""

    settings: EmailSettings
    name: str = "email"

    def send(self, alert: Alert, seconds: float) -> None:
        """Send the mail. Raises NotTaken where the server does not take it for every address."""
        try:
            with self._server(seconds) as server:
                if self.settings.password_variable:
                    password = _secret(read_password, self.settings.password_variable).reveal()
                    server.login(self.settings.user, password)
                refused = server.send_message(self._message(alert))
        except smtplib.SMTPResponseException as error:
            raise NotTaken(f"the mail server answered {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            raise NotTaken(_words(error)) from None
        if refused:
            raise NotTaken(f"the mail server refused {len(refused)} of {len(self.settings.to)} addresses")

    def _server(self, seconds: float) -> smtplib.SMTP:
        host, port = self.settings.host, self.settings.port
        context = ssl.create_default_context()
        if self.settings.security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=seconds, context=context)
        server = smtplib.SMTP(host, port, timeout=seconds)
        if self.settings.security == "starttls":
            try:
                server.starttls(context=context)
            except (smtplib.SMTPException, OSError):
                server.close()
                raise
        return server

    def _message(self, alert: Alert) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = f"[saas-metrics] {alert.headline}"
        message["From"] = self.settings.from_address
        message["To"] = ", ".join(self.settings.to)
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self.settings.from_address.partition("@")[2])
        message.set_content(alert.text)
        return message


def _secret(read: Callable[[str], Secret], variable: str) -> Secret:
    try:
        return read(variable)
    except ConfigurationError as error:
        raise NotTaken(str(error)) from None


def _words(error: object) -> str:
    """What went wrong in the system's words, which hold no address; else the kind of the error."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not valid"
    strerror = error.strerror if isinstance(error, OSError) else None
    return strerror or type(error).__name__
