"""Rules: each with its source and its own cases, and what came of every version."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from services.account.rule import call_words, outcome_words, scope_words
from services.account.words import LADDER_WORDS, cause_words, plain
from services.console.access.gate import needs
from services.console.access.roles import Permission
from services.console.pages.outcomes import choices, together
from services.console.pages.rendering import render
from services.console.queries.board import payer_names
from services.console.queries.meta import today
from services.console.site import Model, Site, ThisSite
from services.core.recoding.rule_set import RuleSet
from services.deployment.rule_sets import active_rules
from services.runtime.configuration import ForeignDefinitionError

router = APIRouter(dependencies=[needs(Permission.READ)])


@router.get("/rules")
def rules(
    request: Request,
    model: Model,
    site: ThisSite,
    family: str = "",
    ceiling: str = "",
    cause: str = "",
    tried: str = "",
) -> HTMLResponse:
    """Every rule in force, in the order in which they are tried."""
    known = rules_of(site)
    outcomes = site.live.outcomes(site.deployment)
    rows = []
    for rule in known.rules:
        mine = together(o for o in outcomes if o.rule == rule.id)
        causes = {each for scope in rule.applies_to for each in scope.cause}
        fits = family in ("", rule.family) and ceiling in ("", rule.ceiling.value)
        if fits and (not cause or cause in causes) and (not tried or mine["proposed"]):
            rows.append((rule, [scope_words(scope) for scope in rule.applies_to], mine))
    return render(
        request,
        "rules.html",
        day=today(model),
        rows=rows,
        total=len(known.rules),
        version=f"{known.name}@{known.version}",
        given={"family": family, "ceiling": ceiling, "cause": cause, "tried": tried},
        families=[(w, plain(w)) for w, _ in choices(rule.family for rule in known.rules)],
        ceilings=[
            (w, f"{w}: {LADDER_WORDS[w]}") for w, _ in choices(rule.ceiling.value for rule in known.rules)
        ],
        causes=[
            (w, cause_words(w))
            for w, _ in choices(c for rule in known.rules for scope in rule.applies_to for c in scope.cause)
        ],
    )


@router.get("/rules/{rule_id}")
def one_rule(request: Request, model: Model, site: ThisSite, rule_id: str) -> HTMLResponse:
    """One rule as a person reads it, its cases, and what came of each version by payer and path."""
    known = rules_of(site)
    rule = next((each for each in known.rules if each.id == rule_id), None)
    outcomes = [row for row in site.live.outcomes(site.deployment) if row.rule == rule_id]
    if rule is None and not outcomes:
        raise HTTPException(404, "There is no such rule.")
    return render(
        request,
        "rule.html",
        day=today(model),
        rule_id=rule_id,
        rule=rule,
        speaks_of=[scope_words(scope) for scope in rule.applies_to] if rule is not None else [],
        must_hold=[call_words(call) for call in rule.checks] if rule is not None else [],
        cases=[(kind, case) for kind, cases in rule.cases.by_kind() for case in cases]
        if rule is not None
        else [],
        outcomes=outcomes,
        said=outcome_words,
        names=payer_names(model),
    )


def rules_of(site: Site) -> RuleSet:
    """The rules in force. Raises 409 where another release wrote them."""
    try:
        return active_rules(site.deployment)
    except ForeignDefinitionError:
        raise HTTPException(
            409,
            "The rules in force were written by another release: the next run publishes those of this one.",
        ) from None
