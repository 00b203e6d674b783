"""Opens, advances and answers an incident's playbook; every change is a line of the journal and of the timeline."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.kit import Kit
from incidents.record import journal, timeline
from incidents.record.actor import TOCSIN, Actor, ActorRole
from incidents.record.tables import Incident, JournalRow, PinnedPlan, TimelineEntry
from incidents.respond.actions import ACTIONS
from incidents.respond.known import anchors_of, facts_of
from playbooks.conditions import FactValue
from playbooks.journal import StepWord
from playbooks.load import choose
from playbooks.plan import Playbook, Signal, Step
from playbooks.progress import Progress, StepState, progress

# Which lines of the timeline make a step that was done be done again.
SIGNALS: Mapping[str, Signal] = {
    "evidence.collected": Signal.NEW_EVIDENCE,
    "evidence.withdrawn": Signal.NEW_EVIDENCE,
    "snapshot.frozen": Signal.NEW_SNAPSHOT,
    "fact.answered": Signal.FACTS_CHANGED,
    "anchor.set": Signal.FACTS_CHANGED,
    "incident.reclassified": Signal.FACTS_CHANGED,
    "snapshot.decided": Signal.FACTS_CHANGED,
    "obligations.assessed": Signal.NEW_ASSESSMENT,
    "notice.approval_void": Signal.NOTICE_VOIDED,
}
_WORKABLE = (StepState.READY, StepState.STARTED, StepState.FAILED)
_MOST_ROUNDS = 50  # each round of an advance finishes at least one step; more rounds than steps would be a bug


def open_playbook(
    tx: Session, incident: Incident, *, kit: Kit, by: Actor, wanted: str | None = None
) -> tuple[str, ...]:
    """Pin the playbook `wanted`, or the one that the incident's kind and role choose, and advance it.

    Gives back the steps that became done. Raises NotFound for an unknown playbook or when none suits.
    """
    if by is not TOCSIN:
        by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    library: Mapping[str, Playbook] = kit.playbooks
    playbook = library.get(wanted) if wanted else choose(library, kind=incident.kind, role=incident.role)
    if playbook is None:
        raise NotFound("playbook", wanted or f"for {incident.kind}, {incident.role}")
    journal.pin(tx, incident, playbook, by=by, clock=kit.clock)
    tx.flush()
    return advance(tx, incident, kit=kit)


def open_chosen(tx: Session, incident: Incident, *, kit: Kit, by: Actor) -> bool:
    """Open the playbook that a just declared incident's kind and role choose; whether the library has one for it."""
    if choose(kit.playbooks, kind=incident.kind, role=incident.role) is None:
        return False
    open_playbook(tx, incident, kit=kit, by=by)
    return True


def standing(tx: Session, incident: Incident, *, clock: Clock) -> Progress:
    """Where each step of the incident's playbook stands now. Raises NotFound before one was opened."""
    return progress(
        journal.plan_of(tx, incident.id),
        journal.read(tx, incident.id),
        facts=facts_of(tx, incident, clock=clock),
        anchors=anchors_of(tx, incident),
        now=clock.now(),
    )


def advance(tx: Session, incident: Incident, *, kit: Kit) -> tuple[str, ...]:
    """Reopen what has to be done again, note what was done through any door, do what the machine can do itself, and say
    what fell due. Gives back the steps that became done, in order. Harmless when called twice."""
    row = journal.pinned(tx, incident.id)
    finished: list[str] = []
    tried: set[str] = set()
    for _ in range(_MOST_ROUNDS):
        _reopen(tx, incident, tried, clock=kit.clock)
        step = _one_more(tx, incident, tried, kit=kit)
        if step is None:
            break
        tried.add(step.id)
        finished += [step.id] if _carry_out(tx, incident, step, kit=kit) else []
    _say_overdue(tx, incident, row, clock=kit.clock)
    row.seen_seq = timeline.read(tx, incident.id)[-1].seq
    return tuple(finished)


def finish(
    tx: Session,
    incident: Incident,
    step_id: str,
    *,
    kit: Kit,
    by: Actor,
    answers: Mapping[str, FactValue] | None = None,
    reason: str | None = None,
) -> JournalRow:
    """A person says that a task is done, with the answers that it decides. Raises Refused for a step that is a verb and
    was not carried out at all: it is done by doing it. Of one that was carried out in part, a person may say that it is
    enough."""
    step = _step_for(tx, incident, step_id, by)
    if step.action is not None and not _Past(tx, incident).shows(step):
        raise Refused("do_it", f"Step '{step.id}' is done by its verb, {step.action}; it cannot be ticked off.")
    return _write(tx, incident, step, StepWord.DONE, kit=kit, by=by, answers=answers, reason=reason)


def skip(tx: Session, incident: Incident, step_id: str, *, kit: Kit, by: Actor, reason: str) -> JournalRow:
    """A person leaves a step out, with the reason. Raises Refused for what must be done or decided."""
    return _write(tx, incident, _step_for(tx, incident, step_id, by), StepWord.SKIPPED, kit=kit, by=by, reason=reason)


def start(tx: Session, incident: Incident, step_id: str, *, kit: Kit, by: Actor) -> JournalRow:
    """A person takes a step in hand, so that others see it."""
    return _write(tx, incident, _step_for(tx, incident, step_id, by), StepWord.STARTED, kit=kit, by=by)


def reopen_step(tx: Session, incident: Incident, step_id: str, *, kit: Kit, by: Actor, reason: str) -> JournalRow:
    """A step has to be done again, for the reason; an answer that it gave is unknown from now on."""
    return _write(tx, incident, _step_for(tx, incident, step_id, by), StepWord.REOPENED, kit=kit, by=by, reason=reason)


