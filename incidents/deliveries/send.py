"""Sends one claimed batch: slice by slice with the intent written before the act, outcomes group by group after it."""

import os
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from incidents.deliveries import demote, outcomes
from incidents.deliveries.claim import LEASE, Claim, Rows, claim, release, waiting
from incidents.deliveries.outcomes import Happened, from_sent
from incidents.deliveries.pace import may_send, must_wait, rest
from incidents.deliveries.publish import publish
from incidents.deliveries.state import Event, State
from incidents.deliveries.tables import Batch, DeliveryNow, FanOut, Intent
from incidents.foundation.bulk import among
from incidents.foundation.ids import new_id
from incidents.foundation.log import during, note, note_when_kept
from incidents.record import holds
from notifiers.message import Address, Message
from notifiers.outcome import Outcome, Sent
from notifiers.provider import Asks, Provider
from notifiers.registry import channels

SLICE = 1000  # people under one intent, and outcomes of one transaction
GROUP_SECONDS = 0.5  # how long an outcome waits for others to be written with
MOST_REFUSALS = 5  # for now; then the next route is taken
WAITS_FOR_RECEIPTS = timedelta(minutes=15)


def send_batch(kit: Any, batch_id: str, *, holder: str | None = None) -> None:
    """Send what of the batch is not sent yet. Harmless when run twice, or by two workers at once."""
    mine = claim(kit, batch_id, holder or f"{socket.gethostname()}-{os.getpid()}-{new_id('w')}")
    if mine is not None:
        with during(**_ids(mine)):
            note("batch.begun", messages=mine.batch.size)
            _Sending(mine).run()
            release(mine)
            note("batch.ended")


class _Sending:
    """One batch on its way: the provider is kept busy while outcomes of earlier slices are written."""

    def __init__(self, mine: Claim) -> None:
        self._claim, self._kit = mine, mine.kit
        self._open: dict[str, dict[str, int]] = {}  # intent -> delivery id -> ordinal, of those without an outcome
        self._intent_of: dict[str, str] = {}
        self._got: list[Sent] = []
        self._kept: list[str] = []  # under an intent, but not handed over after all
        self._stops = False

    def run(self) -> None:
        """Hand over messages and write what became of them until nobody is left or somebody says stop."""
        try:
            self._take_in()
        except Exception:
            self._write()  # whatever broke, what is known is kept; the rest of the intents will be in doubt
            raise
        # Who was handed over and got no answer from the provider at all is in doubt.
        known = {*self._kept, *(one.reference for one in self._got)}
        self._got += [Sent(one, Outcome.IN_DOUBT) for one in self._intent_of if one not in known]
        self._write()

    def _take_in(self) -> None:
        written = time.monotonic()
        for sent in self._claim.provider.send(self._messages()):
            self._got.append(sent)
            if len(self._got) >= SLICE or time.monotonic() - written > GROUP_SECONDS:
                self._write()
                written = time.monotonic()

    def _messages(self) -> Iterator[Message]:
        fan_out, texts, addresses = self._claim.fan_out, self._claim.words, self._claim.contacts.addresses
        kind, sender, language = channels()[self._claim.batch.channel].address, fan_out.sender_name, fan_out.language
        after = -1
        while rows := self._begin_slice(after):
            for place, (one, ordinal) in enumerate(rows):
                if self._stops:
                    self._kept = [one for one, _ in rows[place:]]
                    return
                yield Message(one, Address(kind, addresses[ordinal]), texts, sender, language)
            after = rows[-1][1]

    def _begin_slice(self, after: int) -> Rows:
        """Write the intent for the next few and let go of the database; nothing when none is to be sent now."""
        about = self._claim.provider.about
        while not self._stops:
            with self._kit.begin() as tx:
                batch = tx.get_one(Batch, self._claim.batch.id, with_for_update=True)
                rows = waiting(tx, batch, limit=SLICE, after=after) if self._goes_on(tx, batch) else []
                if not rows:
                    return []
                each = max(1, channels()[batch.channel].count(self._claim.words))
                allowed, wait = may_send(tx, batch, about, len(rows), each=each, now=self._kit.clock.now())
                if allowed:
                    return self._intend(tx, batch, rows[:allowed])
                seconds = rest(batch, about, wait)
                if seconds is None:
                    batch.not_before_at = self._kit.clock.now() + timedelta(seconds=wait)
                    return []
            self._kit.clock.sleep(seconds)
        return []

    def _goes_on(self, tx: Session, batch: Batch) -> bool:
        fan_out = tx.get_one(FanOut, batch.fan_out_id)
        if batch.holder != self._claim.holder or fan_out.phase != "sending":
            return False
        return holds.in_force(tx, fan_out.incident_id, "sending", clock=self._kit.clock) is None

    def _intend(self, tx: Session, batch: Batch, rows: Rows) -> Rows:
        now = self._kit.clock.now()
        intent = Intent(id=new_id("int"), batch_id=batch.id, holder=self._claim.holder, begun_at=now)
        intent.ordinals = [ordinal for _, ordinal in rows]
        batch.held_until_at = now + LEASE
        tx.add(intent)
        self._open[intent.id] = dict(rows)
        self._intent_of |= dict.fromkeys(self._open[intent.id], intent.id)
        return rows

    def _write(self) -> None:
        """Write the outcomes that have come, and of each intent who is still without one."""
        kit, claim, now = self._kit, self._claim, self._kit.clock.now()
        sent, self._got = [one for one in self._got if one.reference in self._intent_of], []
        with kit.begin() as tx:
            batch = tx.get_one(Batch, claim.batch.id, with_for_update=True)
            happened = [from_sent(one, batch.provider) for one in sent]
            of_batch = dict.fromkeys((one.reference for one in sent), batch.id)
            moved = outcomes.append(tx, claim.fan_out.id, happened, batch_of=of_batch, at=now)
            if sent:
                demote.count(tx, batch.provider, now, **_seen(sent))
            publish(tx, claim.fan_out, batch, happened, kit=kit)
            self._answered(tx, [*(one.reference for one in sent), *self._kept], now)
            self._stops = self._stops or not self._goes_on(tx, batch)
            if any(one.outcome is Outcome.IN_DOUBT for one in sent):
                batch.settle_at = _settle_at(claim.provider, now)
            again = [one for one in sent if moved.get(one.reference) is State.QUEUED]
            if again:
                self._put_off(tx, batch, again, now)
            if batch.holder == self._claim.holder:  # else another worker has it by now, and its lease is its own
                batch.held_until_at = now + LEASE
            note_when_kept(tx, "batch.written", {"messages": len(sent), "again": len(again)})

    def _answered(self, tx: Session, references: Sequence[str], now: datetime) -> None:
        touched = set()
        for one in references:
            if (intent_id := self._intent_of.pop(one, None)) is not None:
                del self._open[intent_id][one]
                touched.add(intent_id)
        for intent_id in touched:
            left = sorted(self._open[intent_id].values())
            values = {"ordinals": left} if left else {"ended_at": now}
            tx.execute(update(Intent).where(Intent.id == intent_id).values(values))
            if not left:
                del self._open[intent_id]

    def _put_off(self, tx: Session, batch: Batch, again: Sequence[Sent], now: datetime) -> None:
        """Some were not taken for now: they go again later, and no more are handed over until then."""
        self._stops = True
        _give_up(tx, self._claim, [one.reference for one in again], now)
        wait = max(one.retry_after or 1.0 for one in again)
        if any(one.outcome is Outcome.THROTTLED for one in again):
            must_wait(tx, batch.provider, self._claim.provider.about.pace, wait, now=now)
        if batch.holder == self._claim.holder:
            batch.not_before_at = now + timedelta(seconds=wait)


