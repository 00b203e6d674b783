"""The record of one batch on its way: each turn writes what has come and the intent of the next slice, at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from incidents.deliveries import compromise, demote, outcomes, runs
from incidents.deliveries.claim import LEASE, Claim, Rows, waiting
from incidents.deliveries.halt import halt_where_ours, is_ours
from incidents.deliveries.in_app import stand
from incidents.deliveries.outcomes import Happened, from_sent
from incidents.deliveries.pace import may_send, must_wait, rest
from incidents.deliveries.publish import publish
from incidents.deliveries.settle import settles_at
from incidents.deliveries.state import Event, State
from incidents.deliveries.tables import Batch, DeliveryNow, FanOut, Intent
from incidents.foundation.bulk import among
from incidents.foundation.ids import new_id
from incidents.foundation.log import note_when_kept
from incidents.record import holds
from notifiers.outcome import Outcome, Sent
from notifiers.provider import About
from notifiers.registry import channels

MOST_REFUSALS = 5  # for now; then the next route is taken


@dataclass(frozen=True)
class Slice:
    """Who may be sent to now. Without rows: nobody is left, or the pace makes a worker `wait` so many seconds."""

    rows: Rows
    wait: float = 0.0
    intent_id: str = ""


_NOBODY = Slice([])


class Ledger:
    """What is known of a claimed batch. One thread at a time may take a turn; `stops` may be read by any.

    What is in memory follows the database and never leads it: a turn that fails has changed nothing, and its outcomes
    are written with the next.
    """

    def __init__(self, mine: Claim) -> None:
        self._claim, self._kit = mine, mine.kit
        self._open: dict[str, dict[str, int]] = {}  # intent -> delivery id -> ordinal, of those without an outcome
        self._intent_of: dict[str, str] = {}
        self._came: list[Sent] = []
        self.slice = slice_of(mine.provider.about)
        self.stops = False

    @property
    def unanswered(self) -> Sequence[str]:
        """Who stands under an intent and has no outcome yet."""
        return list(self._intent_of)

    def turn(self, sent: Sequence[Sent], *, kept: Sequence[str] = (), after: int | None = None) -> Slice:
        """In one transaction: write what became of these and that those in `kept` were not handed over after all; then,
        if somebody behind the ordinal `after` is to be sent to now, the intent for the next few, who are given."""
        now, found = self._kit.clock.now(), _NOBODY
        self._came += sent
        with self._kit.begin() as tx:
            batch = outcomes.hold(tx, [self._claim.batch.id])[self._claim.batch.id]
            came = [one for one in self._came if one.reference in self._intent_of]
            answered = [*(one.reference for one in came), *kept]
            if answered:
                self._write(tx, batch, came, now)
                self._close(tx, answered, now)
            self.stops = self.stops or not self._goes_on(tx, batch)
            if after is not None and not self.stops:
                found = self._next(tx, batch, after, now)
        self._came = []
        self._remember(answered, found)
        return found

    def _remember(self, answered: Sequence[str], found: Slice) -> None:
        for one in answered:
            if (intent_id := self._intent_of.pop(one, None)) is not None:
                del self._open[intent_id][one]
        self._open = {intent_id: left for intent_id, left in self._open.items() if left}
        if found.rows:
            self._open[found.intent_id] = dict(found.rows)
            self._intent_of |= dict.fromkeys(self._open[found.intent_id], found.intent_id)

    def _goes_on(self, tx: Session, batch: Batch) -> bool:
        fan_out = tx.get_one(FanOut, batch.fan_out_id)
        if batch.holder != self._claim.holder or fan_out.phase != "sending":
            return False
        if compromise.stands_in_the_way(tx, fan_out.incident_id, batch.provider):
            return False
        return holds.in_force(tx, fan_out.incident_id, "sending", clock=self._kit.clock) is None

    def _next(self, tx: Session, batch: Batch, after: int, now: datetime) -> Slice:
        about = self._claim.provider.about
        rows = waiting(tx, batch, window=self.slice, after=after)
        if not rows:
            return _NOBODY
        channel = channels()[batch.channel]
        each = channel.paced(channel.count(self._claim.words))
        allowed, wait = may_send(tx, batch, about, len(rows), each=each, now=now)
        if allowed:
            return self._intend(tx, batch, rows[:allowed], now)
        seconds = rest(batch, about, wait)
        if seconds is None:
            batch.not_before_at = now + timedelta(seconds=wait)
        return Slice([], seconds or 0.0)

    def _intend(self, tx: Session, batch: Batch, rows: Rows, now: datetime) -> Slice:
        intent = Intent(id=new_id("int"), batch_id=batch.id, holder=self._claim.holder, begun_at=now)
        intent.ordinals = [ordinal for _, ordinal in rows]
        batch.held_until_at = now + LEASE
        tx.add(intent)
        return Slice(rows, intent_id=intent.id)

    def _write(self, tx: Session, batch: Batch, came: Sequence[Sent], now: datetime) -> None:
        mine = self._claim
        alone = self._apart_from_runs(tx, batch, came, now)
        happened = [from_sent(one, batch.provider) for one in alone]
        of_batch = dict.fromkeys((one.reference for one in alone), batch.id)
        moved = outcomes.append(tx, mine.fan_out.id, happened, batch_of=of_batch, at=now)
        if came:
            demote.count(tx, batch.provider, now, **_seen(came))
        publish(tx, mine.fan_out, batch, came, kit=self._kit)
        stand(tx, mine, came, self._ordinal_of)
        if any(one.outcome is Outcome.IN_DOUBT for one in alone):
            batch.settle_at = settles_at(mine.provider, now)
        again = [one for one in alone if moved.get(one.reference) is State.QUEUED]
        if again:
            self._put_off(tx, batch, again, len(came), now)
        if batch.holder == mine.holder:  # else another worker has it by now, and its lease is its own
            batch.held_until_at = now + LEASE
        note_when_kept(tx, "batch.written", {"messages": len(came), "again": len(again)})

    def _apart_from_runs(self, tx: Session, batch: Batch, came: Sequence[Sent], now: datetime) -> Sequence[Sent]:
        """Write what can be written together; what is left for a row each. A receipt that names a message by the
        provider's reference alone is looked for among those rows."""
        if not self._claim.provider.about.carries_reference:
            return came
        written = runs.write(tx, batch, {self._ordinal_of(one.reference): one for one in came}, at=now)
        return [one for one in came if one.reference not in written]

    def _ordinal_of(self, delivery_id: str) -> int:
        return self._open[self._intent_of[delivery_id]][delivery_id]

    def _close(self, tx: Session, answered: Sequence[str], now: datetime) -> None:
        """Take these out of their intents; an intent without anybody is over."""
        gone: dict[str, set[str]] = {}
        for one in answered:
            gone.setdefault(self._intent_of[one], set()).add(one)
        for intent_id, those in gone.items():
            left = sorted(ordinal for one, ordinal in self._open[intent_id].items() if one not in those)
            values = {"ordinals": left} if left else {"ended_at": now}
            tx.execute(update(Intent).where(Intent.id == intent_id).values(values))

    def _put_off(self, tx: Session, batch: Batch, again: Sequence[Sent], came: int, now: datetime) -> None:
        """Some were not taken for now: they go later. Where too much came at once, or most were not taken, no more
        are handed over until then; where it is our fault, until somebody has put it right."""
        _give_up(tx, self._claim, [one.reference for one in again if not is_ours(one)], now)
        fan_out = tx.get_one(FanOut, batch.fan_out_id)
        self.stops = halt_where_ours(tx, fan_out, batch.provider, again, kit=self._kit) or self.stops
        wait = max(one.retry_after or 1.0 for one in again)
        throttled = any(one.outcome is Outcome.THROTTLED for one in again)
        self.stops = self.stops or throttled or 2 * len(again) > came
        if throttled:
            must_wait(tx, batch.provider, self._claim.provider.about.pace, wait, now=now)
        if batch.holder == self._claim.holder:
            batch.not_before_at = now + timedelta(seconds=wait)


def slice_of(about: About) -> int:
    """How many people stand under one intent, and outcomes are written together: a few thousand, but not fewer than the
    provider has in hand at any moment, whose fate would be open anyway if the worker died."""
    return max(2000, about.window)


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
