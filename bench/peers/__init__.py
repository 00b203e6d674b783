"""What others send with: the providers' own SDKs with their best settings, one file each, run one by one in a child."""

import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.counting_provider import CountingProvider

SKIPPED = 75  # a peer ends with this and one sentence where it cannot run here
_NOT_PEERS = {"__main__", "measured", "wording"}


class Skipped(Exception):
    """This peer cannot run here; the message is one sentence."""


def names() -> list[str]:
    """Every peer, found by walking."""
    found = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    return [name for name in found if name not in _NOT_PEERS]


def measure(
    name: str, provider: CountingProvider, n: int, *, cpu: int | None = None, more: Sequence[str] = ()
) -> dict[str, Any]:
    """{messages, seconds, cpu_seconds, rss} (rss in MiB) of one peer (or whole module, told `more`) that sends `n`
    messages, on `cpu` alone if given. Raises Skipped; raises RuntimeError when the provider did not take each once."""
    module = name if "." in name else f"bench.peers.{name}"
    line = [sys.executable, "-W", "ignore", "-m", module, "--n", str(n), "--base", provider.address]
    line += ["--ca", provider.ca_file, "--smtp", str(provider.smtp_port), *more]
    provider.reset()
    # CURL_CA_BUNDLE would win over what the SDKs are told to trust.
    trust = {"SSL_CERT_FILE": provider.ca_file, "REQUESTS_CA_BUNDLE": provider.ca_file}
    environment = {k: v for k, v in os.environ.items() if k != "CURL_CA_BUNDLE"} | trust
    child = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=environment)  # noqa: S603 - our own line
    if cpu is not None:
        os.sched_setaffinity(child.pid, {cpu})
    said = child.communicate()[0].strip()
    if child.returncode == SKIPPED:
        raise Skipped(said)
    count = provider.count()
    if child.returncode or count["distinct"] != n or count["duplicates"]:
        raise RuntimeError(
            f"{name} was to send {n}, the provider took {count['distinct']}, {count['duplicates']} twice"
        )
    measured: dict[str, Any] = json.loads(said.splitlines()[-1])
    return measured
