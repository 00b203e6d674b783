"""Who speaks for a controller: the people of a directory who are told on behalf of a shop or a team."""

import tempfile
from collections.abc import Collection
from datetime import date
from pathlib import Path

import pyarrow as pa

from affected.directory import Directory
from affected.engines.embedded import open_engine
from affected.sql import literal


def spokespeople(directory: Directory, controllers: Collection[str]) -> pa.Table:
    """(controller, person_id, language, residence) of everybody who speaks for one of `controllers`, sorted.

    Closed accounts speak for nobody. A controller for which nobody speaks is not there: someone must find a contact.
    """
    day = date(2000, 1, 1)  # ages are not asked for
    listed = ", ".join(literal(name) for name in sorted(controllers)) or "''"
    speaks = f"speaks_for IN ({listed}) AND standing = 'active'"
    with (
        tempfile.TemporaryDirectory(prefix="tocsin-") as folder,
        open_engine(directory, as_of=day, bits={}, work_dir=Path(folder)) as engine,
    ):
        engine.gather([], [speaks])
        found = engine.ask(
            f"SELECT speaks_for AS controller, person_id, language, country AS residence FROM person WHERE {speaks}"  # noqa: S608
        )
    return found.sort_by([("controller", "ascending"), ("person_id", "ascending")])
