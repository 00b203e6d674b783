"""The blueprint of the console: who is signed in, what is shown when a verb says no, and where one goes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError

from incidents.filings.break_glass import unreviewed
from incidents.filings.tables import BreakGlass
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.record.actor import Actor
from web.accounts.login import signed_in
from web.console.forms import Unread
from web.console.zones import ZONES
from web.kit import kit
from web.languages import N_
from web.problems import problem_of, unkept

_WEB = Path(__file__).parent.parent
_OPEN = {"console.static", "console.choose_language"}  # what somebody needs who is not signed in yet
console = Blueprint(
    "console",
    __name__,
    url_prefix="/console",
    static_folder=_WEB / "static",
    static_url_path="/static",
    template_folder=str(_WEB.parent / "templates"),
)


def here() -> Actor:
    """The person who is signed in."""
    actor: Actor = g.actor
    return actor


def by_htmx() -> bool:
    """Whether htmx sent this request and swaps the answer into the page."""
    return request.headers.get("HX-Request") == "true"


def go(url: str) -> ResponseReturnValue:
    """Show another page now, whoever sent the form."""
    return ("", 204, {"HX-Redirect": url}) if by_htmx() else redirect(url, 303)


@dataclass(frozen=True)
class Tab:
    """A page of an incident: its endpoint, and what it is called in the source language."""

    endpoint: str
    said: str


TABS = {
    "now": Tab("now_page", N_("Now")),
    "record": Tab("record_page", N_("Record")),
    "evidence": Tab("evidence", N_("Evidence")),
    "affected": Tab("affected", N_("Affected")),
    "owed": Tab("owed", N_("Owed")),
    "playbook": Tab("playbook", N_("Playbook")),
    "notices": Tab("notices", N_("Notices")),
    "deliveries": Tab("deliveries", N_("Deliveries")),
    "filings": Tab("filings", N_("Filings")),
    "timeline": Tab("timeline", N_("Timeline")),
    "close": Tab("close_page", N_("Close")),
}  # in the order of the path


def page(template: str, **shown: Any) -> str:
    """Render a console page with what all of them show."""
    if "incident" in shown:
        shown["let_out_alone"] = _let_out_alone(shown["incident"].id)
    return render_template(
        f"console/{template}", me=here(), now=kit().clock.now(), path_tabs=TABS, zones=ZONES, **shown
    )


def _let_out_alone(incident_id: str) -> Sequence[BreakGlass]:
    # Loud on purpose: what one person let out stands on every page of the incident until another has looked at it.
    with kit().begin(reading=True) as tx:
        return unreviewed(tx, incident_id)


@console.before_request
def _let_in() -> ResponseReturnValue | None:
    if request.endpoint in _OPEN:
        return None
    actor = signed_in()
    if actor is not None:
        g.actor = actor
        return None
    login = f"/login?next={request.path}"
    return ("", 401, {"HX-Redirect": login}) if by_htmx() else redirect(login)


@console.errorhandler(DataError)
def _say_unkept(_error: DataError) -> ResponseReturnValue:
    return _say_no(unkept())


@console.errorhandler(BadInput)
@console.errorhandler(NotFound)
@console.errorhandler(Refused)
def _say_no(error: BadInput | NotFound | Refused) -> ResponseReturnValue:
    problem = problem_of(error)
    said = {"problem": problem, "is_spoken": isinstance(error, Unread)}  # in the reader's language already
    if by_htmx():
        return render_template("console/answer.html", **said), problem.number
    return page("problem.html", back=request.referrer, **said), problem.number
