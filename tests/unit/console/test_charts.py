"""Charts: well-formed, every mark a link that says what it counts, nothing told by colour alone, nothing unescaped."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from services.console.charts import bars, curves, grids
from services.console.charts.figures import Mark
from services.console.charts.scales import class_of, short_dollars, ticks

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = 'A & B <i>"plan"</i>'


def marks(*amounts: str) -> list[Mark]:
    return [
        Mark(f"{HOSTILE} {number}", number + 1, Decimal(amount), f"/board/claims?n={number}&x=1")
        for number, amount in enumerate(amounts)
    ]


def pareto() -> Markup:
    found = marks("300", "100", "0.01")
    return bars.pareto("p", HOSTILE, "says", found, sum((m.amount for m in found), Decimal(0)))


def waterfall() -> Markup:
    steps = [
        bars.Fall(mark, Decimal(number), "k-good") for number, mark in enumerate(marks("300", "100", "50"))
    ]
    return bars.waterfall("w", HOSTILE, "says", steps)


def columns() -> Markup:
    return bars.columns("c", HOSTILE, "says", marks("300", "100", "50"))


def heat_map() -> Markup:
    found = marks("300", "100", "50")
    cells = {("x", "a"): found[0], ("x", "b"): found[1], ("y", "a"): found[2]}
    return grids.heat_map("h", HOSTILE, "says", ["x", "y"], ["a", "b"], cells)


def multiples() -> Markup:
    return grids.multiples("m", HOSTILE, "says", ["1", "2", "3"], [(HOSTILE, marks("300", "100", "50"))])


def calendar() -> Markup:
    days = {date(2026, 5, 20 + number): mark for number, mark in enumerate(marks("300", "100", "50"))}
    return grids.calendar("d", HOSTILE, "says", date(2026, 5, 19), 2, days)


def recovery() -> Markup:
    points = tuple(
        curves.Point(days, Decimal(days) / 100, f"{HOSTILE} {days}", f"/board/claims?n={days}&x=1")
        for days in (0, 7, 14)
    )
    return curves.curves("r", HOSTILE, "says", [curves.Curve(HOSTILE, points)])


CHARTS: tuple[Callable[[], Markup], ...] = (
    *(pareto, waterfall, columns, heat_map, multiples, calendar, recovery),
)
every_chart = pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.__name__)


def tree(chart: Callable[[], Markup]) -> ElementTree.Element:
    return ElementTree.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{chart()}</svg>')


@every_chart
def test_a_chart_names_and_describes_itself(chart: Callable[[], Markup]) -> None:
    drawn = tree(chart)[0]
    named = drawn.attrib["aria-labelledby"].split()
    ids = {one.attrib["id"]: one.text for one in drawn.iter() if "id" in one.attrib}
    assert [ids[name] for name in named] == [HOSTILE, "says"]


@every_chart
def test_every_mark_is_a_link_that_says_what_it_counts(chart: Callable[[], Markup]) -> None:
    links = list(tree(chart).iter("{http://www.w3.org/2000/svg}a"))
    assert len(links) == 3
    for link in links:
        assert link.attrib["href"].startswith("/board/claims?n=")
        assert link[0].tag == f"{SVG}title"
        assert re.search(r"\d", link[0].text or "")
        assert any("mark" in one.attrib.get("class", "").split() for one in link.iter())


@every_chart
def test_a_chart_has_neither_style_nor_script(chart: Callable[[], Markup]) -> None:
    for one in tree(chart).iter():
        assert one.tag not in (f"{SVG}style", f"{SVG}script")
        assert not [name for name in one.attrib if name == "style" or name.startswith("on")]


@every_chart
def test_a_chart_stays_within_its_frame(chart: Callable[[], Markup]) -> None:
    drawn = tree(chart)[0]
    _, _, width, height = map(float, drawn.attrib["viewBox"].split())
    for one in drawn.iter(f"{SVG}rect"):
        x, y, wide, high = (float(one.attrib[name]) for name in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= -1
        assert x + wide <= width + 1
        assert y + high <= height + 1


def test_the_parts_of_a_waterfall_begin_where_the_ones_before_them_end() -> None:
    def fall(start: int, amount: int) -> bars.Fall:
        return bars.Fall(Mark("", 1, Decimal(amount), "/x"), Decimal(start), "k-good")

    drawn = ElementTree.fromstring(str(bars.waterfall("w", "t", "s", [fall(0, 30), fall(30, 70)])))
    first, second = [r for r in drawn.iter("rect") if "mark" in r.attrib["class"]]
    assert float(first.attrib["x"]) + float(first.attrib["width"]) == pytest.approx(
        float(second.attrib["x"]), abs=0.2
    )


def test_what_counts_nothing_draws_nothing() -> None:
    drawn = ElementTree.fromstring(str(bars.columns("c", "t", "s", [Mark("0-30", 0, Decimal(0), "/x")])))
    assert [r.attrib["height"] for r in drawn.iter("rect") if "mark" in r.attrib["class"]] == ["0"]
    assert list(drawn.iter("a")) == []


def test_curves_are_told_apart_without_colour() -> None:
    point = (curves.Point(0, Decimal(0), "", None), curves.Point(7, Decimal("0.5"), "", None))
    found = [curves.Curve(str(number), point) for number in range(curves.MOST)]
    drawn = ElementTree.fromstring(str(curves.curves("r", "t", "s", found)))
    markers = {m.attrib["d"] for m in drawn.iter("path") if "mark" in m.attrib["class"]}
    assert len(markers) == curves.MOST


def test_names_of_curves_that_end_alike_do_not_lie_upon_each_other() -> None:
    point = (curves.Point(0, Decimal("0.5"), "", None),)
    found = [curves.Curve(f"name {number}", point) for number in range(4)]
    drawn = ElementTree.fromstring(str(curves.curves("r", "t", "s", found)))
    heights = sorted(float(t.attrib["y"]) for t in drawn.iter("text") if (t.text or "").startswith("name"))
    assert all(below - above >= 15 for above, below in pairwise(heights))


@pytest.mark.parametrize(
    ("largest", "end"),
    [("0", "1"), ("0.5", "0.6"), ("9.99", "10"), ("17801", "20000"), ("59833.02", "60000")],
)
def test_an_axis_ends_with_a_round_value_at_or_above_the_largest(largest: str, end: str) -> None:
    assert ticks(Decimal(largest))[-1] == Decimal(end)


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "$0"),
        ("940.4", "$940"),
        ("999.6", "$1k"),
        ("1250", "$1.2k"),
        ("150300", "$150k"),
        ("3400000", "$3.4M"),
    ],
)
def test_dollars_in_short(amount: str, said: str) -> None:
    assert short_dollars(Decimal(amount)) == said


def test_shades_are_equal_steps_of_the_largest_and_nothing_has_none() -> None:
    assert [class_of(Decimal(value), Decimal(100), 5) for value in (0, 1, 20, 21, 100)] == [0, 1, 1, 2, 5]
