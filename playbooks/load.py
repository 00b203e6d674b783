"""Reads playbooks from their files and refuses a plan that cannot work, naming file and line."""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field

from packs import BadInput, Strict, line_of, parse_pack, tree_of
from packs import as_yaml as written
from playbooks.check import Finding, findings
from playbooks.plan import FactName, Playbook, Sentence, as_plain

ROOM = Path(__file__).parent
LIBRARY = ROOM / "library"
_ANY = "any role"


class ActionWord(Strict):
    """One verb that a step may name."""

    automatic: bool
    sentence: Sentence


class FactWord(Strict):
    """One fact that the incident's record knows."""

    kind: Literal["yes_no", "number"]
    sentence: Sentence


class Vocabulary(Strict):
    """The closed words of playbooks/vocabulary.yaml."""

    actions: dict[str, ActionWord] = Field(min_length=1)
    facts: dict[FactName, FactWord]


@cache
def vocabulary() -> Vocabulary:
    """The actions and the incident's facts that a playbook may name."""
    path = ROOM / "vocabulary.yaml"
    return parse_pack(path.read_text(encoding="utf-8"), Vocabulary, name=path.name)


def load(path: Path, *, actions: Collection[str] | None = None) -> Playbook:
    """The playbook in the YAML file `path`. Raises BadInput with file and line for whatever cannot work.

    `actions` are the known action names; without them, those of vocabulary.yaml.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error.__class__.__name__}).") from None
    playbook = parse(text, name=str(path), actions=actions)
    if playbook.playbook != path.stem:
        raise BadInput(f"{path}:1: playbook: '{playbook.playbook}' stands in a file called '{path.stem}'.")
    return playbook


def parse(text: str, *, name: str, actions: Collection[str] | None = None) -> Playbook:
    """The playbook in the YAML `text`, called `name` in complaints."""
    playbook = parse_pack(text, Playbook, name=name)
    words = vocabulary()
    known = set(words.actions if actions is None else actions)
    kinds = {fact: word.kind for fact, word in words.facts.items()}
    found = list(findings(playbook, actions=known, incident_facts=kinds))
    if found:
        raise BadInput(_complaint(name, text, found))
    return playbook


def load_all(folder: Path = LIBRARY, *, actions: Collection[str] | None = None) -> dict[str, Playbook]:
    """Every playbook of `folder` by its id. Raises BadInput for the first that cannot be read."""
    library = {path.stem: load(path, actions=actions) for path in sorted(folder.glob("*.yaml"))}
    for one, other in combinations(library.values(), 2):
        both = set(_openings(one)) & set(_openings(other))
        if both:
            kind, role = sorted(both)[0]
            raise BadInput(f"{folder}: both '{one.playbook}' and '{other.playbook}' open for {kind}, {role}.")
    return library


def choose(library: Mapping[str, Playbook], *, kind: str, role: str) -> Playbook | None:
    """The playbook that opens when nobody chose one; None when the library has none for it."""
    for wanted in ((kind, role), (kind, _ANY)):
        for playbook in library.values():
            if wanted in _openings(playbook):
                return playbook
    return None


def _openings(playbook: Playbook) -> list[tuple[str, str]]:
    return [(opening.kind, role) for opening in playbook.opens_for for role in opening.roles or (_ANY,)]


def as_yaml(playbook: Playbook) -> str:
    """The playbook as the YAML text that `parse` reads back to an equal one."""
    return written(as_plain(playbook))


def _complaint(name: str, text: str, found: list[Finding]) -> str:
    return " ".join(_lines(name, tree_of(text, name), found))


def _lines(name: str, tree: yaml.Node | None, found: list[Finding]) -> Iterator[str]:
    for one in found:
        yield f"{name}:{line_of(tree, one.where)}: {one.sentence}"
