"""Calls of an assistant, over the protocol itself."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mcp import Client
from mcp.shared.exceptions import MCPError

from orchestration.assistant.server import make_server
from orchestration.assistant.tools import Tools
from orchestration.settings import Company

Call = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Told:
    """What came back of a call."""

    text: str
    is_refused: bool

    @property
    def content(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found


def ask(company: Company, calls: Sequence[Call], allow_sql: bool = False, timeout: float = 30) -> list[Told]:
    """The answers to calls, in their order, of one server."""
    return asyncio.run(_ask(make_server(Tools(company, timeout), allow_sql), calls))


async def _ask(server: Any, calls: Sequence[Call]) -> list[Told]:
    async with Client(server) as client:
        return [await _one(client, *call) for call in calls]


async def _one(client: Client, name: str, arguments: dict[str, Any]) -> Told:
    try:
        result = await client.call_tool(name, arguments)
    except MCPError as error:
        return Told(str(error), is_refused=True)
    return Told("\n".join(part.text for part in result.content), bool(result.is_error))


def tools_of(company: Company, allow_sql: bool) -> set[str]:
    """The names of the tools that are offered."""

    async def listed() -> set[str]:
        async with Client(make_server(Tools(company), allow_sql)) as client:
            return {tool.name for tool in (await client.list_tools()).tools}

    return asyncio.run(listed())
