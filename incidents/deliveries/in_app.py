"""Notices that stand ready for the company's app: written when sent, handed to whoever has the key, taken down."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from incidents.deliveries.claim import Claim
from incidents.deliveries.gate import may_be_said
from incidents.deliveries.in_app_tables import InAppNotice
from incidents.deliveries.receive import take
from incidents.deliveries.tables import Batch, Delivery, FanOut
from incidents.deliveries.words import words_of
from incidents.foundation.bulk import among, load
from incidents.foundation.log import note
from incidents.notices.audience import TO_THE_AFFECTED
from incidents.notices.tables import Notice
from incidents.record.tables import Incident
from incidents.snapshots.standing import excluded_tokens
from notifiers.outcome import Outcome, Receipt, Sent
from notifiers.provider import Stands

MOST = 50  # notices of one account that are handed out, the newest first


@dataclass(frozen=True)
class Standing:
    """One notice as the app gets it. `id` is the delivery's, by which it is told as read."""

    id: str
    reference: str
    language: str
    published_at: datetime
    texts: dict[str, str] = field(repr=False)  # subject, plain, html
    provider: str = ""
    is_new: bool = False


def key_digest(key: str) -> str:
    """What is kept of an account's key."""
    return hashlib.sha256(key.encode()).hexdigest()


def stand(tx: Session, mine: Claim, came: Sequence[Sent], ordinal_of: Callable[[str], int], *, at: datetime) -> None:
    """Write the row of each that was taken by a provider whose messages stand with us; nothing for any other, and for
    nobody who was excluded meanwhile. A drill has rehearsal providers, whose messages stand nowhere."""
    provider = mine.provider
    taken = [one.reference for one in came if one.outcome is Outcome.ACCEPTED]
    if not isinstance(provider, Stands) or not taken:
        return
    known = set(tx.scalars(select(InAppNotice.delivery_id).where(among(tx, InAppNotice.delivery_id, taken))))
    known |= _excluded(tx, mine.fan_out, taken)
    fresh = [one for one in taken if one not in known]
    if not fresh:
        return
    addresses = mine.contacts.table["address"]
    digests = [key_digest(provider.key_of(addresses[ordinal_of(one)].as_py())) for one in fresh]
    columns: dict[str, Any] = {"delivery_id": fresh, "key_digest": digests, "batch_id": mine.batch.id}
    columns |= {"company": mine.fan_out.company, "published_at": at, "until_at": at + provider.keep, "fetched_at": None}
    load(tx, InAppNotice, columns)


def standing(tx: Session, company: str, key: str, *, clock: Any) -> list[Standing]:
    """What stands for the account with this key, newest first: as long as its approval stands, its fan-out is neither
    paused nor aborted, nobody holds the telling, and the feed is not in the wrong hands. A key that fits nobody has
    nothing."""
    now = clock.now()
    query = (
        select(InAppNotice, Batch, FanOut)
        .join(Batch, Batch.id == InAppNotice.batch_id)
        .join(FanOut, FanOut.id == Batch.fan_out_id)
        .where(InAppNotice.company == company, InAppNotice.key_digest == key_digest(key), InAppNotice.until_at > now)
        .order_by(InAppNotice.published_at.desc(), InAppNotice.delivery_id)
        .limit(MOST)
    )
    return list(_shown(tx, query, clock))


def fetched(tx: Session, handed: Sequence[Standing], *, kit: Any) -> None:
    """Record that these are handed to somebody with the key, once each: they reached the app."""
    now = kit.clock.now()
    new = [one for one in handed if one.is_new]
    ids = [one.id for one in new]
    tx.execute(update(InAppNotice).where(among(tx, InAppNotice.delivery_id, ids)).values(fetched_at=now))
    for provider in sorted({one.provider for one in new}):
        told = [Receipt(Outcome.DELIVERED, "fetched", now, one.id) for one in new if one.provider == provider]
        take(tx, provider, told, kit=kit)


def due(kit: Any) -> list[str]:
    """The batches of which something has stood long enough."""
    with kit.begin(reading=True) as tx:
        query = select(InAppNotice.batch_id).where(InAppNotice.until_at <= kit.clock.now()).distinct().limit(1000)
        return list(tx.scalars(query))


def take_down(kit: Any, batch_id: str) -> None:
    """Delete what has stood long enough of this batch: whose it was can then not be said any more."""
    with kit.begin() as tx:
        over = InAppNotice.batch_id == batch_id, InAppNotice.until_at <= kit.clock.now()
        tx.execute(delete(InAppNotice).where(*over))
    note("in_app.taken_down", batch=batch_id)


def _excluded(tx: Session, fan_out: FanOut, ids: Sequence[str]) -> set[str]:
    """Who a worker had in its hands while they were excluded: no message that stands need reach them any more."""
    if fan_out.audience not in TO_THE_AFFECTED:
        return set()
    theirs = Delivery.person.in_(excluded_tokens(fan_out.incident_id))
    return set(tx.scalars(select(Delivery.id).where(among(tx, Delivery.id, ids), theirs)))


def _shown(tx: Session, query: Any, clock: Any) -> Iterator[Standing]:
    for row, batch, fan_out in tx.execute(query):
        notice = tx.get_one(Notice, fan_out.notice_id)
        incident = tx.get_one(Incident, fan_out.incident_id)
        if incident.is_drill or not may_be_said(tx, fan_out, batch.provider, clock=clock):
            continue
        texts = dict(words_of(tx, batch))
        yield Standing(
            id=row.delivery_id,
            reference=notice.reference,
            language=fan_out.language,
            published_at=row.published_at,
            texts=texts,
            provider=batch.provider,
            is_new=row.fetched_at is None,
        )
