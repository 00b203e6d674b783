"""A company without a house policy, asked of all packs at once, and single duties of the packs as they ship."""

from datetime import datetime

from policies.counting import Counting
from policies.deadlines import Reading, settle
from policies.evaluate import evaluate
from policies.load import everything, load
from policies.vocabulary import AnchorName
from tests.policies.build import NIGHT, a_breach, a_cohort

US = {"offers_to": {"US": "yes"}}
PROTECTED = {"data_unintelligible": "yes", "key_safe": "yes"}
HOSPITAL = {"hipaa_covered_entity": "yes", "protected_health_information": "yes"}


def at_home(*places):
    return {"established_in": dict.fromkeys(places, "yes")}


def living(place, people=100, **more):
    """A cohort of acme in a country or a part of one (US-CA); by default with what every state law calls personal."""
    said = {"controller": "acme", "residence": place.split("-")[0], "categories": ["name", "national_id_number"]}
    return a_cohort(
        f"{place}-{people}", people=people, **{**said, **({"region": place} if "-" in place else {}), **more}
    )


def acme(*cohorts, ties=None, anchors=None, done=None, police=(), answers=None, **more):
    """What all packs say of a breach of confidentiality at acme; `ties`: {"offers_to": {"US": "yes"}} and the like."""
    party = {"id": "acme", "anchors": anchors or {}, "done": done or {}, "police_requests": police, **(ties or {})}
    return evaluate(load(), a_breach("acme", list(cohorts), parties=[party], answers=answers or {}, **more))


def duty_of(id_):
    """The law and the duty that `<law>/<duty>` names."""
    law_id, _, duty_id = id_.rpartition("/")
    law = everything(load())[law_id]
    return law, next(one for one in law.duties if one.id == duty_id)


def settled(id_, on=None, zone=None, **anchors):
    """The deadline of one shipped duty with these moments (ISO or datetime), its last case where it has cases."""
    law, duty = duty_of(id_)
    timing = duty.deadline
    moments = {AnchorName(name): datetime.fromisoformat(str(at)) for name, at in anchors.items()}
    day = on or min((at.date() for at in moments.values()), default=datetime.fromisoformat(NIGHT).date())
    place = None if timing.holidays == "seat" else timing.holidays
    by = Counting(timing.zone or zone or law.zone, place, load().calendars)
    return settle(timing, moments, Reading(on=day, by=by), limits=timing.cases[-1].limits if timing.cases else None)
