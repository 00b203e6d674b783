"""The playbook of an incident: its pinned plan, and its journal, line by line beside the timeline."""

from collections.abc import Mapping

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import NotFound, Refused
from incidents.foundation.ids import new_id
from incidents.record import timeline
from incidents.record.actor import Actor
from incidents.record.incident import must_be_open
from incidents.record.tables import Incident, JournalRow, PinnedPlan
from playbooks.conditions import FactValue
from playbooks.journal import StepEntry, StepWord, objection
from playbooks.plan import Playbook, as_plain, digest, unpin


def pin(tx: Session, incident: Incident, playbook: Playbook, *, by: Actor, clock: Clock) -> PinnedPlan:
    """Give the incident its plan; it keeps these words whatever becomes of the file. Raises Refused a second time."""
    must_be_open(incident)
    if tx.get(PinnedPlan, incident.id) is not None:
        raise Refused("playbook_open", f"{incident.reference} follows the playbook {incident.playbook} already.")
    row = PinnedPlan(
        incident_id=incident.id,
        playbook=playbook.playbook,
        version=playbook.version,
        digest=digest(playbook),
        plan=as_plain(playbook),
        pinned_at=clock.now(),
        pinned_by=by.id,
        seen_seq=0,
    )
    tx.add(row)
    incident.playbook = playbook.playbook
    detail = {"playbook": row.playbook, "version": row.version, "digest": row.digest}
    timeline.append(tx, incident.id, "playbook.opened", detail, by=by, clock=clock)
    return row


def pinned(tx: Session, incident_id: str) -> PinnedPlan:
    """The pinned plan of an incident. Raises NotFound before one was opened."""
    row = tx.get(PinnedPlan, incident_id)
    if row is None:
        raise NotFound("open playbook of incident", incident_id)
    return row


def plan_of(tx: Session, incident_id: str) -> Playbook:
    """The plan that the incident follows. Raises NotFound before one was opened."""
    return unpin(pinned(tx, incident_id).plan)


def rows(tx: Session, incident_id: str) -> list[JournalRow]:
    """The journal as it is stored, in order."""
    query = select(JournalRow).where(JournalRow.incident_id == incident_id).order_by(JournalRow.seq)
    return list(tx.scalars(query))


def read(tx: Session, incident_id: str) -> list[StepEntry]:
    """The journal as the room of playbooks replays it."""
    return [
        StepEntry(row.step, StepWord(row.word), row.at, row.actor_name, row.reason, row.answers)
        for row in rows(tx, incident_id)
    ]


def write(
    tx: Session,
    incident: Incident,
    step_id: str,
    word: StepWord,
    *,
    by: Actor,
    clock: Clock,
    reason: str | None = None,
    answers: Mapping[str, FactValue] | None = None,
) -> JournalRow:
    """Write one line. Raises Refused where it may not follow the lines before it.

    `answers` are closed words, numbers or yes and no and stand in the timeline too; the reason is free text, and not.
    """
    if word is not StepWord.DONE:
        must_be_open(incident)  # the proof is written after the case was closed, and its step is done then
    plan, past = plan_of(tx, incident.id), read(tx, incident.id)
    entry = StepEntry(step_id, word, clock.now(), by.name, reason, dict(answers or {}))
    found = objection(plan, past, entry)
    if found is not None:
        raise Refused(found.code, found.sentence)
    detail = {"step": step_id, "playbook": plan.playbook, "answers": dict(entry.answers), "reasoned": bool(reason)}
    line = timeline.append(tx, incident.id, f"step.{word}", detail, by=by, clock=clock)
    row = JournalRow(
        id=new_id("jrn"),
        incident_id=incident.id,
        seq=1 + (tx.scalar(_last(incident.id)) or 0),
        step=step_id,
        word=word,
        at=entry.at,
        actor_id=by.id,
        actor_name=by.name,
        reason=reason,
        answers=dict(entry.answers),
        timeline_seq=line.seq,
    )
    tx.add(row)
    tx.flush()
    return row


def _last(incident_id: str) -> Select[int]:
    return select(func.max(JournalRow.seq)).where(JournalRow.incident_id == incident_id)
