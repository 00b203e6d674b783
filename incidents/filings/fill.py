"""Fill a filing: type a text or a choice, say that a thing is not known yet, read the numbers anew."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.filings.answers import Answer, asked, live, put, recorded
from incidents.filings.content import AnswerState
from incidents.filings.dossier import Dossier, Shape, shape_of
from incidents.filings.filing import must_be_unsubmitted
from incidents.filings.forms import Form, Question, Stage
from incidents.filings.tables import Filing, FilingAnswer, FilingApproval
from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.record import timeline
from incidents.record.actor import TOCSIN, Actor, ActorRole


def fill(
    tx: Session,
    filing: Filing,
    question_id: str,
    text: str,
    *,
    form: Form,
    by: Actor,
    clock: Clock,
    language: str | None = None,
) -> None:
    """Answer one question in one language (the filing's own unless said); an approval given before is void.

    Raises Refused for what comes from the records: it is never typed over. Raises BadInput for an empty text, one over
    the form's limit, or a choice that is not offered.
    """
    question = _writable(tx, filing, question_id, form, by)
    if not question.free:
        raise Refused(
            "from_the_records", f"'{question.id}' comes from the records ({question.from_}); correct it there."
        )
    before = live(tx, filing)[question.id]
    answer = _typed(question, text.strip(), before, language or filing.language)
    put(tx, filing, question, answer, from_records=False, by=by, clock=clock)
    _void(tx, filing, clock)
    detail = {"filing": filing.id, "question": question.id}
    timeline.append(tx, filing.incident_id, "filing.answered", detail, by=by, clock=clock)


def leave_unknown(
    tx: Session, filing: Filing, question_id: str, *, because: str, form: Form, by: Actor, clock: Clock
) -> None:
    """Say that a thing is not known yet, and why; the paper shows both. Raises Refused where the records know it."""
    question = _writable(tx, filing, question_id, form, by)
    if not because.strip():
        raise BadInput(f"{question.id}: say why it is not known yet.")
    before = live(tx, filing)[question.id]
    if before.state == AnswerState.ANSWERED and before.from_records:
        raise Refused("records_know_it", f"'{question.id}' is answered by the records.")
    answer = Answer(AnswerState.UNKNOWN, Shape(before.shape), because=because.strip())
    put(tx, filing, question, answer, from_records=False, by=by, clock=clock)
    _void(tx, filing, clock)
    detail = {"filing": filing.id, "question": question.id}
    timeline.append(tx, filing.incident_id, "filing.left_unknown", detail, by=by, clock=clock)


def refresh(tx: Session, filing: Filing, *, dossier: Dossier, form: Form, by: Actor, clock: Clock) -> list[str]:
    """Read the records anew; the questions whose answers changed. An approval is void if any did, or the limit."""
    must_be_unsubmitted(tx, filing)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    moved = stale(tx, filing, dossier=dossier, form=form)
    if not moved and filing.due_at == dossier.deadline.due_at:
        return []
    filing.due_at = dossier.deadline.due_at
    stage = Stage(filing.stage)
    for question in asked(form, stage, dossier):
        if question.id in moved:
            answer = recorded(question, stage, dossier)
            put(tx, filing, question, answer, from_records=True, by=TOCSIN, clock=clock)
    filing.heading = {**filing.heading, "read_at": dossier.read_at.isoformat(timespec="seconds")}
    filing.snapshot_version = dossier.people.snapshot_version if dossier.people else None
    _void(tx, filing, clock)
    detail = {"filing": filing.id, "questions": moved, "snapshot_version": filing.snapshot_version}
    timeline.append(tx, filing.incident_id, "filing.refreshed", detail, by=by, clock=clock)
    return moved


def stale(tx: Session, filing: Filing, *, dossier: Dossier, form: Form) -> list[str]:
    """The questions to which the records now say something else than the filing does."""
    standing, stage = live(tx, filing), Stage(filing.stage)
    return [
        question.id
        for question in asked(form, stage, dossier)
        if _differs(standing.get(question.id), recorded(question, stage, dossier))
    ]


def _differs(row: FilingAnswer | None, answer: Answer) -> bool:
    if row is None:
        return True
    if not row.from_records:  # typed, or left unknown by a person until the records know better
        return row.state == AnswerState.UNKNOWN and answer.state is AnswerState.ANSWERED
    return (row.state, row.value["is"]) != (answer.state, answer.value)


def _writable(tx: Session, filing: Filing, question_id: str, form: Form, by: Actor) -> Question:
    must_be_unsubmitted(tx, filing)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE, ActorRole.COMMUNICATIONS)
    question = form.question(question_id)
    if question_id not in live(tx, filing):
        raise NotFound(f"question in this {filing.stage} report", question_id)
    return question


def _typed(question: Question, text: str, before: FilingAnswer, language: str) -> Answer:
    if not text:
        raise BadInput(f"{question.id}: the answer is empty.")
    if question.limit and len(text) > question.limit:
        raise BadInput(f"{question.id}: {len(text)} characters; the form takes {question.limit}.")
    if question.choices:
        if text not in question.choices:
            raise BadInput(f"{question.id}: '{text}' is none of {', '.join(question.choices)}.")
        return Answer(AnswerState.ANSWERED, Shape.CHOICE, text)
    earlier = before.value["is"] if before.state == AnswerState.ANSWERED else None
    texts = dict(earlier) if isinstance(earlier, dict) else {}
    return Answer(
        AnswerState.ANSWERED, shape_of(question.from_) if question.from_ else Shape.TEXT, texts | {language: text}
    )


def _void(tx: Session, filing: Filing, clock: Clock) -> None:
    query = select(FilingApproval).where(FilingApproval.filing_id == filing.id, FilingApproval.voided_at.is_(None))
    for approval in tx.scalars(query):
        approval.voided_at = clock.now()
