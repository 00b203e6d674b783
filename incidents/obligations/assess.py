"""Assess an incident: the law engine's answer becomes ledger rows; what changed supersedes, what was met stays met."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.ids import new_id
from incidents.obligations.facts import facts_of
from incidents.obligations.ledger import live, newest_assessment
from incidents.obligations.states import SETTLED, State
from incidents.obligations.tables import Assessment, LedgerEntry
from incidents.record import timeline
from incidents.record.actor import TOCSIN, Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Incident
from policies.duties import STRENGTH
from policies.evaluate import evaluate
from policies.facts import CohortFacts, Facts
from policies.load import Packs
from policies.outcome import Evaluation, Obligation, as_json
from policies.vocabulary import Audience, Decision

# When more people turn up, these are owed the telling again; an authority is owed a supplement instead.
TOLD_AGAIN = (Audience.AFFECTED_INDIVIDUALS, Audience.GUARDIANS, Audience.CONTROLLER)
CHANGING = (
    "decision",
    "due_at",
    "target_at",
    "citation",
    "contents",
    "cohorts",
    "coverage",
    "people_min",
    "people_max",
    "substitute",
)


class What(StrEnum):
    """What an assessment did to one obligation."""

    NEW = "new"
    CHANGED = "changed"
    REOPENED = "reopened"
    RECHECKED = "rechecked"
    GONE = "gone"


@dataclass(frozen=True)
class Change:
    """One difference from the assessment before; `fields` names what is not as it was."""

    what: What
    party: str
    duty: str
    subject: str
    state: State
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assessed:
    """What an assessment left in the ledger; no `changes` where it said the same as the one before."""

    assessment: Assessment
    entries: tuple[LedgerEntry, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class _Answer:
    """One obligation as the engine said it, the same as JSON, and the digest of that."""

    said: Obligation
    plain: dict[str, Any]
    digest: str


def assess(
    tx: Session,
    incident: Incident,
    *,
    by: Actor,
    clock: Clock,
    packs: Packs,
) -> Assessed:
    """Ask every law and promise what is owed on the facts of now. Running it twice changes nothing.

    Who is affected is read from the newest snapshot; before the first, estimates on record stand in.
    """
    must_be_open(incident)
    if by is not TOCSIN:
        by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    known = facts_of(tx, incident, now=clock.now())
    said = evaluate(packs, known)
    before = newest_assessment(tx, incident.id)
    answers = [_Answer(one, plain := as_json(one), _digest(plain)) for one in said.obligations]
    digest = _digest([as_json(said.questions), list(said.warnings), *(one.digest for one in answers)])
    if before is not None and before.digest == digest:
        before.packs = packs.digest
        return Assessed(before, tuple(live(tx, incident.id)), ())
    number = before.number + 1 if before else 1
    run = _run(incident, known, said, number=number, digest=digest, packs=packs.digest, by=by, now=clock.now())
    tx.add(run)
    tx.flush()
    changes = tuple(_write(tx, run, known, answers, clock.now()))
    tx.flush()
    timeline.append(tx, incident.id, "obligations.assessed", _told(run, changes), by=by, clock=clock)
    return Assessed(run, tuple(live(tx, incident.id)), changes)


def _run(
    incident: Incident,
    known: Facts,
    said: Evaluation,
    *,
    number: int,
    digest: str,
    packs: str,
    by: Actor,
    now: datetime,
) -> Assessment:
    return Assessment(
        id=new_id("asm"),
        incident_id=incident.id,
        number=number,
        assessed_at=now,
        assessed_by=by.id,
        assessed_by_name=by.name,
        facts=as_json(known),
        questions=as_json(said.questions),
        warnings=list(said.warnings),
        set_aside=as_json(said.set_aside),
        packs=packs,
        digest=digest,
    )


def _write(tx: Session, run: Assessment, known: Facts, found: Iterable[_Answer], now: datetime) -> Iterator[Change]:
    standing = {(row.party, row.duty, row.subject): row for row in live(tx, run.incident_id)}
    cohorts = {cohort.id: cohort for cohort in known.cohorts}
    for one in found:
        row = standing.pop((one.said.party, one.said.id, one.said.subject), None)
        if row is not None and row.digest == one.digest:
            continue
        entry = _entry(run, one, cohorts, now)
        if row is None:
            tx.add(entry)
            yield _change(What.NEW, entry)
        elif row.state in SETTLED:
            yield from _recheck(tx, row, entry, run)
        else:
            _supersede(row, now)
            entry.previous_id = row.id
            tx.add(entry)
            yield _change(What.CHANGED, entry, _differing(row, entry))
    for row in standing.values():
        # The engine no longer names this duty of this party: the law or the people behind it went.
        if row.state not in SETTLED:
            _supersede(row, now)
            yield _change(What.GONE, row)


def _recheck(tx: Session, row: LedgerEntry, entry: LedgerEntry, run: Assessment) -> Iterator[Change]:
    if (row.rechecked or {}).get("digest") == entry.digest:
        return
    differing = _differing(row, entry)
    row.rechecked = {
        "assessment": run.id,
        "digest": entry.digest,
        "decision": entry.decision,
        "differs": list(differing),
    }
    more = _more_people(row.coverage, entry.coverage)
    told_again = entry.owed_to in TOLD_AGAIN and bool(more) and entry.state in (State.OWED, State.POSSIBLE)
    # A waiver was a decision on the facts and the law of its day; on others somebody decides again.
    stronger = STRENGTH[Decision.of(entry.decision)] > STRENGTH[Decision.of(row.decision)]
    decided_on_other_facts = row.state in (State.WAIVED, State.IMPOSSIBLE) and (bool(more) or stronger)
    if not (told_again or decided_on_other_facts):
        yield _change(What.RECHECKED, row, differing)
        return
    entry.previous_id = row.id
    tx.add(entry)
    yield _change(What.REOPENED, entry, differing)


def _more_people(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The cohorts with more people than before; None (nobody can say how many) is more than any number."""

    def most(value: int | None) -> float:
        return float("inf") if value is None else value

    return {key: count for key, count in now.items() if most(count) > (most(before[key]) if key in before else 0)}


