"""The dossier: everything that a report may ask about one obligation of one incident, in counts and moments.

A form names a place in it by path (`people.total`, `anchors.discovered_at`, `facts.ransom_amount`). It holds no
personal data. None means that nobody knows; it never means zero or no.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from policies.vocabulary import AnchorName

Texts = Mapping[str, str]  # language -> text


class Shape(StrEnum):
    """What stands at the end of a path."""

    TEXT = "text"
    WORDS = "words"  # words of closed vocabularies
    COUNT = "count"  # {min, max}; max None where nobody can say how many more
    NUMBER = "number"
    MOMENT = "moment"
    FLAG = "flag"
    TALLY = "tally"  # rows of (word, count)
    DATED = "dated"  # rows of (moment, word)
    FACT = "fact"  # whatever was answered on the record
    CHOICE = "choice"  # one of the choices that the form offers


@dataclass(frozen=True)
class Owed:
    """What one filing is to fulfil, as the ledger has it; without a citation the form's own serves."""

    obligation_ids: tuple[str, ...]
    party: str
    authority: str
    audience: str
    authority_name: Texts = field(default_factory=dict)
    citation: str | None = None
    due_at: datetime | None = None
    contents: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()  # citations of rules that nobody has read in the text


@dataclass(frozen=True)
class Count:
    """How many: at least `min`, at most `max`; `max` None where nobody can say how many more."""

    min: int
    max: int | None


@dataclass(frozen=True)
class Tally:
    """How many people (or items) fall under one word of a vocabulary; one person may fall under several."""

    vocabulary: str
    word: str
    count: Count


@dataclass(frozen=True)
class Dated:
    """Something done, by a word of a vocabulary, and when."""

    vocabulary: str
    word: str
    at: datetime


@dataclass(frozen=True)
class Words:
    """Words of one vocabulary."""

    vocabulary: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class IncidentPart:
    """What is on record about the incident itself."""

    reference: str
    kind: Words
    affects: Words
    certainty: Words
    phase: Words
    declared_at: datetime
    is_ransomware: bool
    is_drill: bool


@dataclass(frozen=True)
class UnitPart:
    """The party that files; each text by language, as its house names itself. Empty where the house said nothing."""

    id: str
    name: Texts = field(default_factory=dict)
    address: Texts = field(default_factory=dict)
    contact: Texts = field(default_factory=dict)
    protection_contact: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class PeoplePart:
    """Counts of the newest snapshot, of this party's people only."""

    snapshot_version: int
    total: Count
    under_14: Count
    from_14_to_17: Count
    age_unknown: Count
    strangers: Count
    by_category: tuple[Tally, ...]
    by_residence: tuple[Tally, ...]
    by_age_band: tuple[Tally, ...]
    by_role: tuple[Tally, ...]
    by_standing: tuple[Tally, ...]


@dataclass(frozen=True)
class RecordsPart:
    """What the newest snapshot says of the rows of evidence, all parties together."""

    total: Count
    by_outcome: tuple[Tally, ...]


@dataclass(frozen=True)
class EvidencePart:
    """What lies in the vault."""

    items: int
    by_kind: tuple[Tally, ...]


@dataclass(frozen=True)
class MeasuresPart:
    """What was done, in order, by the timeline."""

    taken: tuple[Dated, ...]


@dataclass(frozen=True)
class NoticesPart:
    """How the telling of people stands."""

    told: Count | None
    not_reached: Count | None
    first_told_at: datetime | None


@dataclass(frozen=True)
class DeadlinePart:
    """The obligation that this report fulfils."""

    due_at: datetime | None
    passed: bool
    citation: str | None
    authority: Texts


@dataclass(frozen=True)
class Dossier:
    """One reading of the records for one party; `read_at` says when, `wanted` what the laws want in the report."""

    read_at: datetime
    incident: IncidentPart
    unit: UnitPart
    anchors: Mapping[str, datetime]
    people: PeoplePart | None
    records: RecordsPart | None
    evidence: EvidencePart
    measures: MeasuresPart
    notices: NoticesPart
    deadline: DeadlinePart
    facts: Mapping[str, Any]
    wanted: frozenset[str] = frozenset()


_SHAPES: Mapping[Any, Shape] = {
    str: Shape.TEXT,
    Texts: Shape.TEXT,
    Words: Shape.WORDS,
    Count: Shape.COUNT,
    int: Shape.NUMBER,
    datetime: Shape.MOMENT,
    bool: Shape.FLAG,
    tuple[Tally, ...]: Shape.TALLY,
    tuple[Dated, ...]: Shape.DATED,
}


def shape_of(path: str) -> Shape:
    """What stands at `path`. Raises ValueError naming the step that leads nowhere."""
    part, _, rest = path.partition(".")
    if part == "facts" and re.fullmatch(r"[a-z][a-z0-9_]*", rest):
        return Shape.FACT
    if part == "anchors" and rest in set(AnchorName):
        return Shape.MOMENT
    here: Any = Dossier
    for step in path.split("."):
        hints = get_type_hints(here) if is_dataclass(here) else {}
        if step not in hints:
            near = f"; there are {', '.join(sorted(hints))}" if hints else ""
            raise ValueError(f"the dossier has no '{path}': '{step}' leads nowhere{near}")
        here = _bare(hints[step])
    if here not in _SHAPES:
        raise ValueError(f"the dossier's '{path}' is a whole part; name a value in it")
    return _SHAPES[here]


def value_at(dossier: Dossier, path: str) -> Any:
    """The value at a path that `shape_of` accepts; None where nobody knows."""
    here: Any = dossier
    for step in path.split("."):
        if here is None:
            return None
        here = here.get(step) if isinstance(here, Mapping) else getattr(here, step)
    return here


def plain(value: Any) -> Any:
    """A value of the dossier as JSON: counts as {min, max}, moments in ISO 8601 UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    return [plain(each) for each in value] if isinstance(value, tuple | list) else value


def _bare(hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        return next(each for each in get_args(hint) if each is not type(None))
    return hint
