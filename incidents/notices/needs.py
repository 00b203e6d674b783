"""From the ledger to notices: whom this house tells what, in whose name; duties stay apart, messages are merged."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from incidents.notices.files import Purpose
from incidents.notices.library import NoticeWording, Wording
from incidents.obligations.ledger import live, newest_assessment
from incidents.obligations.states import State
from incidents.obligations.tables import LedgerEntry
from incidents.record.tables import Incident
from policies.facts import CohortFacts
from policies.vocabulary import Audience

_TOLD_PEOPLE = (Audience.AFFECTED_INDIVIDUALS, Audience.GUARDIANS)
_TO_TELL = (State.OWED, State.POSSIBLE)
# What was met belongs to the same message still: a draft made anew while the telling goes on must not shrink it.
_COUNTED = (*_TO_TELL, State.MET, State.LATE)


@dataclass(frozen=True)
class NoticeNeed:
    """One notice that somebody must write: what it must hold is the union of what all its duties ask."""

    wording: str
    purpose: Purpose
    party: str
    sender: str
    audience: Audience
    cohorts: tuple[CohortFacts, ...]
    obligations: tuple[str, ...]
    contents: tuple[str, ...]
    forbidden: tuple[str, ...]
    methods: tuple[str, ...]


def needs_of(tx: Session, incident: Incident, wording: Wording) -> list[NoticeNeed]:
    """What has to be written for this incident as the ledger stands.

    Only what the incident's own company owes is written: it tells another controller's people on that controller's
    instruction alone, which the ledger holds as a duty of ours.
    """
    cohorts = _cohorts(tx, incident.id)
    rows = [row for row in live(tx, incident.id) if row.state in _COUNTED]
    return list(_needs(incident.company, rows, cohorts, wording))


def _cohorts(tx: Session, incident_id: str) -> dict[str, CohortFacts]:
    run = newest_assessment(tx, incident_id)
    return {one["id"]: CohortFacts.model_validate(one) for one in run.facts["cohorts"]} if run else {}


def _needs(
    company: str, rows: Sequence[LedgerEntry], cohorts: dict[str, CohortFacts], wording: Wording
) -> Iterator[NoticeNeed]:
    ours = [row for row in rows if row.party == company]
    for notice in wording.notices.values():
        for audience in notice.own.audiences:
            relevant = _of_public(ours) if audience is Audience.PUBLIC else [r for r in ours if r.owed_to == audience]
            theirs = [row for row in rows if row.owed_to == audience and row.party != company]
            yield from _by_sender(notice, audience, company, rows=relevant, theirs=theirs, cohorts=cohorts)


def _of_public(rows: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    # Where a law or promise owes an announcement, or lets one stand in for telling one by one, it is written in time.
    stands_in = [row for row in rows if row.owed_to in _TOLD_PEOPLE and row.substitute]
    return [row for row in rows if row.owed_to == Audience.PUBLIC] + stands_in


def _by_sender(
    notice: NoticeWording,
    audience: Audience,
    company: str,
    *,
    rows: Sequence[LedgerEntry],
    theirs: Sequence[LedgerEntry],
    cohorts: dict[str, CohortFacts],
) -> Iterator[NoticeNeed]:
    grouped: dict[tuple[str, tuple[str, ...]], dict[str, list[LedgerEntry]]] = {}
    for cohort in cohorts.values():
        owed = [row for row in rows if cohort.id in row.cohorts]
        if owed and _reads(notice, cohort):
            sender = company if audience in (Audience.CONTROLLER, Audience.PUBLIC) else cohort.controller
            owed += [row for row in theirs if row.party == sender and cohort.id in row.cohorts]
            bans = tuple(sorted({ban for row in owed for ban in row.forbidden}))
            grouped.setdefault((sender, bans), {})[cohort.id] = owed
    for (sender, bans), members in grouped.items():
        if any(row.state in _TO_TELL for owed in members.values() for row in owed if row.party == company):
            yield _need(notice, audience, company=company, sender=sender, bans=bans, members=members, cohorts=cohorts)


def _reads(notice: NoticeWording, cohort: CohortFacts) -> bool:
    own = notice.own
    right_age = not own.age_bands or cohort.age_band in own.age_bands
    return right_age and (not own.standings or cohort.standing in own.standings)


def _need(
    notice: NoticeWording,
    audience: Audience,
    *,
    company: str,
    sender: str,
    bans: tuple[str, ...],
    members: dict[str, list[LedgerEntry]],
    cohorts: dict[str, CohortFacts],
) -> NoticeNeed:
    rows = {row.id: row for owed in members.values() for row in owed}.values()
    return NoticeNeed(
        wording=notice.id,
        purpose=notice.purpose,
        party=company,
        sender=sender,
        audience=audience,
        cohorts=tuple(cohorts[one] for one in sorted(members)),
        obligations=_union([row.duty] for row in rows),
        contents=_union(row.contents for row in rows),
        forbidden=bans,
        methods=_union(row.methods for row in rows),
    )


def _union(lists: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(sorted({one for listed in lists for one in listed}))
