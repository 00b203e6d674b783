"""Writes the invented people of every sample company as one Parquet table each, in the company's own columns."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from packs import BadInput
from sample.crowd import Crowd, gather
from sample.dice import apportion
from sample.recipe import HERE, companies, places
from sample.traits import table

DEFAULT_PEOPLE = 150_000
DEFAULT_SEED = 20260306
Progress = Callable[[str, int, int], None]
"""Told (what is being made, how many are done, how many there are)."""


@dataclass(frozen=True)
class Directory:
    """One company's directory: its Parquet file, the mapping that explains its columns, its number of people."""

    company: str
    path: Path
    mapping: Path
    people: int


@dataclass(frozen=True)
class Manifest:
    """What was made, and from which seed; written beside the directories as manifest.json."""

    folder: Path
    seed: int
    people: int
    directories: tuple[Directory, ...]

    def directory(self, company: str) -> Directory:
        """The directory of one company."""
        return next(each for each in self.directories if each.company == company)


def make(
    folder: Path,
    *,
    people: int = DEFAULT_PEOPLE,
    seed: int = DEFAULT_SEED,
    only: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Write `people` invented people (together, or in the companies of `only`) under `folder`/directories.

    The same seed and number give the same bytes. Raises BadInput for a company that is not in the sample.
    """
    tell = progress or (lambda *_: None)
    known = companies()
    wanted = sorted(known if only is None else set(only))
    if missing := set(wanted) - set(known):
        raise BadInput(f"The sample has no company '{min(missing)}'; it has {', '.join(sorted(known))}.")
    (folder / "directories").mkdir(parents=True, exist_ok=True)
    done, made = 0, []
    for word, count in zip(wanted, apportion(people, [known[each].people for each in wanted]), strict=True):
        tell(word, done, people)
        made.append(_write(folder, word, int(count), seed))
        done += int(count)
        tell(word, done, people)
    manifest = Manifest(folder, seed, people, tuple(made))
    (folder / "manifest.json").write_text(json.dumps(asdict(manifest), default=str, indent=1), encoding="utf-8")
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """What `make` wrote under `folder`. Raises BadInput when nothing was made there."""
    try:
        said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{folder}: no sample was made here; make it first.") from None
    made = (Directory(d["company"], Path(d["path"]), Path(d["mapping"]), d["people"]) for d in said["directories"])
    return Manifest(folder, said["seed"], said["people"], tuple(made))


def crowd(company: str, count: int, seed: int) -> Crowd:
    """The people of one company as `make` makes them, with what was erased from their records since."""
    return gather(companies()[company], places(), count, seed)


def mapping_path(company: str) -> Path:
    """The mapping file that explains one sample company's columns."""
    return HERE / "mappings" / f"{company}.yaml"


def _write(folder: Path, company: str, count: int, seed: int) -> Directory:
    path = folder / "directories" / f"{company}.parquet"
    fresh = path.with_suffix(".part")
    pq.write_table(people_table(company, count, seed), fresh, compression="zstd", row_group_size=122_880)
    fresh.replace(path)
    return Directory(company, path, mapping_path(company), count)


def people_table(company: str, count: int, seed: int) -> pa.Table:
    """One company's directory as an Arrow table."""
    return table(crowd(company, count, seed))
