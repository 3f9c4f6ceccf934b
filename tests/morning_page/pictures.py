"""The two pictures of docs/morning-page.md: PYTHONPATH=tests:. python -m tests.morning_page.pictures PAGE."""

import sys
import tempfile
from pathlib import Path

from quality_page.chromium import opened

IMAGES = Path(__file__).parents[2] / "docs" / "images"
# Width, colours, and how much of the page is shown.
PICTURES = {"desk": (1280, "light", 1500), "phone": (390, "dark", 1560)}


def main(page: Path) -> None:
    """Write both pictures of a morning page."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, opened(Path(profile)) as tab:
        for name, (width, scheme, height) in PICTURES.items():
            tab.show(page, width, scheme)
            (IMAGES / f"morning-page-{name}.png").write_bytes(tab.picture(height))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
