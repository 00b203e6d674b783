"""The two things a person asks for: who could be told how, and: send it."""

from typing import Any

from incidents.deliveries import work
from incidents.deliveries.dispatch import Dispatch
from incidents.deliveries.gate import dispatch_of, is_unchanged
from incidents.deliveries.plan import Draft, Terms, begin_plan, draft, write_plan
from incidents.deliveries.reach import LookUp, Reach, Routes
from incidents.deliveries.regions import Regions
from incidents.deliveries.replan import be_planner
from incidents.deliveries.tables import FanOut
from incidents.notices.tables import Notice
from incidents.record.actor import Actor
from incidents.record.tables import Incident
from notifiers.mx import mail_exchangers

# Whoever can begin a fan-out has its background work in the registry, in whichever process.
JOBS = (work.send_batch, work.settle_batch, work.climb, work.plan_to_the_end, work.widen, work.judge_provider)


def reach(kit: Any, notice_id: str, language: str, *, unknown_residence: str = "hold") -> Reach:
    """Who of the readers of an approved notice can be told by which channel and provider, and why others cannot."""
    _, drafted = _draft(kit, notice_id, language, Terms(unknown_residence), mail_exchangers)
    return drafted.reach


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


def _draft(kit: Any, notice_id: str, language: str, terms: Terms, look_up: LookUp) -> tuple[Dispatch, Draft]:
    with kit.begin(reading=True) as tx:
        notice = tx.get_one(Notice, notice_id)
        dispatch = dispatch_of(tx, notice, language, kit=kit)
        own = kit.of(tx.get_one(Incident, notice.incident_id))
        regions = Regions.read(tx)
    worded = {channel for texts in dispatch.texts.values() for channel in texts}
    routes = Routes(
        own.packs,
        dispatch.party,
        own.providers,
        regions,
        worded=worded,
        unknown_residence=terms.unknown_residence,
        look_up=look_up,
    )
    return dispatch, draft(dispatch, routes)
