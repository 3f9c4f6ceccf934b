"""The pictures of docs/morning-page.md, and with --board that of docs/board-page.md.

PYTHONPATH=tests:. python -m tests.morning_page.pictures PAGE [--board]
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from quality_page.chromium import opened

IMAGES = Path(__file__).parents[2] / "docs" / "images"
# Width, colours, and how much of the page is shown.
PICTURES = {
    "morning-page-desk": (1280, "light", 1500),
    "morning-page-phone": (390, "dark", 1560),
}
BOARD_PICTURES = {"board-page": (1280, "light", 1750)}


def main(page: Path, pictures: Mapping[str, tuple[int, str, int]]) -> None:
    """Write the pictures of a page."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, opened(Path(profile)) as tab:
        for name, (width, scheme, height) in pictures.items():
            tab.show(page, width, scheme)
            (IMAGES / f"{name}.png").write_bytes(tab.picture(height))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), BOARD_PICTURES if "--board" in sys.argv else PICTURES)
