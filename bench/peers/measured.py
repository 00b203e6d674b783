"""What a peer's file is run with, and the one JSON that it prints: messages, seconds, CPU seconds, memory in MiB."""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable

from bench.peers import SKIPPED


def parser(doc: str | None) -> argparse.ArgumentParser:
    """Reads n, base, ca and smtp from the command line."""
    made = argparse.ArgumentParser(description=doc)
    made.add_argument("--n", type=int, default=2_000)
    made.add_argument("--base", required=True, help="https://127.0.0.1:PORT")
    made.add_argument("--ca", required=True, help="certificates to trust, PEM")
    made.add_argument("--smtp", type=int, default=0, help="port of SMTP")
    return made


def told(doc: str | None) -> argparse.Namespace:
    """What the command line says."""
    return parser(doc).parse_args()


def peak() -> float:
    """The most memory this process has held, MiB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def measured(n: int, send: Callable[[], int]) -> None:
    """Time `send`, which gives how many were accepted, without its imports; print the JSON; exit 1 if any was not."""
    wall, cpu = time.perf_counter(), time.process_time()
    accepted = send()
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"messages": accepted, "seconds": seconds, "cpu_seconds": cpu_seconds, "rss": peak()}))
    sys.exit(accepted != n)


def skipped(why: str) -> None:
    """End: this peer cannot run here, `why` in one sentence."""
    print(why)
    sys.exit(SKIPPED)
