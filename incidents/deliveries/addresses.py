"""The addresses of readers: a column for each kind, and further ones for whoever has several that differ in use."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from notifiers.message import AddressKind
from notifiers.registry import calling_codes, schemes


def column_of(kind: AddressKind, place: int) -> str:
    """The column that holds everybody's address of a kind at this place: the first at 0."""
    return f"{kind.value}.{place}" if place else kind.value


def columns_of(readers: pa.Table, kind: AddressKind) -> list[str]:
    """The columns of a kind that there are, in order."""
    found: list[str] = []
    while (name := column_of(kind, len(found))) in readers.column_names:
        found.append(name)
    return found


def with_addresses(readers: pa.Table, contacts: pa.Table) -> pa.Table:
    """`readers` with the columns of every kind, from usable `contacts` (person_id, kind, address) in the order in which
    they are to be tried. Of those that can be told apart by nothing that decides about a route, the first is kept."""
    for kind in AddressKind:
        found = contacts.filter(pc.equal(contacts["kind"], kind.value)).select(["person_id", "address"])
        for place, some in enumerate(_by_place(found, kind)):
            rows = pc.index_in(readers["person_id"], value_set=some["person_id"])
            readers = readers.append_column(column_of(kind, place), some["address"].take(rows))
    return readers


def whose(addresses: pa.ChunkedArray, kind: AddressKind) -> pa.ChunkedArray:
    """To which providers each address is of use: its scheme, or the calling code to whose numbers alone some write; ""
    for one with neither, null where there is none."""
    known, plain = schemes(kind), pc.if_else(pc.is_valid(addresses), "", None)
    for code in calling_codes(kind):
        plain = pc.if_else(pc.starts_with(addresses, code), code, plain)
    if not known:
        return plain
    words = pc.list_element(pc.split_pattern(addresses, ":", max_splits=1), 0)
    named = pc.and_(pc.is_in(words, pa.array(sorted(known))), pc.match_substring(addresses, ":"))
    return pc.if_else(named, words, plain)


def first_of_each(rows: pa.Table, *columns: pa.ChunkedArray) -> pa.Table:
    """The first row of each combination of what stands in `columns`, in order."""
    numbers = np.zeros(rows.num_rows, np.int64)
    for column in columns:
        numbers = numbers * (rows.num_rows + 1) + _numbered(column)
        numbers = _numbered(pa.array(numbers))
    first = np.unique(numbers, return_index=True)[1]
    return rows if len(first) == rows.num_rows else rows.take(pa.array(np.sort(first)))


def _by_place(found: pa.Table, kind: AddressKind) -> Iterator[pa.Table]:
    """Everybody's first address of those that differ, everybody's second, and so on; at least one table."""
    first = first_of_each(found, found["person_id"])
    yield first
    if first.num_rows < found.num_rows:  # seldom: most people have one
        left = first_of_each(found, found["person_id"], _differs(found["address"], kind))
        while (left := _without_first(left)).num_rows:
            yield first_of_each(left, left["person_id"])


def _without_first(rows: pa.Table) -> pa.Table:
    left = np.ones(rows.num_rows, bool)
    left[np.unique(_numbered(rows["person_id"]), return_index=True)[1]] = False
    return rows.filter(pa.array(left))


def _differs(addresses: pa.ChunkedArray, kind: AddressKind) -> pa.ChunkedArray:
    """What decides about a route: of which service or country the address is, and whose machine takes the mail."""
    if kind is not AddressKind.EMAIL:
        return whose(addresses, kind)
    return pc.utf8_lower(pc.replace_substring_regex(addresses, "^.*@", ""))


def _numbered(column: pa.Array | pa.ChunkedArray) -> Any:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    codes = whole.dictionary_encode(null_encoding="encode")
    return codes.indices.to_numpy(zero_copy_only=False).astype(np.int64)
