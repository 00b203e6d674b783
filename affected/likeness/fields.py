"""The fields by which people without any identifier are compared, and the forms in which they are compared."""

import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from affected.likeness.names import plain_name, split_name

NAMES = ("given_name", "surname")
PARTS = ("street_number", "address_1", "address_2", "suburb", "postcode")
# What evidence or a directory may give; full_name becomes the two names.
GIVEN = (*NAMES, "full_name", "birth_date", *PARTS, "address")
COMPARED = (*NAMES, "birth_date", *PARTS, "address")
_WHERE = {*PARTS, "address"}

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_APART = "\x1f"
_DIGITS = re.compile(r"\d+")


def normal(given: pa.Table, *, region: str | None = None) -> pa.Table:
    """`given`, with any of the columns of GIVEN as text, in the form that is compared: the columns of COMPARED that
    there is something of, null where a cell is empty; every other column stays. `region` is the country whose customs
    the names follow."""
    columns = {name: given[name] for name in given.column_names if name not in GIVEN}
    for name in GIVEN:
        if name in given.column_names:
            columns[name] = _form(name, region)(_whole(given[name]))
    if "full_name" in columns:
        _split(columns, region)
    return pa.table({name: column for name, column in columns.items() if _says_something(name, column)})


def alike(evidence: pa.Table, people: pa.Table) -> tuple[pa.Table, pa.Table, list[str]]:
    """Both normal tables with the same fields, and which those are. Where one side writes an address as one text, and
    not both give the street apart, all that each says of the address is compared as one text."""
    sides = [set(table.column_names) & set(COMPARED) for table in (evidence, people)]
    both = sides[0] & sides[1]
    if "address_1" in both or not any("address" in side for side in sides):
        both -= {"address"}
    elif all(side & _WHERE for side in sides):
        evidence, people = _one_address(evidence), _one_address(people)
        both = both - _WHERE | {"address"}
    return evidence, people, [name for name in COMPARED if name in both]


def folded(text: pa.Array) -> pa.Array:
    """Lower case, Latin accents off, punctuation to single spaces; an empty text is null. Marks that are letters of
    their own in Burmese, Thai or Hindi stay."""
    text = pc.utf8_lower(pc.utf8_normalize(text, "NFKD"))
    text = pc.replace_substring_regex(text, "[\u0300-\u036f'\u2019\u02bc`\u200b-\u200d\u2060\ufeff]", "")
    text = pc.utf8_normalize(text, "NFKC")
    text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, r"[^\p{L}\p{N}\p{M}]+", " "))
    return pc.if_else(pc.equal(text, ""), None, text)


def birth_digits(written: str) -> str | None:
    """A birth date as eight digits (year, month, day), or None. The day comes before the month where the writing does
    not say; the comparison knows the other order. Digits that are no day of the calendar stay: a typing error is one
    digit."""
    numbers = _DIGITS.findall(written)
    if len(numbers) == 1 and len(numbers[0]) == 8:
        digits: str = numbers[0]
        return digits if digits[:2] in {"19", "20"} else digits[4:] + digits[2:4] + digits[:2]
    year, month, day = _in_order([int(number[:6]) for number in numbers[:3]], _month(written.lower()))
    return f"{year:04d}{month:02d}{day:02d}" if 999 < year < 10_000 and 0 < month < 100 and 0 < day < 100 else None


def _month(written: str) -> int | None:
    return next((n for n, month in enumerate(_MONTHS, 1) if month in written), None)


def _in_order(numbers: list[int], worded: int | None) -> tuple[int, int, int]:
    """Year, month, day; zeros where that cannot be said."""
    if worded and len(numbers) > 1:
        year, day = sorted(numbers[:2], reverse=True)
        return year, worded, day
    if len(numbers) < 3:
        return 0, 0, 0
    first, second, third = numbers
    if first > 999:
        return first, second, third
    return (third, first, second) if second > 12 else (third, second, first)


def _one_address(table: pa.Table) -> pa.Table:
    said = [pc.fill_null(table[name], "") for name in ("address", *PARTS) if name in table.column_names]
    joined = pc.utf8_trim_whitespace(pc.replace_substring_regex(pc.binary_join_element_wise(*said, " "), " +", " "))
    kept = table.select([name for name in table.column_names if name not in _WHERE])
    return kept.append_column("address", pc.if_else(pc.equal(joined, ""), None, joined))


def _form(name: str, region: str | None) -> Callable[[pa.Array], pa.Array]:
    if name == "birth_date":
        return lambda column: _each(column, birth_digits)
    if name in NAMES:
        return lambda column: _each(folded(column), lambda text: plain_name(text, region))
    return (lambda column: column) if name == "full_name" else folded


def _split(columns: dict[str, pa.Array], region: str | None) -> None:
    full = pc.replace_substring_regex(columns.pop("full_name"), "[，、]", ",")
    before = folded(pc.replace_substring_regex(full, ",.*", ""))
    behind = folded(pc.replace_substring_regex(full, "^[^,]*,?", ""))
    # One text of both halves, so that each distinct name is split once.
    both = pc.binary_join_element_wise(before, pc.fill_null(behind, ""), _APART)
    for n, name in enumerate(NAMES):
        half = _each(both, lambda text, n=n: split_name(*text.split(_APART), region=region)[n])  # type: ignore[misc]
        columns[name] = pc.coalesce(columns[name], half) if name in columns else half


def _each(column: pa.Array, form: Callable[[str], str | None]) -> pa.Array:
    """`form` of every distinct text, once."""
    coded = column.dictionary_encode()
    made = [None if text is None else form(text) or None for text in coded.dictionary.to_pylist()]
    return pa.array(made, pa.string()).take(coded.indices)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    text = column.cast(pa.string())
    return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text


def _says_something(name: str, column: pa.Array) -> bool:
    return name not in COMPARED or column.null_count < len(column)
