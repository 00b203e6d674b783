"""What stands on an envelope: a directory's postal address with the name beside it, for the person or their guardian.

An address that the directory holds as one text stays one text; nothing is guessed apart. The customs of names are those
of CLDR's person names (`nameOrderLocales`, surnameFirst: https://www.unicode.org/reports/tr35/tr35-personNames.html).
"""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

APART = "\x1f"  # between parts that the directory holds in columns of their own; no address has it
PARTS = ("street_number", "line_1", "line_2", "suburb", "city", "state", "postcode")
_SURNAME_FIRST = frozenset({"CN", "TW", "HK", "MO", "JP", "KR", "KP", "VN", "HU", "KH", "MN", "LK"})
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7a3\U00020000-\U0003ffff]+")


class Holder(NamedTuple):
    """Whose address it is, as the directory has them; None is unknown. `name` is one text, or given and family name
    with APART between."""

    name: str | None
    guardian_name: str | None
    country: str | None


def addressed(raw: str, holder: Holder, *, region: str | None = None) -> str:
    """The address of the person with their name. One text in which the name stands already stays as it is, and so does
    any where the directory knows no name."""
    name = _whole_name(holder.name, region)
    parts = _parts(raw, holder)
    if parts is None and (not name or _names(raw, name)):
        return raw
    said = {"text": raw} if parts is None else parts
    named = said if said.get("name") or not name else {"name": name} | said
    return json.dumps(named, ensure_ascii=False)


def to_guardian(raw: str, holder: Holder, *, region: str | None = None) -> str | None:
    """The same address for the guardian of a person who lives there; None where neither name is known."""
    parts = _parts(raw, holder) or {"text": raw}
    child = _whole_name(holder.name, region) or parts.pop("name", "")
    if not child and not holder.guardian_name:
        return None
    named = {"name": holder.guardian_name or "", "guardian_of": child}
    return json.dumps({word: said for word, said in (parts | named).items() if said}, ensure_ascii=False)


def _parts(raw: str, holder: Holder) -> dict[str, str] | None:
    if APART in raw:
        return _of_columns(raw, holder)
    if not raw.lstrip().startswith("{"):
        return None
    try:
        tree = json.loads(raw)
    except ValueError:
        return None
    return tree if isinstance(tree, dict) else None


def _of_columns(raw: str, holder: Holder) -> dict[str, str]:
    held: Mapping[str, str] = dict(zip(PARTS, raw.split(APART), strict=True))
    street = " ".join(filter(None, (held["street_number"], held["line_1"])))
    said = {"line_1": street, "line_2": held["line_2"], "district": held["suburb"], "country": holder.country or ""}
    said |= {word: held[word] for word in ("city", "state", "postcode")}
    return {word: text for word, text in said.items() if text}


def _whole_name(name: str | None, region: str | None) -> str:
    given, apart, family = (name or "").partition(APART)
    if not apart:
        return given
    if _UNSPACED.fullmatch(given + family):
        return family + given
    names = (family, given) if region in _SURNAME_FIRST else (given, family)
    return " ".join(filter(None, names))


def _names(text: str, name: str) -> bool:
    """Whether this name stands in `text`: as words of their own, or, in a script without spaces, where a line begins or
    ends."""
    wanted = "".join(name.split())
    if not _UNSPACED.fullmatch(wanted):
        words = r"\s+".join(map(re.escape, name.split()))
        return re.search(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE) is not None
    lines = ["".join(line.split()) for line in text.splitlines()]
    return len(wanted) > 1 and any(line.startswith(wanted) or line.endswith(wanted) for line in lines)
