"""What is said of one item of evidence: its kind, its file, what it exposed and how it is to be read."""

import importlib
import pkgutil
from collections.abc import Mapping as Mapped
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from pydantic import AwareDatetime, ValidationError

import affected.evidence
from affected.mapping import Region
from affected.words import Rule
from packs import BadInput, Strict, read_pack


class Reading(Strict):
    """What every kind of evidence can say; each kind adds its own fields.

    `exposed`: the categories of data that were exposed, or `held` for whatever categories the person has.
    `presumed`: nothing in the file names people one by one, so whoever it yields is possible and marked presumed.
    `first_at`, `last_at`: the time of exposure where rows carry none of their own.
    """

    exposed: list[str] | Literal["held"]
    phone_region: Region | None = None
    presumed: bool = False
    first_at: AwareDatetime | None = None
    last_at: AwareDatetime | None = None


class EvidenceFile(Strict):
    """One item of evidence as YAML, for the room by itself; `path` is relative to this file."""

    id: str
    kind: str
    path: Path
    reading: dict[str, Any]


@dataclass(frozen=True)
class Evidence:
    """One item of evidence; `reading` is the model of its kind, already checked."""

    id: str
    kind: str
    path: Path
    reading: Reading = field(repr=False)

    @property
    def exposed(self) -> tuple[str, ...] | None:
        """The categories exposed; None stands for whatever the person has."""
        return None if self.reading.exposed == "held" else tuple(self.reading.exposed)


@dataclass(frozen=True)
class Condition:
    """A condition over the person view that an item of evidence comes to: everybody of whom it holds was found by
    `rule`, within these times. `presumed`: possible at most, because nothing names them one by one. `exposed`: what of
    them, where that is not what the item says; `part` tells several conditions of one item apart."""

    sql: str
    rule: Rule
    presumed: bool
    first_at: datetime | None
    last_at: datetime | None
    exposed: tuple[str, ...] | None = None
    part: str = ""


def evidence_from(item_id: str, kind: str, path: Path, reading: Mapped[str, Any]) -> Evidence:
    """Check what was said of an item. Raises BadInput naming the item and the field, and the kinds there are."""
    module = kinds().get(kind)
    if module is None:
        raise BadInput(f"{item_id}: kind: '{kind}' is not one of {', '.join(sorted(kinds()))}.")
    try:
        checked: Reading = module.READING.model_validate(dict(reading))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "the whole"
        unknown = first["type"] == "extra_forbidden"
        said = "is not a field of this kind" if unknown else str(first["msg"]).removeprefix("Value error, ")
        raise BadInput(f"{item_id}: reading: {place}: {said}.") from None
    return Evidence(item_id, kind, path, checked)


def read_evidence_file(path: Path) -> Evidence:
    """Read an item of evidence described in YAML. Raises BadInput."""
    said = read_pack(path, EvidenceFile)
    return evidence_from(said.id, said.kind, path.parent / said.path, said.reading)


@lru_cache(maxsize=1)
def kinds() -> dict[str, ModuleType]:
    """The kinds of evidence by name: every module of this folder that has a READING model."""
    names = [found.name for found in pkgutil.iter_modules(affected.evidence.__path__)]
    modules = {name: importlib.import_module(f"affected.evidence.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "READING")}


def naive_utc(moment: datetime | None) -> datetime | None:
    """`moment` in UTC without its zone, as every engine stores it (the portable surface knows no zones)."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)
