"""Builds, starts and asks the counting provider: provider/ takes messages on loopback and counts for whom."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.request import Request, urlopen

SOURCES = Path(__file__).parent / "provider"
BUILT = Path(__file__).parent.parent / "var" / "bench"
_LIBRARIES = ("-lnghttp2", "-lssl", "-lcrypto")


class NotBuilt(Exception):
    """The counting provider cannot be built here; the message is one sentence for whoever skips."""


def build() -> Path:
    """The program, compiled once for each state of its sources. Raises NotBuilt."""
    sources = sorted(SOURCES.glob("*.[ch]"))
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    program = BUILT / f"provider-{digest}"
    if program.exists():
        return program
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NotBuilt("The counting provider was not built: there is no C compiler (Debian: gcc).")
    BUILT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILT) as folder:
        made = Path(folder) / "provider"
        files = [str(source) for source in sources if source.suffix == ".c"]
        line = [compiler, "-std=c11", "-D_GNU_SOURCE", "-O2", "-o", str(made), *files, *_LIBRARIES]
        done = subprocess.run(line, capture_output=True, text=True, check=False)  # noqa: S603 - our own line
        if done.returncode:
            raise NotBuilt(_why(done.stderr))
        made.replace(program)  # at once, so that two who build at the same time do not meet
    return program


def _why(said: str) -> str:
    if "nghttp2" in said.split("error", 1)[-1] or "openssl" in said:
        return (
            "The counting provider was not built: libnghttp2 or OpenSSL is missing (Debian: libnghttp2-dev libssl-dev)."
        )
    return f"The counting provider was not built: {said.strip().splitlines()[0] if said.strip() else 'no reason given'}"


class CountingProvider:
    """Runs from `with` to its end, on `cpu` alone where one is given. Options are those of provider/faults.c, written
    with an underscore: delay_ms, fail_permille, abort_permille, seed."""

    def __init__(self, *, cpu: int | None = None, **options: int) -> None:
        self._cpu, self._options = cpu, options

    def __enter__(self) -> "CountingProvider":
        from bench.certificates import write_certificates  # noqa: PLC0415 - whoever is measured imports this file, too

        program = build()
        self._folder = Path(tempfile.mkdtemp(prefix="provider-"))
        self.ca_file, certificate, key = write_certificates(self._folder)
        said = {"certificate": certificate, "key": key, "until-stdin-closes": 1} | _named(self._options)
        line = [str(program), *(word for name, value in said.items() for word in (f"--{name}", str(value)))]
        pipe = subprocess.PIPE  # it ends when its stdin does, so also when we are killed
        self._program = subprocess.Popen(line, stdin=pipe, stdout=pipe, text=True)  # noqa: S603 - our own program
        self.pid = self._program.pid
        if self._cpu is not None:
            os.sched_setaffinity(self.pid, {self._cpu})
        ports = self._program.stdout.readline().split() if self._program.stdout else []
        if len(ports) != 2:
            self.__exit__(None, None, None)
            raise NotBuilt("The counting provider did not start.")
        self.http_port, self.smtp_port = (int(port) for port in ports)
        self.address = f"https://127.0.0.1:{self.http_port}"
        self.plain_address = f"http://127.0.0.1:{self.http_port}"
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._program.kill()
        for pipe in (self._program.stdin, self._program.stdout):
            if pipe:
                pipe.close()
        self._program.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def count(self) -> dict[str, Any]:
        """Requests, recipients, distinct ones and duplicates, in all and by kind; faults, connections, its CPU."""
        return self._asked("/_count")

    def reset(self) -> None:
        """Forget everybody who was counted."""
        self._asked("/_reset", b"")

    def options(self, **options: int) -> None:
        """Change the delay and the faults; a seed starts the dice again."""
        self._asked("/_options?" + "&".join(f"{name}={value}" for name, value in _named(options).items()), b"")

    def recipients(self, *, at_least: int = 1) -> dict[tuple[str, str], int]:
        """(kind, recipient) -> how often the provider took a message for it, where that is `at_least`."""
        with urlopen(f"{self.plain_address}/_recipients?times={at_least}") as answer:  # noqa: S310 - our own address
            lines = [line.split(" ", 2) for line in answer.read().decode().splitlines()]
        return {(kind, recipient): int(times) for times, kind, recipient in lines}

    def _asked(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        with urlopen(Request(self.plain_address + path, body)) as answer:  # noqa: S310 - our own address
            read: dict[str, Any] = json.load(answer)
            return read


def _named(options: dict[str, int]) -> dict[str, Any]:
    return {name.replace("_", "-"): value for name, value in options.items()}
