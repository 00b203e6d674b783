"""Acts of who is affected: scope the evidence, decide about strangers and the undecided."""

from typing import Any

from pydantic import Field

from affected.words import Membership
from incidents.deliveries.people import review_people
from incidents.foundation.errors import Refused
from incidents.record.incident import find
from incidents.snapshots import decide, scope
from incidents.snapshots.opened import Decision, version
from incidents.snapshots.review import Verdict
from packs import Strict
from web.acts.act import Caller, Visit, act
from web.acts.selection import one_selection


class DecideBody(Strict):
    """What becomes of people of whom it is not certain."""

    cohort: str
    membership: Membership
    decision: Decision
    because: str


class ReviewBody(Strict):
    """People by their ids, or one group: evidence with rule, cohort, or found_anew (a review's id)."""

    people: list[str] = Field(
        default_factory=list, description="Ids of the directory; one entry may hold several lines."
    )
    evidence: str | None = None
    rule: str | None = None
    cohort: str | None = None
    found_anew: str | None = None
    decision: Decision
    because: str
    exposed: list[str] | None = Field(None, description="Of people included; as the evidence exposed when left out.")


@act("/incidents/<reference>/snapshots", page="affected", said="A new version is frozen.", alone=True)
def scope_incident(caller: Caller) -> dict[str, Any]:
    """Find who is affected and freeze the next version."""
    k = caller.kit
    with scope.private_folder(k.home) as folder:
        with k.begin() as tx:
            incident = find(tx, caller.reference or "")
            directory = k.directories.get(incident.company)
            if directory is None:
                raise Refused("no_directory", f"No directory of {incident.company} is at hand.")
            drawn = scope.draw(tx, incident, folder, vault=k.vault, keys=k.keys, **caller.hands)
        resolution = scope.resolve_drawn(drawn, directory)
        with k.begin() as tx:
            incident = find(tx, caller.reference or "")
            frozen = scope.freeze_drawn(
                tx, incident, drawn, resolution, directory, keys=k.keys, home=k.home, **caller.hands
            )
            return {"id": frozen.id, "version": frozen.version, "digest": frozen.digest, "counts": frozen.counts}


@act("/incidents/<reference>/snapshots/<number>/decisions", page="affected", said="The decision is recorded.")
def decide_cohort(visit: Visit, body: DecideBody, number: str) -> dict[str, Any]:
    """Decide whether strangers or undecided people of a cohort count and are told."""
    snapshot = version(visit.tx, visit.incident.id, int(number) if number.isdigit() else 0)
    made = decide.decide(
        visit.tx, snapshot, body.cohort, body.membership, body.decision, because=body.because, **visit.hands
    )
    return {"id": made.id, "decision": made.decision}


@act("/incidents/<reference>/reviews", page="affected", said="The decision about these people is recorded.", alone=True)
def review(caller: Caller, body: ReviewBody) -> dict[str, Any]:
    """Include or exclude people by name or as a group; what waits for the excluded is cancelled."""
    people = [line for one in body.people for line in one.splitlines()]
    group = {name: getattr(body, name) for name in ("evidence", "rule", "cohort", "found_anew")}
    selection = one_selection(people=people, **group)
    exposed = tuple(body.exposed) if body.exposed else None
    with caller.kit.begin(reading=True) as tx:
        incident_id = find(tx, caller.reference or "").id
    verdict = Verdict(body.decision, body.because, exposed)
    return review_people(caller.kit, incident_id, selection, verdict, by=caller.by)
