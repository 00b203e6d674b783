"""The home folder that all machines must see: a marker in it is compared with the one that the database knows."""

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import Refused
from incidents.foundation.ids import new_id
from incidents.foundation.lease import hold_lease

MARKER = "home.id"
_FOR_GOOD = timedelta(days=365 * 1000)


def require_shared_home(tx: Session, home: Path, *, clock: Clock) -> None:
    """The first folder that asks is the one. Raises Refused on a machine that sees another: sealed contacts, evidence
    and snapshots lie there, and a worker without them could send nothing."""
    if not hold_lease(tx, "home", _marker(home), lasts=_FOR_GOOD, clock=clock):
        raise Refused(
            "other_home",
            f"TOCSIN_HOME ({home.resolve()}) is not the folder that the other machines of this database use; "
            "mount that one here.",
        )


def _marker(home: Path) -> str:
    file = home / MARKER
    if not file.exists():
        unfinished = home / new_id(MARKER)
        unfinished.write_text(new_id("home"))
        with suppress(FileExistsError):  # of two machines that begin together, one is first
            os.link(unfinished, file)
        unfinished.unlink()
    return file.read_text().strip()
