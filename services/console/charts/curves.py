"""Curves over time, one for each cohort, told apart by marker, dash and a name at their end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from services.console.charts.bars import WIDTH
from services.console.charts.scales import place
from services.console.charts.svg import element, frame, line, link, text

_LEFT: Final = 46
_RIGHT: Final = 130
_TOP: Final = 14
_HEIGHT: Final = 200


@dataclass(frozen=True, slots=True)
class Point:
    """A place on a curve. `share` from 0 to 1; `says` is read out."""

    days: int
    share: Decimal
    says: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Curve:
    name: str
    points: tuple[Point, ...]


def curves(id_: str, title: str, says: str, found: Sequence[Curve]) -> Markup:
    """Shares (0 to 100 %) by days since the start of each curve's claims."""
    return frame(id_, title, says, WIDTH, _TOP + _HEIGHT + 44, _curves(found))


def _curves(found: Sequence[Curve]) -> Iterator[Markup]:
    furthest = max((p.days for curve in found for p in curve.points), default=1) or 1
    span = WIDTH - _LEFT - _RIGHT
    for percent in (0, 25, 50, 75, 100):
        y = _TOP + _HEIGHT * (1 - percent / 100)
        yield line(_LEFT, y, _LEFT + span, y, "axis" if percent == 0 else "grid-line")
        yield text(_LEFT - 6, y + 4, f"{percent} %", "label quiet small", "end")
    for days in sorted({p.days for curve in found for p in curve.points}):
        x = _LEFT + span * days / furthest
        yield text(x, _TOP + _HEIGHT + 18, str(days), "label quiet small", "middle")
    yield text(
        _LEFT + span / 2, _TOP + _HEIGHT + 36, "days since the first denial", "label quiet small", "middle"
    )
    names = _apart([_y(curve.points[-1].share) for curve in found if curve.points])
    for index, curve in enumerate(c for c in found if c.points):
        series = index % len(_MARKERS)
        spots = [(_LEFT + span * p.days / furthest, _y(p.share)) for p in curve.points]
        path = " ".join(f"{'M' if i == 0 else 'L'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(spots))
        yield element("path", d=path, class_=f"curve series-{series + 1} dash-{series + 1}")
        for point, (x, y) in zip(curve.points, spots, strict=True):
            yield link(
                point.href,
                point.says,
                element("circle", cx=x, cy=y, r=12, class_="hit"),
                _marker(series, x, y),
            )
        x, y = spots[-1]
        yield _marker(series, _LEFT + span + 18, names[index])
        yield text(_LEFT + span + 30, names[index] + 4, curve.name, "label")


def _y(share: Decimal) -> float:
    return _TOP + _HEIGHT - place(min(max(share, Decimal(0)), Decimal(1)), Decimal(1), _HEIGHT)


def _apart(heights: Sequence[float], least: float = 17) -> list[float]:
    """Heights of names, moved so that none lies upon another, in the order given."""
    order = sorted(range(len(heights)), key=lambda i: heights[i], reverse=True)
    placed = list(heights)
    below = _TOP + _HEIGHT + least
    for i in order:
        placed[i] = min(heights[i], below - least)
        below = placed[i]
    return placed


_MARKERS: Final = (
    "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0",
    "M-4 -4H4V4H-4Z",
    "M0 -5.5L5.5 4.5H-5.5Z",
    "M0 -6L6 0L0 6L-6 0Z",
    "M-1.8 -5.5H1.8V-1.8H5.5V1.8H1.8V5.5H-1.8V1.8H-5.5V-1.8H-1.8Z",
    "M0 5.5L5.5 -4.5H-5.5Z",
)
"""Circle, square, triangle, diamond, cross, triangle on its head."""


MOST: Final = len(_MARKERS)
"""Curves that can be told apart without colour."""


def _marker(series: int, x: float, y: float) -> Markup:
    return element(
        "path",
        d=_MARKERS[series],
        transform=f"translate({x:.1f} {y:.1f})",
        class_=f"mark series-{series + 1}",
    )
