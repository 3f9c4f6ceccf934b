"""Receivers on this machine: a web server and a mail server that keep what they are given."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller


@dataclass
class WebReceiver:
    """What was posted, and how the server answers: a status, or after so many seconds."""

    address: str = ""
    posted: list[Any] = field(default_factory=list)
    status: int = 200
    location: str = ""
    hangs_for: float = 0
    trickles: bool = False
    """Whether a byte comes now and then, so that no read ever takes too long."""

    @property
    def texts(self) -> list[str]:
        return [body["text"] for body in self.posted]


@pytest.fixture
def web() -> Iterator[WebReceiver]:
    receiver = WebReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"].startswith("application/json")
            receiver.posted.append(json.loads(body))
            time.sleep(receiver.hangs_for)
            for byte in b"HTTP/1.1 200 OK, " * receiver.trickles:
                self.wfile.write(bytes([byte]))
                time.sleep(0.3)
            self.send_response(receiver.status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.address = f"http://127.0.0.1:{server.server_port}/services/T0/B0/a-secret"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield receiver
    server.shutdown()
    server.server_close()


@dataclass
class MailReceiver:
    """The mails that came, and which addresses are refused."""

    port: int = 0
    mails: list[Any] = field(default_factory=list)
    refuses: tuple[str, ...] = ()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, to: str, options: Any) -> str:
        if to in self.refuses:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(envelope)
        return "250 OK"


class _OnAnyPort(Controller):
    """The controller knocks at the port that it was told; here the system chooses one."""

    def _trigger_server(self) -> None:
        with socket.create_connection(self.server.sockets[0].getsockname()) as connection:
            connection.recv(100)


@pytest.fixture
def mail() -> Iterator[MailReceiver]:
    receiver = MailReceiver()
    controller = _OnAnyPort(receiver, hostname="127.0.0.1", port=0)
    controller.start()
    receiver.port = controller.server.sockets[0].getsockname()[1]
    yield receiver
    controller.stop()
