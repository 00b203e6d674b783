"""Pages of the fan-out: live counts, who cannot be reached and why, who may have been told twice, announcements."""

from flask import Response, jsonify, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries.call_counts import standing
from incidents.deliveries.compromise import marks
from incidents.deliveries.control import fan_outs, find_fan_out
from incidents.deliveries.live import live
from incidents.deliveries.prices import prices
from incidents.deliveries.progress import in_doubt
from incidents.deliveries.regions import attested
from incidents.deliveries.returned import Why
from incidents.deliveries.state import State
from incidents.deliveries.tables import Announcement, FanOut
from incidents.foundation.errors import NotFound
from incidents.record.incident import find
from incidents.record.tables import Incident
from web.console.door import by_htmx, console, page
from web.kit import kit
from web.languages import gettext as _
from web.pages.deliveries import shown

IN_DOUBT_SHOWN = 200  # rows on the page; the whole list is in the API


@console.get("/incidents/<reference>/deliveries")
def deliveries(reference: str) -> str:
    with kit().begin(reading=True) as tx:
        one = find(tx, reference)
        return page(
            "deliveries.html",
            incident=one,
            tab="deliveries",
            fan_outs=[shown(tx, each, kit=kit()) for each in fan_outs(tx, one.id)],
            announcements=tx.scalars(select(Announcement).where(Announcement.incident_id == one.id)).all(),
            states=State,
            marks=marks(tx, one.id),
            call_lists=standing(tx, one, kit=kit()),
        )


@console.get("/incidents/<reference>/fan-outs/<fan_out_id>/progress")
def fan_out_progress(reference: str, fan_out_id: str) -> str:
    with kit().begin(reading=True) as tx:
        one, found = _found(tx, reference, fan_out_id)
        exactly = "exactly" in request.args
        said = {"one": shown(tx, found, kit=kit(), exactly=exactly), "exactly": exactly, "whole": not by_htmx()}
        return page("progress.html", incident=one, tab="deliveries", states=State, **said)


@console.get("/incidents/<reference>/fan-outs/<fan_out_id>/live")
def fan_out_live(reference: str, fan_out_id: str) -> Response:
    with kit().begin(reading=True) as tx:
        return jsonify(live(tx, _found(tx, reference, fan_out_id)[1], kit=kit()).as_json())


@console.get("/incidents/<reference>/fan-outs/<fan_out_id>/in-doubt")
def fan_out_in_doubt(reference: str, fan_out_id: str) -> str:
    with kit().begin(reading=True) as tx:
        one, found = _found(tx, reference, fan_out_id)
        rows = in_doubt(tx, found)
        some = rows[:IN_DOUBT_SHOWN]
        return page("in_doubt.html", incident=one, tab="deliveries", fan_out=found, rows=some, many=len(rows))


@console.get("/providers")
def providers() -> str:
    with kit().begin(reading=True) as tx:
        signed = {row.provider: row for row in attested(tx)}
        real = {name: provider.about for name, provider in sorted(kit().providers.items())}
        drill = kit().drill
        rehearsals = {name: provider.about for name, provider in sorted(drill.providers.items())} if drill else {}
        known = {"signed": signed, "prices": prices(tx), "marks": marks(tx), "reasons": Why}
        return page("providers.html", title=_("Providers"), real=real, rehearsals=rehearsals, **known)


def _found(tx: Session, reference: str, fan_out_id: str) -> tuple[Incident, FanOut]:
    one, found = find(tx, reference), find_fan_out(tx, fan_out_id)
    if found.incident_id != one.id:
        raise NotFound("fan-out", fan_out_id)
    return one, found
