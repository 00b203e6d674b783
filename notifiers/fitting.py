"""Sends what fits and answers at once for what does not, without asking for more messages than the window holds."""

from collections.abc import Callable, Iterable, Iterator

from notifiers.http import Answer, Call, Lines, Lost
from notifiers.message import Message
from notifiers.outcome import Sent

SPARE = 50  # how many that do not fit may wait for their answer; what is in flight must leave so much of the window


def send_fitting(
    lines: Lines,
    messages: Iterable[Message],
    *,
    ask: Callable[[Message], Call | Sent],
    tell: Callable[[Message, Answer | Lost], Sent],
) -> Iterator[Sent]:
    """One outcome a message: `ask` gives the request for it, or the outcome of one that cannot be sent; `tell` reads
    the answer. However many cannot be sent, no more than SPARE of them are taken in beside those in flight."""
    waiting, unfit = _Waiting(messages, ask), list[Sent]()
    while waiting.more:
        for message, answer in lines.exchange(waiting.calls(unfit)):
            yield tell(message, answer)
            yield from _emptied(unfit)
        yield from _emptied(unfit)


class _Waiting:
    def __init__(self, messages: Iterable[Message], ask: Callable[[Message], Call | Sent]) -> None:
        self._messages, self._ask = iter(messages), ask
        self.more = True

    def calls(self, unfit: list[Sent]) -> Iterator[tuple[Message, Call]]:
        """The requests, until nobody is left or there is no room for one more that does not fit."""
        for message in self._messages:
            asked = self._ask(message)
            if isinstance(asked, Call):
                yield message, asked
                continue
            unfit.append(asked)
            if len(unfit) >= SPARE:
                return
        self.more = False


def _emptied(unfit: list[Sent]) -> Iterator[Sent]:
    while unfit:
        yield unfit.pop()
