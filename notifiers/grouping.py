"""Puts messages with the same words together, for providers whose one request carries many addresses."""

from collections.abc import Iterable, Iterator
from typing import Any

from notifiers.message import Message


def same_words(messages: Iterable[Message], most: int) -> Iterator[list[Message]]:
    """Groups of up to `most` messages with the same words and sender, as they come; never more than `most` of them wait
    for their like."""
    waiting: dict[tuple[Any, ...], list[Message]] = {}
    last, same, held = None, [], 0
    for message in messages:
        # A batch has one object for its words: to look at that is cheaper than to compare whole letters.
        if last is None or message.texts is not last.texts or message.sender_name != last.sender_name:
            same = waiting.setdefault((message.sender_name, *sorted(message.texts.items())), [])
        same.append(message)
        last, held = message, held + 1
        if held == most:
            words = max(waiting, key=lambda words: len(waiting[words]))
            held -= len(waiting[words])
            last = None
            yield waiting.pop(words)
    yield from waiting.values()
