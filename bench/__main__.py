"""Runs every comparison found in this folder, prints a table and writes docs/bench/latest.json."""

import argparse
import importlib
import json
import pkgutil
import platform
from inspect import signature
from pathlib import Path

import bench
from bench.timing import Figure

OUT = Path(__file__).parent.parent / "docs" / "bench" / "latest.json"


def main() -> None:
    """`python -m bench [NAME ...] [--full]`: all comparisons unless some are named; --full takes the large sizes."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--full", action="store_true", help="the sizes of a release; minutes instead of seconds")
    parser.add_argument("--keep", type=Path, help="a folder for what takes long to make, so that a run can go on later")
    said = parser.parse_args()
    found = [module.name for module in pkgutil.iter_modules(bench.__path__) if module.name.startswith("of_")]
    figures = []
    for name in [each for each in found if not said.names or each.removeprefix("of_") in said.names]:
        run = importlib.import_module(f"bench.{name}").run
        asks = said.keep and "keep" in signature(run).parameters
        made = run(full=said.full, **({"keep": said.keep / name.removeprefix("of_")} if asks else {}))
        print(table(made))
        figures += made
    machine = {"python": platform.python_version(), "machine": platform.machine()}
    if not said.names:
        OUT.parent.mkdir(parents=True, exist_ok=True)
        OUT.write_text(json.dumps({"machine": machine, "figures": [f.plain() for f in figures]}, indent=1) + "\n")


def table(figures: list[Figure]) -> str:
    """The figures as text, one a line."""
    return "\n".join(figure.line() for figure in figures)


if __name__ == "__main__":
    main()
