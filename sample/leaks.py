"""Writes what leaked: the evidence files of a story, and apart from them the ground truth by which tests judge."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from sample import logs
from sample.crowd import Crowd
from sample.dice import Ints, dice
from sample.lists import ListMaker
from sample.people import DEFAULT_SEED, crowd, read_manifest
from sample.story import File, ListFile, LogFile, Story, TextFile, Where, story
from sample.traits import Traits

KINDS = {"list": "identifier_list", "log": "access_log", "predicate": "predicate", "document": "document"}


@dataclass(frozen=True)
class LeakFile:
    """One evidence file as a responder would hand it in; `reading` says how to read it; `collected_at` when it came."""

    path: Path
    kind: str
    title: str
    source: str
    collected_at: datetime
    reading: dict[str, Any]


@dataclass(frozen=True)
class Leak:
    """A leak's evidence, and where the ground truth lies that no evidence file points to."""

    name: str
    company: str
    found_at: datetime
    began_at: datetime
    stranger: str
    files: tuple[LeakFile, ...]
    truth: Path


@dataclass(frozen=True)
class FileTruth:
    """What one file means: the ids of the people in it, the contacts that are in no directory, and rows by make."""

    file: str
    people: list[str]
    strangers: list[str]
    rows: dict[str, int]


@dataclass(frozen=True)
class Truth:
    """What a leak means, file by file, in the order in which the files were found."""

    files: tuple[FileTruth, ...]
    people: list[str] = field(repr=False)
    strangers: list[str] = field(repr=False)


def leak(
    name: str, folder: Path, *, seed: int | None = None, people: int | None = None, found_at: datetime | None = None
) -> Leak:
    """Write the leak `name` of the sample made in `folder`: `folder`/leaks/`name`, and the truth in `folder`/truth.

    Counts are those of the story, scaled by the number of people in the directory; `people` is how many a file of
    everybody names at most; `found_at` moves the story and its window to another day. Raises BadInput when the
    sample was not made.
    """
    manifest, told = read_manifest(folder), _moved(story(name), found_at)
    crowd_ = crowd(told.company, manifest.directory(told.company).people, manifest.seed)
    to = folder / "leaks" / name
    to.mkdir(parents=True, exist_ok=True)
    teller = _Teller(name, told, crowd_, seed or DEFAULT_SEED, to)
    teller.at_most = people
    made = [teller.tell(number, file) for number, file in enumerate(told.files)]
    truth = folder / "truth" / f"{name}.json"
    truth.parent.mkdir(exist_ok=True)
    truth.write_text(json.dumps(asdict(_together(teller.truths)), ensure_ascii=False), encoding="utf-8")
    return Leak(name, told.company, told.found_at, told.window.first_at, told.stranger, tuple(made), truth)


def _moved(told: Story, found_at: datetime | None) -> Story:
    if found_at is None:
        return told
    by = found_at - told.found_at
    window = told.window.model_copy(update={"first_at": told.window.first_at + by, "last_at": told.window.last_at + by})
    return told.model_copy(update={"found_at": found_at, "window": window})


def read_truth(path: Path) -> Truth:
    """The ground truth of a leak. Only tests and the drill's own check read it."""
    said = json.loads(path.read_text(encoding="utf-8"))
    return Truth(tuple(FileTruth(**each) for each in said["files"]), said["people"], said["strangers"])


