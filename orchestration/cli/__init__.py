"""The command line: `saas-metrics`. Each verb imports what it needs, so that `--help` answers at once."""

from orchestration.cli.main import main

__all__ = ["main"]
