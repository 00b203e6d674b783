"""What colleagues are alerted to, read from rows that are there anyway: each occasion has a key and a sentence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries.tables import Compromise, ProviderPace
from incidents.obligations.escalate import LIMIT
from incidents.obligations.states import State
from incidents.obligations.tables import LedgerEntry
from incidents.record.tables import Incident, TimelineEntry
from incidents.respond.failures import FORGOTTEN
from incidents.respond.tables import JobFailure

FRESH = timedelta(days=1)  # what lies further back is news to nobody, such as on the day that alerts are set up
FAILURES = 5
# Kind of the timeline's line -> (page of the console, sentence).
LINES: Mapping[str, tuple[str, str]] = {
    "incident.declared": ("", "An incident was declared."),
    "obligation.escalated": ("owed", "A deadline has passed."),
    "delivery.stopped": ("deliveries", "A fan-out stopped itself and waits for a decision."),
    "channel.compromised": ("deliveries", "A channel was marked compromised and is used for nothing."),
    "channel.restored": ("deliveries", "A channel that was compromised may be used again."),
    "notice.drafted": ("notices", "Notices were drafted and wait for approval."),
    "filing.prepared": ("filings", "A report was prepared and waits for approval."),
    "filing.break_glass": ("filings", "One person let a report out alone; another has to look at it."),
}


@dataclass(frozen=True)
class Occasion:
    """One thing to be alerted to; `page` is a page of the incident, or of the console where there is no incident."""

    key: str
    kind: str
    sentence: str
    page: str
    incident_id: str | None = None
    reference: str = ""


def occasions(tx: Session, *, now: datetime, hours: int) -> Iterator[Occasion]:
    """Everything that stands now, whether it was told or not. Drills alert nobody."""
    yield from _of_timelines(tx, now)
    yield from _of_the_house(tx, now)
    yield from _deadlines(tx, now, hours)
    for provider in tx.scalars(select(ProviderPace).where(ProviderPace.demoted_at > now - FRESH)):
        key = f"demoted:{provider.provider}:{provider.demoted_at}"
        said = f"{provider.provider} is slow or failing, and another provider goes first."
        yield Occasion(key, "provider.demoted", said, "providers")
    for job in tx.scalars(select(JobFailure).where(JobFailure.times >= FAILURES, JobFailure.last_at > now - FORGOTTEN)):
        said = f"Background work fails again and again: {job.job}."
        yield Occasion(f"job:{job.job}:{job.since_at}", "job.failing", said, "")


def _of_timelines(tx: Session, now: datetime) -> Iterator[Occasion]:
    query = (
        select(TimelineEntry.id, TimelineEntry.kind, TimelineEntry.detail, Incident.id, Incident.reference)
        .join(Incident, Incident.id == TimelineEntry.incident_id)
        .where(TimelineEntry.kind.in_(LINES), TimelineEntry.recorded_at > now - FRESH, Incident.is_drill.is_(False))
        .order_by(TimelineEntry.recorded_at, TimelineEntry.seq)
    )
    for line, kind, detail, incident_id, reference in tx.execute(query):
        page, sentence = LINES[kind]
        if detail.get("house"):  # it stands on the timeline of every open incident, and is told once below
            continue
        if detail.get("step", LIMIT) == LIMIT:  # the steps before it are alerted to by the hours that are left
            yield Occasion(f"line:{line}", kind, sentence, page, incident_id, reference)


def _of_the_house(tx: Session, now: datetime) -> Iterator[Occasion]:
    """Marks of the whole house: each once, whatever number of incidents is open."""
    for kind, moment in (("channel.compromised", Compromise.marked_at), ("channel.restored", Compromise.lifted_at)):
        query = select(Compromise.id).where(Compromise.incident_id.is_(None), moment > now - FRESH)
        for one in tx.scalars(query.order_by(moment, Compromise.id)):
            yield Occasion(f"{kind}:{one}", kind, LINES[kind][1], "providers")


def _deadlines(tx: Session, now: datetime, hours: int) -> Iterator[Occasion]:
    query = (
        select(LedgerEntry, Incident.reference)
        .join(Incident, Incident.id == LedgerEntry.incident_id)
        .where(LedgerEntry.superseded_at.is_(None), LedgerEntry.state.in_((State.OWED, State.POSSIBLE)))
        .where(LedgerEntry.due_at > now, LedgerEntry.due_at <= now + timedelta(hours=hours))
        .where(Incident.is_drill.is_(False))
    )
    rows: list[Any] = list(tx.execute(query))
    for row, reference in rows:
        # By duty and moment, not by row: a later assessment that says the same alerts nobody again.
        key = f"due:{row.incident_id}:{row.party}:{row.duty}:{row.subject}:{row.due_at}"
        said = f"{row.duty} is due at {row.due_at:%Y-%m-%d %H:%M}Z, in less than {hours} hours."
        yield Occasion(key, "deadline.near", said, "owed", row.incident_id, reference)
