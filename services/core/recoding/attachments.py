"""Records that the payer asks for, named on the claim by their control number (PWK; domain reference 2.6)."""

from __future__ import annotations

from typing import Final

from schemas.case import Evidence
from services.core.recoding.check import Check, Parameters
from services.core.recoding.offers import field_edit
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Verdict, fails, lacks, offers


class AttachmentParameters(Parameters):
    """`types`: the kinds of documents that answer, each with its PWK01; `ways`: PWK02, how it may come."""

    types: dict[str, str]
    ways: tuple[str, ...]


def document_for_payer(situation: Situation, parameters: AttachmentParameters) -> Verdict:
    """The payer takes records with a corrected claim, and exactly one document on file answers: the claim may name
    it, by each way in which it may come."""
    if situation.claim is None:
        return lacks("claim")
    if situation.profile.attachment_with_claim is not True:
        known = situation.profile.attachment_with_claim is False
        return fails("records_go_by_themselves") if known else lacks("profile.attachment_with_claim")
    told = situation.denial.documented
    documents = [d for d in (told.documents if told is not None else ()) if d.kind in parameters.types]
    if not documents:
        return lacks("documented.documents")
    if len(documents) > 1:
        return fails("several_documents_on_file")
    document = documents[0]
    proof = Evidence(source="claim-documented", place=f"document of kind {document.kind}", value=document.id)
    offered = [
        field_edit(
            situation, "attachment", (parameters.types[document.kind], way, document.id), "2300 PWK", (proof,)
        )
        for way in parameters.ways
    ]
    found = [edit for edit in offered if edit is not None]
    return offers("document_on_file", found, (proof,)) if found else fails("the_claim_names_it")


CHECKS: Final = {"document_for_payer": Check(AttachmentParameters, document_for_payer)}
