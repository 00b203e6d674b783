"""Gathers the dossier: the one read of everything that a report may ask, for one party of one incident."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from incidents.evidence.collect import items
from incidents.filings.census import newest_counts
from incidents.filings.dossier import (
    Count,
    Dated,
    DeadlinePart,
    Dossier,
    EvidencePart,
    IncidentPart,
    MeasuresPart,
    Owed,
    Tally,
    UnitPart,
    Words,
)
from incidents.filings.labels import read_labels
from incidents.filings.telling import how_far
from incidents.foundation.clock import Clock
from incidents.record import timeline
from incidents.record.anchors import anchors
from incidents.record.facts import answers
from incidents.record.incident import Kind
from incidents.record.tables import Incident, TimelineEntry


def gather(tx: Session, incident: Incident, owed: Owed, *, unit: UnitPart, clock: Clock) -> Dossier:
    """Read the records for the party that owes. What nobody recorded is None or empty, never zero."""
    now = clock.now()
    counts = newest_counts(tx, incident.id, owed.party)
    return Dossier(
        read_at=now,
        incident=_incident(incident),
        unit=unit,
        anchors=dict(anchors(tx, incident.id).get(owed.party, {})),
        people=counts[0] if counts else None,
        records=counts[1] if counts else None,
        evidence=_evidence(tx, incident.id),
        measures=MeasuresPart(tuple(_measures(timeline.read(tx, incident.id)))),
        notices=how_far(tx, incident.id, owed.party),
        deadline=DeadlinePart(
            due_at=owed.due_at,
            passed=owed.due_at is not None and now > owed.due_at,
            citation=owed.citation,
            authority=dict(owed.authority_name) or {"en": owed.authority},
        ),
        facts=_facts(tx, incident.id, owed.party),
        wanted=frozenset(owed.contents),
    )


def _incident(incident: Incident) -> IncidentPart:
    return IncidentPart(
        reference=incident.reference,
        kind=Words("kind", (incident.kind,)),
        affects=Words("breach_kind", tuple(incident.affects)),
        certainty=Words("certainty", (incident.certainty,)),
        phase=Words("phase", (incident.phase,)),
        declared_at=incident.declared_at,
        is_ransomware=incident.kind == Kind.RANSOMWARE,
        is_drill=incident.is_drill,
    )


def _evidence(tx: Session, incident_id: str) -> EvidencePart:
    kinds = Counter(item.kind for item in items(tx, incident_id))
    tally = tuple(Tally("evidence_kind", kind, Count(many, many)) for kind, many in sorted(kinds.items()))
    return EvidencePart(items=kinds.total(), by_kind=tally)


def _measures(lines: Iterable[TimelineEntry]) -> list[Dated]:
    # A line counts as a measure when the words files have a label for it: one list, beside the words.
    known = read_labels("en").vocabularies["measure"]
    moments: dict[str, datetime] = {}
    for line in lines:
        if line.kind == "anchor.set" and line.detail.get(
            "subject"
        ):  # one duty's own moment; the party's is on a line of its own
            continue
        word = _measure_word(line)
        if word in known and (word not in moments or line.kind == "anchor.set"):  # a corrected anchor stands
            moments[word] = line.happened_at
    return sorted((Dated("measure", word, at) for word, at in moments.items()), key=lambda row: (row.at, row.word))


def _measure_word(line: TimelineEntry) -> str:
    if line.kind == "incident.phase":
        return f"phase.{line.detail['to']}"
    if line.kind == "anchor.set":
        return f"anchor.{line.detail['name']}"
    return line.kind


def _facts(tx: Session, incident_id: str, party: str) -> Mapping[str, Any]:
    return dict(answers(tx, incident_id).get(party, {}))
