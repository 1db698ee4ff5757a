"""Codes of loaded tables for `reclaim codes`: what an edition says of one, in the field's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Final, Protocol, TypeVar

from services.cli.lookup_answer import Answer
from services.core.codes.addon import AddOnCodes
from services.core.codes.cpt import CptCodes
from services.core.codes.exclusions import Exclusions
from services.core.codes.fees import Fees
from services.core.codes.hcpcs import HcpcsCode, HcpcsCodes
from services.core.codes.icd10cm import DiagnosisCodes
from services.core.codes.mpfs import Indicators
from services.core.codes.mue import MueValues
from services.core.codes.nppes import NationalProviders
from services.core.codes.pos import PlacesOfService
from services.core.codes.ptp import PtpEdits
from services.core.codes.tables import Edition
from services.deployment.faults import WrongUse

T = TypeVar("T")
Facts = dict[str, str]

_MUE_MEANING: Final = {
    "1": "for each line",
    "2": "for the day, absolute",
    "3": "for the day, a clinical benchmark",
}
_PTP_MEANING: Final = {
    "0": "never both, no modifier separates them",
    "1": "a modifier separates them where the record supports it",
    "9": "deleted retroactively, not in force",
}


class Dated(Protocol):
    def active_on(self, day: date) -> bool: ...


def _table(edition: Edition | None, kind: type[T]) -> tuple[Edition, T]:
    """The edition with its table; `reclaim codes` has refused a kind of which none is loaded."""
    if edition is None or not isinstance(edition.table, kind):
        raise WrongUse("the edition is of another kind")
    return edition, edition.table


def _answer(edition: Edition, code: str, title: str, facts: Facts) -> Answer:
    name = f"{edition.kind}@{edition.name}, {edition.release or 'no release named'}, from {edition.effective}"
    through = f" through {edition.through}" if edition.through else ""
    return Answer(
        kind=edition.kind,
        code=code,
        title=title,
        edition=name + through,
        facts={fact: text for fact, text in facts.items() if text},
    )


def _days(begin: date | None, end: date | None) -> str:
    return f"{begin or 'ever'} to {end or 'now'}"


def _valid(found: Dated, day: date) -> str:
    return f"{'yes' if found.active_on(day) else 'NO'}, on {day}"


def _listed(items: Iterable[str]) -> str:
    return ", ".join(items)


def diagnosis(edition: Edition | None, code: str, _: date) -> Answer | None:
    """A code of ICD-10-CM, with the notes that hold for it."""
    edition, table = _table(edition, DiagnosisCodes)
    found = table.find(code)
    if found is None:
        return None
    shown = f"{found.code[:3]}.{found.code[3:]}" if len(found.code) > 3 else found.code
    below = table.billable_under(code)
    facts = {
        "billable": "yes" if found.billable else f"NO, {len(below)} billable codes are below it",
        "chapter": found.chapter or "",
        "section": found.section or "",
        "seventh": "; ".join(f"{character} {meaning}" for character, meaning in found.seventh),
        "first listed": "never: it is a manifestation" if found.manifestation else "",
    }
    for name, notes in (
        ("excludes 1", found.excludes1),
        ("excludes 2", found.excludes2),
        ("code first", found.code_first),
        ("use additional", found.use_additional),
        ("code also", found.code_also),
    ):
        facts[name] = "; ".join(f"{note.text} [{note.at}]" for note in notes)
    if not table.has_notes:
        facts["notes"] = "this edition has codes and titles only"
    return _answer(edition, shown, found.title, facts)


def hcpcs(edition: Edition | None, code: str, day: date) -> Answer | None:
    """A HCPCS level II code, or a modifier."""
    edition, table = _table(edition, HcpcsCodes)
    found: HcpcsCode | None = table.modifier(code) if len(code.strip()) == 2 else table.find(code)
    if found is None:
        return None
    facts = {
        "valid": _valid(found, day),
        "dates": _days(found.added, found.terminated),
        "successors": _listed(found.successors),
        "coverage": found.coverage,
        "laboratory": _listed(found.laboratory),
        "words": found.long,
    }
    return _answer(edition, found.code, found.short or found.long, facts)


def pair(edition: Edition | None, code: str, day: date) -> Answer | None:
    """An edit between two codes, given as `G0463,J1100` in any order."""
    edition, table = _table(edition, PtpEdits)
    codes = code.replace(",", " ").replace("/", " ").split()
    if len(codes) != 2:
        raise WrongUse("a pair of codes is asked for, as G0463,J1100")
    rows = [*table.find(codes[0], codes[1]), *table.find(codes[1], codes[0])]
    if not rows:
        return None
    active = next((row for row in rows if row.active_on(day)), None)
    shown = active or rows[-1]
    facts = {
        "in force": f"{'yes' if active else 'NO'}, on {day}",
        "column 1 (payable)": shown.column1,
        "column 2 (denied)": shown.column2,
        "modifier": f"{shown.indicator}: {_PTP_MEANING[shown.indicator]}",
        "dates": "; ".join(_days(row.effective, row.deleted) for row in rows),
        "rationale": shown.rationale,
    }
    return _answer(edition, f"{shown.column1},{shown.column2}", "procedure-to-procedure edit", facts)


def units(edition: Edition | None, code: str, _: date) -> Answer | None:
    """The most units of a code."""
    edition, table = _table(edition, MueValues)
    found = table.find(code)
    if found is None:
        return None
    facts = {"judged": f"{found.indicator}: {_MUE_MEANING[found.indicator]}", "rationale": found.rationale}
    return _answer(edition, found.code, f"at most {found.units} units", facts)


def addon(edition: Edition | None, code: str, day: date) -> Answer | None:
    """An add-on code with its primary procedures."""
    edition, table = _table(edition, AddOnCodes)
    found = table.find(code)
    if found is None:
        return None
    facts = {
        "primaries": _listed(sorted(found.primaries_on(day))),
        "contractor": "may have more primaries" if found.contractor_defined else "",
        "ended": str(found.deleted or ""),
        "note": found.note,
    }
    return _answer(edition, found.code, f"add-on code of type {found.kind}", facts)


def indicators(edition: Edition | None, code: str, _: date) -> Answer | None:
    """The indicators of a code, with a modifier as `G0105-26`."""
    edition, table = _table(edition, Indicators)
    wanted, _sign, modifier = code.partition("-")
    found = table.find(wanted, modifier)
    if found is None:
        return None
    facts = {
        "status": found.status,
        "PC/TC": found.pctc,
        "global days": found.global_days,
        "shares": f"{found.preoperative} / {found.intraoperative} / {found.postoperative}",
        "multiple": found.multiple,
        "bilateral": found.bilateral,
        "assistant": found.assistant,
        "co-surgeons": found.cosurgeons,
        "team": found.team,
    }
    return _answer(edition, code.upper(), "indicators of the physician fee schedule", facts)


def provider(edition: Edition | None, code: str, day: date) -> Answer | None:
    """A provider by NPI."""
    edition, table = _table(edition, NationalProviders)
    found = table.find(code)
    if found is None:
        return None
    facts = {
        "active": _valid(found, day),
        "primary taxonomy": found.primary or "",
        "taxonomies": _listed(found.taxonomies),
        "deactivated": str(found.deactivated or ""),
        "reactivated": str(found.reactivated or ""),
    }
    title = {"1": "a person", "2": "an organization"}.get(found.entity_type or "", "a deactivated NPI")
    return _answer(edition, found.npi, title, facts)


def place(edition: Edition | None, code: str, day: date) -> Answer | None:
    """A place of service."""
    edition, table = _table(edition, PlacesOfService)
    found = table.find(code)
    if found is None:
        return None
    facility = "" if found.facility is None else "yes" if found.facility else "no"
    return _answer(edition, found.code, found.name, {"valid": _valid(found, day), "facility": facility})


def cpt(edition: Edition | None, code: str, day: date) -> Answer | None:
    """A code of the user's licensed list, shown with the list's own words."""
    edition, table = _table(edition, CptCodes)
    found = table.find(code)
    if found is None:
        return None
    facts = {
        "valid": _valid(found, day),
        "dates": _days(found.effective, found.ended),
        "attributes": _listed(sorted(found.attributes)),
    }
    return _answer(edition, found.code, table.description(code) or "no description in the list", facts)


def fee(edition: Edition | None, code: str, day: date) -> Answer | None:
    """A payer's fee, given as `PAYER,G0463` or `PAYER,G0463,26`."""
    edition, table = _table(edition, Fees)
    payer, _sign, rest = code.partition(",")
    wanted, *modifiers = rest.replace(",", " ").split() or [""]
    rows = table.find(payer, wanted, modifiers)
    active = [row for row in rows if row.active_on(day)]
    if not rows:
        return None
    title = f"{active[-1].amount} dollars" if active else f"no fee on {day}"
    facts = {"dates": "; ".join(_days(row.effective, row.ended) for row in rows)}
    return _answer(edition, code.upper(), title, facts)


