"""What the providers tell later: receipts that come twice, late, in the wrong order, too early or from a forger."""

import json
import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy.exc import SQLAlchemyError
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from incidents.deliveries.receive import receive
from notifiers.provider import Forged, WebhookRequest
from tests.chaos.provider import MAIL, SMS, CountingProvider, Taken
from tests.loopback.sendgrid import event, signed
from tests.loopback.twilio import NUMBER, SID, TOKEN

SOME = 80  # deliveries of a run of which something is told
HABITS = ("in order", "duplicate", "late", "reordered", "forged", "all of them")
_WORDS = {SMS: ("sent", "delivered", "undelivered"), MAIL: ("processed", "delivered", "bounce")}


@dataclass(frozen=True)
class Told:
    """One webhook that is due at a time."""

    at: float
    provider: str
    request: WebhookRequest
    forged: bool = False


class Receipts:
    """A thread that tells what became of whatever the provider took, until `stop`."""

    def __init__(self, kit: Any, provider: CountingProvider, plan: Any, *, callback: str) -> None:
        self._kit, self._provider, self._habit, self._callback = kit, provider, plan.receipts, callback
        self._chance, self._share = random.Random(plan.number), SOME / plan.people
        self._read = 0
        self._waiting: list[Told] = []
        self.failed: set[str] = set()  # deliveries of which a true receipt said that they did not arrive
        self.believed: list[str] = []  # forgeries that were not noticed
        self.told = 0
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        return self._read == len(self._provider.taken) and not self._waiting

    def stop(self) -> None:
        self._ends.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ends.is_set():
            taken = self._provider.taken[self._read :]
            self._waiting += [one for message in taken for one in self._of(message)]
            self._read += len(taken)
            now = time.monotonic()
            due = [one for one in self._waiting if one.at <= now]
            for one in due:
                if self._tell(one):
                    self._waiting.remove(one)
            time.sleep(0.02)

    def _tell(self, one: Told) -> bool:
        """False where the database is away: the provider is not answered, and tells it again."""
        try:
            receive(self._kit, one.provider, one.request)
            self.told += 1
            if one.forged:
                self.believed.append(one.provider)
        except Forged:
            return True
        except SQLAlchemyError:
            return False
        return True

    def _of(self, message: Taken) -> list[Told]:
        if message.provider not in _WORDS or self._chance.random() > self._share:
            return []  # FCM tells nothing, and of the others not every receipt arrives
        first, arrived, bounced = _WORDS[message.provider]
        words = [first, bounced if self._chance.random() < 0.04 else arrived]
        if words[1] == bounced:
            self.failed.add(message.reference)
        chosen = self._chance.choice(HABITS[:-1]) if self._habit == "all of them" else self._habit
        if chosen == "reordered":
            words.reverse()
        if chosen == "duplicate":
            words += words
        delay = self._chance.uniform(0.5, 2.5) if chosen == "late" else 0.0
        now = time.monotonic()
        told = [Told(now + delay + 0.02 * n, message.provider, self._request(message, w)) for n, w in enumerate(words)]
        if chosen == "forged":
            told.append(replace(told[0], request=_forged(self._request(message, bounced)), forged=True))
        return told

    def _request(self, message: Taken, word: str) -> WebhookRequest:
        if message.provider == MAIL:
            more = {"type": "bounce", "status": "5.1.1"} if word == "bounce" else {}
            one = event(word, message.reference, message.address, sg_message_id=message.sid, **more)
            return signed([one | {"sg_event_id": f"{one['sg_event_id']}-{message.sid}"}], at=int(time.time()))
        target = f"/receipts/{SMS}?reference={quote(message.reference)}"
        form = {"MessageSid": message.sid, "MessageStatus": word, "To": message.address, "From": NUMBER}
        form |= {"AccountSid": SID} | ({"ErrorCode": "30008"} if word == "undelivered" else {})
        address = f"{self._callback}{SMS}?reference={quote(message.reference)}"
        signature = RequestValidator(TOKEN).compute_signature(address, form)
        return WebhookRequest(target, {"X-Twilio-Signature": signature}, urlencode(form).encode())


def _forged(request: WebhookRequest) -> WebhookRequest:
    """The same with one thing changed after it was signed."""
    body = request.body.replace(b"30008", b"30007")
    with suppress(ValueError):
        body = json.dumps([one | {"event": "dropped"} for one in json.loads(request.body)]).encode()
    return replace(request, body=body)
