"""A headless Chromium without a network: what a page asks it for, and how the page lies at a width."""

import base64
import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BROWSER = next(
    filter(
        None,
        map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")),
    ),
    None,
)
# A full browser also looks for updates, accounts and dictionaries; some of that no flag turns off.
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic"),
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
_LONGEST = 120
"""Seconds that an answer may take on a busy machine."""
_OWN = "not an origin"
"""What the log names as the initiator of a request that the browser makes for itself."""
needs_a_browser = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium here: tests/quality_page/install_browser.sh"
)


class Tab:
    """One tab of a browser, with a message for each wish."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._number, self._session, self._rest = 0, "", b""
        self._told: list[str] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.ask("Page.enable")
        self.ask("Emulation.setScrollbarsHidden", hidden=True)

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The browser's answer to one message."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        os.write(self._to, json.dumps(message | self._addressed()).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self._told.append(answer.get("method", ""))
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def show(self, page: Path, width: int, scheme: str) -> None:
        """Load a page at a width, 1 pixel a point, in the colours of `light` or `dark`."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.ask("Emulation.setDeviceMetricsOverride", **metrics)
        colours = [{"name": "prefers-color-scheme", "value": scheme}]
        self.ask("Emulation.setEmulatedMedia", features=colours)
        self._told.clear()
        # What is told while an answer is waited for may be the very thing.
        self.ask("Page.navigate", url=page.as_uri())
        while "Page.loadEventFired" not in self._told:
            self._told.append(self._next().get("method", ""))

    def evaluate(self, script: str) -> Any:
        """What a script of the test's own says of the page."""
        found = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def picture(self, height: int) -> bytes:
        """The page as PNG, from its top to so many pixels below."""
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}
        found = self.ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(found["data"])

    def _addressed(self) -> dict[str, str]:
        return {"sessionId": self._session} if self._session else {}

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self._from], [], [], _LONGEST)[0], "the browser says nothing"
            read = os.read(self._from, 1 << 20)
            assert read, "the browser has ended"
            self._rest += read
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)


def shown_and_asked(page: Path, folder: Path) -> tuple[str, set[str]]:
    """The document as the browser shows it, and each address that the page asked the network for."""
    log = folder / "net.json"
    profile = f"--user-data-dir={folder / 'profile'}"
    # Two seconds of the page's own clock: what a page does just after it was loaded belongs to it.
    command = [
        str(BROWSER),
        *QUIET,
        "--virtual-time-budget=2000",
        profile,
        f"--log-net-log={log}",
        "--dump-dom",
        page.as_uri(),
    ]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    events = json.loads(log.read_text(encoding="utf-8"))["events"]
    return shown, asked_by_the_page([event.get("params", {}) for event in events])


def asked_by_the_page(events: list[dict[str, object]]) -> set[str]:
    """Requests that an origin began, and what is booked on the page's own part of the network: that of files.

    A preconnection has no request, only the host that is looked up for it.
    """
    found = set()
    for event in events:
        key = event.get("network_isolation_key", event.get("network_anonymization_key", ""))
        if event.get("initiator", _OWN) != _OWN or str(key).startswith("file:"):
            found.add(str(event.get("url", event.get("host"))))
    return {url for url in found if not url.startswith(("file:", "data:"))}


@contextmanager
def opened(profile: Path) -> Iterator[Tab]:
    """A tab of a browser of its own, which ends with it."""
    # It reads its messages from descriptor 3 and writes them to 4.
    their_in, our_out = os.pipe()
    our_in, their_out = os.pipe()
    command = [str(BROWSER), *QUIET, f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"]
    shell = f'exec 3<&{their_in} 4>&{their_out}; exec "$@"'
    running = subprocess.Popen(
        ["bash", "-c", shell, "bash", *command],
        pass_fds=(their_in, their_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(their_in)
    os.close(their_out)
    try:
        yield Tab(our_out, our_in)
    finally:
        # It ends when nobody can ask it anything any more, and a shell around it with it.
        os.close(our_out)
        os.close(our_in)
        running.wait(timeout=_LONGEST)
