"""The question that a rule may put to a provider: facts, an open question, nothing that leads to an answer.

Source: domain reference 2.1, G4: compliant query practice of AHIMA and ACDIS. A query names no code, no modifier and no
answer to agree to, and does not speak of payment.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import Final

PLACEHOLDERS: Final = frozenset({"lines"})
"""What a template may be filled with: which lines of the claim it is about. The payer's reason and the codes that a rule
considers are no part of a question."""

_OPEN: Final = re.compile(
    r"(?:(?:In|On|At|For|From|Under|With|By|To) )?(?:which|what|how|when|where|who|whom|whose|why)\b",
    re.IGNORECASE,
)
_CLOSED: Final = re.compile(
    r"(?:^|[.?!;:]\s*)(?:do|does|did|is|are|was|were|has|have|had|will|may)\b"
    r"|\b(?:can|could|would|should) (?:you|it|this|that|the|we)\b"
    r"|\b(?:please|kindly) (?:add|amend|append|change|confirm|correct|document|report|use)\b"
    r"|\b(?:agree|correct to|so that|in order to|clinically valid)\b",
    re.IGNORECASE,
)
_ANSWER: Final = re.compile(
    r"\b(?:separate(?:ly)?|distinct(?:ly)?|unrelated|significant(?:ly)?|identifiable|staged|unplanned|unusual|"
    r"medically|necessary|necessity)\b",
    re.IGNORECASE,
)
"""What a modifier or a coverage rule asks for: a question with that word tells what to answer."""

_CODE: Final = re.compile(r"[0-9]|\b[A-Z]{2}\b|\bmodifiers?\b|\bcodes?\b", re.ASCII)
_PAYMENT: Final = re.compile(
    r"\b(?:pays?|paid|paying|payments?|payable|reimburs\w*|revenue|dollars?|covered|coverage|den(?:y|ied|ials?)|"
    r"allowed|billable|higher|level of service|appeal\w*)\b|\$",
    re.IGNORECASE,
)


def faults(template: str) -> tuple[str, ...]:
    """What is wrong with a template, as words: no_question | not_open | leads | names_a_code | speaks_of_payment |
    placeholder; empty where it may be asked."""
    text = template.strip()
    named = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    bare = re.sub(r"\{[a-z_]*\}", "", text)
    found = {
        "no_question": "?" not in text,
        "not_open": not _OPEN.match(text),
        "leads": bool(_CLOSED.search(bare) or _ANSWER.search(bare)),
        "names_a_code": bool(_CODE.search(bare)),
        "speaks_of_payment": bool(_PAYMENT.search(bare)),
        "placeholder": bool(named - PLACEHOLDERS),
    }
    return tuple(word for word, wrong in found.items() if wrong)
