"""The MRR roll-forward of a company as one SVG: gains above the line, losses below it, and the balance."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from oracle.ledger import MonthRow

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 960, 420, 60, 60, 40, 40
GAINS = (("new", "#2f6f9f"), ("expansion", "#6fa8c9"), ("reactivation", "#a9cfe0"))
LOSSES = (("contraction", "#e8b27a"), ("churn", "#c8643c"))
LINE = "#333333"


def roll_forward_svg(months: Sequence[MonthRow], title: str) -> str:
    """Bars of the month's movements (left scale) and a line of closing MRR (right scale)."""
    gain = max(sum((m.by_type[name] for name, _ in GAINS), Decimal(0)) for m in months)
    loss = max(sum((-m.by_type[name] for name, _ in LOSSES), Decimal(0)) for m in months)
    inner = HEIGHT - TOP - BOTTOM
    scale = Decimal(inner) / (gain + loss)
    zero = TOP + gain * scale
    step = Decimal(WIDTH - LEFT - RIGHT) / len(months)
    parts = [_text(LEFT, 22, title, 15, "start"), _line(LEFT, zero, WIDTH - RIGHT, zero)]
    for number, month in enumerate(months):
        x = LEFT + step * number
        parts += _bars(x + step / 8, step * 3 / 4, zero, scale, month)
        if number % 3 == 0:
            parts.append(_text(x + step / 2, HEIGHT - 14, f"{month.month:%Y-%m}", 11, "middle"))
    parts += _balance(months, step, inner) + _axes(gain, loss, scale, zero) + _legend()
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _bars(x: Decimal, width: Decimal, zero: Decimal, scale: Decimal, month: MonthRow) -> list[str]:
    parts, above, below = [], zero, zero
    for name, colour in GAINS:
        height = month.by_type[name] * scale
        above -= height
        parts.append(_rect(x, above, width, height, colour))
    for name, colour in LOSSES:
        height = -month.by_type[name] * scale
        parts.append(_rect(x, below, width, height, colour))
        below += height
    return parts


def _balance(months: Sequence[MonthRow], step: Decimal, inner: int) -> list[str]:
    top = max(month.closing for month in months)
    points = " ".join(
        f"{LEFT + step * number + step / 2:.1f},{TOP + inner * (1 - month.closing / top):.1f}"
        for number, month in enumerate(months)
    )
    label = _text(WIDTH - RIGHT + 4, TOP + 4, _thousands(months[-1].closing), 11, "start")
    return [f'<polyline points="{points}" fill="none" stroke="{LINE}" stroke-width="2"/>', label]


def _axes(gain: Decimal, loss: Decimal, scale: Decimal, zero: Decimal) -> list[str]:
    return [
        _text(LEFT - 6, zero - gain * scale + 4, f"+{_thousands(gain)}", 11, "end"),
        _text(LEFT - 6, zero + 4, "0", 11, "end"),
        _text(LEFT - 6, zero + loss * scale + 4, f"-{_thousands(loss)}", 11, "end"),
    ]


def _legend() -> list[str]:
    parts, x = [], WIDTH - 470
    for name, colour in (*GAINS, *LOSSES, ("closing MRR", LINE)):
        parts += [
            _rect(Decimal(x), Decimal(13), Decimal(10), Decimal(10), colour),
            _text(x + 14, 22, name, 11, "start"),
        ]
        x += 30 + 6 * len(name)
    return parts


def _thousands(amount: Decimal) -> str:
    return f"{amount / 1000:.1f}k"


def _text(x: Decimal | int, y: Decimal | int, text: str, size: int, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{text}</text>'


def _rect(x: Decimal, y: Decimal, width: Decimal, height: Decimal, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def _line(x1: Decimal | int, y1: Decimal, x2: Decimal | int, y2: Decimal) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#999999"/>'
