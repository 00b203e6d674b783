"""Pages of the record: the list with running clocks, the declaration, one incident's record and timeline."""

from typing import Any

from flask import request

from incidents.deliveries.control import fan_outs
from incidents.record.assign import Part
from incidents.record.holds import STOPS
from incidents.record.incident import Kind, Phase, find
from incidents.respond import play
from incidents.review.small import ASKED, MOST
from policies.categories import DataCategory
from policies.vocabulary import AnchorName, BreachKind, Certainty, RequestForm, Role
from web.accounts.accounts import accounts
from web.console.door import console, page
from web.kit import kit
from web.languages import gettext as _
from web.pages import clocks, record
from web.pages.deliveries import shown as fan_out_shown

WORDS = {
    "kinds": Kind,
    "roles": Role,
    "properties": BreachKind,
    "certainties": Certainty,
    "request_forms": RequestForm,
    "phases": [phase for phase in Phase if phase is not Phase.CLOSED],
    "anchor_names": AnchorName,
    "parts": Part,
    "stops": STOPS,
}


LINES = 500  # of a timeline on one page; the API and the bundle have all


@console.get("/")
def incidents() -> str:
    with kit().begin(reading=True) as tx:
        return page("incidents.html", rows=clocks.rows(tx), title=_("Incidents"))


@console.get("/declare")
def declare() -> str:
    return page("declare.html", houses=sorted(kit().packs.house), title=_("Declare an incident"), **WORDS)


@console.get("/small-case")
def small_case() -> str:
    words = kit().packs.words
    return page(
        "small.html",
        houses=sorted(kit().packs.house),
        asked={name: words[name] for name in ASKED},
        categories=DataCategory,
        most=MOST,
        title=_("A small case"),
    )


@console.get("/incidents/<reference>/")
def now_page(reference: str) -> str:
    with kit().begin(reading=True) as tx:
        one = find(tx, reference)
        shown: dict[str, Any] = {"clocks": clocks.clocks(tx, one), "no_clock": clocks.no_clock(tx, one)}
        shown["hanging"] = clocks.hanging(tx, one)
        shown["lines"] = record.in_a_row(record.lines(tx, one.id))[:8]
        shown["standing"] = play.standing(tx, one, clock=kit().clock) if one.playbook else None
        shown["fan_outs"] = [fan_out_shown(tx, each, kit=kit()) for each in fan_outs(tx, one.id)]
        return page("now.html", incident=one, tab="now", holds=record.holds(tx, one.id), **shown)


@console.get("/incidents/<reference>/record")
def record_page(reference: str) -> str:
    with kit().begin(reading=True) as tx:
        one = find(tx, reference)
        return page(
            "record.html",
            incident=one,
            tab="record",
            anchors=record.anchors(tx, one.id),
            answers=record.answers(tx, one.id),
            holds=record.holds(tx, one.id),
            held=record.parts(tx, one.id),
            people=[account for account in accounts(tx) if account.active],
            **WORDS,
        )


@console.get("/incidents/<reference>/timeline")
def timeline(reference: str) -> str:
    with kit().begin(reading=True) as tx:
        one = find(tx, reference)
        lines = record.lines(tx, one.id)
        kind = request.args.get("kind", "")
        shown = [line for line in lines if not kind or line.kind == kind]
        return page(
            "timeline.html",
            incident=one,
            tab="timeline",
            lines=shown[:LINES],
            many=len(shown),
            kind=kind,
            line_kinds=sorted({line.kind for line in lines}),
            broken=record.chain_break(tx, one.id),
        )