def _ids(mine: Claim) -> dict[str, str]:
    one, batch = mine.fan_out, mine.batch
    ids = {"incident": one.incident_id, "notice": one.notice_id, "fan_out": one.id, "batch": batch.id}
    return ids | {"channel": batch.channel, "provider": batch.provider}


def _seen(sent: Sequence[Sent]) -> dict[str, int]:
    """What this says about the provider's health; asking us to slow down is no sign of illness."""
    outcomes_ = Counter(one.outcome for one in sent if one.outcome is not Outcome.REFUSED or not one.permanent)
    failing = outcomes_[Outcome.REFUSED] + outcomes_[Outcome.IN_DOUBT]
    return {"handed": len(sent), "failing": failing, "accepted": outcomes_[Outcome.ACCEPTED]}


def _give_up(tx: Session, mine: Claim, delivery_ids: Sequence[str], now: datetime) -> None:
    query = select(DeliveryNow.delivery_id, DeliveryNow.reason).where(
        among(tx, DeliveryNow.delivery_id, delivery_ids),
        DeliveryNow.state == State.QUEUED,
        DeliveryNow.not_taken >= MOST_REFUSALS,
    )
    tired = [Happened(row.delivery_id, Event.REFUSED, reason=row.reason) for row in tx.execute(query)]
    of_batch = dict.fromkeys(delivery_ids, mine.batch.id)
    outcomes.append(tx, mine.fan_out.id, tired, batch_of=of_batch, at=now)


def _settle_at(provider: Provider, now: datetime) -> datetime:
    # Who can be asked is asked at once; else receipts get time to come, where there are any.
    if isinstance(provider, Asks) or not provider.about.signed_receipts:
        return now
    return now + WAITS_FOR_RECEIPTS
