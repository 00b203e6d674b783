"""Reads what stands of a company: what was answered, and which facts about it the laws would ask."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from incidents.deliveries.preflight_tables import AskedPreflight
from incidents.obligations import ledger
from incidents.record.company import open_incidents, standing_rows
from incidents.record.tables import Incident, StandingAnswer
from policies.load import Packs
from policies.questions import PLACED

ROW = ("id", "company", "name", "value", "because", "said_by_name", "said_at")


@dataclass(frozen=True)
class Asked:
    """A fact that laws ask of a party to know whether they bind it: its words, the laws, and what was answered."""

    name: str
    ask: str
    unit: str | None
    laws: tuple[str, ...]
    answer: StandingAnswer | None
    now: bool = False  # an open incident asks it

    @property
    def where(self) -> str:
        """The jurisdiction whose laws ask it, by the folder of their packs; several where it is more than one."""
        folders = {law.partition("/")[0] for law in self.laws}
        return folders.pop() if len(folders) == 1 else "several"


def answers(tx: Session, company: str) -> list[dict[str, Any]]:
    """The standing answers as JSON."""
    return [
        {name: getattr(row, name) for name in ROW} | {"value": row.value["is"]} for row in standing_rows(tx, company)
    ]


def counted(row: AskedPreflight) -> dict[str, Any]:
    """A pre-flight as JSON: what was found and when, why it could not be counted again, whether it is being counted."""
    names = ("company", "asked_at", "asked_by_name", "counted_at", "refused", "found", "found_at", "waits")
    return {name: getattr(row, name) for name in names}


def asked(tx: Session, company: str, packs: Packs) -> list[Asked]:
    """Every such fact by jurisdiction, those first that an open incident asks; then what was said of ties to places."""
    asking = {ask["fact"] for one in open_incidents(tx, company) for ask in _questions(tx, one, company)}
    given = {row.name: row for row in standing_rows(tx, company)}
    laws: dict[str, list[str]] = {}
    for law_id, law in packs.laws.items():
        for fact in law.applies_if.facts() if law.applies_if else ():
            laws.setdefault(fact, []).append(law_id)
    found = [_asked(name, given.get(name), laws[name], packs, now=name in asking) for name in laws]
    found += [Asked(row.name, tie(row.name), None, (), row) for row in given.values() if row.name not in laws]
    return sorted(found, key=lambda one: (not one.now, one.where, one.name))


def tie(name: str) -> str:
    """A tie to a place, such as offers_to:EEA, as a question."""
    kind, _, place = name.partition(":")
    ask = PLACED.get(kind, "{party}: " + name)
    return ask.format(party="the company", where=place.replace("+", " or "))


def _questions(tx: Session, incident: Incident, company: str) -> Iterable[dict[str, Any]]:
    return (ask for ask in ledger.questions(tx, incident.id) if ask["party"] == company and ask.get("standing"))


def _asked(name: str, answer: StandingAnswer | None, laws: Iterable[str], packs: Packs, *, now: bool) -> Asked:
    words = packs.words.get(name)
    ask, unit = (words.ask, words.unit) if words else (name, None)
    return Asked(name, ask, unit, tuple(sorted(laws)), answer, now)
