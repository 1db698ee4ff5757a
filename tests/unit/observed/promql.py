"""What a PromQL expression names: metrics, and the labels that are asked of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from services.runtime.metrics import METRICS, PROCESS_METRICS

FROM_PROMETHEUS: Final = frozenset({"instance", "job"})
"""What a scrape adds to every sample."""

LABELS: Final[Mapping[str, frozenset[str]]] = {
    **{metric.name: frozenset(metric.labels) | FROM_PROMETHEUS for metric in (*METRICS, *PROCESS_METRICS)},
    "up": FROM_PROMETHEUS,
}
"""By the name of each metric that there is."""

_WORDS: Final = frozenset({"and", "or", "unless", "bool", "Inf", "NaN"})
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_GROUPED: Final = re.compile(r"\b(by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_MATCHER: Final = re.compile(r"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)")


def grouped(expression: str) -> set[str]:
    """The labels by which it groups."""
    found = _GROUPED.findall(_STRING.sub('""', expression))
    return {label.strip() for _, labels in found for label in labels.split(",") if label.strip()}


def selectors(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Each metric with the labels that are asked of it."""
    bare = re.sub(r"\[[^\]]*\]", "", _GROUPED.sub("", _STRING.sub('""', expression)))
    for match in re.finditer(r"[a-zA-Z_:][\w:]*(\s*\()?|\{[^}]*\}|\d[\w.]*", bare):
        word = match[0]
        if word[0] in "{0123456789" or match[1] is not None or word in _WORDS:
            continue
        rest = bare[match.end() :].lstrip()
        inside = rest[: rest.index("}")] if rest.startswith("{") else ""
        yield word, set(_MATCHER.findall(inside))


def faults(expression: str, records: Mapping[str, frozenset[str]]) -> list[str]:
    """What it names that there is not: metrics, labels of a metric. `records`: of the recording rules."""
    known = {**LABELS, **records}
    found, labels = [], set(re.findall(r'label_replace\([^"]*"(\w+)"', expression))
    for name, asked in selectors(expression):
        if name not in known:
            found.append(f"no metric {name}")
            continue
        labels |= known[name]
        found += [f"{name} has no label {label}" for label in sorted(asked - known[name])]
    return found + [f"nothing has a label {label}" for label in sorted(grouped(expression) - labels)]


def labels_of(expression: str, records: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The labels that its series may have."""
    if groups := grouped(expression):
        return frozenset(groups)
    known = {**LABELS, **records}
    added = re.findall(r'label_replace\([^"]*"(\w+)"', expression)
    return frozenset(added).union(*(known[name] for name, _ in selectors(expression)))
