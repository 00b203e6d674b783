"""System inventories: which system held what of whom; the people of those that were reached are presumed affected."""

from typing import Any, Literal

from pydantic import Field

from affected.evidence.cleaning import Cleaned
from affected.evidence.predicate import Node, compiled, compiled_tree, predicate_text
from affected.evidence.reading import Condition, Evidence, Reading
from affected.mapping import Mapping
from affected.words import Rule
from packs import BadInput, Strict, parse_pack


class System(Strict):
    """What a system holds, and of whom: a predicate as a tree or as text, or `everybody`."""

    categories: list[str] = Field(min_length=1)
    people: Node | str


class Inventory(Strict):
    """The file: systems by name."""

    systems: dict[str, System] = Field(min_length=1)


class InventoryReading(Reading):
    """`reached`: the systems that were reached, by their names in the file. Nothing names anybody one by one, so
    whoever it yields is possible and presumed, unless `presumed: false` says that all of a system was taken."""

    exposed: list[str] | Literal["held"] = Field(default_factory=list)
    presumed: bool = True
    reached: list[str] = Field(min_length=1)


READING = InventoryReading


def categories(evidence: Evidence) -> set[str]:
    """Every category that a reached system holds. Raises BadInput."""
    return {name for _, system in _reached(evidence) for name in system.categories}


def conditions(evidence: Evidence, _cleaned: Cleaned | None, mapping: Mapping, bits: dict[str, int]) -> list[Condition]:
    """The people of each system that was reached, with what it holds. Raises BadInput naming file and system."""
    said = evidence.reading
    return [
        Condition(
            _sql(system.people, f"{evidence.path.name}: systems.{name}.people", mapping, bits),
            Rule.INVENTORY,
            said.presumed,
            said.first_at,
            said.last_at,
            exposed=tuple({*system.categories, *said.exposed} if said.exposed != "held" else system.categories),
            part=name,
        )
        for name, system in _reached(evidence)
    ]


def _sql(people: Node | str, name: str, mapping: Mapping, bits: dict[str, int]) -> str:
    if people == "everybody":
        return "TRUE"
    return (
        compiled(people, name, mapping, bits) if isinstance(people, str) else compiled_tree(people, name, mapping, bits)
    )


def _reached(evidence: Evidence) -> list[tuple[str, System]]:
    inventory = parse_pack(predicate_text(evidence.path), Inventory, name=evidence.path.name)
    reading: Any = evidence.reading
    for name in reading.reached:
        if name not in inventory.systems:
            known = ", ".join(sorted(inventory.systems)[:12])
            raise BadInput(
                f"{evidence.id}: reached: there is no system '{name}' in {evidence.path.name}; it has {known}."
            )
    return [(name, inventory.systems[name]) for name in dict.fromkeys(reading.reached)]
