"""What a peer's file is run with, and the one JSON that it prints: messages, seconds, CPU seconds, memory in MiB."""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable

from bench.peers import SKIPPED


def told(doc: str | None) -> argparse.Namespace:
    """What the command line says: n, base, ca, smtp."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--n", type=int, default=2_000)
    parser.add_argument("--base", required=True, help="https://127.0.0.1:PORT")
    parser.add_argument("--ca", required=True, help="certificates to trust, PEM")
    parser.add_argument("--smtp", type=int, default=0, help="port of SMTP")
    return parser.parse_args()


def measured(n: int, send: Callable[[], int]) -> None:
    """Time `send`, which gives how many were accepted, without its imports; print the JSON; exit 1 if any was not."""
    wall, cpu = time.perf_counter(), time.process_time()
    accepted = send()
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"messages": accepted, "seconds": seconds, "cpu_seconds": cpu_seconds, "rss": round(rss, 1)}))
    sys.exit(accepted != n)


def skipped(why: str) -> None:
    """End: this peer cannot run here, `why` in one sentence."""
    print(why)
    sys.exit(SKIPPED)
