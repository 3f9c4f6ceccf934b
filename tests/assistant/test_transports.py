"""The server as an assistant starts it: on standard input and output, and over HTTP on its own machine."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from mcp import Client, StdioServerParameters

from orchestration.settings import Company

SCRIPT = Path(sys.executable).with_name("saas-metrics")


def arguments(company: Company) -> list[str]:
    return ["mcp", "--company", str(company.warehouse.parent / "company.yml")]


async def listed(server: StdioServerParameters | str) -> tuple[set[str], bool]:
    async with Client(server) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        answer = await client.call_tool("describe_metric", {"name": "nrr"})
        return tools, bool(answer.is_error)


def test_on_standard_input_and_output(company: Company) -> None:
    tools, failed = asyncio.run(listed(StdioServerParameters(command=str(SCRIPT), args=arguments(company))))
    assert tools == {
        "list_metrics", "describe_metric", "query_metric", "explain_number", "what_changed", "lineage",
        "list_tables",
    }  # fmt: skip
    assert not failed


@pytest.fixture
def port(company: Company) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [SCRIPT, *arguments(company), "--http", "--port", str(port), "--allow-sql"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + 60
            while not answers("127.0.0.1", port):
                assert server.poll() is None and time.monotonic() < deadline
                time.sleep(0.1)
            yield port
        finally:
            server.terminate()


def answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def test_over_http_on_its_own_machine_alone(port: int) -> None:
    tools, failed = asyncio.run(listed(f"http://127.0.0.1:{port}/mcp"))
    assert "run_sql" in tools and not failed
    others = {entry[4][0] for entry in socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET)}
    assert not any(answers(host, port) for host in others - {"127.0.0.1"} if not host.startswith("127."))


def test_a_page_of_another_name_can_not_ask(port: int) -> None:
    """What a browser sends for a page that had its name point here."""
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        said = httpx2.post(
            f"http://127.0.0.1:{port}/mcp",
            headers={"Accept": "application/json, text/event-stream", **headers},
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        )
        assert said.status_code in (403, 421)
