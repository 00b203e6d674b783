"""A later round tells the difference only: whoever got the notice before is done, unless more of them was exposed."""

from typing import Any

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from affected.difference import Change
from affected.merged import surviving_ids
from incidents.deliveries.received import recipients_of
from incidents.deliveries.tables import FanOut
from incidents.notices.tables import Notice
from incidents.snapshots.difference import difference
from incidents.snapshots.opened import aliases_of
from incidents.snapshots.tables import Snapshot


def told_before(tx: Session, notice: Notice, *, kit: Any) -> frozenset[str]:
    """The person ids that a notice which this one follows has reached and that are not to be told again.

    Of whom more was exposed than that notice said is told again; whom the directory merged is one person, told under
    either id. Raises Refused where a key was shredded.
    """
    done: set[str] = set()
    earlier = _followed(tx, notice)
    while earlier is not None:
        done |= _as_now(tx, _got(tx, earlier, kit), notice, kit) - _grew(tx, earlier, notice, kit)
        earlier = _followed(tx, earlier)
    return frozenset(done)


def _followed(tx: Session, notice: Notice) -> Notice | None:
    return tx.get(Notice, notice.follows_id) if notice.follows_id else None


def _got(tx: Session, notice: Notice, kit: Any) -> set[str]:
    spoken = tx.scalars(select(FanOut.language).where(FanOut.notice_id == notice.id)).all()
    return {one[0] for language in spoken for one in recipients_of(tx, notice.id, language, kit=kit)[0]}


def _as_now(tx: Session, told: set[str], notice: Notice, kit: Any) -> set[str]:
    """The ids that live on in place of those that were told."""
    if notice.snapshot_id is None or not told:
        return told
    aliases = aliases_of(tx, tx.get_one(Snapshot, notice.snapshot_id), keys=kit.keys, home=kit.home)
    return told | set(surviving_ids(pa.array(sorted(told), pa.string()), aliases).to_pylist())


def _grew(tx: Session, earlier: Notice, notice: Notice, kit: Any) -> set[str]:
    if earlier.snapshot_id is None or notice.snapshot_id is None or earlier.snapshot_id == notice.snapshot_id:
        return set()
    older, newer = tx.get_one(Snapshot, earlier.snapshot_id), tx.get_one(Snapshot, notice.snapshot_id)
    changed = difference(tx, older, newer, keys=kit.keys, home=kit.home).people
    columns = zip(changed["person_id"].to_pylist(), changed["change"].to_pylist(), strict=True)
    return {person for person, change in columns if change == Change.GREW}
