"""A SQLite database with every table and no row: made once a process, and written out for each test that wants one."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.util import LRUCache

from incidents.foundation.database import Base, prepare_sqlite

_FIRST: dict[str, Engine] = {}


def fresh_engine(file: Path) -> Engine:
    """An engine on a new database at `file`."""
    write_empty(file)
    return engine_at(file)


def engine_at(file: Path) -> Engine:
    """An engine on the database at `file`, which waits for no disk."""
    engine = shared(create_engine(f"sqlite:///{file}"))
    prepare_sqlite(engine)
    hurry(engine)
    return engine


def write_empty(file: Path) -> None:
    """Put a new database at `file`."""
    file.write_bytes(_empty(len(Base.metadata.tables)))


def hurry(engine: Engine) -> None:
    """Wait for no disk: what a test writes need not outlive a power cut, and some stories commit hundreds of times."""
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))


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
