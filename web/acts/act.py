"""An act: the path, the body and the verb of one thing that can be done; both doors are made from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
class Visit:
    """One person at a door: the transaction, the kit and who it is. `reference` is the incident of the path."""

    tx: Session
    kit: Kit
    by: Actor
    reference: str | None = None

    @property
    def incident(self) -> Incident:
        """The incident that the path names. Raises NotFound."""
        return find(self.tx, self.reference or "")

    @property
    def hands(self) -> dict[str, Any]:
        """What almost every verb is handed: who and when."""
        return {"by": self.by, "clock": self.kit.clock}


@dataclass(frozen=True)
class Act:
    """`run(visit, body, **ids of the path) -> JSON`; `page` is the console page that shows what came of it."""

    name: str
    path: str
    body: type[Strict]
    run: Callable[..., Any]
    page: str
    said: str

    def do(self, visit: "Visit", body: Strict, ids: Mapping[str, str]) -> Any:
        """Call the verb; an act without a word of its own is called without a body."""
        return self.run(visit, **ids) if self.body is Nothing else self.run(visit, body, **ids)

    @property
    def summary(self) -> str:
        """One sentence for the OpenAPI document."""
        return (self.run.__doc__ or "").strip().split("\n")[0]


_acts: dict[str, Act] = {}


def act(path: str, *, page: str, said: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate `function(visit[, body: Model], **ids)`: POST `path` does it. `said` tells a person that it is done."""

    def add(run: Callable[..., Any]) -> Callable[..., Any]:
        name = run.__name__
        if name in _acts:
            raise ValueError(f"the act {name} stands twice")
        _acts[name] = Act(name, path, run.__annotations__.get("body", Nothing), run, page, said)
        return run

    return add


def acts() -> dict[str, Act]:
    """All acts by name; a copy."""
    return dict(_acts)
