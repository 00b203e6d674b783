"""Where a running playbook stands: which step is ready, waiting, undecided, overdue or done, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from playbooks.conditions import Facts, Verdict, decide
from playbooks.journal import Replay, StepEntry, StepWord, replay
from playbooks.plan import Playbook, Step


class StepState(StrEnum):
    """Where a step stands now."""

    WAITING = "waiting"
    UNDECIDED = "undecided"
    READY = "ready"
    STARTED = "started"
    FAILED = "failed"
    DONE = "done"
    SKIPPED = "skipped"
    NOT_NEEDED = "not_needed"


STATES: dict[StepState, str] = {
    StepState.WAITING: "A step before it is not finished.",
    StepState.UNDECIDED: "Whether it is needed depends on a fact that nobody knows yet.",
    StepState.READY: "It can be done now.",
    StepState.STARTED: "Somebody has it in hand.",
    StepState.FAILED: "It was tried and did not work; it can be tried again.",
    StepState.DONE: "It was done.",
    StepState.SKIPPED: "It was left out with a reason.",
    StepState.NOT_NEEDED: "The facts say that it is not needed.",
}

_NEVER = datetime.max.replace(tzinfo=UTC)
_FINISHED = {StepState.DONE, StepState.SKIPPED, StepState.NOT_NEEDED}
_OPEN_WORDS = {StepWord.STARTED: StepState.STARTED, StepWord.FAILED: StepState.FAILED}
_CLOSED_WORDS = {StepWord.DONE: StepState.DONE, StepWord.SKIPPED: StepState.SKIPPED}


@dataclass(frozen=True)
class StepProgress:
    """One step now: `why` in sentences; `due_at` is None where none is set or its clock has not started."""

    step: Step
    state: StepState
    why: tuple[str, ...]
    due_at: datetime | None
    overdue: bool

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do here."""
        return self.state in _FINISHED


@dataclass(frozen=True)
class Progress:
    """Every step of the plan, in its order, as it stands at one moment."""

    steps: tuple[StepProgress, ...]

    def within(self, *states: StepState) -> tuple[StepProgress, ...]:
        """The steps in any of `states`."""
        return tuple(one for one in self.steps if one.state in states)

    @property
    def next(self) -> tuple[StepProgress, ...]:
        """What can be worked on now: overdue first, then by due time, then in the order of the plan."""
        able = self.within(StepState.READY, StepState.STARTED, StepState.FAILED, StepState.UNDECIDED)
        return tuple(sorted(able, key=lambda one: (not one.overdue, one.due_at is None, one.due_at or _NEVER)))

    @property
    def overdue(self) -> tuple[StepProgress, ...]:
        """The unfinished steps whose time has passed, whether or not they could be done yet."""
        return tuple(one for one in self.steps if one.overdue)

    @property
    def finished(self) -> bool:
        """Whether every step is done, skipped or not needed."""
        return all(one.finished for one in self.steps)


def progress(
    playbook: Playbook,
    journal: Sequence[StepEntry],
    *,
    facts: Facts,
    anchors: Mapping[str, datetime | None],
    now: datetime,
) -> Progress:
    """Where each step stands at `now` (aware).

    `facts` are what the incident's record knows (None is unknown); answers in the journal are laid over them for the
    facts that a step decides. `anchors` maps the names of plan.Anchor to moments.
    """
    past = replay(journal)
    answered = {name: past.answers.get(name) for name, fact in playbook.facts.items() if fact.source == "answered"}
    known: Facts = {**facts, **answered}
    found: dict[str, StepProgress] = {}
    for step in in_order(playbook):
        state, why = _state(step, found, past, decide(step.when, known), playbook)
        due_at = _due_at(step, past, anchors)
        late = state not in _FINISHED and due_at is not None and due_at <= now
        found[step.id] = StepProgress(step, state, (*why, *_due_words(step, due_at, late)), due_at, late)
    return Progress(tuple(found[step.id] for step in playbook.steps))


def in_order(playbook: Playbook) -> list[Step]:
    """The steps so that each comes after all that it needs, otherwise as written. The plan must have no circle."""
    placed: dict[str, Step] = {}
    waiting = list(playbook.steps)
    while waiting:
        free = [step for step in waiting if all(need in placed for need in step.needs)]
        if not free:
            raise ValueError("the steps wait for one another in a circle")
        placed |= {step.id: step for step in free}
        waiting = [step for step in waiting if step.id not in placed]
    return list(placed.values())


def _state(
    step: Step, found: Mapping[str, StepProgress], past: Replay, verdict: Verdict, playbook: Playbook
) -> tuple[StepState, tuple[str, ...]]:
    record = past.steps.get(step.id)
    last = record.last if record else None
    if last and last.word in _CLOSED_WORDS:
        return _CLOSED_WORDS[last.word], _said(last)
    if verdict.holds is False:
        return StepState.NOT_NEEDED, verdict.because
    if last and last.word in _OPEN_WORDS:
        return _OPEN_WORDS[last.word], _said(last)
    open_needs = [need for need in step.needs if not found[need].finished]
    if open_needs:
        return StepState.WAITING, tuple(f"waits for '{need}' ({found[need].state})" for need in open_needs)
    if verdict.holds is None:
        return StepState.UNDECIDED, tuple(f"{name} is unknown: {_question(playbook, name)}" for name in verdict.missing)
    reopened = _said(last) if last else ()
    return StepState.READY, (*reopened, *verdict.because, *_after(step))


def _due_at(step: Step, past: Replay, anchors: Mapping[str, datetime | None]) -> datetime | None:
    if step.due is None:
        return None
    if step.due.after is not None:
        start = anchors.get(step.due.after)
    else:
        record = past.steps.get(step.due.after_step or "")
        start = record.done_at if record else None
    return start + step.due.within if start else None


def _due_words(step: Step, due_at: datetime | None, late: bool) -> tuple[str, ...]:
    if step.due is None:
        return ()
    if due_at is None:
        return (f"its time starts when {step.due.after or step.due.after_step} is known",)
    return (f"was due {due_at:%Y-%m-%d %H:%M}Z",) if late else ()


def _said(entry: StepEntry) -> tuple[str, ...]:
    reason = f": {entry.reason}" if entry.reason else ""
    return (f"{entry.word} at {entry.at:%Y-%m-%d %H:%M}Z by {entry.by}{reason}",)


def _question(playbook: Playbook, name: str) -> str:
    fact = playbook.facts.get(name)
    return fact.question if fact else "nobody has said"


def _after(step: Step) -> tuple[str, ...]:
    return ("all that it waits for is finished",) if step.needs else ("nothing has to come before it",)
