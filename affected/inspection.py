"""What a file seems to be: its shape, what each column seems to hold, and a first draft of how to read it."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from affected.evidence.files import RowFile
from affected.evidence.identifier_list import ListReading, columns_of, open_list
from packs import BadInput

# By kind of address: the words by which push services and messengers are called -> the scheme of their addresses.
Vendors = Mapping[str, Mapping[str, str]]
# Headings that directories use, by the field of the mapping; the first that fits takes the column.
_HEADINGS: tuple[tuple[str, str], ...] = (
    ("guardian.phone", r"(guardian|parent|g)[_ ]?(mobile|phone|tel)|家长电话|监护人电话"),
    ("guardian.email", r"(guardian|parent|g)[_ ]?e?mail"),
    ("guardian.name", r"(guardian|parent|g)[_ ]?name|监护人"),
    ("person_id", r"^uid$|^(user|person|customer|member|student|learner|contact)[_ ]?(id|key|no)$|^id$|用户编号"),
    ("contact.email", r"e-?mail|^mail$|邮箱"),
    ("contact.phone", r"mobile|phone|^tel$|手机|电话"),
    ("contact.device_token", r"(device|push|fcm)[_ ]?token|^token$|^device$"),
    ("contact.messenger_id", r"psid|messenger"),
    ("contact.postal", r"^address$|postal|deliver_to|地址"),
    ("name.given", r"^(given|first|fore)[_ ]?names?$|^名$"),
    ("name.family", r"^(sur|family|last)[_ ]?names?$|^姓$"),
    ("name.full", r"^(full[_ ]?)?name$|^姓名$"),
    ("address.street_number", r"^(street|house)[_ ]?(number|no)$"),
    ("address.line_1", r"^address[_ ]?(line[_ ]?)?1$|^street([_ ]?name)?$"),
    ("address.line_2", r"^address[_ ]?(line[_ ]?)?2$"),
    ("address.suburb", r"^(suburb|town|city|locality)$|^城市$"),
    ("address.postcode", r"^(post|postal|zip)[_ ]?code$|^zip$|^邮编$"),
    ("residence.country", r"country|国家"),
    ("residence.region", r"province|region|^state$|省"),
    ("language", r"^lang|language|locale|speaks|语言"),
    ("birth_date", r"^born|birth|^dob$|生日|出生"),
    ("role", r"^kind$|^role$|^party$|身份"),
    ("account_state", r"account_?state|record_?state|^status$|状态"),
)

# Words by which directories call the states of an account; of others (disabled, suspended) only a person can say.
_STATES = {
    "active": {"active", "enabled", "open", "normal", "正常"},
    "deleted": {"deleted", "closed", "cancelled", "canceled", "deactivated", "removed", "已注销", "注销"},
    "anonymised": {"anonymised", "anonymized", "erased"},
}


def look(path: Path, vendors: Vendors | None = None) -> dict[str, Any]:
    """What `path` seems to be, as plain JSON; call it through Sandbox.look, for the file may be hostile.

    `evidence` drafts the reading of an identifier list (what was exposed, only a person can say); `mapping` drafts a
    directory's mapping. No value of the file is in the answer, but its headings are, and those of `vendors` and of the
    words for states of an account that it names.
    """
    file = open_list(path, ListReading(exposed=[]))
    names = file.names or [f"column {n + 1}" for n in range(max((len(row) for row in file.sample), default=1))]
    try:
        guessed: dict[str, list[Any]] = {
            kind: [file.names[n] if file.names else n + 1 for n in at]
            for kind, at in columns_of(file, ListReading(exposed=[])).items()
        }
    except BadInput:
        guessed = {}
    seems = {name: kind for kind, columns in guessed.items() for name in columns}
    columns = [
        {"name": name, "filled": _filled(file, n), "seems": seems.get(name if file.names else n + 1)}
        for n, name in enumerate(names)
    ]
    return {
        "file": path.name,
        "shape": file.shape,
        "encoding": file.encoding,
        "delimiter": file.delimiter,
        "header": file.header,
        "columns": columns,
        "evidence": {"exposed": [], "columns": guessed},
        "mapping": _with_vendors(_mapping(path.stem, file), file, vendors or {}),
    }


def _filled(file: RowFile, column: int) -> float:
    rows = file.sample
    some = sum(bool(column < len(row) and row[column].strip()) for row in rows)
    return round(some / len(rows), 2) if rows else 0.0


def _mapping(name: str, file: RowFile) -> dict[str, Any]:
    draft: dict[str, Any] = {"directory": name}
    states = _states(file)
    left = [column for column in file.names if column not in states]
    for field, pattern in _HEADINGS:
        found = next((column for column in left if re.search(pattern, column.strip().lower())), None)
        if found is not None:
            left.remove(found)
            _PLACES.get(field, _plain)(draft, field, found)
    for column, values in states.items():
        draft["account_state"] = {"column": column, "values": values}
    return draft


def _states(file: RowFile) -> dict[str, dict[str, list[str]]]:
    """The column of account states with the words that it has for each, where one seems to hold them; it may be called
    what a province is."""
    for place, column in enumerate(file.names):
        said = _words(file, place)
        values = {name: sorted(word for word in said if word.lower() in words) for name, words in _STATES.items()}
        if re.search(r"stat(e|us)|状态", column.lower()) and _mostly(set().union(*values.values()), said):
            return {column: values}
    return {}


def _plain(draft: dict[str, Any], field: str, column: str) -> None:
    *over, last = field.split(".")
    for part in over:
        draft = draft.setdefault(part, {})
    draft[last] = {"column": column}


def _state(draft: dict[str, Any], field: str, column: str) -> None:
    draft[field] = {"column": column, "values": {"active": [], "deleted": [], "anonymised": []}}


def _with_vendors(draft: dict[str, Any], file: RowFile, vendors: Vendors) -> dict[str, Any]:
    """The draft with the column that says of which service each address is, where one seems to."""
    for kind, known in vendors.items():
        contact, taken = draft.get("contact", {}).get(kind), set(_columns_of(draft))
        for place, column in enumerate(file.names if contact else ()):
            said = {word.lower() for word in _words(file, place)}
            named = said & known.keys()
            if column not in taken and _mostly(named, said):
                values: dict[str, list[str]] = {}
                for word in sorted(named):
                    values.setdefault(known[word], []).append(word)
                contact["scheme_from"] = {"column": column, "values": values}
                break
    return draft


def _words(file: RowFile, place: int) -> set[str]:
    return {row[place].strip() for row in file.sample if place < len(row)} - {""}


def _mostly(known: set[str], said: set[str]) -> bool:
    """Whether at least half of the words of a column are known ones."""
    return bool(known) and 2 * len(known) >= len(said)


def _columns_of(draft: Any) -> Iterator[str]:
    for key, value in draft.items() if isinstance(draft, dict) else ():
        if key == "column":
            yield value
        yield from _columns_of(value)


_PLACES: dict[str, Callable[[dict[str, Any], str, str], None]] = {"account_state": _state}
