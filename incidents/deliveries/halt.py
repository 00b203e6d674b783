"""Stops a fan-out by itself: paused with the reason, told on the timeline, and colleagues are alerted by that."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from incidents.deliveries.tables import FanOut
from incidents.foundation.errors import Refused
from incidents.record import timeline
from incidents.record.actor import TOCSIN
from notifiers.outcome import Outcome, Reason, Receipt, Sent


def halt(tx: Session, fan_out: FanOut, refused: Refused, kit: Any) -> None:
    """Pause this fan-out because of `refused`: nobody is refused, and whoever resumes it goes on where it stood."""
    fan_out.phase, fan_out.paused_at, fan_out.because = "paused", kit.clock.now(), refused.sentence
    detail = {"fan_out": fan_out.id, "code": refused.code}
    timeline.append(tx, fan_out.incident_id, "delivery.stopped", detail, by=TOCSIN, clock=kit.clock)


def halt_where_ours(
    tx: Session, fan_out: FanOut, provider: str, answers: Iterable[Sent | Receipt], *, kit: Any
) -> bool:
    """Pause it where one of a provider's answers is about us and not about a person: for everybody else it would be the
    same. Whether it was so."""
    fault = next((one.reason for one in answers if is_ours(one)), None)
    if fault is not None and fan_out.phase == "sending":
        said = f"{provider}: {fault.sentence} Put it right and resume; nobody was given up for it."
        halt(tx, fan_out, Refused("ours_to_put_right", said), kit)
    return fault is not None


def is_ours(answer: Sent | Receipt) -> bool:
    """Whether this refusal is about us: our log-in, our account, our settings at the provider."""
    reason: Reason | None = answer.reason
    # The reason first: nearly every answer has none, and each message of a fan-out is asked this.
    return reason is not None and reason.is_ours and answer.outcome in {Outcome.REFUSED, Outcome.BOUNCED}
