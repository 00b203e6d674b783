"""Where the view of people shows each address of a directory, and of which service it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from affected.envelope import APART, PARTS
from affected.mapping import ELSEWHERE, KINDS, Contact, Mapping, Schemed
from affected.sql import cases, literal, text


@dataclass(frozen=True)
class Place:
    """A column of the view of people that holds addresses; `scheme` is the one beside it that says of which service
    each is, or "" where none does."""

    kind: str
    guardian: int
    place: int
    column: str
    scheme: str
    region: str | None

    @property
    def address(self) -> str:
        """The address as the house writes it, over (raw, scheme)."""
        return "CASE WHEN scheme = '' THEN raw ELSE scheme || ':' || raw END" if self.scheme else "raw"

    @property
    def beside(self) -> str:
        return f", {self.scheme} AS scheme" if self.scheme else ""


def places(mapping: Mapping) -> list[Place]:
    """Where the view of people shows addresses: of each kind in the order of the mapping, then the guardians'."""
    found = []
    for kind in KINDS:
        columns = mapping.in_turn(kind)
        for place, one in enumerate(columns):
            column = kind if _is_plain(columns) else f"{kind}_{place}"
            scheme = f"{column}_scheme" if _scheme(one) else ""
            found.append(Place(kind, 0, place, column, scheme, one.region))
    of_guardians = ((kind, getattr(mapping.guardian, kind)) for kind in ("phone", "email"))
    return found + [Place(kind, 1, 0, f"guardian_{kind}", "", one.region) for kind, one in of_guardians if one]


def address_columns(mapping: Mapping) -> dict[str, str]:
    """name -> SQL of every column of the view of people that holds addresses of their own, or says whose they are."""
    found = {name: said for kind in KINDS for name, said in _own(mapping, kind).items()}
    return found | {"postal": _postal(mapping)}


def content(contact: Contact | None) -> str:
    """What stands in a column, NULL where it is empty or there is none."""
    return text(contact.column) if contact else "CAST(NULL AS VARCHAR)"


def joined(parts: Iterable[Contact | None]) -> str:
    """What stands in these columns, with APART between."""
    return f" || {literal(APART)} || ".join(f"COALESCE({content(part)}, '')" for part in parts)


def _own(mapping: Mapping, kind: str) -> dict[str, str]:
    """The columns of one kind of address: that of its name holds any of them, those behind it what `places` says."""
    columns = mapping.in_turn(kind)
    texts = [text(one.column) for one in columns] or ["CAST(NULL AS VARCHAR)"]
    found = {kind: f"COALESCE({', '.join(texts)})" if len(texts) > 1 else texts[0]}
    for place, one in enumerate(() if _is_plain(columns) else columns):
        found[f"{kind}_{place}"] = texts[place]
        if scheme := _scheme(one):
            found[f"{kind}_{place}_scheme"] = scheme
    return found


def _postal(mapping: Mapping) -> str:
    """An address in one text, or its parts with APART between them (see envelope.py)."""
    parts = [getattr(mapping.address, part) for part in PARTS]
    if mapping.contact.postal or mapping.address.line_1 is None:
        return content(mapping.contact.postal)
    return f"CASE WHEN {content(mapping.address.line_1)} IS NULL THEN NULL ELSE {joined(parts)} END"


def _is_plain(columns: Sequence[Contact]) -> bool:
    return len(columns) < 2 and not any(_scheme(one) for one in columns)


def _scheme(contact: Contact) -> str:
    """Of which service an address of this column is, as SQL; empty where the mapping does not say it."""
    if not isinstance(contact, Schemed) or not (contact.scheme or contact.scheme_from):
        return ""
    said = contact.scheme_from
    if said is None:
        return literal(contact.scheme or "")
    vendor = f"LOWER(COALESCE({text(said.column)}, ''))"
    whens = [
        cases(vendor, [value.strip().lower() for value in values], literal(scheme))
        for scheme, values in said.values.items()
        if values
    ]
    return f"CASE {' '.join(whens)} ELSE {literal(ELSEWHERE)} END" if whens else literal(ELSEWHERE)
