"""A worker as a process of its own, for the test that kills it: sends whatever is due of one database, slowly."""

import sys
from pathlib import Path

from sqlalchemy import create_engine

from incidents.deliveries import claim, control, ledger, send
from incidents.foundation.clock import SystemClock
from incidents.foundation.database import begin_on, prepare
from incidents.foundation.keys import KeyRing
from tests.databases import address_of
from tests.incidents.fanout import bare_kit


def main(home: Path) -> None:
    """Run until nothing is due. The gate stands open: it is held by other tests."""
    for module in (claim, control):
        vars(module)["require_still_approved"] = lambda _tx, _fan_out: None
    vars(ledger)["slice_of"] = lambda _about: 100
    engine = create_engine(address_of(home / "tocsin.db"))
    prepare(engine)
    kit = bare_kit(
        home,
        begin_on(engine),
        KeyRing(home / "keys"),
        SystemClock(),
        script="well",
        journal=str(home / "journal"),
        delay_ms="1",
    )
    for batch_id in claim.due(kit):
        send.send_batch(kit, batch_id)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
