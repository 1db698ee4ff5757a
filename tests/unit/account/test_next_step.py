"""What a person is asked for, in words."""

from __future__ import annotations

import pytest

from services.account.next_step import settles
from services.account.words import FACT, plain
from services.console.pages.needed import needed_words
from services.runtime.configuration import shipped_rules
from tests.recoding import AUTHORIZED, Desk, context_of, tables_of

PRIOR = ("order_of_payers", "prior_amounts_balance", "prior_charge_differs", "prior_lines_match")
"""What is wrong with the remittance of a payer before (services/core/resubmission/coordination.py)."""

FACTS = sorted(
    {
        word
        for rule in shipped_rules().rules
        for cases in (rule.cases.positive, rule.cases.negative, rule.cases.boundary)
        for case in cases
        for word in case.expect.missing or ()
        if word.startswith(FACT)
    }
)


def test_rules_ask_for_facts() -> None:
    assert len(FACTS) > 8


@pytest.mark.parametrize("word", [*FACTS, *PRIOR])
def test_what_no_table_tells_is_asked_for_in_words(word: str) -> None:
    desk = Desk(context_of(tables=tables_of(AUTHORIZED)))
    desk.deny(of=AUTHORIZED)
    proposal = desk.item().proposal
    assert proposal is not None
    asked = settles("A-1", None, proposal.model_copy(update={"missing": (word,)}), [], None)[0]
    assert asked == needed_words(word)
    assert FACT not in asked
    assert "_" not in asked
    assert word not in PRIOR or asked != plain(word)
