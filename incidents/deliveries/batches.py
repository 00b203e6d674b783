"""Writes plan rows in batches: one sealed segment of contacts each, nobody twice on one channel, a canary first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from incidents.deliveries import outcomes, segment
from incidents.deliveries.addresses import column_of
from incidents.deliveries.outcomes import Happened
from incidents.deliveries.pace import destination_of
from incidents.deliveries.quiet import rings
from incidents.deliveries.state import Event
from incidents.deliveries.tables import Batch, Delivery, FanOut
from incidents.deliveries.ways import Ways
from incidents.foundation.bulk import each_of, load
from incidents.foundation.ids import new_id
from notifiers.registry import channels

MOST, FEWEST = 10_000, 1000  # rows of a batch
NOBODY = "none"  # the channel of a person for whom no route and no announcement is left
WAVES = (0.001, 0.01, 0.1)  # the share that goes first, second, third; the rest is the last wave
LARGE = 10_000  # people; of fewer, a thousandth shows nothing
_AFTER_ALL = 1000  # the place of a row without a route


class Lot(NamedTuple):
    """What all rows of a batch have in common."""

    variant: str
    channel: str
    provider: str
    position: int
    territory: str = ""
    destination: str = ""


@dataclass(frozen=True)
class Piece:
    """Readers who make one batch, or who have no route (`lot` is None; `last` says what is left to them)."""

    rows: Any  # numbers of rows of the readers
    lot: Lot | None
    wave: int = 0
    last: str | None = None
    place: int = 0  # which of their addresses of the channel's kind it is for


def pieces_of(
    readers: pa.Table, ways: Ways, *, providers: Mapping[str, Any], drawn: Any = None, quiet: bool = False
) -> Iterator[Piece]:
    """The batches to be, each at most a minute's work at its provider's pace. With `drawn` (the place of each reader in
    a draw, see `draw`) a large plan goes out in waves, in that order; with `quiet`, who may be woken lives in the same
    country as all of a batch."""
    chosen: dict[tuple[Lot, int], list[Any]] = {}
    left: dict[str | None, list[Any]] = {}
    for way, rows in ways:
        for choice in (*([way.choice] if way.choice else []), *way.beside):
            territory = way.residence[:2] if quiet and rings(choice.channel) else ""
            lot = Lot(way.variant, choice.channel, choice.provider, choice.position, territory)
            chosen.setdefault((lot, choice.place), []).append(rows)
        if way.choice is None:
            left.setdefault(way.last, []).append(rows)
    large = drawn is not None and sum(len(one) for rows in chosen.values() for one in rows) >= LARGE
    for lot, place, rows in _by_destination(readers, chosen, providers):
        for wave, part in enumerate(_waves(rows[np.argsort(drawn[rows])]) if large else [rows]):
            yield from (Piece(some, lot, wave, place=place) for some in _chunks(part, _most(lot, providers)))
    for last, found in left.items():
        yield from (Piece(some, None, last=last) for some in _chunks(np.sort(np.concatenate(found)), MOST))


def draw(persons: pa.ChunkedArray) -> Any:
    """The place of each of these tokens in their own order. A token is made by a secret, so its order draws people by
    no property of theirs; and rows written in it are neighbours in every index that begins with a person: ten million
    written in another order would each touch a page of their own."""
    places = np.empty(len(persons), np.int64)
    places[pc.sort_indices(persons).to_numpy()] = np.arange(len(persons))
    return places


def _by_destination(
    readers: pa.Table, chosen: Mapping[tuple[Lot, int], list[Any]], providers: Mapping[str, Any]
) -> Iterator[tuple[Lot, int, Any]]:
    """The lots with all their rows, taken apart by country where the provider paces some of them by themselves."""
    for (lot, place), found in sorted(chosen.items()):
        rows, about = np.sort(np.concatenate(found)), providers[lot.provider].about
        if not about.paces:
            yield lot, place, rows
            continue
        addresses = readers[column_of(channels()[lot.channel].address, place)].take(pa.array(rows)).to_pylist()
        codes = np.array([destination_of(about, address) for address in addresses])
        for code in sorted(set(codes)):
            yield lot._replace(destination=str(code)), place, rows[codes == code]


def write(tx: Session, fan_out: FanOut, readers: pa.Table, piece: Piece, *, kit: Any, climbing: bool = False) -> int:
    """Write the rows of one piece of `readers` (with a column `person`, their tokens) but for those that stand already;
    how many were new. Only who is climbing has a row on the ladder and gets another: a plan that is finished later may
    find other routes open than those that its first half was written by."""
    some = readers.take(pa.array(piece.rows))
    persons = some["person"].to_pylist()
    channel = piece.lot.channel if piece.lot else piece.last or NOBODY
    first = not climbing and (piece.lot is None or piece.lot.position >= 0)
    known = _known(tx, fan_out, channel, persons, on_the_ladder=first)
    if known:
        fresh = [place for place, one in enumerate(persons) if one not in known]
        some, persons = some.take(pa.array(fresh, pa.int64())), [persons[place] for place in fresh]
    if persons and piece.lot is not None:
        write_batch(tx, fan_out, some, persons, piece.lot, wave=piece.wave, place=piece.place, kit=kit)
    elif persons:
        _without_route(tx, fan_out, persons, piece.last, kit)
    return len(persons)


def write_batch(
    tx: Session,
    fan_out: FanOut,
    readers: pa.Table,
    persons: list[str],
    lot: Lot,
    *,
    wave: int = 0,
    place: int = 0,
    kit: Any,
) -> None:
    """Write one batch, its segment and its rows; `persons` are the tokens of the readers, `place` which of their
    addresses it is for."""
    batch_id = new_id("bat")
    address = readers[column_of(channels()[lot.channel].address, place)]
    contacts = readers.select(["person_id", "residence", "role"]).append_column("address", address).to_pydict()
    sealed = segment.Contacts(contacts)
    key_id, digest = segment.write(tx, batch_id, sealed, keys=kit.keys, home=kit.home, clock=kit.clock)
    batch = Batch(id=batch_id, fan_out_id=fan_out.id, wave=wave, size=len(persons), **lot._asdict())
    batch.key_id, batch.segment_sha256, batch.phase, batch.settled = key_id, digest, "waiting", 0
    tx.add(batch)
    tx.flush()
    _rows(tx, fan_out, persons, kit, channel=lot.channel, position=lot.position, batch_id=batch_id)


def _without_route(tx: Session, fan_out: FanOut, persons: list[str], last: str | None, kit: Any) -> None:
    ids = _rows(tx, fan_out, persons, kit, channel=last or NOBODY, position=_AFTER_ALL)
    event = Event.SUBSTITUTED if last else Event.REFUSED
    happened = [Happened(one, event, reason="no_route") for one in ids]
    outcomes.append(tx, fan_out.id, happened, batch_of={}, at=kit.clock.now())


def _rows(tx: Session, fan_out: FanOut, persons: list[str], kit: Any, **same: Any) -> list[str]:
    # One id a batch and its ordinals are as opaque as an id a row, and a tenth of the work.
    stem, numbers = new_id("dlv"), list(range(len(persons)))
    ids = [f"{stem}-{number}" for number in numbers]
    columns: dict[str, Any] = {"id": ids, "fan_out_id": fan_out.id, "notice_id": fan_out.notice_id, "person": persons}
    columns |= {"batch_id": None, "ordinal": numbers if "batch_id" in same else None, "planned_at": kit.clock.now()}
    load(tx, Delivery, columns | same)
    return ids


def _known(tx: Session, fan_out: FanOut, channel: str, persons: list[str], *, on_the_ladder: bool) -> set[str]:
    """Who has a row of this notice on this channel, or any on the ladder, each looked up by itself: PostgreSQL has no
    statistics of a table that is being filled, and would otherwise compare every row of the notice with every
    person."""
    each = each_of(tx, persons, Delivery.person.type)
    here = Delivery.channel == channel
    if on_the_ladder:
        here = or_(here, Delivery.position >= 0)
    row = select(Delivery.id).where(Delivery.notice_id == fan_out.notice_id, here)
    theirs = row.where(Delivery.person == each.c.value).limit(1).scalar_subquery()
    return set(tx.scalars(select(each.c.value).where(theirs.is_not(None))))


def _waves(rows: Any) -> list[Any]:
    ends = np.cumsum([int(np.ceil(len(rows) * share)) for share in WAVES])
    return np.split(rows, np.minimum(ends, len(rows)))


def _most(lot: Lot, providers: Mapping[str, Any]) -> int:
    about = providers[lot.provider].about
    pace = about.paces.get(lot.destination, about.pace).per_second
    return MOST if not pace else max(FEWEST, min(MOST, int(pace * 60)))


def _chunks(rows: Any, size: int) -> Iterator[Any]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
