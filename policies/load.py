"""Finds and reads every law, house policy, area and question by walking the folders."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import RootModel

from packs import BadInput, read_pack
from policies.facts import FactId, Place
from policies.houses import House
from policies.pack import FactWords, Law

HERE = Path(__file__).parent


class Questions(RootModel[dict[FactId, FactWords]]):
    """questions.yaml: the facts that several laws ask for."""


class Areas(RootModel[dict[Place, tuple[Place, ...]]]):
    """areas.yaml: names of groups of countries."""


@dataclass(frozen=True)
class Packs:
    """Every rule that Tocsin knows, by id."""

    laws: Mapping[str, Law]
    house: Mapping[str, House]
    areas: Mapping[str, frozenset[str]]
    words: Mapping[str, FactWords]
    files: Mapping[str, Path]

    def house_of(self, party: str) -> House | None:
        """The house policy over `party` (a company, or `company:own-id`)."""
        return self.house.get(party.split(":", 1)[0])


def everything(packs: Packs) -> dict[str, Law]:
    """Laws and house policies by id; a house is `house/<company>`."""
    return {**packs.laws, **{f"house/{name}": house for name, house in packs.house.items()}}


def load(path: Path | None = None) -> Packs:
    """All packs below `path` (default: those that come with Tocsin). Raises BadInput naming file, line and field."""
    return _load(path or HERE)


@lru_cache(maxsize=4)
def _load(root: Path) -> Packs:
    files = {f"{file.parent.name}/{file.stem}": file for file in sorted(root.glob("laws/*/*.yaml"))}
    houses = {file.stem: file for file in sorted(root.glob("house/*.yaml"))}
    laws = {name: read_pack(file, Law) for name, file in files.items()}
    house = {name: read_pack(file, House) for name, file in houses.items()}
    areas = read_pack(root / "areas.yaml", Areas).root
    shared = read_pack(root / "questions.yaml", Questions).root
    words = _words(shared, {**laws, **{f"house/{name}": one for name, one in house.items()}})
    return Packs(
        laws=laws,
        house=house,
        areas={name: frozenset(members) for name, members in areas.items()},
        words=words,
        files={**files, **{f"house/{name}": file for name, file in houses.items()}},
    )


def _words(shared: Mapping[str, FactWords], packs: Mapping[str, Law]) -> dict[str, FactWords]:
    words = dict(shared)
    for name, pack in packs.items():
        for fact, said in pack.facts.items():
            if words.get(fact, said) != said:
                raise BadInput(f"{name}: facts.{fact}: this fact is worded otherwise elsewhere; word it once.")
            words[fact] = said
    return words
