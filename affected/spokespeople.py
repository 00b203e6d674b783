"""Who speaks for a controller: the people of a directory who are told on behalf of a shop or a team."""

import tempfile
from collections.abc import Collection
from datetime import date
from pathlib import Path

import pyarrow as pa

from affected.directory import Directory
from affected.engine import embedded


def spokespeople(directory: Directory, controllers: Collection[str]) -> pa.Table:
    """(controller, person_id, language, residence) of everybody who speaks for one of `controllers`, sorted.

    Closed accounts speak for nobody. A controller for which nobody speaks is not there: someone must find a contact.
    """
    with tempfile.TemporaryDirectory(prefix="tocsin-") as folder:
        day = date(2000, 1, 1)  # ages are not asked for
        with embedded(directory, {}, as_of=day, bits={}, work_dir=Path(folder)) as engine:
            engine.put("chosen", pa.table({"person_id": pa.array(sorted(controllers), pa.string())}))
            found = engine.ask(
                "SELECT p.speaks_for AS controller, p.person_id, p.language, p.country AS residence FROM person AS p "
                "JOIN chosen AS c ON c.person_id = p.speaks_for WHERE p.standing = 'active'"
            )
    return found.sort_by([("controller", "ascending"), ("person_id", "ascending")])