def _entry(run: Assessment, answer: _Answer, cohorts: Mapping[str, CohortFacts], now: datetime) -> LedgerEntry:
    one, deadline = answer.said, answer.said.deadline
    return LedgerEntry(
        id=new_id("obl"),
        incident_id=run.incident_id,
        assessment_id=run.id,
        duty=one.id,
        law=one.law,
        party=one.party,
        owed_to=one.owed_to,
        subject=one.subject,
        does=one.does,
        state=State.of(one.decision),
        decision=one.decision,
        because=list(one.because),
        trace=answer.plain["reasoned"],
        cohorts=list(one.cohorts),
        coverage={_key(cohorts[cohort]): cohorts[cohort].people.max for cohort in one.cohorts},
        people_min=one.people.min,
        people_max=one.people.max,
        citation=one.citation,
        known=one.known,
        to_confirm=one.to_confirm,
        law_state=one.state,
        deadline_kind=deadline.kind,
        deadline_says=deadline.sentence,
        provisional=deadline.provisional,
        waiting_for=list(deadline.waiting_for),
        anchor=deadline.anchor,
        due_at=deadline.due_at,
        target_at=deadline.target_at,
        escalate_at=[at.isoformat() for at in deadline.escalate_at],
        contents=list(one.contents),
        later_contents=list(one.later_contents),
        forbidden=list(one.forbidden),
        methods=list(one.methods),
        substitute=answer.plain["substitute"],
        form=one.form,
        phase=one.phase,
        follows=one.follows,
        note=one.note,
        digest=answer.digest,
        written_at=now,
    )


def assess_again(tx: Session, incident: Incident, *, by: Actor, clock: Clock, packs: Packs) -> bool:
    """Run the assessment again after a fact changed, if there was one before: its answer depends on the fact."""
    before = newest_assessment(tx, incident.id) is not None
    if before:
        assess(tx, incident, by=by, clock=clock, packs=packs)
    return before


def _key(cohort: CohortFacts) -> str:
    kinds = "+".join(sorted(cohort.categories))
    parts = (cohort.controller, cohort.residence, cohort.region or "", cohort.role, cohort.language)
    return "|".join((*parts, cohort.age_band, cohort.standing, kinds))


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _supersede(row: LedgerEntry, now: datetime) -> None:
    row.superseded_at = now
    row.state = State.SUPERSEDED


def _differing(row: LedgerEntry, entry: LedgerEntry) -> tuple[str, ...]:
    return tuple(name for name in CHANGING if getattr(row, name) != getattr(entry, name)) or ("reasons",)


def _change(what: What, row: LedgerEntry, fields: tuple[str, ...] = ()) -> Change:
    return Change(what, row.party, row.duty, row.subject, State.of(row.state), fields)


def _told(run: Assessment, changes: tuple[Change, ...]) -> dict[str, Any]:
    return {
        "assessment": run.id,
        "number": run.number,
        "questions": len(run.questions),
        "changes": [
            {
                "what": one.what,
                "party": one.party,
                "duty": one.duty,
                "subject": one.subject,
                "state": one.state,
                "differs": list(one.fields),
            }
            for one in changes
            if one.state is not State.NOT_OWED or one.what is not What.NEW
        ],
    }
