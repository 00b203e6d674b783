"""The three things a person asks for: who could be told how, how long it would take, and: send it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np

from incidents.deliveries import closings, compromise, points, sending, tally, work
from incidents.deliveries.approved import dispatch_of, dispatch_to_be, is_unchanged
from incidents.deliveries.batches import pieces_of
from incidents.deliveries.dispatch import Dispatch
from incidents.deliveries.duties import deadlines
from incidents.deliveries.forecast import Forecast, Lot, gathered, most_parts, parts_of, reckon
from incidents.deliveries.plan import Draft, Terms, begin_plan, draft, write_plan
from incidents.deliveries.prices import prices
from incidents.deliveries.reach import LookUp, Reach, routes_for
from incidents.deliveries.regions import Regions
from incidents.deliveries.replan import be_planner
from incidents.deliveries.tables import FanOut
from incidents.deliveries.ways import BESIDE
from incidents.notices.tables import Notice
from incidents.record.actor import Actor
from incidents.record.tables import Incident
from notifiers.mx import mail_exchangers

# Whoever can begin a fan-out has its background work in the registry, in whichever process.
JOBS = (sending.send_batch, work.settle_batch, work.climb, work.plan_to_the_end, work.widen, work.judge_provider)
WATCHING = (points.note, tally.tally)


def reach(kit: Any, notice_id: str, language: str, *, unknown_residence: str = "hold") -> Reach:
    """Who of the readers of an approved notice can be told by which channel and provider, and why others cannot."""
    _, drafted = _draft(kit, notice_id, language, Terms(unknown_residence), mail_exchangers)
    return drafted.reach


def forecast(
    kit: Any, notice_id: str, language: str, *, terms: Terms | None = None, look_up: LookUp = mail_exchangers
) -> Forecast:
    """How long telling the readers would take, what it would cost and how many would be told in time, if it began now.
    It asks for no approval, so that whoever approves can know; it plans as sending would, and writes nothing."""
    terms = terms or Terms()
    dispatch, drafted = _draft(kit, notice_id, language, terms, look_up, approved=False)
    with kit.begin(reading=True) as tx:
        notice = tx.get_one(Notice, notice_id)
        own = kit.of(tx.get_one(Incident, notice.incident_id))
        parts = most_parts(dispatch.texts)
        due = deadlines(tx, notice, packs=own.packs, providers=own.providers, parts=parts)
        said = prices(tx)
    lots = gathered(_lots(dispatch, drafted, own.providers, quiet=bool(terms.quiet)))
    soak = timedelta(minutes=terms.soak_minutes)
    hands = {"providers": own.providers, "prices": said, "soak": soak, "begins_at": kit.clock.now()}
    return reckon(lots, due, reach=drafted.reach, **hands)


def send_notice(
    kit: Any,
    notice_id: str,
    language: str,
    *,
    by: Actor,
    terms: Terms | None = None,
    look_up: LookUp = mail_exchangers,
) -> FanOut:
    """Plan the fan-out of an approved notice; the workers begin as soon as everybody has a row. Raises Refused where it
    is not approved, a hold is in force, or it is on its way already."""
    terms = terms or Terms()
    dispatch, drafted = _draft(kit, notice_id, language, terms, look_up)
    with kit.begin() as tx:
        # Between reading and writing somebody may have changed a word or a decision.
        same = is_unchanged(tx, dispatch, kit=kit)
        if same:
            fan_out = begin_plan(tx, dispatch, drafted, terms=terms, by=by, kit=kit)
            be_planner(tx, fan_out.id, kit=kit)
    if not same:
        return send_notice(kit, notice_id, language, by=by, terms=terms, look_up=look_up)
    write_plan(kit, fan_out.id, dispatch.readers, drafted.ways)
    with kit.begin(reading=True) as tx:
        written: FanOut = tx.get_one(FanOut, fan_out.id)
        return written


def _draft(
    kit: Any, notice_id: str, language: str, terms: Terms, look_up: LookUp, *, approved: bool = True
) -> tuple[Dispatch, Draft]:
    with kit.begin(reading=True) as tx:
        notice = tx.get_one(Notice, notice_id)
        dispatch = (dispatch_of if approved else dispatch_to_be)(tx, notice, language, kit=kit)
        own = kit.of(tx.get_one(Incident, notice.incident_id))
        regions, shut = Regions.read(tx), compromise.shut(tx, notice.incident_id)
        given_up = closings.closing_of(tx, notice_id, language) is not None
    said: dict[str, Any] = {"unknown_residence": terms.unknown_residence, "look_up": look_up, "shut": shut}
    routes = routes_for(dispatch, own, regions, list_given_up=given_up, **said)
    return dispatch, draft(dispatch, routes)


def _lots(dispatch: Dispatch, drafted: Draft, providers: Any, *, quiet: bool) -> Iterator[tuple[Lot, int]]:
    drawn = np.arange(dispatch.people)  # who is in which wave makes no difference to how many are
    for piece in pieces_of(dispatch.readers, drafted.ways, providers=providers, drawn=drawn, quiet=quiet):
        if (lot := piece.lot) is not None:
            parts = parts_of(dispatch.texts, lot.variant, lot.channel)
            beside = lot.position == BESIDE
            yield Lot(lot.channel, lot.provider, piece.wave, parts, beside, lot.destination), len(piece.rows)
