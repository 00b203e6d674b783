"""Acts of the record: declare, amend, reclassify, phase, anchor, answer, hold, parts, inbound reports."""

from typing import Any

from pydantic import AwareDatetime, Field

from incidents.foundation.errors import NotFound
from incidents.obligations.facts import must_count
from incidents.record import anchors, assign, declare, facts, holds, inbound
from incidents.record.incident import Kind, Phase, find
from incidents.record.tables import Hold, InboundReport
from incidents.respond import play
from packs import Strict
from policies.facts import Place
from policies.vocabulary import AnchorName, BreachKind, Certainty, RequestForm, Role
from web.accounts.accounts import find_account
from web.acts.act import Visit, act
from web.acts.company import StandingBody, answer_for_company
from web.acts.obligations import assess_again


class DeclareBody(Strict):
    """The first word about an incident."""

    title: str
    company: str = Field(description="Id of the house whose people and policy it concerns.")
    became_aware_at: AwareDatetime = Field(description="When the company became aware; every clock runs from it.")
    kind: Kind = Kind.DATA_BREACH
    role: Role = Role.CONTROLLER
    affects: tuple[BreachKind, ...] = (BreachKind.CONFIDENTIALITY,)
    certainty: Certainty = Certainty.HAPPENED
    is_drill: bool = Field(False, description="A rehearsal: nobody is told.")
    source: str = Field("declared", description="How the company learned of it.")


class AmendBody(Strict):
    """Another title."""

    title: str


class ReclassifyBody(Strict):
    """What the incident is held to be now; what is left out stays."""

    because: str
    kind: Kind | None = None
    role: Role | None = None
    affects: tuple[BreachKind, ...] | None = None
    certainty: Certainty | None = None


class PhaseBody(Strict):
    """The phase the handling has reached."""

    phase: Phase


class AnchorBody(Strict):
    """A moment from which clocks run."""

    name: AnchorName
    at: AwareDatetime
    source: str = Field(description="How this is known.")
    party: str | None = Field(None, description="Whose anchor; the company's unless said.")


class AnswerBody(Strict):
    """An answer to what a law asks."""

    name: str
    value: str | int | dict[str, int | None] = Field(description="yes, no, unknown, a word, a number or {min, max}.")
    because: str
    party: str | None = None
    for_company: bool = Field(False, description="It is true of the company in every incident; compliance says so.")


class HoldBody(Strict):
    """A dated stop on sending or on a promised deletion; the clocks run on, but where a law lets the police delay."""

    stops: str = Field(description="sending or deletion.")
    reason: str
    requested_by: str
    ends_at: AwareDatetime
    police_form: RequestForm | None = Field(None, description="How law enforcement asked for it, where it did.")
    places: tuple[Place, ...] = Field((), description="Whose telling it asked to hold back; none for all.")


class AssignBody(Strict):
    """A part for a person."""

    part: assign.Part
    account: str = Field(description="Id or e-mail address of the person.")


class AttachBody(Strict):
    """The incident that an inbound report is about."""

    incident: str


@act("/incidents", page="record_page", said="The incident is open. What to do next stands under Now.")
def declare_incident(visit: Visit, body: DeclareBody) -> dict[str, Any]:
    """Open an incident, and with it the playbook that its kind and role choose."""
    visit.kit.packs.must_know(body.company)
    said = declare.Declaration(**dict(body))
    made = declare.declare(visit.tx, said, keys=visit.kit.keys, **visit.hands)
    play.open_chosen(visit.tx, made, kit=visit.kit.of(made), by=visit.by)
    return {"id": made.id, "reference": made.reference}


@act("/incidents/<reference>/amend", page="record_page", said="The title is changed.")
def amend_incident(visit: Visit, body: AmendBody) -> dict[str, Any]:
    """Change the title."""
    declare.amend(visit.tx, visit.incident, title=body.title, **visit.hands)
    return {"title": body.title}


