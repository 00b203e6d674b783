"""Lessons of an incident, and the actions that people take because of them, each with an owner and a day."""

from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.foundation.ids import new_id
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.tables import Incident
from incidents.review.tables import Lesson, LessonAction


class LessonKind(StrEnum):
    """What kind of thing was learned."""

    WENT_WELL = "went_well"  # keep it
    WENT_BADLY = "went_badly"  # change it
    WAS_LUCK = "was_luck"  # went well, and may not the next time


def write_lesson(tx: Session, incident: Incident, kind: LessonKind, words: str, *, by: Actor, clock: Clock) -> Lesson:
    """Write down a lesson; also after the case was closed. The words stay out of the timeline."""
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE, ActorRole.COMMUNICATIONS)
    if not words.strip():
        raise BadInput("words: a lesson needs its words.")
    lesson = Lesson(
        id=new_id("les"),
        incident_id=incident.id,
        kind=kind,
        words=words.strip(),
        written_at=clock.now(),
        written_by=by.id,
        written_by_name=by.name,
    )
    tx.add(lesson)
    tx.flush()
    timeline.append(tx, incident.id, "lesson.written", {"lesson": lesson.id, "kind": kind}, by=by, clock=clock)
    return lesson


def take_action(
    tx: Session, lesson: Lesson, words: str, *, owner: str, due_on: date, by: Actor, clock: Clock
) -> LessonAction:
    """Promise to do something about a lesson. Raises BadInput without an owner, or with a day that is over."""
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE, ActorRole.COMMUNICATIONS)
    if not words.strip() or not owner.strip():
        raise BadInput("owner: an action needs its words and an owner; without one it is a wish.")
    if due_on < clock.now().date():
        raise BadInput("due_on: this day is over.")
    action = LessonAction(
        id=new_id("act"),
        incident_id=lesson.incident_id,
        lesson_id=lesson.id,
        words=words.strip(),
        owner=owner.strip(),
        due_on=due_on,
        taken_at=clock.now(),
    )
    tx.add(action)
    tx.flush()
    detail = {"lesson": lesson.id, "action": action.id, "due_on": due_on.isoformat()}
    timeline.append(tx, lesson.incident_id, "lesson.action_taken", detail, by=by, clock=clock)
    return action


def finish_action(tx: Session, action: LessonAction, *, by: Actor, clock: Clock) -> LessonAction:
    """Say that an action was done. Raises Refused a second time."""
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE, ActorRole.COMMUNICATIONS)
    if action.done_at is not None:
        raise Refused("action_done", "This action was done before.")
    action.done_at, action.done_by_name = clock.now(), by.name
    timeline.append(tx, action.incident_id, "lesson.action_done", {"action": action.id}, by=by, clock=clock)
    return action


def lessons(tx: Session, incident_id: str) -> list[tuple[Lesson, list[LessonAction]]]:
    """The lessons of an incident in order, each with its actions."""
    found = tx.scalars(select(Lesson).where(Lesson.incident_id == incident_id).order_by(Lesson.id)).all()
    query = select(LessonAction).where(LessonAction.incident_id == incident_id).order_by(LessonAction.id)
    actions = list(tx.scalars(query))
    return [(one, [action for action in actions if action.lesson_id == one.id]) for one in found]


def lesson(tx: Session, incident_id: str, lesson_id: str) -> Lesson:
    """One lesson of an incident. Raises NotFound."""
    found = tx.get(Lesson, lesson_id)
    if found is None or found.incident_id != incident_id:
        raise NotFound("lesson", lesson_id)
    return found


def action(tx: Session, incident_id: str, action_id: str) -> LessonAction:
    """One action of an incident. Raises NotFound."""
    found = tx.get(LessonAction, action_id)
    if found is None or found.incident_id != incident_id:
        raise NotFound("action", action_id)
    return found
