"""Finds and reads every law, house policy, area and question by walking the folders."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from pydantic import RootModel

from packs import BadInput, read_pack
from policies.areas import Areas
from policies.article import Article
from policies.calendars import Calendars
from policies.facts import FactId, Place
from policies.houses import House
from policies.pack import Authority, FactWords, Law

HERE = Path(__file__).parent


class Questions(RootModel[dict[FactId, FactWords]]):
    """questions.yaml: the facts that several laws ask for."""


class Groups(RootModel[dict[Place, tuple[Place, ...]]]):
    """areas.yaml: names of groups of countries."""


class Authorities(RootModel[dict[str, dict[Place, Authority]]]):
    """authorities.yaml: lists of authorities of one kind, one a place."""


@dataclass(frozen=True)
class Packs:
    """Every rule that Tocsin knows, by id."""

    laws: Mapping[str, Law]
    house: Mapping[str, House]
    areas: Areas
    words: Mapping[str, FactWords]
    files: Mapping[str, Path]
    authorities: Mapping[str, Mapping[str, Authority]]
    calendars: Calendars
    digest: str

    def house_of(self, party: str) -> House | None:
        """The house policy over `party` (a company, or `company:own-id`)."""
        return self.house.get(party.split(":", 1)[0])

    def zone_of(self, party: str) -> str:
        """The zone in which the house of `party` keeps its days."""
        house = self.house_of(party)
        return (house.zone if house else None) or "UTC"

    def must_know(self, company: str) -> None:
        """Raises BadInput, naming those that there are, for a company without a house policy."""
        if company not in self.house:
            raise BadInput(f"company: there is no house policy '{company}'; there are {', '.join(sorted(self.house))}.")

    def authority(self, wanted: str) -> Authority | None:
        """The authority with this id, of any law or list; None for a subject that no pack names closer."""
        return self._named.get(wanted)

    @cached_property
    def standing(self) -> frozenset[str]:
        """The facts on which it hangs whether a law binds a party at all: true of the party whatever the incident."""
        return frozenset().union(*(law.applies_if.facts() for law in everything(self).values() if law.applies_if))

    @cached_property
    def articles(self) -> Mapping[str, tuple[Article, ...]]:
        """Law or `house/<company>` -> its duties, each with what follows from its text alone."""
        return {name: tuple(Article(name, law, duty) for duty in law.duties) for name, law in everything(self).items()}

    @cached_property
    def _named(self) -> dict[str, Authority]:
        own = [one for law in self.laws.values() for one in (law.authority, *law.other_authorities) if one is not None]
        return {
            one.id: one for one in (*own, *(one for listed in self.authorities.values() for one in listed.values()))
        }


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
    areas = read_pack(root / "areas.yaml", Groups).root
    shared = read_pack(root / "questions.yaml", Questions).root
    words = _words(shared, {**laws, **{f"house/{name}": one for name, one in house.items()}})
    return Packs(
        laws=laws,
        house=house,
        areas=Areas(areas),
        authorities=read_pack(root / "authorities.yaml", Authorities).root,
        calendars=read_pack(root / "calendars.yaml", Calendars),
        digest=_digest(root),
        words=words,
        files={**files, **{f"house/{name}": file for name, file in houses.items()}},
    )


def _digest(root: Path) -> str:
    """SHA-256 over names and bytes of every pack: by it an assessment says which state of the law it asked."""
    whole = hashlib.sha256()
    for file in sorted((*root.glob("*.yaml"), *root.glob("laws/*/*.yaml"), *root.glob("house/*.yaml"))):
        whole.update(f"{file.relative_to(root).as_posix()}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def _words(shared: Mapping[str, FactWords], packs: Mapping[str, Law]) -> dict[str, FactWords]:
    words = dict(shared)
    for name, pack in packs.items():
        for fact, said in pack.facts.items():
            if words.get(fact, said) != said:
                raise BadInput(f"{name}: facts.{fact}: this fact is worded otherwise elsewhere; word it once.")
            words[fact] = said
    return words
