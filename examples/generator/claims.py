"""The claims: each scenario, as often as it says, with its people, numbers and dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from examples.generator.people import (
    HOSPITAL,
    PRACTICE,
    Clinician,
    Organization,
    Person,
    clinicians,
    draw,
    excluded,
    malformed,
)
from examples.generator.scenarios import Line, Payer, Scenario

FIRST_SERVICE = date(2026, 3, 16)
SUBMITTED = date(2026, 4, 17)
ANSWERED = date(2026, 5, 8)
ANSWERED_AGAIN = date(2026, 5, 22)


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim as the practice or the hospital bills it."""

    number: str
    """CLM01"""
    scenario: Scenario
    payer: Payer
    subscriber: Person
    patient: Person
    member_id: str
    clinician: Clinician
    served: date
    control_number: str
    """the payer's own number (CLP07)"""

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.scenario.lines

    @property
    def provider(self) -> Organization:
        return HOSPITAL if self.scenario.institutional else PRACTICE

    @property
    def billing_npi(self) -> str:
        number = self.provider.npi
        return malformed(number) if self.scenario.billing == "malformed" else number

    @property
    def rendering_npi(self) -> str | None:
        if self.scenario.rendering == "without_npi":
            return None
        number = self.clinician.npi
        return malformed(number) if self.scenario.rendering == "malformed" else number

    @property
    def facility(self) -> tuple[str, str]:
        """CLM05-1 and CLM05-2."""
        return (self.scenario.bill_type, "A") if self.scenario.institutional else (self.scenario.place, "B")


def build(payers: dict[str, Payer], scenarios: tuple[Scenario, ...]) -> tuple[Claim, ...]:
    staff = clinicians()
    found: list[Claim] = []
    for scenario in scenarios:
        payer = payers[scenario.payer]
        for n in range(scenario.count):
            label = f"{scenario.payer}|{scenario.name}|{n}"
            number = f"{'H' if scenario.institutional else 'P'}{260001 + len(found)}"
            subscriber = Person.drawn(label)
            child = Person.drawn(f"child|{label}", child=True)
            patient = Person(subscriber.last, child.first, child.born, child.sex, subscriber.street)
            found.append(
                Claim(
                    number=number,
                    scenario=scenario,
                    payer=payer,
                    subscriber=subscriber,
                    patient=patient if scenario.dependent else subscriber,
                    member_id=f"{payer.id[:3]}{draw(f'member|{label}', 10**8):08}",
                    clinician=excluded()
                    if scenario.rendering == "excluded"
                    else staff[draw(f"staff|{label}", len(staff))],
                    served=FIRST_SERVICE + timedelta(days=draw(f"served|{label}", 26)),
                    control_number=f"{payer.id[-3:]}26{draw(f'icn|{label}', 10**7):07}",
                )
            )
    return tuple(found)
