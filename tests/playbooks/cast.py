"""A small plan that tests can bend: a hole, a decision, a notice, a review."""

from datetime import UTC, datetime, timedelta

from playbooks.journal import StepEntry, StepWord
from playbooks.load import parse
from playbooks.plan import Playbook, Step

T0 = datetime(2026, 3, 6, 13, 40, tzinfo=UTC)

SMALL = """\
playbook: small
title: A small plan
version: "1"
written_on: 2026-03-01
changed_on: 2026-03-02
summary: A plan for tests.
suits: Tests.
facts:
  still_open: {question: Is it still open?}
  notice_owed: {question: Is a notice owed?, source: incident}
steps:
  - id: collect
    title: Collect
    phase: assess
    role: responder
    action: evidence.collect
    due: {after: became_aware_at, within: PT2H}
    again_on: [new_evidence]
    how: [Take a copy.]
  - id: look
    title: Look whether it is open
    phase: contain
    role: responder
    needs: [collect]
    decides: [still_open]
    how: [Try from outside.]
  - id: shut
    title: Shut it
    phase: contain
    role: responder
    needs: [look]
    when: {fact: still_open, is: true}
    must: true
    due: {after_step: look, within: PT1H}
    how: [Close the port., Check again.]
  - id: tell
    title: Tell the people
    phase: notify
    role: communications
    action: notice.send
    needs: [shut]
    when: {fact: notice_owed, is: true}
    how: [Send.]
  - id: review
    title: Look back
    phase: learn
    role: responder
    needs: [tell]
    how: [Talk.]
"""


def small(old: str = "", new: str = "") -> Playbook:
    """The small plan, with one text replaced."""
    assert not old or old in SMALL
    return parse(SMALL.replace(old, new), name="small.yaml")


def entry(step_id: str, word: str, minutes: int = 0, *, reason: str | None = None, **answers: bool) -> StepEntry:
    """A journal line `minutes` after T0."""
    return StepEntry(step_id, StepWord(word), T0 + timedelta(minutes=minutes), "act_wen", reason, answers)


def named(plan: Playbook, step_id: str) -> Step:
    """The step of that id; a test that asks for one that is not there fails."""
    step = plan.step(step_id)
    assert step is not None, step_id
    return step


def condition_of(plan: Playbook, step_id: str) -> str:
    """The condition of that step, as a person reads it."""
    when = named(plan, step_id).when
    return when.as_text() if when else "always"
