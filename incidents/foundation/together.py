"""What many threads bring at once is written in one transaction: a commit costs the same for one as for a hundred."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 1000  # of one transaction


class Together(Generic[Item, Result]):
    """Calls `write` with all that has come while it last ran; every caller waits until its own is written.

    No thread of its own: whoever finds nobody writing writes for all who wait. Where a group fails, each of it is
    written alone, so that one that cannot be written harms no other.
    """

    def __init__(self, write: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._write = write
        self._waiting: list[tuple[Item, Future[Result]]] = []
        self._arriving, self._writing = threading.Lock(), threading.Lock()

    def __call__(self, item: Item) -> Result:
        """Write `item`, with others if there are; raises what writing it raised."""
        mine: Future[Result] = Future()
        with self._arriving:
            self._waiting.append((item, mine))
        with self._writing:
            if not mine.done():
                self._write_waiting()
        return mine.result()

    def _write_waiting(self) -> None:
        with self._arriving:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            results = self._write([item for item, _ in group])
        except Exception as error:  # noqa: BLE001 - each caller is told of its own
            if len(group) == 1:
                group[0][1].set_exception(error)
                return
            for item, future in group:
                self._alone(item, future)
            return
        for (_, future), result in zip(group, results, strict=True):
            future.set_result(result)

    def _alone(self, item: Item, future: "Future[Result]") -> None:
        try:
            future.set_result(self._write([item])[0])
        except Exception as error:  # noqa: BLE001 - as above
            future.set_exception(error)
