"""Sends one claimed batch: messages are handed over by this thread while another one keeps the batch's ledger."""

import os
import socket
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import partial
from time import monotonic
from typing import Any

from incidents.deliveries.claim import Claim, Rows, claim, release
from incidents.deliveries.halt import is_ours
from incidents.deliveries.ledger import Ledger, Slice
from incidents.foundation.ids import new_id
from incidents.foundation.log import during, note
from notifiers.message import Address, Message
from notifiers.outcome import Outcome, Sent
from notifiers.registry import bare, channels

GROUP_SECONDS = 0.5  # how long an outcome waits for others to be written with


def send_batch(kit: Any, batch_id: str, *, holder: str | None = None) -> None:
    """Send what of the batch is not sent yet. Harmless when run twice, or by two workers at once."""
    mine = claim(kit, batch_id, holder or f"{socket.gethostname()}-{os.getpid()}-{new_id('w')}")
    if mine is not None:
        with during(**_ids(mine)):
            note("batch.begun", messages=mine.batch.size)
            with ThreadPoolExecutor(1, thread_name_prefix="ledger") as clerk:
                _Sending(mine, clerk).run()
            release(mine)
            note("batch.ended")


class _Sending:
    """One batch on its way. A clerk takes the ledger's turns, one after the other: the next
    slice is asked for when one begins, so that the provider is kept busy while the database works."""

    def __init__(self, mine: Claim, clerk: ThreadPoolExecutor) -> None:
        self._claim, self._ledger, self._clerk = mine, Ledger(mine), clerk
        self._got: list[Sent] = []
        self._kept: list[str] = []  # under an intent, but not handed over after all
        self._rests = False  # too much came at once, or everybody would be refused through our fault
        self._turn: Future[Slice] | None = None
        self._written = monotonic()

    def run(self) -> None:
        """Hand over messages and write what became of them until nobody is left or somebody says stop."""
        messages = self._messages()
        try:
            self._take_in(messages)
        except Exception:
            messages.close()
            self._end()  # whatever broke, what is known is kept; the rest of the intents will be in doubt
            raise
        messages.close()
        self._end()
        if unanswered := self._ledger.unanswered:  # handed over, and the provider has said nothing at all
            self._ledger.turn([Sent(one, Outcome.IN_DOUBT) for one in unanswered])

    def _end(self) -> None:
        if self._turn is not None:
            wait([self._turn])
        self._ledger.turn(self._got, kept=self._kept)

    def _take_in(self, messages: Iterator[Message]) -> None:
        for sent in self._claim.provider.send(messages):
            self._got.append(sent)
            self._rests = self._rests or sent.outcome is Outcome.THROTTLED or is_ours(sent)
            if len(self._got) >= 2 * self._ledger.slice or monotonic() - self._written > GROUP_SECONDS:
                self._ask(after=None)

    def _messages(self) -> Generator[Message]:
        fan_out, texts, addresses = self._claim.fan_out, self._claim.words, self._claim.contacts.addresses
        kind, zone = channels()[self._claim.batch.channel].address, self._claim.zone
        sender, language = fan_out.sender_name, fan_out.language
        rows = self._rows(self._ask(after=-1), after=-1)
        while rows:
            after = rows[-1][1]
            upcoming = self._ask(after=after) if after + 1 < self._claim.batch.size else _nobody()
            for place, (one, ordinal) in enumerate(rows):
                if self._rests or self._ledger.stops:
                    self._keep(rows[place:], _found(upcoming))
                    return
                try:
                    yield Message(one, Address(kind, bare(kind, addresses[ordinal])), texts, sender, language, zone)
                except GeneratorExit:  # the provider broke: whoever comes behind this one was not handed over
                    self._keep(rows[place + 1 :], _found(upcoming))
                    raise
            rows = self._rows(upcoming, after=after)

    def _rows(self, asked: Future[Slice], *, after: int) -> Rows:
        """The rows that were asked for, as soon as the pace lets them go."""
        while seconds := asked.result().wait:
            self._claim.kit.clock.sleep(seconds)
            asked = self._ask(after=after)
        return asked.result().rows

    def _ask(self, *, after: int | None) -> Future[Slice]:
        """Have the clerk take a turn with what has come, once the last one is over."""
        if self._turn is not None:
            self._turn.result()
        got, self._got, self._written = self._got, [], monotonic()
        self._turn = self._clerk.submit(copy_context().run, partial(self._ledger.turn, got, after=after))
        return self._turn

    def _keep(self, *slices: Rows) -> None:
        self._kept = [one for rows in slices for one, _ in rows]


def _nobody() -> Future[Slice]:
    none: Future[Slice] = Future()
    none.set_result(Slice([]))
    return none


def _found(upcoming: Future[Slice]) -> Rows:
    """Who was made ready; nobody where that failed."""
    return [] if upcoming.exception() else upcoming.result().rows


def _ids(mine: Claim) -> dict[str, str]:
    one, batch = mine.fan_out, mine.batch
    ids = {"incident": one.incident_id, "notice": one.notice_id, "fan_out": one.id, "batch": batch.id}
    return ids | {"channel": batch.channel, "provider": batch.provider}
