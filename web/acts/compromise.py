"""Acts of a compromise: a channel or provider in the wrong hands is used for nothing, until it is restored."""

from typing import Any

from pydantic import AwareDatetime, Field

from incidents.deliveries import compromise
from incidents.record.tables import Incident
from packs import Strict
from web.acts.act import Visit, act


class RestoreBody(Strict):
    """What may be used again, and why."""

    subject: str = Field(description="A channel, the id of a provider, or log-in.")
    because: str


class CompromiseBody(RestoreBody):
    """What is in the wrong hands, and since when (now unless said)."""

    since: AwareDatetime | None = None


@act("/incidents/<reference>/compromises", page="deliveries", said="It is used for nothing in this incident any more.")
def mark_compromised(visit: Visit, body: CompromiseBody) -> dict[str, Any]:
    """Say that a channel or a provider is in the wrong hands, for this incident."""
    return _mark(visit, body, visit.incident)


@act("/incidents/<reference>/compromises/lifted", page="deliveries", said="It may be used again in this incident.")
def restore_channel(visit: Visit, body: RestoreBody) -> dict[str, Any]:
    """Lift the mark of this incident."""
    return _restore(visit, body, visit.incident)


@act("/compromises", page="providers", said="It is used for nothing any more.")
def mark_compromised_everywhere(visit: Visit, body: CompromiseBody) -> dict[str, Any]:
    """Say that a channel or a provider is in the wrong hands, for every incident of the house."""
    return _mark(visit, body, None)


@act("/compromises/lifted", page="providers", said="It may be used again.")
def restore_channel_everywhere(visit: Visit, body: RestoreBody) -> dict[str, Any]:
    """Lift the mark of the whole house."""
    return _restore(visit, body, None)


def _mark(visit: Visit, body: CompromiseBody, incident: Incident | None) -> dict[str, Any]:
    said: dict[str, Any] = {"because": body.because, "since_at": body.since, **visit.hands}
    made = compromise.mark(visit.tx, body.subject, incident=incident, **said)
    return {"id": made.id, "subject": made.subject, "since": made.since_at.isoformat()}


def _restore(visit: Visit, body: RestoreBody, incident: Incident | None) -> dict[str, Any]:
    said: dict[str, Any] = {"because": body.because, **visit.hands}
    return {"id": compromise.restore(visit.tx, body.subject, incident=incident, **said).id, "subject": body.subject}