@act("/incidents/<reference>/reclassify", page="record_page", said="Reclassified.")
def reclassify_incident(visit: Visit, body: ReclassifyBody) -> dict[str, Any]:
    """Change what the incident is held to be; assess it again afterwards."""
    incident = visit.incident
    declare.reclassify(visit.tx, incident, **dict(body), **visit.hands)
    assess_again(visit)
    return {name: getattr(incident, name) for name in ("kind", "role", "affects", "certainty")}


@act("/incidents/<reference>/phase", page="record_page", said="The phase is recorded.")
def move_incident(visit: Visit, body: PhaseBody) -> dict[str, Any]:
    """Move the handling to another phase."""
    declare.move_to(visit.tx, visit.incident, body.phase, **visit.hands)
    return {"phase": body.phase}


@act("/incidents/<reference>/anchors", page="record_page", said="The anchor is set.")
def set_anchor(visit: Visit, body: AnchorBody) -> dict[str, Any]:
    """Record a moment from which clocks run; an earlier one is superseded and kept."""
    made = anchors.set_anchor(
        visit.tx, visit.incident, body.name, body.at, source=body.source, party=body.party, **visit.hands
    )
    assess_again(visit)
    return {"id": made.id, "party": made.party, "name": made.name, "at": made.at}


@act("/incidents/<reference>/answers", page="owed", said="The answer is recorded.")
def answer_question(visit: Visit, body: AnswerBody) -> dict[str, Any]:
    """Answer what a law asks; an earlier answer is superseded and kept."""
    if body.for_company:
        standing = StandingBody(name=body.name, value=body.value, because=body.because)
        done: dict[str, Any] = answer_for_company(visit, standing, visit.incident.company)
        return done
    must_count(visit.kit.packs, body.name)
    made = facts.answer(
        visit.tx, visit.incident, body.name, body.value, because=body.because, party=body.party, **visit.hands
    )
    assess_again(visit)
    return {"id": made.id, "party": made.party, "name": made.name, "value": body.value}


@act("/incidents/<reference>/holds", page="record_page", said="The hold is in force.")
def set_hold(visit: Visit, body: HoldBody) -> dict[str, Any]:
    """Stop sending, or a promised deletion, until a date."""
    made = holds.hold(visit.tx, visit.incident, **dict(body), **visit.hands)
    if made.police_form:
        assess_again(visit)
    return {"id": made.id, "stops": made.stops, "ends_at": made.ends_at}


@act("/incidents/<reference>/holds/<hold_id>/release", page="record_page", said="The hold is released.")
def release_hold(visit: Visit, hold_id: str) -> dict[str, Any]:
    """End a hold before its time."""
    placed = visit.tx.get(Hold, hold_id)
    if placed is None or placed.incident_id != visit.incident.id:
        raise NotFound("hold", hold_id)
    holds.release(visit.tx, placed, **visit.hands)
    if placed.police_form:
        assess_again(visit)
    return {"id": placed.id, "released_at": placed.released_at}


@act("/incidents/<reference>/parts", page="record_page", said="The part is given.")
def give_part(visit: Visit, body: AssignBody) -> dict[str, Any]:
    """Give a person a part in the incident."""
    whom = find_account(visit.tx, body.account).as_actor()
    given = assign.assign(visit.tx, visit.incident, body.part, whom, **visit.hands)
    return {"id": given.id, "part": given.part, "actor": given.actor_id}


@act("/reports/<report_id>/attach", page="reports", said="The report belongs to the incident.")
def attach_report(visit: Visit, body: AttachBody, report_id: str) -> dict[str, Any]:
    """Say which incident an inbound report is about."""
    inbound.attach(visit.tx, _report(visit, report_id), find(visit.tx, body.incident), **visit.hands)
    return {"id": report_id}


@act("/reports/<report_id>/answered", page="reports", said="The answer is recorded.")
def mark_report_answered(visit: Visit, report_id: str) -> dict[str, Any]:
    """Record that the person who reported was answered."""
    return {"id": report_id, "answered_at": inbound.mark_answered(visit.tx, _report(visit, report_id), **visit.hands)}


def _report(visit: Visit, report_id: str) -> InboundReport:
    row = visit.tx.get(InboundReport, report_id)
    if row is None:
        raise NotFound("inbound report", report_id)
    return row
