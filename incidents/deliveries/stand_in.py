"""Moves a batch that nobody has begun from an ill or compromised provider to another that may have its addresses."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries import compromise
from incidents.deliveries.compromise import is_shut
from incidents.deliveries.demote import demoted
from incidents.deliveries.reach import Routes, routes_of
from incidents.deliveries.regions import Regions
from incidents.deliveries.segment import Contacts
from incidents.deliveries.tables import Batch, FanOut, Intent
from incidents.record import timeline
from incidents.record.actor import TOCSIN
from notifiers.provider import About
from notifiers.registry import entries


def stand_in(tx: Session, fan_out: FanOut, batch: Batch, contacts: Contacts, *, kit: Any) -> None:
    """Give the batch of a demoted or compromised provider to the first healthy one of its channel that the rules allow
    for all of it; else leave it. `kit` is the incident's own."""
    down, shut = demoted(tx), compromise.shut(tx, fan_out.incident_id)
    begun = select(Intent.id).where(Intent.batch_id == batch.id).limit(1)
    ill = batch.provider in down or is_shut(batch.provider, shut)
    if not ill or batch.answered or tx.scalar(begun):
        return
    routes = routes_of(fan_out, kit, Regions.read(tx), shut=shut).saying(batch.variant)
    for other in sorted(kit.providers):
        fits = other.partition("/")[0] == batch.channel and _writes_to_all(
            _about(kit, other), _about(kit, batch.provider)
        )
        if fits and other not in down and all(_allowed(routes, other, one, kit) for one in contacts.residences):
            detail = {"fan_out": fan_out.id, "batch": batch.id, "from": batch.provider, "to": other}
            batch.provider = other
            timeline.append(tx, fan_out.incident_id, "delivery.moved", detail, by=TOCSIN, clock=kit.clock)
            return


def _about(kit: Any, provider: str) -> About | None:
    opened = kit.providers.get(provider) or entries().get(provider)  # of one that is no longer set up, too
    return opened.about if opened else None


def _writes_to_all(other: About | None, than: About | None) -> bool:
    """Whether `other` has a use for every address that was chosen for `than`."""
    scheme, numbers = (than.scheme, than.numbers) if than else ("", "")
    return other is not None and other.scheme == scheme and other.numbers in {"", numbers}


def _allowed(routes: Routes, provider: str, residence: str, kit: Any) -> bool:
    # Whose machine takes each mailbox's mail would have to be asked of the network, and a transaction is open.
    asks = kit.providers[provider].about.looks_up_mail_exchanger and routes.asks_mail(residence)
    return not asks and routes.refusal(provider, residence, "") is None
