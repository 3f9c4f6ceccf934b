"""A small HTTP server on 127.0.0.1 that plays an API for the tests, and the faults of one."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    params: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict, hash=False)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.params if key == name]

    def value(self, name: str) -> str | None:
        return next(iter(self.values(name)), None)


class Account(Protocol):
    def answer(self, request: Request) -> Answer: ...


@dataclass
class Fault:
    """What happens instead of the answer to a path: after `skip` good answers, `times` times."""

    path: str
    status: int = 200
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    skip: int = 0
    hangs: bool = False
    is_cut: bool = False
    is_a_web_page: bool = False
    repeats_previous: bool = False
    first_do: Callable[[], None] | None = None
    reached: threading.Event = field(default_factory=threading.Event)

    def strikes(self, request: Request) -> bool:
        if request.path != self.path or self.times == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class ReplayServer:
    """Serves one account; keeps every request it saw."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.faults: list[Fault] = []
        self.seen: list[Request] = []
        self.previous: dict[str, Answer] = {}
        self.released = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def count(self, path: str) -> int:
        return sum(1 for request in self.seen if request.path == path)

    def close(self) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _handler(server: ReplayServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Else the second packet of an answer waits 40 ms for the first to be acknowledged.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else {}
            params = tuple(parse_qsl(parts.query))
            request = Request(self.command, parts.path, params, dict(self.headers), body)
            server.seen.append(request)
            fault = next((each for each in server.faults if each.strikes(request)), None)
            if fault and fault.first_do:
                fault.first_do()
            if fault and fault.hangs:
                fault.reached.set()
                server.released.wait(60)
                self.close_connection = True
                return
            if fault and fault.repeats_previous:
                self._send(*server.previous[request.path], {})
                return
            if fault and fault.is_a_web_page:
                self._send_bytes(fault.status, b"<html>Just a moment</html>", {})
                return
            if fault and (fault.status != 200 or fault.body is not None):
                self._send(fault.status, fault.body or {}, fault.headers)
                return
            status, answer = server.account.answer(request)
            server.previous[request.path] = (status, answer)
            self._send(status, answer, {}, cut=bool(fault and fault.is_cut))

        def _send(
            self, status: int, answer: dict[str, Any], headers: dict[str, str], cut: bool = False
        ) -> None:
            data = json.dumps(answer).encode()
            self._send_bytes(status, data, headers, len(data) // 2 if cut else None)

        def _send_bytes(
            self, status: int, data: bytes, headers: dict[str, str], cut_at: int | None = None
        ) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[:cut_at])
            self.close_connection = cut_at is not None

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: what was asked is in `seen`."""

    return Handler
