"""The outbound gate: pyx12 reads every 837 that is to leave, against its maps of 005010X222A1 and 005010X223A2.

The loop is that of pyx12's own document validator, with three differences: maps are loaded once a process, what
is asked again and again is remembered (`walking`), and findings keep codes and places but no values (pyx12's
messages quote the claim).
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import cache
from io import StringIO
from typing import Any, Final

import pyx12.errors
import pyx12.map_if
import pyx12.map_index
import pyx12.params
import pyx12.x12file

from services.core.x12.interchange import GUIDES
from services.resubmitter.walking import Checks, Lines, Segment, Walks

_UNCHECKED_LISTS: Final = "remark_code,claim_status,claim_status_cat,service_type,pos"
"""Code lists that pyx12 ships and that change several times a year: an old list would stop valid claims."""

_CONTROL_MAP: Final = "x12.control.00501.xml"

_SEGMENT_ID: Final = re.compile(r"[A-Z][A-Z0-9]{1,2}")


def silence() -> None:
    """Keep pyx12 from writing to any log: its messages hold values of the claim."""
    names = [name for name in logging.Logger.manager.loggerDict if name.split(".")[0] == "pyx12"]
    for name in {"pyx12", *names}:
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers = [logging.NullHandler()]


@dataclass(frozen=True, slots=True)
class _Maps:
    parameters: Any
    control: Any
    index: Any
    walks: Walks
    checks: Checks


@cache
def _maps() -> _Maps:
    silence()
    parameters = pyx12.params.ParamsBase()
    parameters.set("exclude_external_codes", _UNCHECKED_LISTS)
    control = pyx12.map_if.load_map_file(_CONTROL_MAP, parameters)
    walks = Walks()
    walks.learn(control)
    return _Maps(parameters, control, pyx12.map_index.map_index(), walks, Checks())


@cache
def _guide_map(file: str) -> Any:
    guide = pyx12.map_if.load_map_file(file, _maps().parameters)
    _maps().walks.learn(guide)
    return guide


def load_maps() -> None:
    """Load what the first claim would else wait for: about half a second."""
    for guide in GUIDES.values():
        _guide_map(_maps().index.get_filename("00501", guide, "HC"))


def findings(data: bytes) -> tuple[str, ...]:
    """What is wrong with an interchange, as `place:code` without values, sorted; empty = it may leave.

    Never raises on data. Codes are those of the 999 (IK304, IK403) and of pyx12 for counts and envelopes.
    """
    silence()
    try:
        return tuple(sorted(set(_read(data.decode("latin-1")))))
    except (pyx12.errors.X12Error, pyx12.errors.EngineError, pyx12.errors.X12PathError):
        return ("interchange:unreadable",)
    except (ValueError, KeyError, IndexError, AttributeError, TypeError, AssertionError):
        # pyx12 trips over some malformed segments. What it cannot read may not leave.
        return ("interchange:not_understood",)


def _read(text: str) -> list[str]:
    found: list[str] = []
    maps = _maps()
    source = pyx12.x12file.X12Reader(StringIO(text))
    source.raw = lines = Lines(source.raw)
    delimiters = source.get_term()
    beginning = maps.control.getnodebypath("/ISA_LOOP/ISA")
    stand = maps.walks.start(beginning)
    guide: Any = None
    for read in source:
        segment = Segment(read)
        name = segment.get_seg_id()
        place = name if _SEGMENT_ID.fullmatch(name or "") else "segment"
        node: Any
        if name == "ISA":
            node = beginning
            stand = maps.walks.enter(stand, node, "/ISA_LOOP")
        elif name == "GS":
            file = maps.index.get_filename(source.icvn, segment.get_value("GS08"), segment.get_value("GS01"))
            if file is None:
                return [*found, "GS08:guide_unknown"]
            guide = _guide_map(file)
            source.check_837_lx = True
            node = guide.getnodebypath("/ISA_LOOP/GS_LOOP/GS")
            stand = maps.walks.enter(stand, node, "/ISA_LOOP/GS_LOOP")
        else:
            counts = (source.get_seg_count(), source.get_cur_line(), source.get_ls_id())
            stand, node, wrong = maps.walks.step(stand, segment, counts)
            found += [f"{place}:{code}" for code in wrong]
        found += [f"{place}:{code}" for _, code, *_ in source.pop_errors()]
        if node is not None:
            faults = maps.checks.of(node, segment, lines.last, delimiters)
            found += [f"{designator or place}:{code}" for designator, code in faults]
    source.cleanup()
    found += [f"interchange:{code}" for _, code, *_ in source.pop_errors()]
    if guide is None:
        found.append("interchange:empty")
    return found
