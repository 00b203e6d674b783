"""An act: the path, the body and the verb of one thing that can be done; both doors are made from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from incidents.kit import Kit
from incidents.record.actor import Actor
from incidents.record.incident import find
from incidents.record.tables import Incident
from packs import Strict


class Nothing(Strict):
    """The body of an act that needs no word beside its path."""


@dataclass(frozen=True)
class Caller:
    """One person at a door: the kit and who it is. `reference` is the incident of the path."""

    kit: Kit
    by: Actor
    reference: str | None = None

    @property
    def hands(self) -> dict[str, Any]:
        """What almost every verb is handed: who and when."""
        return {"by": self.by, "clock": self.kit.clock}

    def enter(self, tx: Session) -> "Visit":
        """The same person inside a transaction."""
        return Visit(self.kit, self.by, self.reference, tx)


@dataclass(frozen=True)
class Visit(Caller):
    """One person at a door, inside a transaction that commits when the act is done."""

    tx: Session = field(kw_only=False, default=None)  # type: ignore[assignment]  # `enter` always gives one

    @property
    def incident(self) -> Incident:
        """The incident that the path names. Raises NotFound."""
        return find(self.tx, self.reference or "")


@dataclass(frozen=True)
class Act:
    """`run(visit, body, **ids of the path) -> JSON`; `page` is the console page that shows what came of it."""

    name: str
    path: str
    body: type[Strict]
    run: Callable[..., Any]
    page: str
    said: str
    alone: bool = False

    def do(self, caller: Caller, body: Strict, ids: Mapping[str, str]) -> Any:
        """Call the verb in one transaction, or outside of any when it opens its own; no word of its own, no body."""
        words = () if self.body is Nothing else (body,)
        if self.alone:
            return self.run(caller, *words, **ids)
        with caller.kit.begin() as tx:
            return self.run(caller.enter(tx), *words, **ids)

    @property
    def summary(self) -> str:
        """One sentence for the OpenAPI document."""
        return (self.run.__doc__ or "").strip().split("\n")[0]


_acts: dict[str, Act] = {}


def act(path: str, *, page: str, said: str, alone: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate `function(visit[, body: Model], **ids)`: POST `path` does it. `said` tells a person that it is done.

    `alone`: it takes long, so it opens its own short transactions and is handed a Caller instead of a Visit.
    """

    def add(run: Callable[..., Any]) -> Callable[..., Any]:
        name = run.__name__
        if name in _acts:
            raise ValueError(f"the act {name} stands twice")
        _acts[name] = Act(name, path, run.__annotations__.get("body", Nothing), run, page, said, alone)
        return run

    return add


def acts() -> dict[str, Act]:
    """All acts by name; a copy."""
    return dict(_acts)
