"""The journal of a running playbook: entries in closed words, and what they come to when replayed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from playbooks.conditions import FactValue
from playbooks.plan import Playbook, Step


class StepWord(StrEnum):
    """What can happen to a step."""

    STARTED = "started"
    DONE = "done"
    SKIPPED = "skipped"
    REOPENED = "reopened"
    FAILED = "failed"


WORDS: dict[StepWord, str] = {
    StepWord.STARTED: "Somebody has it in hand.",
    StepWord.DONE: "It was done; a step that decides facts carries the answers.",
    StepWord.SKIPPED: "It was left out, and the reason is written down.",
    StepWord.REOPENED: "It has to be done again, and the reason is written down.",
    StepWord.FAILED: "It was tried and did not work; the reason is written down and it waits to be tried again.",
}

_REASONED = {StepWord.SKIPPED, StepWord.REOPENED, StepWord.FAILED}


@dataclass(frozen=True)
class StepEntry:
    """One line of the journal; `by` is an opaque name of who acted, `answers` hold the facts that the step decides."""

    step_id: str
    word: StepWord
    at: datetime
    by: str
    reason: str | None = None
    answers: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True)
class StepRecord:
    """Where one step stands after the replay: its last word, and when it was done first and last."""

    last: StepEntry
    times_done: int = 0
    done_at: datetime | None = None


@dataclass(frozen=True)
class Replay:
    """All that the journal says: a record for each step that was touched, and the answers that hold now."""

    steps: Mapping[str, StepRecord]
    answers: Mapping[str, FactValue]


@dataclass(frozen=True)
class Objection:
    """Why an entry may not be written: a stable word for machines and a sentence for people."""

    code: str
    sentence: str


def replay(entries: Iterable[StepEntry]) -> Replay:
    """Read the journal from the first line to the last. The same lines give the same replay, on any day."""
    steps: dict[str, StepRecord] = {}
    answered: dict[str, tuple[str, FactValue]] = {}
    for entry in entries:
        before = steps.get(entry.step_id)
        times, done_at = (before.times_done, before.done_at) if before else (0, None)
        if entry.word is StepWord.DONE:
            times, done_at = times + 1, entry.at
            answered |= {name: (entry.step_id, value) for name, value in entry.answers.items()}
        if entry.word is StepWord.REOPENED:
            # A question that is open again is unknown again; the old answer must not decide anything meanwhile.
            answered = {name: pair for name, pair in answered.items() if pair[0] != entry.step_id}
        steps[entry.step_id] = StepRecord(entry, times, done_at)
    return Replay(steps, {name: value for name, (_, value) in answered.items()})


def objection(playbook: Playbook, entries: Iterable[StepEntry], entry: StepEntry) -> Objection | None:
    """Why `entry` may not follow `entries`, or None when it may."""
    step = playbook.step(entry.step_id)
    if step is None:
        return Objection("no_such_step", f"The playbook {playbook.playbook} has no step '{entry.step_id}'.")
    record = replay(entries).steps.get(entry.step_id)
    return _out_of_turn(step, record, entry) or _without_reason(step, entry) or _wrong_answers(playbook, step, entry)


def _out_of_turn(step: Step, record: StepRecord | None, entry: StepEntry) -> Objection | None:
    closed = record is not None and record.last.word in {StepWord.DONE, StepWord.SKIPPED}
    if entry.word is StepWord.REOPENED and not closed:
        return Objection("not_closed", f"Step '{step.id}' is open; there is nothing to reopen.")
    if entry.word is not StepWord.REOPENED and closed and record:
        return Objection("already_closed", f"Step '{step.id}' is already {record.last.word}; reopen it first.")
    return None


def _without_reason(step: Step, entry: StepEntry) -> Objection | None:
    if entry.word in _REASONED and not (entry.reason or "").strip():
        return Objection("reason_missing", f"Step '{step.id}' can be {entry.word} only with a reason.")
    if entry.word is StepWord.SKIPPED and step.must:
        return Objection("must_be_done", f"Step '{step.id}' ({step.title}) cannot be skipped.")
    if entry.word is StepWord.SKIPPED and step.decides:
        names = ", ".join(step.decides)
        return Objection("must_be_decided", f"Step '{step.id}' decides {names}; skipping would leave it unknown.")
    return None


def _wrong_answers(playbook: Playbook, step: Step, entry: StepEntry) -> Objection | None:
    wanted = set(step.decides) if entry.word is StepWord.DONE else set()
    if unasked := sorted(set(entry.answers) - wanted):
        return Objection("answer_not_asked", f"Step '{step.id}' does not decide {', '.join(unasked)}.")
    if missing := sorted(wanted - set(entry.answers)):
        questions = " ".join(f"{name}: {playbook.facts[name].question}" for name in missing)
        return Objection("answer_missing", f"Step '{step.id}' is done when it is answered: {questions}")
    for name, value in entry.answers.items():
        if not playbook.facts[name].fits(value):
            kind = playbook.facts[name]
            allowed = ", ".join(kind.words) if kind.words else {"yes_no": "yes or no"}.get(kind.kind, "a number")
            return Objection("answer_unfit", f"'{name}' is answered with {allowed}.")
    return None
