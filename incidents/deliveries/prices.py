"""What a message costs: a price a part, said by a person with the paper it rests on; what nobody said is unknown."""

import re
from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from incidents.deliveries.watch_tables import ProviderPrice
from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput
from incidents.foundation.ids import new_id
from incidents.record.actor import Actor, ActorRole
from notifiers.registry import entry_of

_PRICE = re.compile(r"([A-Z]{3}) (\d+(?:\.\d+)?)")


def set_price(tx: Session, provider: str, price: str, *, because: str, by: Actor, clock: Clock) -> ProviderPrice:
    """Say that one part costs `price`, such as "USD 0.0079", at `provider`; an earlier price is superseded and kept.

    Raises BadInput for a provider that does not exist, a price that is none, or no reason.
    """
    by.must_be(ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE)
    entry_of(provider)
    read = _PRICE.fullmatch(price.strip())
    if read is None:
        raise BadInput(f"price: '{price}' is no currency of three capital letters and an amount, such as USD 0.0079.")
    if not because.strip():
        raise BadInput("because: name the contract or price list that this rests on.")
    for earlier in tx.scalars(_in_force().where(ProviderPrice.provider == provider)):
        earlier.superseded_at = clock.now()
    said = ProviderPrice(id=new_id("prc"), provider=provider, currency=read[1], amount=read[2], because=because.strip())
    said.said_by, said.said_by_name, said.said_at = by.id, by.name, clock.now()
    tx.add(said)
    tx.flush()
    return said


def prices(tx: Session) -> dict[str, ProviderPrice]:
    """provider -> its price in force."""
    return {row.provider: row for row in tx.scalars(_in_force().order_by(ProviderPrice.provider))}


def cost(parts: int, price: ProviderPrice | None) -> Mapping[str, str] | None:
    """What so many parts cost; None where nobody said a price, which is not the same as nothing."""
    if price is None:
        return None
    return {"currency": price.currency, "amount": plain(Decimal(price.amount) * parts)}


def plain(amount: Decimal) -> str:
    """An amount to the cent."""
    return f"{amount:.2f}"


def _in_force() -> Select[ProviderPrice]:
    return select(ProviderPrice).where(ProviderPrice.superseded_at.is_(None))
