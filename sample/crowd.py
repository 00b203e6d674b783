"""Who the people of one company are, before they have contact points: kind, place, age, state, group, holdings."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sample.dice import Bools, Ints, apportion, chosen, deal, dice
from sample.recipe import Company, Groups, Place


@dataclass(frozen=True)
class Crowd:
    """One entry for each person, in the order of the company's own ids.

    `kind`, `place`, `state` and `language` are indexes into the recipe's lists (`places` names the order of places);
    `age` is a band on file; `group` and `owns` are group numbers from 1, 0 for none; `erased` people's data are gone.
    """

    company: Company
    seed: int
    places: tuple[Place, ...]
    kind: Ints
    place: Ints
    age: npt.NDArray[np.str_]
    state: Ints
    language: npt.NDArray[np.str_]
    group: Ints
    owns: Ints
    erased: Bools
    placed: Bools
    holds: dict[str, Bools]

    def __len__(self) -> int:
        return len(self.kind)

    def has(self, what: str) -> Bools:
        """For whom the company holds `what`, whether or not it was erased since."""
        return self.holds.get(what, np.zeros(len(self), dtype=np.bool_))


def gather(company: Company, everywhere: dict[str, Place], count: int, seed: int) -> Crowd:
    """Make `count` people of the company; the same seed makes the same people."""
    rng = dice(seed, company.company)
    words = sorted({word for kind in company.kinds for word in kind.places})
    kind = deal(rng, count, [each.share for each in company.kinds])
    place, age, holds = (
        np.zeros(count, dtype=np.int64),
        np.full(count, "unknown", dtype="<U8"),
        _nothing(company, count),
    )
    for number, each in enumerate(company.kinds):
        here = np.flatnonzero(kind == number)
        if not len(here):
            continue
        place[here] = deal(rng, len(here), [each.places.get(word, 0) for word in words])
        age[here] = np.array(list(each.ages))[deal(rng, len(here), list(each.ages.values()))]
        for what, share in each.holds.items():
            holds[what][here] = chosen(rng, len(here), share)
    state = deal(rng, count, [each.share for each in company.states])
    found = tuple(everywhere[word] for word in words)
    group, owns = _grouped(rng, company, kind)
    return Crowd(
        company, seed, found, kind, place, age, state, _languages(rng, found, place), group, owns,
        _erased(rng, company, state), chosen(rng, count, 1 - company.country_unknown), holds,
    )  # fmt: skip


def _nothing(company: Company, count: int) -> dict[str, Bools]:
    words = sorted({what for kind in company.kinds for what in kind.holds})
    return {word: np.zeros(count, dtype=np.bool_) for word in words}


def _languages(rng: np.random.Generator, found: tuple[Place, ...], place: Ints) -> npt.NDArray[np.str_]:
    language = np.full(len(place), "", dtype="<U8")
    for number, each in enumerate(found):
        here = np.flatnonzero(place == number)
        if len(here):
            language[here] = np.array(list(each.languages))[deal(rng, len(here), list(each.languages.values()))]
    return language


def _erased(rng: np.random.Generator, company: Company, state: Ints) -> Bools:
    erased = np.zeros(len(state), dtype=np.bool_)
    for number, each in enumerate(company.states):
        here = np.flatnonzero(state == number)
        if len(here) and each.keeps < 1:
            erased[here] = chosen(rng, len(here), 1 - each.keeps)
    return erased


def _grouped(rng: np.random.Generator, company: Company, kind: Ints) -> tuple[Ints, Ints]:
    group, owns = np.zeros((2, len(kind)), dtype=np.int64)
    if company.groups:
        members, owners = (np.flatnonzero(_of_role(company, kind, roles)) for roles in _sides(company.groups))
        owns[owners] = np.arange(1, len(owners) + 1)
        number = company.groups.count or len(owners)
        if number and len(members):
            sizes = apportion(len(members), 1 / np.arange(1, number + 1) ** company.groups.skew)
            group[members] = rng.permutation(np.repeat(np.arange(1, number + 1), sizes))
    return group, owns


def _sides(groups: Groups) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return groups.roles, (groups.owner_role,)


def _of_role(company: Company, kind: Ints, roles: tuple[str, ...]) -> Bools:
    return np.isin(kind, [number for number, each in enumerate(company.kinds) if each.role in roles])
