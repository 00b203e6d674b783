"""Tokens of persons: the same in every notice and review of an incident, and back to the person only with its key."""

import hashlib
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.keys import DataKey, KeyRing, KeyUse
from incidents.foundation.lease import hold_lease

_TOKENS = "person tokens"


def token_key(tx: Session, incident_id: str, *, keys: KeyRing, clock: Clock) -> str:
    """The id of the key of an incident's tokens, made where there is none."""
    if found := token_key_if_any(tx, incident_id):
        return found
    # Two that find none wait for one another here: with two secrets nobody would be known again, and told twice.
    hold_lease(tx, f"tokens of {incident_id}", "whoever makes them", lasts=timedelta(0), clock=clock)
    found = token_key_if_any(tx, incident_id)
    return found or keys.make(tx, KeyUse.PARQUET, purpose=_TOKENS, subject_id=incident_id, clock=clock)


def token_key_if_any(tx: Session, incident_id: str) -> str | None:
    """The id of that key; None where there is none, or it was shredded."""
    query = select(DataKey.id).where(
        DataKey.subject_id == incident_id, DataKey.purpose == _TOKENS, DataKey.wrapped.is_not(None)
    )
    return tx.scalars(query.order_by(DataKey.made_at, DataKey.id)).first()


def token_secret(tx: Session, incident_id: str, *, keys: KeyRing, clock: Clock) -> bytes:
    """The secret that turns a person's id into their token, the same for the whole incident."""
    return keys.bare(tx, token_key(tx, incident_id, keys=keys, clock=clock))


def token(secret: bytes, person_id: str) -> str:
    """A person's token: the same in every notice of an incident, and back to the person only with the secret."""
    return hashlib.blake2b(person_id.encode(), key=secret, digest_size=15).hexdigest()
