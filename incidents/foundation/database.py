"""The database: the declarative base, the column types, and transactions on SQLite or PostgreSQL."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import JSON, DateTime, Engine, MetaData, String, event
from sqlalchemy.engine import Connection, Dialect, ExceptionContext
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment; refuses a naive one on the way in and gives UTC on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone was about to be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every table of the hall and the doors."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        list[str]: JSON,
        str: String,
    }


# Locks a row against other writers and not against rows that refer to it (FOR NO KEY UPDATE): what a verb has written
# already refers to its incident, and two verbs that wanted the whole row would wait for one another.
ALONE: dict[str, Any] = {"key_share": True}


class Begin(Protocol):
    """Opens one transaction: commits when the block ends, rolls back when it raises."""

    def __call__(self, *, reading: bool = False) -> AbstractContextManager[Session]: ...


def begin_on(engine: Engine) -> Begin:
    """Transactions on `engine`. On SQLite a writing one takes the write lock at once and cannot fail half way."""
    writing = engine.execution_options(tocsin_begin="IMMEDIATE")

    @contextmanager
    def begin(*, reading: bool = False) -> Iterator[Session]:
        with Session(engine if reading else writing, expire_on_commit=False) as tx, tx.begin():
            yield tx

    return begin


def cut_down(error: BaseException) -> str:
    """Take from a driver's error all but its first line, and give that: PostgreSQL's next lines quote the row, and
    whatever nobody catches is logged. (The first may quote one value of a wrong form, such as a word for a number.)"""
    brief = str(error).partition("\n")[0]
    error.args = (brief,)
    return brief


def prepare(engine: Engine) -> None:
    """On SQLite: WAL, foreign keys, a patient busy timeout and explicit BEGINs on every connection of `engine`. On
    either: errors are cut down, see `cut_down`."""
    event.listen(engine, "handle_error", _on_error)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    # FULL: a row written before the act must outlive a power cut, or "in doubt" would be a lie.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_error(context: ExceptionContext) -> None:
    whole = str(context.original_exception)
    brief = cut_down(context.original_exception)
    if (around := context.sqlalchemy_exception) is not None:  # it is shown, and so is the one within it
        around.args = tuple(str(one).replace(whole, brief) for one in around.args)


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('tocsin_begin', 'DEFERRED')}")
