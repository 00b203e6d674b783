"""Acts of who is affected: scope the evidence, decide about strangers and the undecided."""

from typing import Any

from incidents.foundation.errors import Refused
from incidents.record.incident import find
from incidents.snapshots import decide, scope
from incidents.snapshots.opened import Decision, Membership, version
from packs import Strict
from web.acts.act import Caller, Visit, act


class DecideBody(Strict):
    """What becomes of people of whom it is not certain."""

    cohort: str
    membership: Membership
    decision: Decision
    because: str


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
