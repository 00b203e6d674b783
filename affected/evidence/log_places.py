"""The fields of a log as SQL: a place in its format, over whatever a file's shape makes of a column's name."""

from collections.abc import Callable

from affected.evidence.log_formats import ColumnName, LogField, Place
from affected.evidence.log_reading import LogReading
from affected.sql import literal
from packs import BadInput

Column = Callable[[ColumnName], str | None]  # a column as SQL text; None where the file has none of that name


def field_columns(reading: LogReading, column: Column, *, file: str, names: list[str]) -> dict[LogField, str]:
    """Each field as SQL. Raises BadInput naming the file and the column that the reading names and the file lacks."""
    found: dict[LogField, str] = {}
    for field, place in reading.fields.items():
        sql = _placed(place, column)
        if sql is not None:
            found[field] = sql
        elif field in reading.columns or field == "time":
            said = " or ".join(f"'{name}'" if isinstance(name, str) else str(name) for name in place.columns)
            some = ", ".join(names[:12]) or "none with a heading"
            raise BadInput(f"{file}: columns.{field}: there is no column {said}; the file has {some}.")
        else:
            found[field] = literal(place.default) if place.default else "CAST(NULL AS VARCHAR)"
    return found


def only_lines(place: Place | None, column: Column) -> str | None:
    """The condition that a line is of this log at all."""
    sql = _placed(place.model_copy(update={"pattern": None}), column) if place else None
    return f"regexp_matches({sql}, {literal(place.pattern or '')})" if place and sql else None


def _placed(place: Place, column: Column) -> str | None:
    found = [sql for sql in map(column, place.columns) if sql is not None]
    if not found:
        return None
    full = [f"NULLIF({one}, '')" for one in found]
    sql = found[0] if len(found) == 1 else f"COALESCE({', '.join(full)})"
    if place.pattern:
        sql = f"regexp_extract({sql}, {literal(place.pattern)}, 1)"
    return f"COALESCE(NULLIF({sql}, ''), {literal(place.default)})" if place.default else sql


def json_paths(name: str) -> list[str]:
    """The paths of a dotted name in a JSON object: as one key, and as keys within keys."""
    keys = name.split(".")
    nested = "$" + "".join(f'."{_escaped(key)}"' for key in keys)
    return [nested] if len(keys) == 1 else [nested, f'$."{_escaped(name)}"']


def json_column(text: str, name: str) -> str:
    """The value of a dotted name in a column of JSON text."""
    paths = [f"json_extract_string({text}, {literal(path)})" for path in json_paths(name)]
    return paths[0] if len(paths) == 1 else f"COALESCE({', '.join(paths)})"


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace('"', '\\"')
