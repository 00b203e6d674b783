"""Acts of the fan-out: send an approved notice, pause, resume, abort, take an announcement down, attest a region."""

from typing import Any, Literal

from pydantic import Field

from incidents.deliveries import control, prices, publish, regions
from incidents.deliveries.plan import Terms
from incidents.deliveries.start import send_notice
from incidents.deliveries.tables import Announcement, FanOut
from incidents.foundation.errors import NotFound
from packs import Strict
from web.acts.act import Caller, Visit, act
from web.acts.notices import of_incident

_ONE = "/incidents/<reference>/fan-outs/<fan_out_id>"


class SendBody(Strict):
    """One language of an approved notice."""

    language: str
    unknown_residence: Literal["hold", "send"] = Field(
        "hold", description="What becomes of people whose country is unknown: compliance decides."
    )
    soak_minutes: int = Field(5, ge=0, le=1440, description="How long each wave of a large fan-out is watched.")
    quiet: str = Field("", description="Hours of their own day in which nobody is woken, 22:00-08:00, if duties allow.")
    most_failed: float = Field(0.2, gt=0, le=1, description="The share of failures at which it pauses itself.")


class BecauseBody(Strict):
    """Why."""

    because: str


class RegionBody(Strict):
    """Where a provider, or the mail exchangers of `mail:<domain>`, process data; an empty region takes it back."""

    subject: str
    region: str = ""
    because: str


class PriceBody(Strict):
    """What one part of a message costs at a provider, such as USD 0.0079."""

    provider: str
    price: str
    because: str


@act("/incidents/<reference>/notices/<notice>/send", page="deliveries", said="It is on its way.", alone=True)
def send_approved_notice(caller: Caller, body: SendBody, notice: str) -> dict[str, Any]:
    """Plan the fan-out of an approved notice in one language; the workers begin at once."""
    with caller.kit.begin(reading=True) as tx:
        notice_id = of_incident(caller.enter(tx), notice).id
    terms = Terms(
        body.unknown_residence, soak_minutes=body.soak_minutes, most_failed=body.most_failed, quiet=body.quiet
    )
    made = send_notice(caller.kit, notice_id, body.language, by=caller.by, terms=terms)
    return {"id": made.id, "phase": made.phase}


@act(f"{_ONE}/pause", page="deliveries", said="Paused. The clocks run on.")
def pause_fan_out(visit: Visit, body: BecauseBody, fan_out_id: str) -> dict[str, Any]:
    """Stop sending for now."""
    found = of_fan_out(visit, fan_out_id)
    control.pause(visit.tx, found, because=body.because, **visit.hands)
    return {"id": found.id, "phase": found.phase}


@act(f"{_ONE}/resume", page="deliveries", said="It goes on.")
def resume_fan_out(visit: Visit, fan_out_id: str) -> dict[str, Any]:
    """Go on sending."""
    found = of_fan_out(visit, fan_out_id)
    control.resume(visit.tx, found, **visit.hands)
    return {"id": found.id, "phase": found.phase}


@act(f"{_ONE}/abort", page="deliveries", said="Stopped for good.")
def abort_fan_out(visit: Visit, body: BecauseBody, fan_out_id: str) -> dict[str, Any]:
    """Stop for good; what has left cannot be called back."""
    found = of_fan_out(visit, fan_out_id)
    cancelled = control.abort(visit.tx, found, because=body.because, **visit.hands)
    return {"id": found.id, "phase": found.phase, "cancelled": cancelled}


@act("/incidents/<reference>/announcements/<announcement_id>/withdraw", page="deliveries", said="It is off the page.")
def withdraw_announcement(visit: Visit, body: BecauseBody, announcement_id: str) -> dict[str, Any]:
    """Take an announcement off the public page; the row stays."""
    shown = visit.tx.get(Announcement, announcement_id)
    if shown is None or shown.incident_id != visit.incident.id:
        raise NotFound("announcement", announcement_id)
    publish.withdraw(visit.tx, shown, because=body.because, **visit.hands)
    return {"id": shown.id}


@act("/regions", page="providers", said="Signed, with your name.")
def attest_region(visit: Visit, body: RegionBody) -> dict[str, Any]:
    """Sign where a provider or a mail exchanger processes data."""
    made = regions.attest(visit.tx, body.subject, region=body.region, because=body.because, **visit.hands)
    return {"id": made.id, "subject": made.provider, "region": made.region}


@act("/prices", page="providers", said="The price stands, with your name.")
def set_provider_price(visit: Visit, body: PriceBody) -> dict[str, Any]:
    """Say what one part of a message costs at a provider."""
    made = prices.set_price(visit.tx, body.provider, body.price, because=body.because, **visit.hands)
    return {"id": made.id, "provider": made.provider}


def of_fan_out(visit: Visit, fan_out_id: str) -> FanOut:
    """The fan-out of the path, if it is the incident's. Raises NotFound."""
    found = control.find_fan_out(visit.tx, fan_out_id)
    if found.incident_id != visit.incident.id:
        raise NotFound("fan-out", fan_out_id)
    return found
