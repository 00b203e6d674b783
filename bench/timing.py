"""Times two ways to do the same work in turn and keeps the ratio pair by pair; machines drift, ratios hold."""

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One figure: medians in seconds of CPU and wall, the ratios of ours to the other where there is another, and the
    most memory (MiB) that a child of ours held, where that was asked."""

    name: str
    ours_cpu: float
    ours_wall: float
    other: str = ""
    other_cpu: float = 0.0
    other_wall: float = 0.0
    ratio_cpu: float | None = None
    bar: str = ""
    child_mib: float | None = None
    ratio_wall: float | None = None

    def line(self) -> str:
        """The figure as one line of text."""
        text = f"{self.name:<52} {self.ours_wall:>9.3f} s wall {self.ours_cpu:>9.3f} s cpu"
        if self.ratio_cpu is not None:
            text += f"   {self.ratio_cpu:.2f} x {self.other}"
        if self.ratio_wall is not None:
            text += f" ({self.ratio_wall:.2f} x in time)"
        if self.child_mib is not None:
            text += f"   child {self.child_mib:.0f} MiB"
        return text + (f"   (bar: {self.bar})" if self.bar else "")

    def plain(self) -> dict[str, Any]:
        """The figure as JSON."""
        return asdict(self)


def once(run: Callable[[], Any]) -> tuple[float, float]:
    """(CPU seconds of this process and of the children it waited for, wall seconds) of one run."""
    cpu, wall = _cpu(), time.perf_counter()
    run()
    return _cpu() - cpu, time.perf_counter() - wall


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def with_children(figure: Figure) -> Figure:
    """`figure` with the most memory that any child of this process has held so far; ask before other children run."""
    return replace(figure, child_mib=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)


def alone(name: str, run: Callable[[], Any], *, rounds: int = 3, bar: str = "") -> Figure:
    """The medians of `run` by itself, after one run that is not counted."""
    once(run)
    runs = [once(run) for _ in range(rounds)]
    return Figure(name, statistics.median(r[0] for r in runs), statistics.median(r[1] for r in runs), bar=bar)


def against(
    name: str, run: Callable[[], Any], other: str, rival: Callable[[], Any], *, rounds: int = 3, bar: str = ""
) -> Figure:
    """Ours and the rival in turn, A B A B; the ratio is the median of the pairs' ratios."""
    once(run), once(rival)
    pairs = [(once(run), once(rival)) for _ in range(rounds)]
    median = statistics.median
    return Figure(
        name,
        median(a[0] for a, _ in pairs),
        median(a[1] for a, _ in pairs),
        other,
        median(b[0] for _, b in pairs),
        median(b[1] for _, b in pairs),
        median(a[0] / b[0] for a, b in pairs if b[0]),
        bar,
    )
