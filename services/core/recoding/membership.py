"""Who the subscriber is, by the payer's own answer to an eligibility inquiry (domain reference 2.6)."""

from __future__ import annotations

from datetime import date
from typing import Final

from schemas.case import Evidence
from schemas.codes import Automation
from schemas.recoding import Edit
from services.core.codes.eligibility import KIND, Member, Members
from services.core.recoding import written
from services.core.recoding.check import Check, Parameters
from services.core.recoding.lookups import opened
from services.core.recoding.offers import field_edit
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks


def member_on_file(situation: Situation, _: Parameters) -> Verdict:
    """One member of this payer, covered on the date, agrees with the claim in two of member number, name and birth
    date, and differs in the third: that is edited. With fewer than two it is not known to be the same person."""
    claim, day = situation.claim, situation.day
    if claim is None or day is None:
        return lacks("claim" if claim is None else "claim.service_from")
    table = opened(situation, KIND, Members, day)
    if table is None:
        return lacks(f"table:{KIND}")
    name, born = written.party_name(claim, "IL"), written.birth_date(claim)
    birthday = _day(born)
    payers = (situation.denial.payer.id, claim.payer.id, *situation.profile.ids)
    found = {
        member.row: member
        for payer in dict.fromkeys(payer for payer in payers if payer)
        for member in table.table.known_by(payer, claim.member_id, name, birthday)
    }
    covered = [member for member in found.values() if member.covered_on(day)]
    rejected = tuple(f"row {row}: dates" for row, member in found.items() if not member.covered_on(day))
    persons = {(member.member_id, member.name, member.birth_date) for member in covered}
    if len(persons) != 1:
        said = tuple(f"row {member.row}: one of several" for member in covered)
        return fails("several_members_match" if covered else "no_member_matches", (*rejected, *said))
    edits = _edits(situation, covered[0], name, birthday, table.evidence(f"row {covered[0].row}"))
    if not edits:
        return fails("the_payer_knows_the_same", rejected)
    if len(edits) > 1:
        return fails("more_than_one_thing_differs", rejected)
    return Verdict(
        Outcome.PASSES,
        "one_member_matches",
        edits=tuple(edits),
        evidence=(table.evidence(f"row {covered[0].row}"),),
        rejected=rejected,
        ceiling=Automation.A3,
        facts=(("what", _WORDS[edits[0].field]),),
    )


_WORDS: Final = {
    "member_id": "member number",
    "subscriber_name": "name",
    "subscriber_birth_date": "birth date",
}


def _edits(
    situation: Situation, member: Member, name: tuple[str, ...] | None, born: date | None, proof: Evidence
) -> list[Edit]:
    """What the payer says otherwise. Of a name, last and first; of a number, letters and digits."""
    number = situation.claim.member_id if situation.claim is not None else None
    wanted: list[Edit | None] = []
    if _letters(number or "") != _letters(member.member_id):
        place = "2010BA NM109"
        wanted.append(field_edit(situation, "member_id", member.member_id, place, (proof,)))
    if name is not None and [part.upper() for part in name[:2]] != [part.upper() for part in member.name[:2]]:
        wanted.append(field_edit(situation, "subscriber_name", member.name, "2010BA NM103", (proof,)))
    if born is not None and born != member.birth_date:
        day = f"{member.birth_date:%Y%m%d}"
        wanted.append(field_edit(situation, "subscriber_birth_date", day, "2010BA DMG02", (proof,)))
    return [edit for edit in wanted if edit is not None]


def _letters(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None and len(text) == 8 else None
    except ValueError:
        return None


CHECKS: Final = {"member_on_file": Check(Parameters, member_on_file, ("what",))}