def exclusion(edition: Edition | None, code: str, day: date) -> Answer | None:
    """Whether an NPI is on the exclusion list, and since when."""
    edition, table = _table(edition, Exclusions)
    found = table.find(code)
    if not found:
        return None
    now = any(each.between(day, day) for each in found)
    facts = {
        "dates": "; ".join(_days(each.excluded, each.reinstated) for each in found),
        "authority": _listed(each.authority for each in found),
        "waiver": _listed(f"{each.waiver_state} from {each.waived}" for each in found if each.waived),
    }
    return _answer(edition, code, f"{'excluded' if now else 'not excluded'} on {day}", facts)


TABLE_LOOKUPS: Final[dict[str, tuple[str, Callable[[Edition | None, str, date], Answer | None]]]] = {
    "icd10cm": ("diagnosis codes", diagnosis),
    "hcpcs": ("HCPCS level II codes and modifiers", hcpcs),
    **{
        f"ptp_{setting}": (f"NCCI edits, {setting}: a pair as G0463,J1100", pair)
        for setting in ("practitioner", "outpatient", "dme")
    },
    **{f"mue_{setting}": (f"units, {setting}", units) for setting in ("practitioner", "outpatient", "dme")},
    "addon": ("add-on codes", addon),
    "mpfs": ("fee schedule indicators, also CODE-MODIFIER", indicators),
    "nppes": ("providers by NPI", provider),
    "exclusions": ("excluded providers by NPI", exclusion),
    "pos": ("places of service", place),
    "cpt": ("your licensed CPT list", cpt),
    "fees": ("fees: PAYER,CODE[,MODIFIER]", fee),
}
