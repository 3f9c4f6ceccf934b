"""The picture in the docs is the demo company's, and fits its frame."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from oracle.__main__ import oracle_of
from oracle.inputs import Policies
from oracle.picture import HEIGHT, WIDTH, roll_forward_svg

DRAWN = Path(__file__).parents[2] / "docs" / "images" / "demo-roll-forward.svg"


def test_the_drawn_picture_is_todays(small):
    totals = oracle_of(small, Policies(reporting_currency="EUR", reporting_timezone="Europe/Paris")).totals()
    months = [row for row in totals.values() if not row.is_partial][1:]
    svg = roll_forward_svg(months, "MRR of the small company, EUR")
    assert svg == DRAWN.read_text(encoding="utf-8"), "draw it again: python -m oracle picture"
    for element in ET.fromstring(svg):
        if element.tag.endswith("rect"):
            x, y, width, height = (float(element.get(name, "0")) for name in ("x", "y", "width", "height"))
            assert min(x, y, width, height) >= 0
            assert x + width <= WIDTH and y + height <= HEIGHT
