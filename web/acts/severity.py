"""Acts of severity: assess it by a scale, and hold another band to be right with the reason."""

from typing import Any

from pydantic import Field

from incidents.obligations import severity as verbs
from incidents.obligations.severity import read_said
from packs import Strict
from web.acts.act import Visit, act


class SeverityBody(Strict):
    """What the assessor says to one scale."""

    scale: str
    said: tuple[str, ...] = Field(description="Texts of the form asked=option, for each thing that the scale asks.")
    because: str = Field(description="Why these options were chosen.")


class OverrideBody(Strict):
    """Another band, and why."""

    band: str
    because: str


@act("/incidents/<reference>/severity", page="owed", said="The severity is recorded; it decides no obligation.")
def assess_severity(visit: Visit, body: SeverityBody) -> dict[str, Any]:
    """Score the affected cohorts by a scale; the worst band stands for the incident and decides nothing by itself."""
    row = verbs.assess_severity(
        visit.tx, visit.incident, body.scale, read_said(body.said), because=body.because, **visit.hands
    )
    return {"id": row.id, "scale": row.scale, "band": row.band, "score": row.score, "explained": row.explained}


@act("/incidents/<reference>/severity/<scale>/override", page="owed", said="The other band is recorded.")
def override_severity(visit: Visit, body: OverrideBody, scale: str) -> dict[str, Any]:
    """Hold another band to be right, with the reason; what the scale said stays beside it."""
    row = verbs.severity(visit.tx, visit.incident.id, scale)
    verbs.override(visit.tx, row, body.band, because=body.because, **visit.hands)
    return {"id": row.id, "band": row.band, "overridden_band": row.overridden_band}
