"""Reads one item of evidence in a child of its own, with limits and without network; a hostile file kills only that."""

import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb

from affected.disk import is_full
from affected.evidence.cleaning import Cleaned
from affected.evidence.reading import Evidence, evidence_from, kinds
from affected.inspection import Vendors, look
from affected.without_pandas import without_pandas
from packs import BadInput

_MiB = 1 << 20
# What no reader of a file has any business with; a C library could still, which the limits below must catch.
_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "ctypes.dlopen",
    "ftplib.",
    "http.",
)


class Cleaner(Protocol):
    """Turns one item of evidence into cleaned rows and keys in a folder."""

    def __call__(self, evidence: Evidence, work_dir: Path, *, region: str | None) -> Cleaned: ...


@dataclass(frozen=True)
class Sandbox:
    """Limits of the child: address space and written bytes in MiB, seconds of processor time."""

    memory: int = 4096
    written: int = 8192
    seconds: int = 900

    def __call__(self, evidence: Evidence, work_dir: Path, *, region: str | None) -> Cleaned:
        """Clean in a child. Raises BadInput with the child's sentence, or one that says which limit killed it."""
        spec = {
            "id": evidence.id,
            "kind": evidence.kind,
            "reading": evidence.reading.model_dump(mode="json"),
            "work_dir": str(work_dir.resolve()),
            "region": region,
        }
        answer = self._run("clean", evidence.path, spec)
        return Cleaned(answer["rows"], answer["report"])

    def look(self, path: Path, vendors: Vendors | None = None) -> dict[str, Any]:
        """What a file seems to be (see inspection.look), found in a child. Raises BadInput."""
        return self._run("look", path, {"vendors": vendors or {}})

    def _run(self, work: str, path: Path, spec: dict[str, Any]) -> dict[str, Any]:
        limits = [self.memory, self.written, self.seconds]
        root = str(Path(__file__).parents[2])
        child = subprocess.run(
            [sys.executable, "-P", "-c", "from affected.evidence import sandbox; sandbox.child()"],
            input=json.dumps(spec | {"work": work, "path": str(path.resolve()), "limits": limits}).encode(),
            capture_output=True,
            cwd=spec.get("work_dir"),
            env={"PYTHONPATH": root, "PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
            check=False,
        )
        if child.returncode:
            raise BadInput(f"{path.name}: {self._what_killed(child.returncode)}")
        answer: dict[str, Any] = json.loads(child.stdout)
        if "refused" in answer:
            raise BadInput(answer["refused"])
        return answer

    def _what_killed(self, code: int) -> str:
        if code in {-signal.SIGXCPU, -signal.SIGKILL}:
            return f"reading it took more than {self.seconds} seconds of processor time."
        if code == -signal.SIGXFSZ:
            return f"what it unfolds to is more than {self.written} MiB."
        return "its reader broke off, and nothing of it was taken in."


def clean_here(evidence: Evidence, work_dir: Path, *, region: str | None) -> Cleaned:
    """Clean in this process, without limits: for files that we made ourselves."""
    cleaned: Cleaned = kinds()[evidence.kind].clean(evidence.path, evidence.reading, work_dir, region=region)
    return cleaned


def child() -> None:
    """What runs in the child: an item of evidence on standard input, what was found on standard output."""
    without_pandas()
    spec = json.load(sys.stdin)
    answer_to = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not stand in the answer
    path = Path(spec["path"])
    memory, written, seconds = spec["limits"]
    resource.setrlimit(resource.RLIMIT_AS, (memory * _MiB, memory * _MiB))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (written * _MiB, written * _MiB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)
    try:
        answer = look(path, spec["vendors"]) if spec["work"] == "look" else _clean(spec, path)
    except BadInput as error:
        answer = {"refused": str(error)}
    except (MemoryError, OSError, duckdb.Error) as error:
        answer = {"refused": f"{path.name}: {_what_ran_out(error, memory)}"}
    answer_to.write(json.dumps(answer))
    answer_to.close()
    os._exit(0)  # all is written; to take engines and libraries apart in order costs as much as to load some of them


def _what_ran_out(error: Exception, memory: int) -> str:
    if is_full(error):
        return "the disk is full, so reading it was given up; nothing of it is kept."
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
        return f"reading it needs more than {memory} MiB of memory."
    raise error


def _clean(spec: dict[str, Any], path: Path) -> dict[str, Any]:
    evidence = evidence_from(spec["id"], spec["kind"], path, spec["reading"])
    cleaned = clean_here(evidence, Path(spec["work_dir"]), region=spec["region"])
    return {"rows": cleaned.rows, "report": cleaned.report}


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(f"a reader of evidence asked for {event}")
