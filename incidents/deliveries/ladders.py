"""The house's routes as a notice carries them: which ladder a role stands on, what goes beside it, what comes last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notifiers.registry import channels


@dataclass(frozen=True)
class Ladder:
    """One by one in this order; `beside` goes out at the same time; `last` stands in where no route is left."""

    one_by_one: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    last: str | None = None


def ladder_for(routes: Sequence[Mapping[str, Any]], role: str) -> Ladder:
    """The ladder that names `role`, else the one that names none; an empty one where the house says nothing."""
    exact = [one for one in routes if role in one.get("roles", ())]
    general = [one for one in routes if not one.get("roles")]
    found = next(iter(exact or general), {})
    return Ladder(tuple(found.get("one_by_one", ())), tuple(found.get("beside", ())), found.get("last"))


def completed(routes: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """These routes with each channel that stands behind another put there, where the route does not name it itself: a
    house that promises a telephone call promises it by a machine or by people."""
    return tuple({**one, "one_by_one": _completed(one.get("one_by_one", ()))} for one in routes)


def _completed(one_by_one: Sequence[str]) -> list[str]:
    behind = {name: channel.after for name, channel in channels().items() if channel.after and name not in one_by_one}
    return [name for one in one_by_one for name in (one, *(name for name, after in behind.items() if after == one))]
