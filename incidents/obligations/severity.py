"""How severe a breach is by a scale, explained and overridable with a reason; an aid that decides no obligation."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.foundation.ids import new_id
from incidents.obligations.facts import facts_of
from incidents.obligations.tables import SeverityRow
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Incident
from policies.facts import CohortFacts, Facts, Truth
from policies.scales import scale_of
from policies.scales.scale import Exposed, Scored


def assess_severity(
    tx: Session, incident: Incident, scale: str, said: Mapping[str, str], *, because: str, by: Actor, clock: Clock
) -> SeverityRow:
    """Score every affected cohort of which a kind of data is known; the worst band stands for the incident.

    `said` answers what the scale asks; `because` is the assessor's reasoning. Raises Refused while no kind of data is
    known of anybody, BadInput for an answer that the scale does not have.
    """
    must_be_open(incident)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    if not because.strip():
        raise BadInput("because: say why these answers were chosen.")
    known, method = facts_of(tx, incident, now=clock.now()), scale_of(scale)
    scored = {one.id: method.score(_exposed(one, known), said) for one in known.cohorts if one.categories}
    if not scored:
        raise Refused(
            "nothing_to_score", f"{incident.reference}: no kind of data is known of anybody yet; scope first."
        )
    worst = method.worst(list(scored.values()))
    row = SeverityRow(
        id=new_id("sev"),
        incident_id=incident.id,
        scale=scale,
        said=dict(said),
        because=because.strip(),
        cohorts=[_plain(cohort, one) for cohort, one in scored.items()],
        band=worst.band,
        score=str(worst.score) if worst.score is not None else None,
        explained=[*worst.because, *worst.flags],
        assessed_at=clock.now(),
        assessed_by=by.id,
        assessed_by_name=by.name,
    )
    _supersede(tx, incident.id, scale, clock)
    tx.add(row)
    detail = {"scale": scale, "band": row.band, "score": row.score, "cohorts": len(scored)}
    timeline.append(tx, incident.id, "severity.assessed", detail, by=by, clock=clock)
    return row


def read_said(texts: Iterable[str]) -> dict[str, str]:
    """Texts of the form asked=option. Raises BadInput for any other."""
    pairs = [text.partition("=") for text in texts if text]
    strange = [asked for asked, sign, option in pairs if not (sign and option)]
    if strange:
        raise BadInput(f"said: '{strange[0]}' is not of the form asked=option.")
    return {asked.strip(): option.strip() for asked, _, option in pairs}


def override(tx: Session, row: SeverityRow, band: str, *, because: str, by: Actor, clock: Clock) -> SeverityRow:
    """A compliance person holds another band to be right, with the reason; what the scale said is kept beside it."""
    by.must_be(ActorRole.COMPLIANCE)
    if not because.strip():
        raise BadInput("because: another band needs its reason.")
    if row.superseded_at is not None:
        raise Refused("severity_superseded", "A later assessment of severity stands; override that one.")
    row.overridden_band, row.overridden_because = scale_of(row.scale).band(band), because.strip()
    row.overridden_at, row.overridden_by_name = clock.now(), by.name
    detail = {"scale": row.scale, "band": row.band, "overridden_band": row.overridden_band}
    timeline.append(tx, row.incident_id, "severity.overridden", detail, by=by, clock=clock)
    return row


def severities(tx: Session, incident_id: str) -> list[SeverityRow]:
    """The assessments of severity that stand, one a scale."""
    query = select(SeverityRow).where(SeverityRow.incident_id == incident_id, SeverityRow.superseded_at.is_(None))
    return list(tx.scalars(query.order_by(SeverityRow.assessed_at)))


def severity(tx: Session, incident_id: str, scale: str) -> SeverityRow:
    """The assessment by `scale` that stands. Raises NotFound."""
    found = next((row for row in severities(tx, incident_id) if row.scale == scale), None)
    if found is None:
        raise NotFound("assessment of severity", scale)
    return found


def _exposed(cohort: CohortFacts, known: Facts) -> Exposed:
    party = next((one for one in known.parties if one.id == cohort.controller), None)
    answers = {**known.answers, **(party.answers if party else {}), **cohort.answers}
    shut = answers.get("data_unintelligible") == Truth.YES and answers.get("key_safe") == Truth.YES
    return Exposed(cohort.categories, cohort.people.max, unintelligible=shut)


def _plain(cohort: str, one: Scored) -> dict[str, Any]:
    score = str(one.score) if one.score is not None else None
    return {"cohort": cohort, "band": one.band, "score": score, "because": list(one.because), "flags": list(one.flags)}


def _supersede(tx: Session, incident_id: str, scale: str, clock: Clock) -> None:
    for row in severities(tx, incident_id):
        if row.scale == scale:
            row.superseded_at = clock.now()
