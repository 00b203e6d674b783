"""Climbs the ladder: whom a channel failed, or whose proof did not come in time, takes their next route."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from affected import contacts
from incidents.deliveries import segment
from incidents.deliveries.dispatch import Reader, readers_from
from incidents.deliveries.ladders import ladder_for
from incidents.deliveries.plan import Planned, Writer
from incidents.deliveries.reach import LookUp, Routes
from incidents.deliveries.regions import Regions
from incidents.deliveries.segment import Contact, Contacts
from incidents.deliveries.state import FAILED, State
from incidents.deliveries.tables import Batch, Delivery, DeliveryNow, FanOut
from incidents.notices.audience import TO_THE_AFFECTED
from incidents.record import timeline
from incidents.record.actor import TOCSIN
from incidents.record.tables import Incident
from incidents.snapshots.opened import contacts_of
from incidents.snapshots.standing import excluded_tokens
from incidents.snapshots.tables import Snapshot
from notifiers.mx import mail_exchangers

MOST = 1000  # people a step


def climb(kit: Any, fan_out_id: str, *, look_up: LookUp = mail_exchangers) -> int:
    """Give up to a thousand people their next route, or the announcement where none is left; how many rows that made.

    Addresses are read from the directory now, so that one which was changed since counts. Mail exchangers are looked up
    with no transaction open.
    """
    with kit.begin(reading=True) as tx:
        fan_out = tx.get_one(FanOut, fan_out_id)
        incident = tx.get_one(Incident, fan_out.incident_id)
        rows = tx.execute(_failed(fan_out, kit.clock.now()).limit(MOST)).all()
        people = _people(tx, rows, kit)
        readers = _readers(tx, fan_out, people.values(), kit)
        routes = routes_of(fan_out, kit.of(incident), Regions.read(tx), look_up=look_up)
    routes.warm((one.residence, one.addresses) for one in readers.values())
    planned = [_next(fan_out, row, readers[people[row.id].person_id], routes) for row in rows if row.id in people]
    with kit.begin() as tx:
        writer = Writer(tx, tx.get_one(FanOut, fan_out_id), keys=kit.keys, home=kit.home, clock=kit.clock)
        made = writer.write(planned)
        ids = [row.id for row in rows]
        tx.execute(update(DeliveryNow).where(DeliveryNow.delivery_id.in_(ids)).values(climbed=True))
        left = sum(one.choice is None for one in planned)
        detail = {"fan_out": fan_out_id, "people": len(planned), "without_route": left}
        timeline.append(tx, incident.id, "delivery.next_route", detail, by=TOCSIN, clock=kit.clock)
    return made


def due(kit: Any) -> list[str]:
    """The fan-outs in which somebody waits for their next route."""
    with kit.begin(reading=True) as tx:
        fan_outs = tx.scalars(select(FanOut).where(FanOut.phase == "sending")).all()
        return [one.id for one in fan_outs if waits(tx, one, kit.clock.now())]


def waits(tx: Session, fan_out: FanOut, now: datetime) -> bool:
    """Whether somebody of this fan-out waits for their next route."""
    return tx.execute(_failed(fan_out, now).limit(1)).first() is not None


def routes_of(fan_out: FanOut, kit: Any, regions: Regions, *, look_up: LookUp = mail_exchangers) -> Routes:
    """What is open to the readers of a fan-out; `kit` is the incident's own. Call it while the fan-out can be read."""
    worded = {channel for texts in fan_out.texts.values() for channel in texts}
    return Routes(
        kit.packs,
        fan_out.party,
        kit.providers,
        regions,
        worded=worded,
        unknown_residence=fan_out.unknown_residence,
        look_up=look_up,
    )


def _failed(fan_out: FanOut, now: Any) -> Any:
    weak = [State.ACCEPTED] if fan_out.proof != State.ACCEPTED else []
    too_late = and_(DeliveryNow.state.in_(weak), DeliveryNow.changed_at <= now - timedelta(hours=fan_out.wait_hours))
    query = (
        select(Delivery.id, Delivery.batch_id, Delivery.ordinal, Delivery.position, Batch.variant)
        .join(DeliveryNow, DeliveryNow.delivery_id == Delivery.id)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(DeliveryNow.fan_out_id == fan_out.id, DeliveryNow.climbed.is_(False), Batch.position >= 0)
        .where(or_(DeliveryNow.state.in_(FAILED), too_late))
        .order_by(Delivery.batch_id, Delivery.ordinal)
    )
    if fan_out.audience in TO_THE_AFFECTED:
        query = query.where(Delivery.person.not_in(excluded_tokens(fan_out.incident_id)))
    return query


def _people(tx: Session, rows: Sequence[Any], kit: Any) -> dict[str, Contact]:
    """delivery id -> whom it was for, from the sealed segments."""
    opened: dict[str, Contacts] = {}
    for batch_id in dict.fromkeys(row.batch_id for row in rows):
        opened[batch_id] = segment.read(tx, tx.get_one(Batch, batch_id), keys=kit.keys, home=kit.home)
    return {row.id: opened[row.batch_id].at(row.ordinal) for row in rows}


def _readers(tx: Session, fan_out: FanOut, people: Iterable[Contact], kit: Any) -> Mapping[str, Reader]:
    known = {one.person_id: one for one in people}
    ids = pa.array(sorted(known), pa.string())
    snapshot = tx.get(Snapshot, fan_out.snapshot_id) if fan_out.snapshot_id else None
    directory = kit.directories[snapshot.directory if snapshot else fan_out.company]
    found = (
        contacts_of(tx, snapshot, ids, directory=directory, keys=kit.keys, home=kit.home)
        if snapshot
        else contacts(directory, ids)
    )
    names = ids.to_pylist()
    columns = {"person_id": names, "residence": [known[one].residence for one in names]}
    table = pa.table(columns | {"role": [known[one].role for one in names]})
    return {one.person_id: one for one in readers_from(table, found, guardians=fan_out.for_guardians)}


def _next(fan_out: FanOut, row: Any, reader: Reader, routes: Routes) -> Planned:
    ladder = ladder_for(fan_out.ladders, reader.role)
    choice, _ = routes.choose(ladder.one_by_one, reader.residence, reader.addresses, after=row.position)
    return Planned(row.variant, reader, choice, ladder.last)
