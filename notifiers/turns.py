"""An exchange with a provider in which what may not be sent at all is refused in its turn, without a request."""

from collections.abc import Callable, Iterable, Iterator

from notifiers.http import Answer, Call, Lines, Lost
from notifiers.message import Message
from notifiers.outcome import Sent

Turn = tuple[Message, Answer | Lost | Sent]


def take_turns(lines: Lines, messages: Iterable[Message], call_of: Callable[[Message], Call | Sent]) -> Iterator[Turn]:
    """Each message with the answer to its call, or with the refusal that `call_of` gave in its place. What is under way
    ends before a refusal is given, so that no more is in hand than `lines` carries."""
    waiting = iter(messages)
    barred: list[tuple[Message, Sent]] = []

    def calls() -> Iterator[tuple[Message, Call]]:
        for message in waiting:
            made = call_of(message)
            if isinstance(made, Sent):
                barred.append((message, made))
                return
            yield message, made

    while True:
        yield from lines.exchange(calls())
        if not barred:
            return
        yield barred.pop()
