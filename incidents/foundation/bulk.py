"""Rows by the thousand: written by COPY or executemany, and found by one parameter that holds all wanted values."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import islice, repeat
from typing import Any

import orjson
from sqlalchemy import JSON, ColumnElement, Dialect, cast, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.selectable import FromClause
from sqlalchemy.types import TypeEngine

from incidents.foundation.database import cut_down

_NULL = r"\N"
_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def load(tx: Session, table: Any, columns: Mapping[str, Any]) -> None:
    """Write rows into a mapped table, in the transaction that is open. A column is a list, or one value for all rows;
    at least one is a list. What Python would fill in by default is not filled in; what the database would, is.

    SQLAlchemy's own bulk insert costs about 28 microseconds a row, this two to three.
    """
    connection = tx.connection()
    dialect = connection.dialect
    target = table.__table__
    names = ", ".join(f'"{name}"' for name in columns)
    count = max(len(values) for values in columns.values() if isinstance(values, list))
    plain = {name: _single(values) for name, values in columns.items()}
    cursor: Any = connection.connection.cursor()
    with closing(cursor), _cut_down():
        if dialect.name == "postgresql":
            texts = [_as_text(target.c[name].type, values) for name, values in plain.items()]
            with cursor.copy(f'COPY "{target.name}" ({names}) FROM STDIN') as copy:
                copy.write("".join(map("{}\n".format, map("\t".join, _rows(texts, count)))))
        else:
            marks = ", ".join("?" * len(columns))
            bound = [_bound(target.c[name].type, values, dialect) for name, values in plain.items()]
            insert = f'INSERT INTO "{target.name}" ({names}) VALUES ({marks})'  # noqa: S608 - names of ours
            cursor.executemany(insert, _rows(bound, count))


@contextmanager
def _cut_down() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        cut_down(error)  # what SQLAlchemy does not see
        raise


def among(
    tx: Session, column: InstrumentedAttribute[Any], values: Iterable[str] | Iterable[int]
) -> ColumnElement[bool]:
    """`column` is one of `values`, however many: one parameter and one plan, where IN would have thousands.

    As rows and not as `= ANY(array)`, which PostgreSQL may answer by comparing every row with every value.
    """
    return column.in_(select(each_of(tx, values, column.type).c.value))


def each_of(tx: Session, values: Iterable[str] | Iterable[int], type_: TypeEngine[Any]) -> FromClause:
    """A relation of one column, `value`, with a row for each of `values`."""
    wanted = literal(orjson.dumps(list(values)).decode())
    if tx.get_bind().dialect.name == "postgresql":
        # An array would do, but that psycopg writes one value by value, in Python.
        each = func.json_array_elements_text(cast(wanted, JSON)).table_valued("text").render_derived()
        return select(cast(each.c.text, type_).label("value")).subquery()
    return func.json_each(wanted).table_valued("value")


def _rows(columns: Iterable[Any], count: int) -> Iterable[tuple[Any, ...]]:
    return islice(zip(*(one if isinstance(one, list) else repeat(one) for one in columns), strict=False), count)


def _single(values: Any) -> Any:
    """One value for all rows, where a list holds the same throughout: it is converted once. Most columns do. (A value
    that is itself a list would be taken for a column.)"""
    may_be = isinstance(values, list) and not isinstance(values[0], list)
    return values[0] if may_be and values.count(values[0]) == len(values) else values


def _bound(type_: TypeEngine[Any], values: Any, dialect: Dialect) -> Any:
    """`values` as SQLite's driver takes them."""
    found = type_.dialect_impl(dialect).bind_processor(dialect)
    convert = _json if isinstance(type_, JSON) else found or (str if type_.python_type is str else _same)
    return _each(values, lambda value: None if value is None else convert(value))


def _as_text(type_: TypeEngine[Any], values: Any) -> Any:
    """`values` as COPY reads them. Hardly any column holds a character that must be written otherwise, so each column
    is asked once."""
    if isinstance(type_, JSON):
        values = _each(values, lambda value: None if value is None else _json(value))
    texts = values if isinstance(values, list) else [values]
    try:
        whole = "\n".join(texts)
    except TypeError:  # nothing, or no text
        texts = [None if value is None else str(value) for value in texts]
        whole = "\n".join("" if text is None else text for text in texts)
    if whole.count("\n") >= len(texts) or "\t" in whole or "\r" in whole or "\\" in whole:
        texts = [text and text.translate(_ESCAPED) for text in texts]
    if None in texts:
        texts = [_NULL if text is None else text for text in texts]
    return texts if isinstance(values, list) else texts[0]


def _each(values: Any, change: Callable[[Any], Any]) -> Any:
    return [change(value) for value in values] if isinstance(values, list) else change(values)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode() if value else "{}" if isinstance(value, Mapping) else "[]"


def _same(value: Any) -> Any:
    return value
