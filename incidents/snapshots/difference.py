"""The difference between two versions of one incident, both opened with their keys."""

from pathlib import Path

from sqlalchemy.orm import Session

from affected.difference import Difference, changes_between
from incidents.foundation.errors import Refused
from incidents.foundation.keys import KeyRing
from incidents.snapshots.opened import aliases_of, open_people
from incidents.snapshots.tables import Snapshot


def difference(tx: Session, older: Snapshot, newer: Snapshot, *, keys: KeyRing, home: Path) -> Difference:
    """Compare two versions. Whom the directory merged between them is one person. Raises Refused for two incidents'."""
    if older.incident_id != newer.incident_id:
        raise Refused("other_incident", "These two snapshots are of different incidents.")
    before, after = (open_people(tx, one, keys=keys, home=home) for one in (older, newer))
    return changes_between(before, after, aliases_of(tx, newer, keys=keys, home=home))
