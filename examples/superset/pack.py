"""Packs the dashboard of this folder into the ZIP that Superset imports: `python pack.py WAREHOUSE ZIP`."""

import sys
import zipfile
from pathlib import Path

DASHBOARD = Path(__file__).with_name("dashboard")
PLACEHOLDER = "/path/to/warehouse.duckdb"


def pack(warehouse: Path, archive: Path) -> None:
    """Write `archive`, whose database is the published file `warehouse` as Superset's machine sees it."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(DASHBOARD.rglob("*.yaml")):
            text = file.read_text(encoding="utf-8").replace(PLACEHOLDER, str(warehouse.absolute()))
            packed.writestr(f"dashboard/{file.relative_to(DASHBOARD).as_posix()}", text)


if __name__ == "__main__":
    pack(Path(sys.argv[1]), Path(sys.argv[2]))
