"""Requests for one door that wait, taken together by one thread of the web server: one transaction for all of them.

A thread for each would only be parked until the commit, and woken for each answer: with many of them that costs more
than reading, checking and writing what they brought.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from waitress.channel import HTTPChannel
from waitress.task import Task, ThreadedTaskDispatcher, WSGITask

PAUSE = 0.005  # seconds
Answered = tuple[str, list[tuple[str, str]], bytes]  # status, headers, body


class Door(Protocol):
    """What can answer many at once."""

    def takes(self, method: str, path: str) -> bool:
        """Whether this request is for this door."""

    def answers(self, environs: Sequence[Mapping[str, Any]]) -> list[Answered | Exception]:
        """The answer to each; an exception where the server is to say that it failed."""


class Crowd(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Gives the server's requests to its threads, and those for `door` to one of them: whoever finds nobody at it
    serves all that wait, and what came meanwhile, until nobody does."""

    def __init__(self, door: Door) -> None:
        super().__init__()
        self._door, self._waiting, self._led = door, list[HTTPChannel](), False
        self._mine = threading.Lock()

    def add_task(self, task: Any) -> None:
        """A channel with a request, or this itself, to be given to a thread."""
        if task is self or not self._is_for_door(task):
            super().add_task(task)
            return
        with self._mine:
            self._waiting.append(task)
            leads, self._led = not self._led, True
        if leads:
            super().add_task(self)

    def serve(self) -> None:
        """Serve until nobody waits; in a thread of the server."""
        while group := self._next():
            try:
                answers = self._door.answers([_environ(channel) for channel in group])
            except Exception as error:  # noqa: BLE001 - each hears of it, and the next are served
                answers = [error] * len(group)
            for channel, answer in zip(group, answers, strict=True):
                channel.requests[0].answer = answer
                channel.service()
            if len(group) > 1:  # those who were just answered bring more in a moment, and a commit costs the same
                time.sleep(PAUSE)

    service = serve  # what waitress calls it by

    def cancel(self) -> None:
        """The server ends: whoever waits is not answered, and told again later."""
        with self._mine:
            group, self._waiting, self._led = self._waiting, [], False
        for channel in group:
            channel.cancel()

    def _next(self) -> list[HTTPChannel]:
        with self._mine:
            group, self._waiting = self._waiting, []
            self._led = bool(group)
            return group

    def _is_for_door(self, channel: HTTPChannel) -> bool:
        request = channel.requests[0]
        return not request.error and self._door.takes(request.command, request.path)


def task_of(channel: HTTPChannel, request: Any) -> Task:
    """What answers a request that has come whole."""
    return (_Answer if hasattr(request, "answer") else WSGITask)(channel, request)


def _environ(channel: HTTPChannel) -> dict[str, Any]:
    environ: dict[str, Any] = WSGITask(channel, channel.requests[0]).get_environment()
    return environ


class _Answer(Task):  # type: ignore[misc]
    """Writes the answer that is there already."""

    complete = True

    def execute(self) -> None:
        if isinstance(self.request.answer, Exception):
            raise self.request.answer
        self.status, headers, body = self.request.answer
        self.response_headers += headers
        self.content_length = len(body)
        self.write(body)

    def set_close_on_finish(self) -> None:
        # Waitress closes the line after an answer of no told length, and 204 has none to tell: a line for each receipt.
        if self.has_body or self.version == "1.0" or self.request.headers.get("CONNECTION", "").lower() == "close":
            super().set_close_on_finish()
