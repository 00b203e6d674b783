"""Runs a way to do the work in a process of its own, and says what it cost: processor time, time, and most memory.

Memory is what the process and its children hold together, looked at ten times a second; processor time is the kernel's
account of them all. Starting the interpreter counts.
"""

import importlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.leak import Leak

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Cost:
    """Seconds of processor time and of wall time, and MiB."""

    cpu: float
    wall: float
    mib: float


def apart(place: str, leak: Leak, out: Path) -> Cost:
    """Run `module:function` with a leak and a folder in a process of its own. Raises when it fails."""
    began = time.perf_counter()
    said = [place, str(leak.folder.resolve()), *map(str, (leak.people, leak.lines, leak.rows)), str(out.resolve())]
    command = [sys.executable, "-m", "bench.apart", *said]
    child = subprocess.Popen(command, cwd=Path(__file__).parents[1])  # noqa: S603 - of our own making
    most = [0.0]
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(child.pid, most, over))
    watcher.start()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    over.set()
    watcher.join()
    if child.returncode:
        raise RuntimeError(f"{place} ended with {child.returncode}")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - began, most[0])


def _watch(pid: int, most: list[float], over: threading.Event) -> None:
    while not over.wait(0.1):
        most[0] = max(most[0], _held(pid))


def _held(pid: int) -> float:
    """MiB that a process and its children hold: the pages of their own, and those that come from files (libraries) of
    whichever has most. To ask the kernel for each page's proportional share would hold up who is measured."""
    pages = list(_pages(pid))
    return (sum(own for own, _ in pages) + max((files for _, files in pages), default=0)) * _PAGE / (1 << 20)


def _pages(pid: int) -> Iterator[tuple[int, int]]:
    """Pages of its own and of files, of a process and of each child."""
    try:
        _, resident, files, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
        children = " ".join(one.read_text() for one in Path(f"/proc/{pid}/task").glob("*/children")).split()
    except OSError:  # it has ended meanwhile
        return
    yield resident - files, files
    for child in children:
        yield from _pages(int(child))


def main() -> None:
    """What runs there."""
    place, folder, people, lines, rows, out = sys.argv[1:]
    module, function = place.split(":")
    leak = Leak(Path(folder), int(people), int(lines), int(rows))
    getattr(importlib.import_module(module), function)(leak, Path(out))


if __name__ == "__main__":
    main()
