"""The one background work of those who only send: to them this file is all there is of the hall's jobs."""

from typing import Any

from incidents.deliveries import claim, send
from incidents.foundation.jobs import register


@register("deliveries.send", due=claim.due, queue="send")
def send_batch(kit: Any, batch_id: str) -> None:
    """Send one batch; harmless when run twice."""
    send.send_batch(kit, batch_id)
