"""SVG elements as text, and the frame that every chart has.

No style attributes and no scripts (the console's content policy allows neither): colours come from classes, so that
light, dark and print are the style sheet's. The frame is a group with a title and a description, not an image: the
links in it are to be reached with the keyboard and read out one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup, escape

Number = float | int

LINE_HEIGHT: Final = 15
"""Units between two lines of a text."""


def element(name: str, *children: Markup | str, **attributes: Number | str | None) -> Markup:
    """`<name ...>children</name>`; text and values are escaped, what is null is left out. `_` in a name is `-`, and a
    closing `_` is dropped (`class_`)."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(str(escape(child)) for child in children)
    return Markup(f"<{name}{given}>{inner}</{name}>")


def _plain(value: Number | str) -> str:
    """Coordinates to a tenth of a unit: a chart of 10,000 marks must not weigh more than its page."""
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)


def rect(x: Number, y: Number, width: Number, height: Number, class_: str, radius: Number = 2) -> Markup:
    return element(
        "rect", x=x, y=y, width=max(width, 0), height=max(height, 0), rx=min(radius, width / 2), class_=class_
    )


def line(x1: Number, y1: Number, x2: Number, y2: Number, class_: str) -> Markup:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def text(x: Number, y: Number, said: str, class_: str = "label", anchor: str | None = None) -> Markup:
    return element("text", said, x=x, y=y, class_=class_, text_anchor=anchor)


def wrapped(
    x: Number, middle: Number, said: str, characters: int, class_: str = "label", anchor: str | None = None
) -> Markup:
    """A text in as many lines as it takes, around the height `middle`."""
    lines = broken(said, characters)
    top = middle - (len(lines) - 1) * LINE_HEIGHT / 2 + 4
    spans = [element("tspan", each, x=x, y=top + index * LINE_HEIGHT) for index, each in enumerate(lines)]
    return element("text", *spans, class_=class_, text_anchor=anchor)


def broken(said: str, characters: int) -> list[str]:
    """A text in lines of about so many characters, broken between words."""
    lines: list[str] = []
    for word in said.split():
        if lines and len(lines[-1]) + 1 + len(word) <= characters:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


def link(href: str | None, says: str, *children: Markup) -> Markup:
    """Marks that lead to what they count. `says` is the name of the link (SVG accessibility: its title), and shown to a
    mouse that rests there."""
    title = element("title", says)
    if href is None:
        return element("g", title, *children)
    return element("a", title, *children, href=href, class_="mark-link")


def frame(id_: str, title: str, says: str, width: int, height: Number, marks: Iterable[Markup]) -> Markup:
    """The whole chart. `id_` is its own on the page."""
    return element(
        "svg",
        element("title", title, id=f"{id_}-title"),
        element("desc", says, id=f"{id_}-says"),
        *marks,
        class_="chart",
        viewBox=f"0 0 {width} {_plain(height)}",
        width=width,
        height=height,
        role="group",
        aria_labelledby=f"{id_}-title {id_}-says",
    )
