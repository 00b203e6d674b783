"""Acts of an incident's playbook: open it; start, finish, skip and reopen its steps."""

from typing import Any

from pydantic import Field

from incidents.record import journal
from incidents.respond import play
from packs import Strict
from web.acts.act import Visit, act

_STEP = "/incidents/<reference>/steps/<step>"


class OpenBody(Strict):
    """The playbook; the one that the incident's kind and role choose unless said."""

    playbook: str | None = None


class DoneBody(Strict):
    """What the step decided, and a note that stays in the journal."""

    answers: tuple[str, ...] = Field((), description="Texts of the form fact=value, for a step that decides.")
    note: str | None = None


class StepReasonBody(Strict):
    """Why."""

    reason: str


@act("/incidents/<reference>/playbook", page="playbook", said="The playbook is open.")
def open_playbook(visit: Visit, body: OpenBody) -> dict[str, Any]:
    """Open the playbook of an incident."""
    incident = visit.incident
    play.open_playbook(visit.tx, incident, kit=visit.kit.of(incident), by=visit.by, wanted=body.playbook)
    return {"playbook": incident.playbook}


@act(f"{_STEP}/start", page="playbook", said="It is in hand.")
def start_step(visit: Visit, step: str) -> dict[str, Any]:
    """Take a step in hand, so that others see it."""
    incident = visit.incident
    play.start(visit.tx, incident, step, kit=visit.kit.of(incident), by=visit.by)
    return {"step": step}


@act(f"{_STEP}/done", page="playbook", said="Done.")
def finish_step(visit: Visit, body: DoneBody, step: str) -> dict[str, Any]:
    """Say that a task is done, with the answers that it decides."""
    incident = visit.incident
    given = play.read_answers(journal.plan_of(visit.tx, incident.id), [one for one in body.answers if one])
    kit = visit.kit.of(incident)
    play.finish(visit.tx, incident, step, kit=kit, by=visit.by, answers=given, reason=body.note)
    return {"step": step}


@act(f"{_STEP}/skip", page="playbook", said="Left out.")
def skip_step(visit: Visit, body: StepReasonBody, step: str) -> dict[str, Any]:
    """Leave a step out, with the reason."""
    incident = visit.incident
    play.skip(visit.tx, incident, step, kit=visit.kit.of(incident), by=visit.by, reason=body.reason)
    return {"step": step}


@act(f"{_STEP}/reopen", page="playbook", said="It is to be done again.")
def reopen_step(visit: Visit, body: StepReasonBody, step: str) -> dict[str, Any]:
    """Say that a step has to be done again; what it answered is unknown from now on."""
    incident = visit.incident
    play.reopen_step(visit.tx, incident, step, kit=visit.kit.of(incident), by=visit.by, reason=body.reason)
    return {"step": step}
