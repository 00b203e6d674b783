"""The plan: a playbook and its steps, as a file writes them and as a running incident pins them."""

import hashlib
import json
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from packs import Strict
from playbooks.conditions import Condition
from playbooks.phases import Phase

StepId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=80)]
FactName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]
Sentence = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Line = Annotated[str, StringConstraints(pattern=r"^[^\r\n]+$", strip_whitespace=True)]


class Role(StrEnum):
    """Who does a step; the roles that people of ours can hold."""

    RESPONDER = "responder"
    COMMUNICATIONS = "communications"
    COMPLIANCE = "compliance"
    APPROVER = "approver"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Anchor(StrEnum):
    """The moments from which a due time can run; the incident's record says when each was, and who said so."""

    BECAME_AWARE_AT = "became_aware_at"
    DISCOVERED_AT = "discovered_at"
    DETERMINED_AT = "determined_at"
    CLASSIFIED_AT = "classified_at"
    OCCURRED_AT = "occurred_at"
    CONTAINED_AT = "contained_at"
    HANDLING_ENDED_AT = "handling_ended_at"
    TOLD_BY_PROCESSOR_AT = "told_by_processor_at"
    REGULATOR_NOTIFIED_AT = "regulator_notified_at"
    INDIVIDUALS_NOTIFIED_AT = "individuals_notified_at"
    INITIAL_FILED_AT = "initial_filed_at"
    INTERMEDIATE_FILED_AT = "intermediate_filed_at"
    ASSESSED_AT = "assessed_at"
    MATERIAL_AT = "material_at"
    SCOPE_KNOWN_AT = "scope_known_at"
    RANSOM_PAID_AT = "ransom_paid_at"
    FIX_AVAILABLE_AT = "fix_available_at"
    RELEASED_BY_POLICE_AT = "released_by_police_at"


class Signal(StrEnum):
    """What makes a step that was done be done again."""

    NEW_EVIDENCE = "new_evidence"
    NEW_SNAPSHOT = "new_snapshot"
    FACTS_CHANGED = "facts_changed"
    NEW_ASSESSMENT = "new_assessment"
    NOTICE_VOIDED = "notice_voided"


class Due(Strict):
    """When a step is due: `within` (ISO 8601 duration) `after` an anchor, or after another step was done.

    This is the team's own target. What a law demands is in the ledger of obligations, with its citation.
    """

    after: Anchor | None = None
    after_step: StepId | None = None
    within: timedelta

    @model_validator(mode="after")
    def _runs_from_one_moment(self) -> Self:
        if (self.after is None) == (self.after_step is None):
            raise ValueError("a due time runs from exactly one of 'after' (an anchor) and 'after_step'")
        if self.within < timedelta(0):
            raise ValueError("'within' cannot be negative")
        return self


class Fact(Strict):
    """One thing the plan asks: the record knows `incident` facts, a step that decides it answers an `answered` one."""

    question: Sentence
    source: Literal["incident", "answered"] = "answered"
    kind: Literal["yes_no", "number", "word"] = "yes_no"
    words: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_words_when_it_needs_them(self) -> Self:
        if (self.kind == "word") != bool(self.words):
            raise ValueError("'words' lists the possible answers of a fact of kind 'word', and of no other")
        return self

    def fits(self, value: object) -> bool:
        """Whether `value` is an answer to the question."""
        if self.kind == "yes_no":
            return isinstance(value, bool)
        if self.kind == "number":
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return value in self.words


class Step(Strict):
    """One thing to do: an `action` (a verb of the hall) or, without one, a task for a person of `role`."""

    id: StepId
    title: Sentence
    phase: Phase
    role: Role
    action: str | None = None
    needs: tuple[StepId, ...] = ()
    when: Condition | None = None
    due: Due | None = None
    decides: tuple[FactName, ...] = ()
    must: bool = Field(False, description="Cannot be skipped, not even with a reason.")
    again_on: tuple[Signal, ...] = ()
    how: tuple[Line, ...] = Field(min_length=1, description="One instruction a line, for a tired person at 3 a.m.")
    kept: dict[str, Any] = Field(default_factory=dict, description="What an imported document said that we cannot use.")


class Opening(Strict):
    """The incidents that open with this playbook when nobody chooses another: a kind, and the company's roles."""

    kind: str
    roles: tuple[str, ...] = Field((), description="Empty: any role.")


class Playbook(Strict):
    """A whole plan. `version` is raised with every change; the digest pins the exact wording."""

    playbook: StepId
    title: Sentence
    version: Annotated[str, StringConstraints(pattern=r"^\d+(\.\d+)*$")]
    written_on: date
    changed_on: date
    summary: Sentence
    suits: Sentence = Field(description="One sentence that tells a person when to choose this playbook.")
    opens_for: tuple[Opening, ...] = ()
    facts: dict[FactName, Fact] = Field(default_factory=dict)
    steps: tuple[Step, ...] = Field(min_length=1)
    kept: dict[str, Any] = Field(default_factory=dict)

    def step(self, step_id: str) -> Step | None:
        """The step of that id, or None."""
        return next((step for step in self.steps if step.id == step_id), None)


def as_plain(playbook: Playbook) -> dict[str, Any]:
    """The playbook as JSON types, without what is at its default: what a file, a pin and a digest hold."""
    plain: dict[str, Any] = playbook.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return plain


def digest(playbook: Playbook) -> str:
    """SHA-256 over the canonical JSON of the plan: `sha256:` and 64 hexadecimal digits."""
    text = json.dumps(as_plain(playbook), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def unpin(pinned: dict[str, Any]) -> Playbook:
    """The playbook that `as_plain` wrote, whatever the library has become since."""
    return Playbook.model_validate(pinned)
