"""Judges a request by the table of fields on its provider's page, where no machine-readable contract was published."""

from collections.abc import Iterator, Mapping
from typing import Any

Table = Mapping[str, Any]  # name ("!" at its end: must be there) -> type, tuple of values, [item], or a table within


def judge_fields(table: Table, value: Any, path: str = "") -> list[str]:
    """Where `value` breaks the table: unknown and missing names, wrong types and values, by path."""
    return list(_object(table, value, path))


def _object(table: Table, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: no object"
        return
    kinds = {name.removesuffix("!"): kind for name, kind in table.items()}
    yield from (f"{path}.{name[:-1]}: missing" for name in table if name.endswith("!") and name[:-1] not in value)
    for name, item in value.items():
        kind = kinds.get(name, kinds.get("*"))
        if kind is None:
            yield f"{path}.{name}: not on the page"
        else:
            yield from _value(kind, item, f"{path}.{name}")


def _value(kind: Any, value: Any, path: str) -> Iterator[str]:
    if isinstance(kind, Mapping):
        yield from _object(kind, value, path)
    elif isinstance(kind, list):
        if not isinstance(value, list) or not value:
            yield f"{path}: no list, or an empty one"
        else:
            for number, item in enumerate(value):
                yield from _value(kind[0], item, f"{path}[{number}]")
    elif isinstance(kind, tuple):
        if value not in kind:
            yield f"{path}: {value!r} is not on the page"
    elif type(value) is not kind:
        yield f"{path}: not of type {kind.__name__}"
