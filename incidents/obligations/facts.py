"""Builds what the law engine reads from the record of one incident and the newest count of who is affected."""

from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.errors import BadInput
from incidents.record import anchors, company, facts, holds
from incidents.record.tables import Hold, Incident
from incidents.snapshots.opened import cohort_facts, newest
from policies.facts import Breach, CohortFacts, Facts, PartyFacts
from policies.load import Packs
from policies.vocabulary import BreachKind, Certainty, Role

PLACES = ("established_in", "offers_to", "stores_in")
ESTIMATE = "people_count"  # the answer that stands in for a count while there is no snapshot
ESTIMATED_RESIDENCE = "people_residence"  # a country, or a part of one
ESTIMATED_KINDS = "people_categories"  # kinds of data, joined by +

ESTIMATES = (ESTIMATE, ESTIMATED_RESIDENCE, ESTIMATED_KINDS)

Answers = Mapping[str, Any]


def must_count(packs: Packs, name: str) -> None:
    """Raises BadInput, naming near ones, for a fact that no law asks: an answer to it would change nothing.

    `name` is a fact that the packs word, one `fact@cohort`, a tie such as offers_to:EEA, or an estimate of the count.
    """
    fact = name.partition("@")[0]
    kind, _, place = fact.partition(":")
    if fact in packs.words or fact in ESTIMATES or (kind in PLACES and place):
        return
    near = get_close_matches(fact, [*packs.words, *ESTIMATES])
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    raise BadInput(f"{name}: no law asks this, so an answer would change nothing.{meant}")


def facts_of(tx: Session, incident: Incident, *, now: datetime) -> Facts:
    """What is on record of `incident` as of `now`. Raises BadInput naming an answer that cannot be read."""
    said = _answers(tx, incident)
    moments = anchors.anchors(tx, incident.id)
    done = anchors.anchors_of_duties(tx, incident.id)
    named = dict.fromkeys((incident.company, *moments, *said))
    per_cohort = _answers_per_cohort(said)
    asked_to_wait = [_request(one) for one in holds.of_police(tx, incident.id)]
    try:
        cohorts = _cohorts(tx, incident, said)
        return Facts(
            as_of=now,
            company=incident.company,
            breach=Breach(
                kinds={BreachKind.of(kind): "yes" for kind in incident.affects},
                certainty=Certainty.of(incident.certainty),
            ),
            parties=tuple(
                _party(
                    name,
                    {
                        "anchors": moments.get(name, {}),
                        "done": done.get(name, {}),
                        "police_requests": asked_to_wait if name == incident.company else (),
                    },
                    said.get(name, {}),
                    incident.role if name == incident.company else None,
                )
                for name in named
            ),
            cohorts=tuple(
                one.model_copy(update={"answers": CohortFacts.model_validate(_with_answers(one, per_cohort)).answers})
                if one.id in per_cohort
                else one
                for one in cohorts
            ),
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(step) for step in first["loc"])
        raise BadInput(f"{incident.reference}: {field}: {first['msg']}.") from None


def _answers(tx: Session, incident: Incident) -> Mapping[str, Answers]:
    """party -> name -> value; what stands of the company in every incident is behind what was said in this one."""
    said = facts.answers(tx, incident.id)
    standing = company.standing_answers(tx, incident.company)
    return {**said, incident.company: {**standing, **said.get(incident.company, {})}}


def facts_of_open(tx: Session, *, now: datetime) -> dict[str, Facts]:
    """Reference -> what is on record, of every open incident; drills too, for they are assessed alike."""
    query = select(Incident).where(Incident.closed_at.is_(None)).order_by(Incident.declared_at)
    return {one.reference: facts_of(tx, one, now=now) for one in tx.scalars(query)}


def _request(one: Hold) -> dict[str, Any]:
    return {
        "agency": one.requested_by,
        "form": one.police_form,
        "requested_at": one.begins_at,
        "ends_at": one.released_at or one.ends_at,
        "where": one.places or (),
    }


def _party(name: str, moments: Mapping[str, Any], said: Answers, role: str | None) -> PartyFacts:
    places: dict[str, dict[str, Any]] = {kind: {} for kind in PLACES}
    plain: dict[str, Any] = {}
    for fact, value in said.items():
        kind, _, place = fact.partition(":")
        if kind in PLACES and place:
            # A question may ask of several places at once; the answer is given of each.
            places[kind].update(dict.fromkeys(place.split("+"), value))
        elif "@" not in fact and fact not in ESTIMATES:
            plain[fact] = value
    return PartyFacts.model_validate(
        {"id": name, **moments, "answers": plain, "roles": [role] if role else [], **places}
    )


def _cohorts(tx: Session, incident: Incident, said: Mapping[str, Answers]) -> tuple[CohortFacts, ...]:
    snapshot = newest(tx, incident.id)
    if snapshot is not None:
        return tuple(CohortFacts.model_validate(cohort) for cohort in cohort_facts(tx, snapshot))
    # Nothing was counted yet: what a party said of its people's number makes one cohort of which all else is unknown.
    return tuple(
        CohortFacts.model_validate(
            {
                "id": f"estimate-{party}",
                # A processor's people are its clients': which ones is not known before they are counted.
                "controller": f"{party}:unknown" if Role.of(incident.role).side is Role.PROCESSOR else party,
                **_lives(answers.get(ESTIMATED_RESIDENCE, "unknown")),
                "categories": [kind for kind in str(answers.get(ESTIMATED_KINDS, "")).split("+") if kind],
                "people": answers[ESTIMATE],
            }
        )
        for party, answers in said.items()
        if isinstance(answers.get(ESTIMATE), int | Mapping)
    )


def _lives(place: str) -> dict[str, str]:
    country, dash, _ = place.partition("-")
    return {"residence": country, **({"region": place} if dash else {})}


def _answers_per_cohort(said: Mapping[str, Answers]) -> dict[str, dict[str, Any]]:
    """`fact@cohort` answers one cohort's own."""
    found: dict[str, dict[str, Any]] = {}
    for answers in said.values():
        for name, value in answers.items():
            fact, _, cohort = name.partition("@")
            if cohort:
                found.setdefault(cohort, {})[fact] = value
    return found


def _with_answers(cohort: CohortFacts, per_cohort: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    return {**cohort.model_dump(), "answers": {**cohort.answers, **per_cohort[cohort.id]}}
