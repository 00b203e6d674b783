"""Acts of evidence: withdraw. Collecting takes a stream and has a way of its own at each door."""

from typing import Any

from incidents.evidence import collect
from packs import Strict
from web.acts.act import Visit, act


class WithdrawBody(Strict):
    """Why an item is taken out of the next scoping."""

    because: str


@act("/incidents/<reference>/evidence/<item_id>/withdraw", page="evidence", said="The item is withdrawn.")
def withdraw_evidence(visit: Visit, body: WithdrawBody, item_id: str) -> dict[str, Any]:
    """Take an item out of the next scoping; it stays in the vault and on record."""
    found = collect.item(visit.tx, visit.incident.id, item_id)
    collect.withdraw(visit.tx, found, because=body.because, **visit.hands)
    return {"id": found.id, "withdrawn_at": found.withdrawn_at}
