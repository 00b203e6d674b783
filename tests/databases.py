"""An empty database with every table: SQLite in a file, or PostgreSQL where TOCSIN_TEST_STORE says so.

It is made once a process and copied for each test that wants one. Any story may be told on either.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.util import LRUCache

from incidents.foundation.database import Base, prepare

USUAL = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
_FIRST: dict[str, Engine] = {}
_MADE: set[str] = set()  # databases on the server, to be dropped at the end


def on_postgresql() -> bool:
    """Whether the tests of this run stand on PostgreSQL."""
    return os.environ.get("TOCSIN_TEST_STORE") == "postgresql"


def fresh_engine(file: Path) -> Engine:
    """An engine on a new database at `file`."""
    write_empty(file)
    return engine_at(file)


def address_of(file: Path) -> str:
    """The address of the database at `file`; on PostgreSQL the file is only what it is named by."""
    if on_postgresql():
        return _server().set(database=_name(str(file))).render_as_string(hide_password=False)
    return f"sqlite:///{file}"


def engine_at(file: Path) -> Engine:
    """An engine on the database at `file`, which waits for no disk."""
    # On PostgreSQL no connection stays open between transactions: one that is open would keep it from being copied.
    engine = shared(create_engine(address_of(file), **({"poolclass": NullPool} if on_postgresql() else {})))
    prepare(engine)
    hurry(engine)
    return engine


def write_empty(file: Path) -> None:
    """Put a new database at `file`."""
    if on_postgresql():
        _copy(_template(len(Base.metadata.tables)), _name(str(file)))
    else:
        file.write_bytes(_empty(len(Base.metadata.tables)))


def copy(old: Path, new: Path) -> None:
    """The database at `old` as it stands now, at `new` too; SQLite's file may be there already."""
    if on_postgresql():
        _copy(_name(str(old)), _name(str(new)))
    elif not new.exists():
        shutil.copy(old, new)


def drop_all() -> None:
    """Drop what this process made on the server."""
    if _MADE:
        with _admin() as line:
            while _MADE:
                line.execute(text(f"DROP DATABASE IF EXISTS {_MADE.pop()} WITH (FORCE)"))
        _template.cache_clear()


def hurry(engine: Engine) -> None:
    """Wait for no disk: what a test writes need not outlive a power cut, and some stories commit hundreds of times."""
    never = "PRAGMA synchronous = OFF" if engine.dialect.name == "sqlite" else "SET synchronous_commit = OFF"
    event.listen(engine, "connect", lambda connection, _: connection.cursor().execute(never))


def shared(engine: Engine) -> Engine:
    """`engine`, knowing what others of its kind compiled: else each test would compile all its statements anew."""
    kind = engine.dialect.name
    if kind not in _FIRST:
        engine.connect().close()  # a dialect asks the first connection what it has before it
        engine.dispose()
        engine._compiled_cache = LRUCache(10_000)
        _FIRST[kind] = engine
    first = _FIRST[kind]
    engine.dialect = engine.pool._dialect = first.dialect  # what was compiled is found by its dialect
    engine._compiled_cache = first._compiled_cache
    return engine


@cache
def _empty(_tables: int) -> bytes:  # counted anew: a test may have imported another table
    with TemporaryDirectory() as folder:
        engine = engine_at(Path(folder) / "empty.db")
        Base.metadata.create_all(engine)
        engine.dispose()
        return (Path(folder) / "empty.db").read_bytes()


@cache
def _template(tables: int) -> str:
    name = _name(f"empty {os.getpid()} {tables}")
    _copy("template1", name)
    engine = create_engine(_server().set(database=name))
    Base.metadata.create_all(engine)
    engine.dispose()
    return name


def _copy(old: str, new: str) -> None:
    with _admin() as line:
        line.execute(text(f"DROP DATABASE IF EXISTS {new} WITH (FORCE)"))
        line.execute(text(f"CREATE DATABASE {new} TEMPLATE {old}"))
    _MADE.add(new)


@contextmanager
def _admin() -> Iterator[Connection]:
    engine = create_engine(_server(), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as line:
        yield line


def _server() -> URL:
    return make_url(os.environ.get("TOCSIN_TEST_POSTGRES", USUAL))


def _name(of: str) -> str:
    return f"tocsin_test_{sha256(of.encode()).hexdigest()[:16]}"
