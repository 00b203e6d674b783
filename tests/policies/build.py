"""Builders of facts for the tests of laws and promises."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from policies.evaluate import evaluate
from policies.facts import Facts
from policies.load import load
from policies.vocabulary import DeadlineKind, Decision

# What an ordinary operator answers where the national measures ask for more than the number of people.
ORDINARY: dict[str, Any] = {
    "operator_is_cii": "no",
    "operator_is_central_organ": "no",
    "direct_loss_cny": 0,
    "important_data_or_much_personal_data_seriously_threatened": "no",
    "government_or_news_site_outage_hours": 0,
    "people_daily_life_affected": 0,
    "harmful_content_spread_as_listed": "no",
}
NIGHT = "2026-11-20T21:40:00+08:00"


def a_cohort(id_="c1", controller="moqi", people=100, **more):
    return {"id": id_, "controller": controller, "residence": "CN", "age_band": "adult", "people": people, **more}


def a_breach(company="moqi", cohorts=None, **more):
    """Facts of a breach of confidentiality found on a Friday night in Shanghai."""
    said = {
        "as_of": "2026-11-20T22:00:00+08:00",
        "company": company,
        "breach": {"kinds": ["confidentiality"]},
        "parties": [{"id": company, "anchors": {"became_aware_at": NIGHT, "discovered_at": NIGHT}}],
        "cohorts": [a_cohort(controller=company)] if cohorts is None else cohorts,
    }
    return Facts.model_validate({**said, **more})


def of(evaluation, id_, party=None):
    """The obligations with this id, of one party or of all."""
    return [one for one in evaluation.obligations if one.id == id_ and party in (None, one.party)]


def only(evaluation, id_, party=None):
    """The one obligation with this id."""
    (found,) = of(evaluation, id_, party)
    return found


# Each moment at a time of its own, so that a due time shows from which of them it was counted.
CLOCK = {
    "occurred_at": "2026-11-10T03:00:00Z",
    "discovered_at": "2026-11-16T14:20:00Z",
    "became_aware_at": "2026-11-17T15:30:00Z",
    "determined_at": "2026-11-18T16:40:00Z",
    "assessed_at": "2026-11-19T08:10:00Z",
    "initial_filed_at": "2026-11-20T09:05:00Z",
    "material_at": "2026-11-20T20:15:00Z",
    "fix_available_at": "2026-11-21T11:25:00Z",
    "scope_known_at": "2026-11-23T18:35:00Z",
    "regulator_notified_at": "2026-11-24T06:45:00Z",
    "intermediate_filed_at": "2026-11-24T09:50:00Z",
    "individuals_notified_at": "2026-11-25T17:55:00Z",
    "handling_ended_at": "2026-12-01T12:00:00Z",
}
OF_THE_COHORT = ("residence", "region", "age_band", "categories", "people")
OF_THE_PARTY = ("established_in", "offers_to", "stores_in", "done")
SOON = {"timely": "soon", "without_undue_delay": "soon", "immediately": "immediately", "per_rules": "per rules"}


def a_case(*, zone="UTC", clock=None, learned=None, kinds=("confidentiality",), certainty="happened", **said):
    """One cohort of acme's under one law: what is no field of a cohort or of a party is an answer.

    `learned` is a day on which all began, in place of the usual clock; a moment of None has not come.
    """
    began = {"discovered_at": f"{learned}T12:00:00Z", "became_aware_at": f"{learned}T13:00:00Z"} if learned else CLOCK
    anchors = {name: at for name, at in {**began, **(clock or {})}.items() if at}
    party = {name: said.pop(name) for name in OF_THE_PARTY if name in said}
    cohort = {name: said.pop(name) for name in OF_THE_COHORT if name in said}
    return a_breach(
        "acme",
        [a_cohort(controller="acme", **{"categories": ["name", "email"], **cohort})],
        as_of="2027-07-01T12:00:00Z",
        breach={"kinds": list(kinds), "certainty": certainty},
        parties=[{"id": "acme", "anchors": anchors, **party}],
        answers=said,
    ), anchors


def table_row(law, facts, duties):
    """What was found of `duties` and what the row says of them, in one shape: decision, time, moment it counts from."""
    said, anchors = a_case(**facts)
    owed = {one.duty: one for one in evaluate(load(), said).obligations if one.law == law}
    found = {duty: _found(owed[duty]) for duty in duties if duty in owed}
    return found, {duty: _wanted(says, facts.get("zone", "UTC"), anchors) for duty, says in duties.items()}


def around(law, facts, duty, floor):
    """What is decided of `duty` one person below `floor`, of perhaps as many people, and of as many."""
    counts = (floor - 1, {"min": 1, "max": floor}, floor)
    return [table_row(law, facts | {"people": people}, {duty: ""})[0][duty][0] for people in counts]


def obligations_under(law, facts):
    """What comes out of one law in `a_case` of these facts."""
    said, _ = a_case(**facts)
    return [one for one in evaluate(load(), said).obligations if one.law == law]


def binds(law, facts, day):
    """Whether a breach that acme learned of on `day` is judged by this law."""
    return bool(obligations_under(law, facts | {"learned": day}))


def set_aside(law, facts):
    """Why the law is not asked, or nothing."""
    said, _ = a_case(**facts)
    return " ".join(one.because for one in evaluate(load(), said).set_aside if one.law == law)


def _found(one):
    if one.decision is not Decision.OWED:
        return (str(one.decision),)
    if one.deadline.kind is DeadlineKind.TARGET:
        pace = one.deadline.sentence.split("'")[1].replace(" ", "_")
        return "owed", SOON[pace], one.deadline.anchor
    if one.deadline.due_at is None:
        return "owed", "no time yet", one.deadline.waiting_for[0]
    return "owed", one.deadline.due_at, one.deadline.anchor


def _wanted(says, zone, anchors):
    """`72 hours from became_aware_at`, `30 days from ...`, `by 2026-11-27 from ...`, `soon from ...` or a decision."""
    how, _, anchor = says.partition(" from ")
    if not anchor:
        return (how,)
    match how.split():
        case [n, "hours"]:
            return "owed", datetime.fromisoformat(anchors[anchor]) + timedelta(hours=int(n)), anchor
        case [n, "days"]:
            start = datetime.fromisoformat(anchors[anchor]).astimezone(ZoneInfo(zone))
            return "owed", _end_of(start.date() + timedelta(days=int(n)), zone), anchor
        case ["by", day, "noon"]:
            return "owed", datetime.combine(date.fromisoformat(day), time(12), ZoneInfo(zone)), anchor
        case ["by", day]:
            return "owed", _end_of(date.fromisoformat(day), zone), anchor
    return "owed", how, anchor


def _end_of(day, zone):
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(zone))
