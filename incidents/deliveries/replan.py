"""Finishes a plan whose planner died: whoever has a row keeps it, the rest get theirs."""

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries import closings, compromise
from incidents.deliveries.approved import dispatch_of
from incidents.deliveries.plan import draft, write_plan
from incidents.deliveries.reach import routes_of
from incidents.deliveries.regions import Regions
from incidents.deliveries.tables import FanOut
from incidents.foundation.errors import Refused
from incidents.foundation.lease import hold_lease, is_held
from incidents.notices.tables import Notice
from incidents.record.tables import Incident

LEASE = timedelta(minutes=10)  # ten million people are planned in less


def be_planner(tx: Session, fan_out_id: str, *, kit: Any) -> bool:
    """Take the right to write this plan; False while another has it."""
    return hold_lease(tx, f"plan:{fan_out_id}", secrets.token_hex(8), lasts=LEASE, clock=kit.clock)


def due(kit: Any) -> list[str]:
    """The plans that nobody is writing and that are not whole."""
    with kit.begin(reading=True) as tx:
        found = tx.scalars(select(FanOut.id).where(FanOut.phase == "planning")).all()
        return [one for one in found if not is_held(tx, f"plan:{one}", clock=kit.clock)]


def plan_to_the_end(kit: Any, fan_out_id: str) -> None:
    """Write what is missing. A notice whose approval fell meanwhile stays unsent, and why is said beside it."""
    with kit.begin() as tx:
        if not be_planner(tx, fan_out_id, kit=kit):
            return
    try:
        with kit.begin(reading=True) as tx:
            fan_out = tx.get_one(FanOut, fan_out_id)
            dispatch = dispatch_of(tx, tx.get_one(Notice, fan_out.notice_id), fan_out.language, kit=kit)
            own, shut = kit.of(tx.get_one(Incident, fan_out.incident_id)), compromise.shut(tx, fan_out.incident_id)
            given_up = closings.is_closed(tx, fan_out)
            routes = routes_of(fan_out, own, Regions.read(tx), shut=shut, list_given_up=given_up)
    except Refused as refused:
        with kit.begin() as tx:
            tx.get_one(FanOut, fan_out_id).because = refused.sentence
        return
    write_plan(kit, fan_out_id, dispatch.readers, draft(dispatch, routes).ways)
