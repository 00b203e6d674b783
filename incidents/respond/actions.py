"""The verbs that a playbook's steps may name: what shows that each was done, and which ones the machine does itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy.orm import Session

from incidents.kit import Kit
from incidents.notices.draft import draft
from incidents.notices.library import load_wording
from incidents.notices.texts import Sources
from incidents.obligations.assess import assess
from incidents.record.actor import TOCSIN
from incidents.record.tables import Incident
from incidents.respond.left import unapproved, unsent, unsubmitted

Run = Callable[[Session, Incident, Kit], None]
Left = Callable[[Session, Incident], int]
_wording = cache(load_wording)


@dataclass(frozen=True)
class Act:
    """`shown_by` are the kinds of timeline lines that the verb writes; any door may have called it.

    `left` counts what is still to be done of it. `run`: the machine does it by itself; it is harmless when done twice,
    and it never approves, sends or hands in anything.
    """

    shown_by: frozenset[str]
    run: Run | None = None
    left: Left | None = None


def _assess(tx: Session, incident: Incident, kit: Kit) -> None:
    assess(tx, incident, by=TOCSIN, clock=kit.clock, packs=kit.packs)


def _draft(tx: Session, incident: Incident, kit: Kit) -> None:
    draft(tx, incident, by=TOCSIN, clock=kit.clock, sources=Sources(kit.packs, _wording()))


def _shown_by(*kinds: str, run: Run | None = None, left: Left | None = None) -> Act:
    return Act(frozenset(kinds), run, left)


ACTIONS: Mapping[str, Act] = {
    "incident.declare": _shown_by("incident.declared"),
    "incident.amend": _shown_by("incident.amended", "incident.reclassified"),
    "evidence.collect": _shown_by("evidence.collected"),
    "incident.scope": _shown_by("snapshot.frozen"),
    "incident.assess": _shown_by("obligations.assessed", run=_assess),
    "notice.draft": _shown_by("notice.drafted", run=_draft),
    "notice.approve": _shown_by("notice.approved", left=unapproved),
    "notice.send": _shown_by("delivery.planned", left=unsent),
    "filing.prepare": _shown_by("filing.prepared", "filing.refreshed"),
    "filing.submit": _shown_by("filing.submitted", left=unsubmitted),
    "incident.end_handling": _shown_by("incident.handling_ended"),
    "incident.close": _shown_by("incident.closed"),
    "incident.bundle": _shown_by("bundle.made"),
}
