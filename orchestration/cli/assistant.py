"""`mcp`: an assistant may ask the published warehouse."""

from pathlib import Path

import click

from orchestration.cli.run import company_option
from orchestration.settings import default_company_path, load_company


@click.command()
@company_option
@click.option("--http", is_flag=True, help="Answer over HTTP, on 127.0.0.1 alone.")
@click.option("--port", type=click.IntRange(1, 65535), default=8765, show_default=True, help="Of --http.")
@click.option("--allow-sql", is_flag=True, help="Let it ask queries of its own, beside the defined metrics.")
def mcp(company_path: Path | None, http: bool, port: int, allow_sql: bool) -> None:
    """Let an assistant ask the published warehouse over the Model Context Protocol.

    It can list, describe and query the defined metrics, ask what changed and where a figure comes from, and
    nothing else: it writes nothing, reads no other file and sees no personal data. An assistant starts it by
    itself from its settings; docs/connect.md shows them.

    \b
      saas-metrics mcp --company company.yml           standard input and output
      saas-metrics mcp --company company.yml --http    http://127.0.0.1:8765/mcp
    """
    from orchestration.assistant.server import serve
    from orchestration.assistant.tools import Tools

    company = load_company(company_path or default_company_path())
    serve(Tools(company), allow_sql, port if http else None)