def read_answers(playbook: Playbook, given: Sequence[str]) -> dict[str, FactValue]:
    """`name=value` texts as the playbook's facts want them: yes or no, a number, or one of the words."""
    found: dict[str, FactValue] = {}
    for text in given:
        name, _, value = text.partition("=")
        fact = playbook.facts.get(name)
        if fact is None or not value:
            raise BadInput(f"answer: '{text}' is not of the form fact=value with a fact of this playbook.")
        if fact.kind == "number" and not value.isdigit():
            raise BadInput(f"answer: {name} is a number, not '{value}'.")
        if fact.kind == "yes_no" and value not in {"yes", "no"}:
            raise BadInput(f"answer: {name} is yes or no, not '{value}'; leave it open while nobody knows.")
        found[name] = value == "yes" if fact.kind == "yes_no" else int(value) if fact.kind == "number" else value
    return found


def _step_for(tx: Session, incident: Incident, step_id: str, by: Actor) -> Step:
    step = journal.plan_of(tx, incident.id).step(step_id)
    if step is None:
        raise NotFound("step", step_id)
    by.must_be(ActorRole(step.role))
    return step


def _write(
    tx: Session,
    incident: Incident,
    step: Step,
    word: StepWord,
    *,
    kit: Kit,
    by: Actor,
    reason: str | None = None,
    answers: Mapping[str, FactValue] | None = None,
) -> JournalRow:
    row = journal.write(tx, incident, step.id, word, by=by, clock=kit.clock, reason=reason, answers=answers)
    advance(tx, incident, kit=kit)
    return row


def _one_more(tx: Session, incident: Incident, tried: set[str], *, kit: Kit) -> Step | None:
    """The next step that is a verb and was either shown to be done or can be done by the machine."""
    past = _Past(tx, incident)
    for one in standing(tx, incident, clock=kit.clock).within(*_WORKABLE):
        act = ACTIONS.get(one.step.action or "")
        if act is None or one.step.id in tried:
            continue
        whole = past.shows(one.step) and not (act.left and act.left(tx, incident))
        if whole or (act.run is not None and incident.closed_at is None):
            return one.step
    return None


def _carry_out(tx: Session, incident: Incident, step: Step, *, kit: Kit) -> bool:
    past, run = _Past(tx, incident), ACTIONS[step.action or ""].run
    if run is not None and not past.shows(step):
        try:
            with tx.begin_nested():
                run(tx, incident, kit)
        except (Refused, BadInput) as error:
            last = past.of(step)[-1:]
            if [(row.word, row.reason) for row in last] != [(StepWord.FAILED, str(error))]:
                journal.write(tx, incident, step.id, StepWord.FAILED, by=TOCSIN, clock=kit.clock, reason=str(error))
            return False
    journal.write(tx, incident, step.id, StepWord.DONE, by=TOCSIN, clock=kit.clock)
    return True


class _Past:
    """The timeline and the journal of an incident as they stand, read once."""

    def __init__(self, tx: Session, incident: Incident) -> None:
        self.lines = timeline.read(tx, incident.id)
        self.rows = journal.rows(tx, incident.id)

    def of(self, step: Step) -> list[JournalRow]:
        """The journal's rows of one step."""
        return [row for row in self.rows if row.step == step.id]

    def shows(self, step: Step) -> bool:
        """Whether a line of the step's verb was written since the step was last opened again."""
        act = ACTIONS.get(step.action or "")
        if act is None:
            return False
        # Of a verb whose rest can be counted, a line of any time will do: what is left decides whether it is done.
        opened = [row.timeline_seq for row in self.of(step) if row.word == StepWord.REOPENED and not act.left]
        return any(line.seq > max(opened, default=0) and line.kind in act.shown_by for line in self.lines)

    def calls(self, step: Step) -> TimelineEntry | None:
        """The last line that asks for a step which was done to be done again."""
        closed, act = self.of(step)[-1:], ACTIONS.get(step.action or "")
        if not closed or closed[0].word != StepWord.DONE:
            return None
        own = act.shown_by if act else frozenset()
        found = [
            line
            for line in self.lines
            if line.seq > closed[0].timeline_seq and SIGNALS.get(line.kind) in step.again_on and line.kind not in own
        ]
        return found[-1] if found else None


def _reopen(tx: Session, incident: Incident, tried: set[str], *, clock: Clock) -> None:
    past = _Past(tx, incident)
    for step in () if incident.closed_at else journal.plan_of(tx, incident.id).steps:
        act = ACTIONS.get(step.action or "")
        nothing_left = act is not None and act.left is not None and not act.left(tx, incident)
        if step.again_on and step.id not in tried and not nothing_left and (line := past.calls(step)):
            reason = f"{line.kind} at line {line.seq}"
            journal.write(tx, incident, step.id, StepWord.REOPENED, by=TOCSIN, clock=clock, reason=reason)


def _say_overdue(tx: Session, incident: Incident, row: PinnedPlan, *, clock: Clock) -> None:
    """One line for each step whose time has passed, once for each time; then remember when the next one falls due."""
    row.next_due_at = None
    if incident.closed_at is not None:
        return
    lines = timeline.read(tx, incident.id)
    told = {(line.detail["step"], line.detail["due_at"]) for line in lines if line.kind == "step.overdue"}
    now = standing(tx, incident, clock=clock)
    for one in now.overdue:
        due_at = one.due_at.isoformat() if one.due_at else None
        if (one.step.id, due_at) not in told:
            detail = {"step": one.step.id, "due_at": due_at, "role": one.step.role}
            timeline.append(tx, incident.id, "step.overdue", detail, by=TOCSIN, clock=clock, happened_at=one.due_at)
    ahead = [one.due_at for one in now.steps if one.due_at and not one.finished and not one.overdue]
    row.next_due_at = min(ahead, default=None)
