"""Acts of the end: handling ended, the case closed or opened again, lessons and what is done about them."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime

from incidents.review import close, lessons
from incidents.review.lessons import LessonKind
from packs import Strict
from web.acts.act import Visit, act
from web.acts.obligations import assess_again


class EndedBody(Strict):
    """When handling ended, and how that is known."""

    at: AwareDatetime | None = None
    source: str


class BecauseBody(Strict):
    """Why the case is opened again."""

    because: str


class LessonBody(Strict):
    """What was learned."""

    kind: LessonKind
    words: str


class ActionBody(Strict):
    """What is done about a lesson, by whom, by when."""

    words: str
    owner: str
    due_on: date


@act("/incidents/<reference>/end-handling", page="close_page", said="Handling has ended; what counts from it runs.")
def end_handling(visit: Visit, body: EndedBody) -> dict[str, Any]:
    """Say that handling ended; the reports that count from it begin to run."""
    incident = visit.incident
    close.end_handling(visit.tx, incident, at=body.at, source=body.source, **visit.hands)
    assess_again(visit)
    return {"handling_ended_at": incident.handling_ended_at}


@act("/incidents/<reference>/close", page="close_page", said="The case is closed.")
def close_incident(visit: Visit) -> dict[str, Any]:
    """Close the case; refused while anything is owed."""
    incident = visit.incident
    close.close(visit.tx, incident, **visit.hands)
    return {"closed_at": incident.closed_at}


@act("/incidents/<reference>/reopen", page="close_page", said="The case is open again.")
def reopen_incident(visit: Visit, body: BecauseBody) -> dict[str, Any]:
    """Open a closed case again, with a reason."""
    close.reopen(visit.tx, visit.incident, because=body.because, **visit.hands)
    return {"reopened": True}


@act("/incidents/<reference>/lessons", page="close_page", said="The lesson is written down.")
def write_lesson(visit: Visit, body: LessonBody) -> dict[str, Any]:
    """Write down what was learned."""
    made = lessons.write_lesson(visit.tx, visit.incident, body.kind, body.words, **visit.hands)
    return {"id": made.id}


@act("/incidents/<reference>/lessons/<lesson_id>/actions", page="close_page", said="The action is taken.")
def take_action(visit: Visit, body: ActionBody, lesson_id: str) -> dict[str, Any]:
    """Promise to do something about a lesson."""
    lesson = lessons.lesson(visit.tx, visit.incident.id, lesson_id)
    made = lessons.take_action(visit.tx, lesson, body.words, owner=body.owner, due_on=body.due_on, **visit.hands)
    return {"id": made.id}


@act("/incidents/<reference>/actions/<action_id>/done", page="close_page", said="The action is done.")
def finish_action(visit: Visit, action_id: str) -> dict[str, Any]:
    """Say that an action was done."""
    found = lessons.finish_action(visit.tx, lessons.action(visit.tx, visit.incident.id, action_id), **visit.hands)
    return {"id": found.id, "done_at": found.done_at}
