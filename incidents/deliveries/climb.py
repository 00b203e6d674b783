"""Climbs the ladder: whom a channel failed, or whose proof did not come in time, takes their next route."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pyarrow as pa
from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, update
from sqlalchemy.orm import Session

from affected import accounts, contacts
from incidents.deliveries import closings, compromise, outcomes, runs, segment, stands
from incidents.deliveries.batches import pieces_of, write
from incidents.deliveries.dispatch import asks_for_accounts, readers_from, with_tokens
from incidents.deliveries.reach import LookUp, routes_of
from incidents.deliveries.regions import Regions
from incidents.deliveries.segment import Contacts
from incidents.deliveries.state import FAILED, State
from incidents.deliveries.tables import AcceptedRun, Batch, Delivery, DeliveryNow, FanOut
from incidents.deliveries.ways import ways_of
from incidents.foundation.bulk import among
from incidents.foundation.tokens import token_secret
from incidents.notices.audience import TO_THE_AFFECTED
from incidents.record import timeline
from incidents.record.actor import TOCSIN
from incidents.record.tables import Incident
from incidents.snapshots.opened import contacts_of
from incidents.snapshots.standing import excluded_tokens
from incidents.snapshots.tables import Snapshot
from notifiers.mx import mail_exchangers
from notifiers.outcome import Outcome

MOST = 1000  # people a step


def climb(kit: Any, fan_out_id: str, *, look_up: LookUp = mail_exchangers) -> int:
    """Give up to a thousand people their next route, or the announcement where none is left; how many rows that made.

    Addresses are read from the directory now, so that one which was changed since counts. Mail exchangers are looked up
    with no transaction open.
    """
    with kit.begin(reading=True) as tx:
        fan_out = tx.get_one(FanOut, fan_out_id)
        own = kit.of(tx.get_one(Incident, fan_out.incident_id))
        rows, late = _next(tx, fan_out, own)
        readers = _readers(tx, fan_out, _people(tx, rows, kit), kit)
        shut, given_up = compromise.shut(tx, fan_out.incident_id), closings.is_closed(tx, fan_out)
        routes = routes_of(fan_out, own, Regions.read(tx), shut=shut, list_given_up=given_up, look_up=look_up)
        ladders = fan_out.ladders
    ways = ways_of(readers, ladders, routes)
    with kit.begin() as tx:
        fan_out = tx.get_one(FanOut, fan_out_id)
        outcomes.hold(tx, {row.batch_id for row in rows})
        readers = with_tokens(readers, token_secret(tx, fan_out.incident_id, keys=kit.keys, clock=kit.clock))
        pieces = pieces_of(readers, ways, providers=own.providers, quiet=bool(fan_out.quiet))
        made = sum(write(tx, fan_out, readers, piece, kit=kit, climbing=True) for piece in pieces)
        _have_climbed(tx, [row.id for row in rows], late)
        left = sum(len(found) for way, found in ways if way.choice is None)
        detail = {"fan_out": fan_out_id, "people": readers.num_rows, "without_route": left}
        if rows:
            timeline.append(tx, fan_out.incident_id, "delivery.next_route", detail, by=TOCSIN, clock=kit.clock)
    return made


def due(kit: Any) -> list[str]:
    """The fan-outs in which somebody waits for their next route."""
    with kit.begin(reading=True) as tx:
        fan_outs = tx.scalars(select(FanOut).where(FanOut.phase == "sending", _may_wait())).all()
        return [one.id for one in fan_outs if waits(tx, one, kit)]


def _may_wait() -> ColumnElement[bool]:
    """Whether anybody at all could wait: it is asked every second, of every fan-out that there ever was."""
    open_ = (DeliveryNow.fan_out_id == FanOut.id, DeliveryNow.climbed.is_(False))
    run = (AcceptedRun.fan_out_id == FanOut.id, AcceptedRun.climbed.is_(False))
    on_ladder = select(Delivery.id).join(Batch, Batch.id == Delivery.batch_id).where(Batch.position >= 0)
    mine = on_ladder.where(Delivery.id == DeliveryNow.delivery_id).exists()  # else it has no next route, ever
    failed = exists().where(*open_, DeliveryNow.state.in_(FAILED), mine)
    accepted = or_(exists().where(*open_, DeliveryNow.state == State.ACCEPTED), exists().where(*run))
    return or_(failed, and_(FanOut.proof != State.ACCEPTED, accepted))


def waits(tx: Session, fan_out: FanOut, kit: Any) -> bool:
    """Whether somebody of this fan-out waits for their next route."""
    own = kit.of(tx.get_one(Incident, fan_out.incident_id))
    failed = tx.execute(_failed(fan_out, own).order_by(None).limit(1)).first()
    return failed is not None or tx.execute(_late(fan_out, own).limit(1)).first() is not None


def _next(tx: Session, fan_out: FanOut, kit: Any) -> tuple[list[Any], list[int]]:
    """The deliveries whose people climb now; and the runs that are over with them."""
    rows = list(tx.execute(_failed(fan_out, kit).limit(MOST)))
    room, late = MOST - len(rows), []
    for run_id, people in tx.execute(_late(fan_out, kit).limit(MOST // runs.LEAST)):
        room -= people
        if room < 0:
            break
        late.append(run_id)
    return rows + list(tx.execute(_in_runs(tx, fan_out, late))), late


def _have_climbed(tx: Session, delivery_ids: Sequence[str], run_ids: Sequence[int]) -> None:
    # Whoever stands in one of these runs and gets a roll-up later takes "climbed" along.
    tx.execute(update(AcceptedRun).where(AcceptedRun.id.in_(run_ids)).values(climbed=True))
    tx.execute(update(DeliveryNow).where(among(tx, DeliveryNow.delivery_id, delivery_ids)).values(climbed=True))


def _failed(fan_out: FanOut, kit: Any) -> Select[*tuple[Any, ...]]:
    """Whom a channel failed, or who was accepted by a roll-up of their own and has no proof in time."""
    weak = and_(DeliveryNow.state == State.ACCEPTED, _is_too_late(fan_out, DeliveryNow.changed_at, kit))
    query = _climbing(fan_out).join(DeliveryNow, DeliveryNow.delivery_id == Delivery.id)
    query = query.where(DeliveryNow.fan_out_id == fan_out.id, DeliveryNow.climbed.is_(False), Batch.position >= 0)
    return query.where(or_(DeliveryNow.state.in_(FAILED), weak)).order_by(Delivery.batch_id, Delivery.ordinal)


def _late(fan_out: FanOut, kit: Any) -> Select[int, int]:
    """The runs whose people had no proof in time, as far as they have no roll-up of their own; and their size."""
    people = AcceptedRun.last - AcceptedRun.first + 1
    query = select(AcceptedRun.id, people).join(Batch, Batch.id == AcceptedRun.batch_id)
    query = query.where(AcceptedRun.fan_out_id == fan_out.id, AcceptedRun.climbed.is_(False), Batch.position >= 0)
    return query.where(_is_too_late(fan_out, AcceptedRun.recorded_at, kit)).order_by(AcceptedRun.id)


def _is_too_late(fan_out: FanOut, since_at: Any, kit: Any) -> ColumnElement[bool]:
    """Whether what was accepted then brings no such proof as is asked for: in time, or ever, as its provider cannot."""
    if fan_out.proof == State.ACCEPTED:
        return false()
    ended = since_at <= kit.clock.now() - timedelta(hours=fan_out.wait_hours)
    never = [name for name, one in kit.providers.items() if one.about.proof is Outcome.ACCEPTED]
    return or_(ended, Batch.provider.in_(never))


def _in_runs(tx: Session, fan_out: FanOut, run_ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    query = stands.joined(_climbing(fan_out)).where(among(tx, AcceptedRun.id, run_ids))
    return query.where(DeliveryNow.delivery_id.is_(None)).order_by(Delivery.batch_id, Delivery.ordinal)


def _climbing(fan_out: FanOut) -> Select[*tuple[Any, ...]]:
    """Deliveries with what their people's next step is found by; none of people excluded meanwhile."""
    columns = (Delivery.id, Delivery.batch_id, Delivery.ordinal, Delivery.position, Batch.variant)
    query: Select[*tuple[Any, ...]] = select(*columns).join(Batch, Batch.id == Delivery.batch_id)
    if fan_out.audience in TO_THE_AFFECTED:
        query = query.where(Delivery.person.not_in(excluded_tokens(fan_out.incident_id)))
    return query


