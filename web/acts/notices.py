"""Acts of notices: draft, fill, release, approve, withdraw, correct, recall, holding texts."""

from typing import Any

from pydantic import AwareDatetime, Field

from incidents.foundation.errors import NotFound
from incidents.notices import approve, correct, draft, fill, holding
from incidents.notices.files import Purpose
from incidents.notices.library import load_wording
from incidents.notices.tables import HoldingText, Notice
from incidents.notices.texts import Sources, find_notice
from packs import Strict
from policies.vocabulary import ForbiddenContent
from web.acts.act import Visit, act

_ONE = "/incidents/<reference>/notices/<notice>"


class FillBody(Strict):
    """Words for one placeholder in one language; empty words take back what stood there."""

    language: str
    placeholder: str
    words: str = ""
    alike: bool = Field(False, description="Also into this sender's other notices for grown readers, where empty.")


class ReleaseBody(Strict):
    """On what ground somebody stands for wording that nobody reviewed in its language."""

    language: str
    because: str


class ApproveBody(Strict):
    """What was read, by its digests, and what the approver looked for in the free text and did not find."""

    language: str
    content: str
    audience: str
    confirmed: tuple[ForbiddenContent, ...] = ()


class WrongBody(Strict):
    """What is wrong with a notice; when it first went out, if it did."""

    because: str
    sent_at: AwareDatetime | None = None


class ReasonBody(Strict):
    """Why."""

    because: str


class ProposeBody(Strict):
    """The language of a company's holding text."""

    language: str


class UntilBody(Strict):
    """Until when a holding text may be used."""

    valid_until: AwareDatetime


def sources(visit: Visit) -> Sources:
    """Where the words of notices come from."""
    return Sources(visit.kit.packs, load_wording())


@act("/incidents/<reference>/notices", page="notices", said="The drafts are up to date.")
def draft_notices(visit: Visit) -> dict[str, Any]:
    """Write drafts for all that the ledger says is owed to people, controllers and the public."""
    done = draft.draft(visit.tx, visit.incident, sources=sources(visit), **visit.hands)
    return {what: [one.reference for one in getattr(done, what)] for what in ("made", "changed", "unneeded")}


@act(f"{_ONE}/fill", page="notice_page", said="The words stand.")
def fill_notice(visit: Visit, body: FillBody, notice: str) -> dict[str, Any]:
    """Write the words of one placeholder in one language; an approval in it falls."""
    one = of_incident(visit, notice)
    hands = visit.hands | {"sources": sources(visit)}
    if body.alike:
        done = fill.fill_alike(visit.tx, one, body.language, body.placeholder, body.words, **hands)
        return {"written": len(done)}
    fill.fill(visit.tx, one, body.language, body.placeholder, body.words, **hands)
    return {"written": 1}


@act(f"{_ONE}/release", page="notice_page", said="You stand for this wording by name.")
def release_wording(visit: Visit, body: ReleaseBody, notice: str) -> dict[str, Any]:
    """Stand by name for wording that nobody has reviewed in this language."""
    one = of_incident(visit, notice)
    row = approve.release(visit.tx, one, body.language, because=body.because, sources=sources(visit), **visit.hands)
    return {"id": row.id}


@act(f"{_ONE}/approve", page="notice_page", said="Approved.")
def approve_notice(visit: Visit, body: ApproveBody, notice: str) -> dict[str, Any]:
    """Approve in one language what another person wrote, exactly as it was read."""
    one = of_incident(visit, notice)
    seen = approve.Digests(body.content, body.audience)
    given = approve.approve(
        visit.tx, one, body.language, seen, confirmed=body.confirmed, sources=sources(visit), **visit.hands
    )
    return {"id": given.id}


@act(f"{_ONE}/withdraw", page="notices", said="Withdrawn.")
def withdraw_notice(visit: Visit, body: ReasonBody, notice: str) -> dict[str, Any]:
    """Take a notice out of use; its approvals fall."""
    draft.withdraw(visit.tx, of_incident(visit, notice), because=body.because, **visit.hands)
    return {"notice": notice}


@act(f"{_ONE}/correct", page="notice_page", said="The correction is begun; it needs an approval of its own.")
def correct_notice(visit: Visit, body: WrongBody, notice: str) -> dict[str, Any]:
    """Begin a correction, to exactly those who got the wrong text."""
    return _put_right(visit, body, notice, Purpose.CORRECTION)


@act(f"{_ONE}/recall", page="notice_page", said="The recall is begun; it needs an approval of its own.")
def recall_notice(visit: Visit, body: WrongBody, notice: str) -> dict[str, Any]:
    """Begin a recall, to exactly those who got the wrong notice."""
    return _put_right(visit, body, notice, Purpose.RECALL)


@act("/incidents/<reference>/holding", page="notices", said="The holding text is ready to be sent.")
def use_holding(visit: Visit) -> dict[str, Any]:
    """Let out the first word that two people approved beforehand."""
    made = holding.use_holding(visit.tx, visit.incident, sources=sources(visit), **visit.hands)
    return {"notice": made.reference}


@act("/companies/<company>/holding", page="holding_texts", said="It waits for a second person.")
def propose_holding(visit: Visit, body: ProposeBody, company: str) -> dict[str, Any]:
    """Put a company's holding text up for approval, as it stands today."""
    row = holding.propose_holding(visit.tx, company, body.language, sources=sources(visit), **visit.hands)
    return {"id": row.id}


@act("/holding/<holding_id>/approve", page="holding_texts", said="It may be used.")
def approve_holding(visit: Visit, body: UntilBody, holding_id: str) -> dict[str, Any]:
    """Approve a holding text that another person proposed."""
    row = visit.tx.get(HoldingText, holding_id)
    if row is None:
        raise NotFound("holding text", holding_id)
    holding.approve_holding(visit.tx, row, valid_until=body.valid_until, sources=sources(visit), **visit.hands)
    return {"id": row.id}


def of_incident(visit: Visit, wanted: str) -> Notice:
    """A notice of the incident that the path names. Raises NotFound."""
    found = find_notice(visit.tx, wanted)
    if found.incident_id != visit.incident.id:
        raise NotFound("notice", wanted)
    return found


def _put_right(visit: Visit, body: WrongBody, notice: str, purpose: Purpose) -> dict[str, Any]:
    made = correct.correct(
        visit.tx,
        of_incident(visit, notice),
        purpose,
        because=body.because,
        sent_at=body.sent_at,
        sources=sources(visit),
        **visit.hands,
    )
    return {"notice": made.reference}
