"""Makes an access log: the stranger's reads inside the window among everybody else's, and a few lines cut short."""

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from sample.story import LogFile, Story

HEADINGS = ("time", "client", "account", "path", "answer")
PARTNERS = tuple(f"198.51.100.{n}" for n in range(10, 40))  # TEST-NET-2, RFC 5737


def reading(told: Story) -> dict[str, Any]:
    """How the log is to be read: the stranger's address and the window, and which column is what."""
    window = told.window
    return {
        "columns": {"time": "time", "address": "client", "record": "account", "outcome": "answer"},
        "where": {
            "addresses": [told.stranger],
            "from_at": window.first_at.isoformat(),
            "to_at": window.last_at.isoformat(),
        },
    }


def write(
    path: Path, file: LogFile, told: Story, whom: list[str], everybody: list[str], *, rng: np.random.Generator
) -> dict[str, int]:
    """Write the log in which the stranger reads the accounts of `whom`; returns its number of lines by make."""
    reads = [*whom, *_some(rng, whom, file.reads - len(whom))]
    first, last = told.window.first_at, told.window.last_at
    lines = [_line(_between(first, last, rng), told.stranger, account, 200) for account in reads]
    others = _some(rng, everybody, file.other)
    lines += [
        _line(_between(first - timedelta(days=5), last + timedelta(hours=6), rng), _partner(rng), account, 200)
        for account in others
    ]
    # After the hole was closed the stranger came back and got nothing; before it was open the address was a guest's.
    outside = _some(rng, everybody, max(2, len(reads) // 100))
    lines += [_line(_outside(first, last, rng), told.stranger, account, 403) for account in outside]
    lines.sort()
    broken = [lines[int(at)][:2] for at in rng.integers(0, len(lines), file.rows.malformed)]
    for at, cut in enumerate(broken):
        lines.insert(int(rng.integers(0, len(lines))) if at else len(lines), cut)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADINGS)
    writer.writerows(lines)
    path.write_text(stream.getvalue(), encoding="utf-8")
    counts = {"stranger": len(reads), "other": len(others), "outside": len(outside), "malformed": len(broken)}
    return counts | {"total": len(lines)}


def _line(at: datetime, address: str, account: str, answer: int) -> tuple[str, ...]:
    return at.isoformat(timespec="seconds"), address, account, f"/export/accounts/{account}", str(answer)


def _some(rng: np.random.Generator, accounts: list[str], count: int) -> list[str]:
    return [accounts[int(at)] for at in rng.integers(0, len(accounts), max(0, count))]


def _partner(rng: np.random.Generator) -> str:
    return PARTNERS[int(rng.integers(0, len(PARTNERS)))]


def _between(first: datetime, last: datetime, rng: np.random.Generator) -> datetime:
    return first + timedelta(seconds=int(rng.integers(1, int((last - first).total_seconds()))))


def _outside(first: datetime, last: datetime, rng: np.random.Generator) -> datetime:
    if rng.integers(0, 2):
        return _between(last, last + timedelta(hours=6), rng) + timedelta(seconds=1)
    return _between(first - timedelta(days=5), first, rng) - timedelta(seconds=1)