def _people(tx: Session, rows: Sequence[Any], kit: Any) -> pa.Table:
    """Whom these deliveries were for, from the sealed segments, with the place on the ladder that failed them; who
    failed at two places stands first with the later one."""
    opened: dict[str, Contacts] = {}
    for batch_id in dict.fromkeys(row.batch_id for row in rows):
        opened[batch_id] = segment.read(tx, tx.get_one(Batch, batch_id), keys=kit.keys, home=kit.home)
    latest = sorted(rows, key=lambda row: row.position, reverse=True)
    people = [opened[row.batch_id].at(row.ordinal) for row in latest]
    columns = {name: [getattr(one, name) for one in people] for name in ("person_id", "residence", "role")}
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    table = table.append_column("variant", pa.array([row.variant for row in latest], pa.string()))
    return table.append_column("after", pa.array([row.position for row in latest], pa.int64()))


def _readers(tx: Session, fan_out: FanOut, people: pa.Table, kit: Any) -> pa.Table:
    ids = people["person_id"].combine_chunks()
    snapshot = tx.get(Snapshot, fan_out.snapshot_id) if fan_out.snapshot_id else None
    directory = kit.directories[snapshot.directory if snapshot else fan_out.company]
    found = (
        contacts_of(tx, snapshot, ids, directory=directory, keys=kit.keys, home=kit.home)
        if snapshot
        else contacts(directory, ids)
    )
    if asks_for_accounts(fan_out.ladders):
        found = pa.concat_tables([found, accounts(directory, ids)])
    return readers_from(people, found, guardians=fan_out.for_guardians)
