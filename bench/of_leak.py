"""A log and a dirty list in one run: found here, by DuckDB SQL written by hand, by a mere scan, and by pandas.

At a hundredth of the size by itself; at full size with --full, where --keep FOLDER keeps the made leak and each part
that is finished, so that it can be broken off and run again. Each part runs in a process of its own.
"""

import json
import shutil
import statistics
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from bench.apart import Cost, apart
from bench.leak import Leak, make
from bench.timing import Figure

_SIZE = {"people": 10_000_000, "lines": 100_000_000, "rows": 1_000_000}
_OURS, _RIVALS = "bench.leak_ours", "bench.leak_rivals"
_FROZEN, _PANDAS = "bench.leak_frozen", "bench.leak_pandas"
# What is run in a turn, by its name: where, and how often (pandas once: it takes minutes at full size). The scan, which
# is shortest, stands on both sides of ours: a machine that drifts is between the two.
_PARTS = {
    "scan before": (f"{_RIVALS}:scan", 3),
    "tocsin": (f"{_OURS}:found", 3),
    "scan": (f"{_RIVALS}:scan", 3),
    "direct": (f"{_RIVALS}:direct", 3),
    "tocsin, 512 MiB": (f"{_OURS}:with_little_memory", 3),
    "freeze and difference": (f"{_FROZEN}:frozen", 3),
    "reading the answer": (f"{_FROZEN}:read", 3),
    "pandas": (f"{_PANDAS}:by_pandas", 1),
}
_ANSWERS = ("tocsin", "tocsin, 512 MiB", "direct", "pandas")
_CHECKS = {
    "people": "person_id, residence, language, age_band, standing, certainty, array_to_string(categories, ','), "
    "has_phone, has_email, epoch_us(first_exposed_at), epoch_us(last_exposed_at)",
    "why": "person_id, evidence_id, rule, rows, epoch_us(first_at), epoch_us(last_at)",
    "rows": "evidence_id, outcome",  # the lines of a log are numbered in other ways
    "strangers": "kind, value, evidence_id, rows, beside, epoch_us(first_exposed_at), epoch_us(last_exposed_at)",
    "unknown_ids": "kind, value, evidence_id, rows",
    "hits": "person_id, evidence_id, rule",
}
_BY_PANDAS = {
    "people": "person_id, array_to_string(categories, ','), epoch_us(first_exposed_at), epoch_us(last_exposed_at)"
}


def run(*, full: bool, keep: Path | None = None) -> list[Figure]:
    """100,000 people x 1,000,000 lines x 10,000 rows, or a hundred times that."""
    if keep is not None:
        return _run(keep, full)
    with tempfile.TemporaryDirectory() as folder:
        return _run(Path(folder), full)


def agree(folder: Path) -> None:
    """Find the small leak once in each way. Raises ValueError where two answers differ."""
    leak = _made(folder, full=False)
    for name in _ANSWERS:
        _once(leak, name, _PARTS[name][0], 0)
    _compare(folder / "out")


def _made(folder: Path, full: bool) -> Leak:
    leak = Leak(folder, **{name: size if full else size // 100 for name, size in _SIZE.items()})
    make(leak)
    return leak


def _run(folder: Path, full: bool) -> list[Figure]:
    leak = _made(folder, full)
    # In turn, A B C A B C, so that a machine that drifts drifts for all.
    turns = [(name, place, n) for n in range(3) for name, (place, often) in _PARTS.items() if n < often]
    costs: dict[str, list[Cost]] = {name: [] for name in _PARTS}
    for name, place, n in turns:
        costs[name].append(_once(leak, name, place, n))
    _compare(folder / "out")
    costs["scan"] = _between(costs.pop("scan before"), costs["scan"])
    return _figures(f"leak, {leak.people:,} people x {leak.lines:,} lines x {leak.rows:,} rows", costs)


def _once(leak: Leak, name: str, place: str, turn: int) -> Cost:
    """What one part cost; known already where it was finished before."""
    said = leak.folder / "finished" / f"{name} {turn}.json"
    if not said.exists():
        out = leak.folder / "out" / name
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        cost = apart(place, leak, out)
        said.parent.mkdir(exist_ok=True)
        said.write_text(json.dumps(asdict(cost)))
    return Cost(**json.loads(said.read_text()))


def _compare(out: Path) -> None:
    for name, columns in _CHECKS.items():
        _same(out, name, columns, ("tocsin", "tocsin, 512 MiB", "direct"))
    _same(out, "people", _BY_PANDAS["people"], ("tocsin", "pandas"))


def _same(out: Path, table: str, columns: str, names: tuple[str, ...]) -> None:
    seen = {name: _fingerprint(out / name / "answer" / f"{table}.parquet", columns) for name in names}
    if len(set(seen.values())) > 1:
        raise ValueError(f"{table}: the answers differ, so their times compare nothing: {seen}")


def _fingerprint(path: Path, columns: str) -> Any:
    question = f"SELECT COUNT(*), SUM(CAST(hash({columns}) AS HUGEINT)) FROM read_parquet('{path}')"  # noqa: S608
    with duckdb.connect() as connection:
        return connection.sql(question).fetchall()[0]


def _figures(name: str, costs: dict[str, list[Cost]]) -> list[Figure]:
    def against(ours: str, other: str, bar: str) -> Figure:
        mine, its = _median(costs[ours]), _median(costs[other])
        ratio = _ratio(costs[ours], costs[other])
        mib = f"{mine.mib:,.0f} MiB against {its.mib:,.0f}"
        title = f"{name}, {mib}" if ours == "tocsin" else f"{name}, {ours}, {mib}"
        return Figure(title, mine.cpu, mine.wall, other, its.cpu, its.wall, ratio.cpu, bar, ratio_wall=ratio.wall)

    return [
        against("tocsin", "direct", "1.5 x cpu, 1 GiB"),
        against("tocsin", "scan", "3 x wall"),
        against("tocsin", "pandas", "1/6 x wall, a fifth of the memory"),
        against("tocsin, 512 MiB", "tocsin", "1.2 x"),
        _frozen(name, costs),
    ]


def _frozen(name: str, costs: dict[str, list[Cost]]) -> Figure:
    """Without the start of the process and reading the answer, which freezing within an incident has no need of."""
    own = [
        Cost(whole.cpu - read.cpu, whole.wall - read.wall, whole.mib)
        for whole, read in zip(costs["freeze and difference"], costs["reading the answer"], strict=True)
    ]
    mine, run, ratio = _median(own), _median(costs["tocsin"]), _ratio(own, costs["tocsin"])
    title = f"{name}, freeze and difference, {mine.mib:,.0f} MiB"
    times = (mine.cpu, mine.wall, "tocsin", run.cpu, run.wall)
    return Figure(title, *times, ratio.cpu, "1/4 x", ratio_wall=ratio.wall)


def _between(before: list[Cost], after: list[Cost]) -> list[Cost]:
    """What the scans on both sides of ours say of the moment between them."""
    return [
        Cost((a.cpu + b.cpu) / 2, (a.wall + b.wall) / 2, max(a.mib, b.mib)) for a, b in zip(before, after, strict=True)
    ]


def _ratio(ours: list[Cost], others: list[Cost]) -> Cost:
    """The medians of what ours cost by what the other cost in the same turn."""
    return _median([Cost(a.cpu / b.cpu, a.wall / b.wall, a.mib / b.mib) for a, b in zip(ours, others, strict=False)])


def _median(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(getattr(cost, field) for cost in costs) for field in ("cpu", "wall", "mib")))
