"""Charts as SVG paths, each made for a desk and for a phone, so that its words stay legible."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

WIDTH, HEIGHT = 120, 28
"""Of a line on a tile."""
Size = Literal["desk", "phone"]
_SIZES: dict[Size, tuple[int, int]] = {"desk": (1000, 240), "phone": (330, 200)}
_CHARACTER = 7
"""Width of a character of an axis, about."""
_BOTTOM, _TOP = 20, 18
_MOST_LABELS: dict[Size, int] = {"desk": 12, "phone": 4}


@dataclass(frozen=True)
class Column:
    """One month of a chart."""

    label: str
    parts: tuple[tuple[str, float], ...]
    """CSS class and value: what is above 0 is stacked upwards, what is below downwards."""
    target: float | None = None
    notes: tuple[int, ...] = ()
    says: str = ""


@dataclass(frozen=True)
class Line:
    """One figure over the months of a chart, None where it is not known, and the band around it."""

    kind: str
    """Its CSS class."""
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A drawing: paths by CSS class, and where which words stand."""

    size: Size
    width: int
    height: int
    left: int
    zero: float
    paths: tuple[tuple[str, str], ...]
    grid: tuple[tuple[float, str], ...]
    labels: tuple[tuple[float, str], ...]
    notes: tuple[tuple[float, str], ...]
    tips: tuple[tuple[float, str], ...]
    step: float


@dataclass(frozen=True)
class _Frame:
    size: Size
    low: float
    high: float
    ticks: tuple[float, ...]
    left: int
    count: int

    @property
    def width(self) -> int:
        return _SIZES[self.size][0]

    @property
    def height(self) -> int:
        return _SIZES[self.size][1]

    @property
    def step(self) -> float:
        return (self.width - self.left - 4) / max(self.count, 1)

    def x(self, place: int) -> float:
        """The middle of a month."""
        return self.left + self.step * (place + 0.5)

    def y(self, value: float) -> float:
        room = self.height - _TOP - _BOTTOM
        return _TOP + room * (self.high - value) / (self.high - self.low)


def trace(values: Sequence[Any]) -> str:
    """The path of a line WIDTH x HEIGHT; empty where fewer than two months are known."""
    drawn = [float(value) for value in values if value is not None]
    if len(drawn) < 2:
        return ""
    low, high = min(drawn), max(drawn)
    spread = (high - low) or 1.0
    step = (WIDTH - 4) / (len(values) - 1)
    points = [
        None
        if value is None
        else (2 + step * place, HEIGHT - 3 - (HEIGHT - 6) * (float(value) - low) / spread)
        for place, value in enumerate(values)
    ]
    return _path(points)


def bar_chart(columns: Sequence[Column], size: Size, words: Callable[[float], str]) -> Chart:
    """Stacked columns, with a target as a line across and the numbers of notes above."""
    ups = [sum(value for _, value in column.parts if value > 0) for column in columns]
    downs = [sum(value for _, value in column.parts if value < 0) for column in columns]
    wanted = [column.target for column in columns if column.target is not None]
    frame = _frame(size, [0.0, *ups, *downs, *wanted], words, len(columns))
    bar = max(frame.step * 0.72, 2)
    paths: dict[str, list[str]] = {}
    for place, column in enumerate(columns):
        up = down = 0.0
        for kind, value in column.parts:
            if not value:
                continue
            start = up if value > 0 else down
            top, bottom = frame.y(max(start, start + value)), frame.y(min(start, start + value))
            paths.setdefault(kind, []).append(
                f"M{frame.x(place) - bar / 2:.1f} {top:.1f}h{bar:.1f}v{bottom - top:.1f}h-{bar:.1f}z"
            )
            up, down = (up + value, down) if value > 0 else (up, down + value)
        if column.target is not None:
            paths.setdefault("target", []).append(
                f"M{frame.x(place) - frame.step / 2:.1f} {frame.y(column.target):.1f}h{frame.step:.1f}"
            )
    drawn = [(kind, "".join(found)) for kind, found in paths.items()]
    return _chart(frame, drawn, columns, words)


def line_chart(
    columns: Sequence[Column], lines: Sequence[Line], size: Size, words: Callable[[float], str]
) -> Chart:
    """Lines over the months of `columns`, which have no parts; what is not known is a gap."""
    every = [value for line in lines for part in (line.values, line.low, line.high) for value in part]
    frame = _frame(size, [value for value in every if value is not None], words, len(columns))
    drawn = []
    for line in lines:
        band = _band(frame, line)
        if band:
            drawn.append((f"band {line.kind}", band))
        points = [
            None if value is None else (frame.x(place), frame.y(value))
            for place, value in enumerate(line.values)
        ]
        drawn.append((f"line {line.kind}", _path(points)))
    return _chart(frame, drawn, columns, words)


def _band(frame: _Frame, line: Line) -> str:
    """The area between the bounds, a piece for each run of known months."""
    pieces: list[list[int]] = [[]]
    for place, (low, high) in enumerate(zip(line.low, line.high, strict=True)):
        if low is None or high is None:
            pieces.append([])
        else:
            pieces[-1].append(place)
    drawn = []
    for piece in pieces:
        if len(piece) > 1:
            there = [f"{frame.x(place):.1f} {frame.y(line.high[place] or 0.0):.1f}" for place in piece]
            again = [
                f"{frame.x(place):.1f} {frame.y(line.low[place] or 0.0):.1f}" for place in reversed(piece)
            ]
            drawn.append("M" + "L".join((*there, *again)) + "z")
    return "".join(drawn)


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    drawn, begins = [], True
    for place, point in enumerate(points):
        if point is not None:
            follows = place + 1 < len(points) and points[place + 1] is not None
            drawn.append(f"{'M' if begins else 'L'}{point[0]:.1f} {point[1]:.1f}")
            if begins and not follows:
                # A month alone between two gaps is a dot.
                drawn.append("h.1")
        begins = point is None
    return "".join(drawn)


def _frame(size: Size, values: Sequence[float], words: Callable[[float], str], count: int) -> _Frame:
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 1, high + 1
    step = _nice((high - low) / 4)
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = tuple(step * tick for tick in range(first, last + 1))
    left = 8 + _CHARACTER * max(len(words(tick)) for tick in ticks)
    return _Frame(size, ticks[0], ticks[-1], ticks, left, count)


def _nice(step: float) -> float:
    """The next larger of 1, 2, 2.5 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next((times * power for times in (1, 2, 2.5, 5) if times * power >= step), 10 * power)


def _chart(
    frame: _Frame, drawn: Sequence[tuple[str, str]], columns: Sequence[Column], words: Callable[[float], str]
) -> Chart:
    every = math.ceil(len(columns) / _MOST_LABELS[frame.size])
    last = len(columns) - 1
    return Chart(
        size=frame.size,
        width=frame.width,
        height=frame.height,
        left=frame.left,
        zero=frame.y(min(max(0.0, frame.low), frame.high)),
        paths=tuple(drawn),
        grid=tuple((frame.y(tick), words(tick)) for tick in frame.ticks),
        # Counted from the newest, so that it has its words.
        labels=tuple(
            (frame.x(place), column.label)
            for place, column in enumerate(columns)
            if (last - place) % every == 0
        ),
        notes=tuple(
            (frame.x(place), ",".join(map(str, column.notes)))
            for place, column in enumerate(columns)
            if column.notes
        ),
        tips=tuple((frame.x(place) - frame.step / 2, column.says) for place, column in enumerate(columns)),
        step=frame.step,
    )
