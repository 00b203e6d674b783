"""Runs the fault runs one after the other, goes on where it was broken off, and writes the table of docs/chaos.md."""

import argparse
import json
import signal
import sys
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.chaos.house import a_house
from tests.chaos.runs import Plan, Run

ROOT = Path(__file__).parents[2]
DONE = ROOT / "var" / "chaos.jsonl"
PAGE = ROOT / "docs" / "chaos.md"
SUMS = ("people", "told", "announced", "in_doubt", "twice", "lost", "receipts", "looked")
_MARK = "<!-- the table below is written by `make chaos` -->\n"


def main() -> int:
    """`python -m tests.chaos [--runs 330] [--only N] [--again]`; exit status 1 where a run failed."""
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("--runs", type=int, default=330)
    parser.add_argument("--only", type=int, help="the run of this number, whatever was done before")
    parser.add_argument("--again", action="store_true", help="forget what was done before")
    said = parser.parse_args()
    DONE.parent.mkdir(exist_ok=True)
    if said.again:
        DONE.unlink(missing_ok=True)
    done = {one["plan"]["number"] for one in _done()}
    numbers = [said.only] if said.only is not None else [n for n in range(said.runs) if n not in done]
    try:
        return int(_run(numbers, keep=said.only is None))
    finally:  # the table tells of what was done, though the rest was broken off
        if said.only is None:
            PAGE.write_text(PAGE.read_text().partition(_MARK)[0] + _MARK + table(_done()))


def _run(numbers: list[int], *, keep: bool) -> bool:
    failed = False
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # or the servers would outlive this
    with a_house() as house:
        for number in numbers:
            plan = Plan.of(number)
            outcome = Run(house, plan).go()
            failed = failed or bool(outcome.wrong)
            print(f"{number:4} {outcome.seconds:5.1f} s  {plan}  {'; '.join(outcome.wrong) or 'well'}", flush=True)
            if keep:
                with DONE.open("a") as file:
                    file.write(json.dumps(asdict(outcome)) + "\n")
            house.tidy(plan.kill)
    return failed


def _done() -> list[dict[str, Any]]:
    return [json.loads(line) for line in DONE.read_text().splitlines()] if DONE.exists() else []


def table(done: list[dict[str, Any]]) -> str:
    """Sums by what was killed and by how the provider misbehaved, and the runs that failed with what was wrong."""
    parts = [_part(done, "kill", "killed"), _part(done, "faults", "provider"), _part(done, "receipts", "receipts")]
    wrong = [f"- run {one['plan']['number']}: {'; '.join(one['wrong'])}" for one in done if one["wrong"]]
    return "\n".join([f"\n{len(done)} runs, {len(wrong)} failed.\n", *parts, *wrong]) + "\n"


def _part(done: list[dict[str, Any]], by: str, label: str) -> str:
    sums: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(("runs", *SUMS), 0))
    for one in done:
        for row in (one["plan"][by], "all"):
            sums[row]["runs"] += 1
            for name in SUMS:
                sums[row][name] += one[name] if name in one else one["plan"][name]
    names = ("runs", "people", "told", "announced", "in doubt", "told twice, listed", "lost", "receipts", "sums taken")
    lines = [f"| {label} | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    sums["all"] = sums.pop("all")  # stands last
    lines += [f"| {row} | " + " | ".join(f"{many:,}" for many in found.values()) + " |" for row, found in sums.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