class _Teller:
    """Makes a story's files one after another, so that a later file can name people of an earlier one again."""

    def __init__(self, name: str, told: Story, people: Crowd, seed: int, to: Path) -> None:
        self.told, self.people, self.to, self.name, self.seed = told, people, to, name, seed
        self.traits = Traits(people)
        self.ids = self.traits.id.to_pylist()
        self.known = np.zeros(len(people), dtype=np.bool_)
        self.truths: list[FileTruth] = []
        self.at_most: int | None = None

    def tell(self, number: int, file: ListFile | LogFile | TextFile) -> LeakFile:
        """Write one evidence file and note its truth."""
        path, rng = self.to / file.file, dice(self.seed, self.name, str(number))
        reading: dict[str, Any] = dict(file.reading)
        if isinstance(file, TextFile):
            path.write_text(file.text, encoding="utf-8")
            chosen = self._whom(file.where) if file.make == "predicate" else np.array([], dtype=np.int64)
            truth = FileTruth(file.file, [], [], {})
        elif isinstance(file, LogFile):
            file = _scaled_log(file, self._size)
            chosen = self._pick(rng, file, self._whom(file.where))
            reading |= logs.reading(self.told)
            truth = FileTruth(
                file.file, [], [], logs.write(path, file, self.told, [self.ids[i] for i in chosen], self.ids, rng=rng)
            )
        else:
            file = _scaled_list(file, self._size)
            maker = ListMaker(file, self.told, self.people, self.traits, rng)
            chosen = self._pick(rng, file, np.intersect1d(self._whom(file.where), maker.shown()))
            strangers, rows = maker.write(path, chosen)
            truth = FileTruth(file.file, [], strangers, rows)
        self.known[chosen] = True
        self.truths.append(replace(truth, people=sorted(self.ids[i] for i in chosen)))
        return self._handed_in(file, path, reading)

    def _handed_in(self, file: File, path: Path, reading: dict[str, Any]) -> LeakFile:
        make = getattr(file, "make")  # noqa: B009 - each kind of file declares its own literal
        if make in {"list", "predicate"}:
            window = self.told.window
            reading |= {"first_at": window.first_at.isoformat(), "last_at": window.last_at.isoformat()}
        at = self.told.found_at + timedelta(hours=file.after_hours)
        return LeakFile(path, KINDS[make], file.title, file.source, at, reading)

    @property
    def _size(self) -> float:
        return len(self.people) / self.told.people

    def _whom(self, where: Where) -> Ints:
        crowd_ = self.people
        wanted = np.ones(len(crowd_), dtype=np.bool_)
        if where.roles:
            roles = [n for n, kind in enumerate(crowd_.company.kinds) if kind.role in where.roles]
            wanted &= np.isin(crowd_.kind, roles)
        if where.ages:
            wanted &= np.isin(crowd_.age, where.ages) & ~crowd_.erased
        if where.countries:
            lives = [n for n, place in enumerate(crowd_.places) if place.country in where.countries]
            wanted &= np.isin(crowd_.place, lives) & crowd_.placed
        if where.groups:
            wanted &= np.isin(crowd_.group, where.groups)
        return np.flatnonzero(wanted)

    def _pick(self, rng: np.random.Generator, file: ListFile | LogFile, among: Ints) -> Ints:
        """So many people of `among`, `again` of whom an earlier file names; fewer only where there are fewer."""
        if getattr(file, "everybody", False):
            return among[: self.at_most]
        known, fresh = among[self.known[among]], among[~self.known[among]]
        again = min(file.again, len(known))
        first = rng.permutation(known)[:again]
        return np.concatenate([first, rng.permutation(fresh)[: file.rows.people - again]])


def _scaled_list(file: ListFile, size: float) -> ListFile:
    strangers = {kind: _times(count, size) for kind, count in file.strangers.items()}
    return file.model_copy(update={"strangers": strangers, **_scaled(file, size)})


def _scaled_log(file: LogFile, size: float) -> LogFile:
    more = {"reads": _times(file.reads, size), "other": _times(file.other, size)}
    return file.model_copy(update={**more, **_scaled(file, size)})


def _scaled(file: ListFile | LogFile, size: float) -> dict[str, Any]:
    rows = {name: _times(count, size) for name, count in file.rows.model_dump().items()}
    return {"rows": file.rows.model_copy(update=rows), "again": _times(file.again, size)}


def _times(count: int, size: float) -> int:
    """`count` scaled; what there is some of stays at least one."""
    return max(1, round(count * size)) if count else 0


def _together(files: list[FileTruth]) -> Truth:
    people: set[str] = set()
    strangers: set[str] = set()
    for each in files:
        people |= set(each.people)
        strangers |= set(each.strangers)
    return Truth(tuple(files), sorted(people), sorted(strangers))


def evidence_yaml(made: Leak) -> Iterator[Path]:
    """Write one description beside each readable evidence file, for the room of the affected by itself."""
    for number, file in enumerate(made.files):
        if file.kind == KINDS["document"]:
            continue
        path = file.path.with_suffix(".evidence.yaml")
        said = {"id": f"{made.name}-{number}", "kind": file.kind, "path": file.path.name, "reading": file.reading}
        # JSON is YAML; the reader wants one mapping and does not mind the braces.
        path.write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")
        yield path
