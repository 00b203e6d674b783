"""What many threads bring at once is written in one transaction: a commit costs the same for one as for a hundred."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 1000  # of one transaction
PAUSE = 0.002  # seconds


class Together(Generic[Item, Result]):
    """Calls `write` with all that has come while it last ran; every caller waits until its own is written.

    No thread of its own: whoever finds nobody writing leads, writes for all who wait, and lets the first of those who
    came meanwhile lead next. Everybody else sleeps until their answer is there: a lock that they queued at would keep
    those who are answered behind the next to write, and their callers from bringing more. Where a group fails, each
    of it is written alone, so that one that cannot be written harms no other.
    """

    def __init__(self, write: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._waiting: list[_Caller[Item, Result]] = []
        self._led = self._crowded = False

    def __call__(self, item: Item) -> Result:
        """Write `item`, with others if there are; raises what writing it raised."""
        mine: _Caller[Item, Result] = _Caller(item)
        with self._lock:
            self._waiting.append(mine)
            leads, self._led = not self._led, True
        if not leads:
            mine.called.wait()
        if not mine.answer.done():
            self._lead()
        return mine.answer.result()

    def _lead(self) -> None:
        if self._crowded:  # those who were just answered bring more in a moment
            time.sleep(PAUSE)
        with self._lock:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            self._write_all(group)
        finally:
            for one in group:
                one.answer.cancel()  # does nothing to whoever has one: only the end of the thread leaves one without
            with self._lock:
                self._crowded, self._led = len(group) > 1, bool(self._waiting)
                called = (*group, *self._waiting[:1])
            for one in called:
                one.called.set()

    def _write_all(self, group: "Sequence[_Caller[Item, Result]]") -> None:
        try:
            results = self._write([one.item for one in group])
        except Exception as error:  # noqa: BLE001 - each caller is told of its own
            if len(group) == 1:
                group[0].answer.set_exception(error)
                return
            for one in group:
                self._write_all([one])
            return
        for one, result in zip(group, results, strict=True):
            one.answer.set_result(result)


class _Caller(Generic[Item, Result]):
    """One that waits: `called` when its answer is there, or when it is to lead."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.answer: Future[Result] = Future()
        self.called = threading.Event()
