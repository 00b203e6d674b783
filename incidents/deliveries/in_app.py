"""Notices that stand ready for the company's app: written when sent, handed to whoever may ask, taken down."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.orm import Session

from incidents.deliveries.claim import Claim
from incidents.deliveries.gate import may_be_said
from incidents.deliveries.in_app_tables import InAppNotice
from incidents.deliveries.receive import take
from incidents.deliveries.tables import Batch, Delivery, FanOut
from incidents.deliveries.words import words_of
from incidents.foundation.bulk import among, load
from incidents.foundation.errors import BadInput
from incidents.foundation.log import note
from incidents.foundation.tokens import token, token_key_if_any, token_secret
from incidents.notices.audience import TO_THE_AFFECTED
from incidents.notices.tables import Notice
from incidents.record.tables import Incident
from incidents.snapshots.standing import excluded_tokens
from notifiers.outcome import Outcome, Receipt, Sent
from notifiers.provider import Stands

MOST = 50  # notices of one account on one page
_BEGIN = datetime.fromtimestamp(0, UTC)


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


@dataclass(frozen=True)
class Page:
    """Some of what stands for an account, newest first; `older` is where the next page begins, empty at the end."""

    notices: tuple[Standing, ...]
    older: str = ""


def stand(tx: Session, mine: Claim, came: Sequence[Sent], ordinal_of: Callable[[str], int]) -> None:
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
    addresses, company = mine.contacts.addresses, mine.fan_out.company
    secret = token_secret(tx, mine.fan_out.incident_id, keys=mine.kit.keys, clock=mine.kit.clock)
    names = [provider.name_of(company, addresses[ordinal_of(one)]) for one in fresh]
    now = mine.kit.clock.now()
    columns: dict[str, Any] = {"delivery_id": fresh, "key_digest": [_digest(secret, name) for name in names]}
    columns |= {"batch_id": mine.batch.id, "company": company}
    columns |= {"published_at": now, "until_at": now + provider.keep, "fetched_at": None}
    load(tx, InAppNotice, columns)


def standing(tx: Session, company: str, name: str, *, kit: Any, older: str = "") -> Page:
    """What stands for the account of this name (a provider's `name_of`): as long as its approval stands, its fan-out is
    neither paused nor aborted, nobody holds the telling, and the feed is not in the wrong hands. A name that nobody has
    has nothing. `older` is that of the page before. Raises BadInput for one that is none."""
    query = (
        select(InAppNotice, Batch, FanOut)
        .join(Batch, Batch.id == InAppNotice.batch_id)
        .join(FanOut, FanOut.id == Batch.fan_out_id)
        .where(InAppNotice.company == company, InAppNotice.key_digest.in_(_digests(tx, company, name, kit)))
        .where(InAppNotice.until_at > kit.clock.now())
        .order_by(InAppNotice.published_at.desc(), InAppNotice.delivery_id.desc())
        .limit(MOST + 1)
    )
    if older:
        query = query.where(tuple_(InAppNotice.published_at, InAppNotice.delivery_id) < tuple_(*_place(older)))
    rows = tx.execute(query).all()
    last = rows[MOST - 1][0] if len(rows) > MOST else None
    return Page(tuple(_shown(tx, rows[:MOST], kit.clock)), _place_of(last) if last else "")


def fetched(tx: Session, handed: Sequence[Standing], *, kit: Any) -> None:
    """Record that these are handed to the app of whoever they are for, once each: they reached it."""
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


def _digest(secret: bytes, name: str) -> str:
    return token(secret, f"account:{name}")


def _digests(tx: Session, company: str, name: str, kit: Any) -> list[str]:
    """What the rows of this account can hold: one digest an incident, so that no two of them can be tied together."""
    told = select(FanOut.incident_id).where(FanOut.company == company, FanOut.phase == "sending").distinct()
    keys = [found for one in tx.scalars(told) if (found := token_key_if_any(tx, one)) is not None]
    return [_digest(kit.keys.bare(tx, key), name) for key in keys]


def _place_of(row: InAppNotice) -> str:
    return f"{(row.published_at - _BEGIN) // timedelta(microseconds=1)}.{row.delivery_id}"


def _place(older: str) -> tuple[datetime, str]:
    moment, _, delivery_id = older.partition(".")
    if not moment.isdecimal() or len(moment) > 17:
        raise BadInput("older: must be what the page before gave.")
    return _BEGIN + timedelta(microseconds=int(moment)), delivery_id


def _shown(tx: Session, rows: Sequence[Any], clock: Any) -> Iterator[Standing]:
    for row, batch, fan_out in rows:
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
