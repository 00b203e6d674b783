"""Prepare a filing for an obligation: the answers that the records hold, and every gap named by its question."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.filings.answers import Answer, asked, live, put, recorded
from incidents.filings.content import AnswerState
from incidents.filings.dossier import Dossier, Owed, Shape, plain
from incidents.filings.filing import last_before, must_be_unsubmitted
from incidents.filings.forms import Form, Question, Stage
from incidents.filings.tables import Filing, FilingAnswer, Submission
from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.ids import new_id, new_reference
from incidents.record import timeline
from incidents.record.actor import TOCSIN, Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Incident


def prepare(
    tx: Session,
    incident: Incident,
    owed: Owed,
    *,
    form: Form,
    stage: Stage,
    dossier: Dossier,
    by: Actor,
    clock: Clock,
    language: str | None = None,
) -> Filing:
    """A new filing. Typed answers of the report before are carried over; numbers are always read anew.

    Raises BadInput for a stage or language that the form does not have, Refused where one like it is open already
    or nothing has been handed in that could be supplemented.
    """
    must_be_open(incident)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    _check(form, stage, language or form.language)
    filing = _begun(incident, owed, form, stage, dossier, by=by, clock=clock)
    filing.language = language or form.language
    before = last_before(tx, filing)
    _must_fit(tx, filing, form, before)
    filing.replaces_id = before[0].id if before else None
    tx.add(filing)
    tx.flush()
    typed = _typed_before(tx, before[0]) if before else {}
    for question in asked(form, stage, dossier):
        _open(tx, filing, question, typed.get(question.id), dossier=dossier, clock=clock)
    detail = {"filing": filing.id, "form": filing.form, "stage": stage, "obligations": list(owed.obligation_ids)}
    timeline.append(tx, incident.id, "filing.prepared", detail, by=by, clock=clock)
    return filing


def withdraw(tx: Session, filing: Filing, *, because: str, by: Actor, clock: Clock) -> None:
    """Give up a filing that was not handed in; another can then be prepared in its place."""
    must_be_unsubmitted(tx, filing)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    if not because.strip():
        raise BadInput("because: a withdrawal needs its reason.")
    filing.withdrawn_at = clock.now()
    timeline.append(tx, filing.incident_id, "filing.withdrawn", {"filing": filing.id}, by=by, clock=clock)


def _begun(
    incident: Incident, owed: Owed, form: Form, stage: Stage, dossier: Dossier, *, by: Actor, clock: Clock
) -> Filing:
    return Filing(
        id=new_id("fil"),
        incident_id=incident.id,
        obligation_ids=list(owed.obligation_ids),
        reference=new_reference("FIL"),
        party=owed.party,
        authority=owed.authority,
        audience=owed.audience,
        form=form.form,
        form_digest=form.digest(),
        stage=stage,
        heading=_heading(incident, owed, dossier),
        due_at=owed.due_at,
        snapshot_version=dossier.people.snapshot_version if dossier.people else None,
        prepared_at=clock.now(),
        prepared_by=by.id,
        prepared_by_name=by.name,
    )


def _check(form: Form, stage: Stage, language: str) -> None:
    if stage not in form.stages:
        raise BadInput(f"stage: {form.form} has no {stage} stage; it has {', '.join(form.stages)}.")
    if language not in form.languages:
        raise BadInput(f"language: {form.form} stands in {', '.join(form.languages)}, not in {language}.")


def _must_fit(tx: Session, filing: Filing, form: Form, before: tuple[Filing, Submission] | None) -> None:
    if before is None and filing.stage != form.first_stage:
        raise Refused("nothing_before", f"No {form.first_stage} report was handed in; begin with that one.")
    if before is not None and filing.stage == form.first_stage:
        raise Refused("first_stage_passed", f"{before[0].reference} was handed in first; prepare what comes after it.")
    query = (
        select(Filing)
        .outerjoin(Submission, Submission.filing_id == Filing.id)
        .where(
            Filing.incident_id == filing.incident_id,
            Filing.party == filing.party,
            Filing.authority == filing.authority,
            Filing.form == filing.form,
            Filing.withdrawn_at.is_(None),
            Submission.id.is_(None),
        )
    )
    open_one = tx.scalars(query).first()
    if open_one is not None:
        raise Refused(
            "filing_open", f"{open_one.reference} for the same authority is not handed in yet; go on with it."
        )


def _heading(incident: Incident, owed: Owed, dossier: Dossier) -> dict[str, Any]:
    return {
        "incident": incident.reference,
        "is_drill": incident.is_drill,
        "party_name": dict(dossier.unit.name),
        "authority_name": dict(owed.authority_name),
        "owed_under": owed.citation,
        "unconfirmed": list(owed.unconfirmed),
        "read_at": dossier.read_at.astimezone(UTC).isoformat(timespec="seconds"),
    }


def _typed_before(tx: Session, before: Filing) -> Mapping[str, FilingAnswer]:
    return {
        question: row
        for question, row in live(tx, before).items()
        if not row.from_records and row.state == AnswerState.ANSWERED
    }


def _open(
    tx: Session, filing: Filing, question: Question, typed: FilingAnswer | None, *, dossier: Dossier, clock: Clock
) -> None:
    if typed is not None and question.free:
        answer = Answer(AnswerState.ANSWERED, Shape(typed.shape), plain(typed.value["is"]))
        writer = Actor(typed.said_by, typed.said_by_name, frozenset())
        put(tx, filing, question, answer, from_records=False, by=writer, clock=clock)
    else:
        answer = recorded(question, Stage(filing.stage), dossier)
        put(tx, filing, question, answer, from_records=True, by=TOCSIN, clock=clock)
