"""The answers of a filing: which questions are asked, what the records say to each, what is still missing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.filings.content import AnswerState
from incidents.filings.dossier import Dossier, Shape, plain, shape_of, value_at
from incidents.filings.forms import Form, Question, Stage
from incidents.filings.tables import Filing, FilingAnswer
from incidents.foundation.clock import Clock
from incidents.foundation.ids import new_id
from incidents.record.actor import Actor


@dataclass(frozen=True)
class Answer:
    """What stands, or is to stand, behind a question. `value` is plain JSON."""

    state: AnswerState
    shape: Shape
    value: Any = None
    because: str | None = None


@dataclass(frozen=True)
class Gap:
    """A question that must be answered before this filing can go out; `ask` in the filing's language."""

    question: str
    fulfils: tuple[str, ...]
    ask: str
    why: str


def asked(form: Form, stage: Stage, dossier: Dossier) -> Iterator[Question]:
    """The questions of a stage, as they are asked of this report.

    One that hangs on a yes is asked only when the dossier says yes. What a law wants and the form requires nowhere is
    required of the first question that fulfils it.
    """
    beyond = set(dossier.wanted) - form.required_somewhere
    for section in form.sections:
        if stage in section.stages:
            for each in section.questions:
                if each.only_if is None or value_at(dossier, each.only_if):
                    yield each.required_at(stage) if beyond & set(each.fulfils) else each
                    beyond -= set(each.fulfils)


def empty(question: Question, stage: Stage) -> Answer:
    """How an unanswered question stands at a stage: a gap, to follow at a later one, or never required."""
    later = [each for each in Stage if list(Stage).index(each) > list(Stage).index(stage)]
    if stage in question.required:
        state = AnswerState.GAP
    elif any(each in question.required for each in later):
        state = AnswerState.TO_FOLLOW
    else:
        state = AnswerState.NOT_ASKED
    return Answer(state, shape_of(question.from_) if question.from_ else _typed_shape(question))


def recorded(question: Question, stage: Stage, dossier: Dossier) -> Answer:
    """What the records say to a question; an empty answer where they say nothing."""
    nothing = empty(question, stage)
    if question.from_ is None:
        return nothing
    value = plain(value_at(dossier, question.from_))
    if value == AnswerState.UNKNOWN.value and nothing.shape is Shape.FACT:
        return Answer(AnswerState.UNKNOWN, nothing.shape)
    return nothing if value in (None, [], {}, "") else Answer(AnswerState.ANSWERED, nothing.shape, value)


def live(tx: Session, filing: Filing) -> dict[str, FilingAnswer]:
    """question -> the answer that stands now."""
    query = select(FilingAnswer).where(FilingAnswer.filing_id == filing.id, FilingAnswer.superseded_at.is_(None))
    return {row.question: row for row in tx.scalars(query)}


def put(
    tx: Session, filing: Filing, question: Question, answer: Answer, *, from_records: bool, by: Actor, clock: Clock
) -> None:
    """Let an answer stand; the one before is superseded and stays."""
    before = live(tx, filing).get(question.id)
    if before is not None:
        before.superseded_at = clock.now()
    tx.add(
        FilingAnswer(
            id=new_id("fan"),
            filing_id=filing.id,
            question=question.id,
            state=answer.state,
            shape=answer.shape,
            value={"is": answer.value},
            because=answer.because,
            from_records=from_records,
            said_by=by.id,
            said_by_name=by.name,
            said_at=clock.now(),
        )
    )
    tx.flush()


def gaps(tx: Session, filing: Filing, form: Form) -> list[Gap]:
    """What is missing, question by question, in the order of the form."""
    standing = live(tx, filing)
    found = []
    for question in form.questions():
        row = standing.get(question.id)
        why = _missing(row, filing.language) if row is not None else None
        if why is not None:
            found.append(Gap(question.id, question.fulfils, question.ask[filing.language], why))
    return found


def _missing(row: FilingAnswer, language: str) -> str | None:
    if row.state == AnswerState.GAP:
        return "nobody has answered it"
    value = row.value["is"]
    if row.shape == Shape.TEXT and isinstance(value, Mapping) and language not in value:
        return f"it is answered, but not in {language}"
    return None


def _typed_shape(question: Question) -> Shape:
    return Shape.CHOICE if question.choices else Shape.TEXT
