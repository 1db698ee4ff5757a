"""How the simulated payer behaves: chances of what it does, all drawn from one seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

Chances = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Rules:
    """Chances of each choice. What is drawn for a claim depends on the seed and the claim alone, so that no order
    of files changes it."""

    seed: int = 7
    first: Chances = field(
        default_factory=lambda: {
            "pay": 0.34,
            "deny_authorization": 0.44,
            "deny_line": 0.06,
            "deny_necessity": 0.05,
            "reject": 0.05,
            "pend_then_pay": 0.03,
            "silence": 0.03,
        }
    )
    """the answer to a first claim"""
    again: Chances = field(
        default_factory=lambda: {
            "pay": 0.52,
            "pay_part": 0.10,
            "deny_same": 0.08,
            "deny_other": 0.08,
            "duplicate": 0.04,
            "reject": 0.09,
            "pend_then_pay": 0.05,
            "silence": 0.04,
        }
    )
    """the answer to a claim that came back"""
    later: Chances = field(
        default_factory=lambda: {
            "nothing": 0.76,
            "correct": 0.06,
            "correct_in_two_files": 0.07,
            "take_back": 0.05,
            "recoup": 0.06,
        }
    )
    """what becomes of a payment weeks later"""
    resend_rejected: float = 0.6
    """the clinic sends a rejected first claim again"""
    reject_file: float = 0.06
    """a 999 takes nothing of a file of ours"""
    reject_batch: float = 0.06
    """a 277CA turns a whole file away, at the level of the sender"""
    lose_999: float = 0.15
    lose_277: float = 0.10
    repeat_file: float = 0.10
    repeat_remittance: float = 0.10
    """the same payment in another file"""
    cut_file: float = 0.10
    """a file comes cut off first, and whole at the next time"""
    stray: float = 0.10
    """an acknowledgment of what nobody here has sent"""
    longest_delay: int = 5
    """days that a file may be late"""

    def draw(self, *of: object) -> Random:
        return Random("|".join(str(part) for part in (self.seed, *of)))

    def choose(self, chances: Chances, *of: object) -> str:
        return self.draw(*of).choices(list(chances), list(chances.values()))[0]

    def happens(self, chance: float, *of: object) -> bool:
        return self.draw(*of).random() < chance
