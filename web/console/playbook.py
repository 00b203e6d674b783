"""The page of an incident's playbook: what is next, what is overdue, what was done and by whom."""

from incidents.record import journal
from incidents.record.incident import find
from incidents.record.tables import PinnedPlan
from incidents.respond import play
from playbooks.progress import STATES
from web.console.door import console, page
from web.kit import kit


@console.get("/incidents/<reference>/playbook")
def playbook(reference: str) -> str:
    with kit().begin(reading=True) as tx:
        one = find(tx, reference)
        pinned = tx.get(PinnedPlan, one.id)
        return page(
            "playbook.html",
            incident=one,
            tab="playbook",
            pinned=pinned,
            plan=journal.plan_of(tx, one.id) if pinned else None,
            standing=play.standing(tx, one, clock=kit().clock) if pinned else None,
            rows=list(reversed(journal.rows(tx, one.id))),
            library=kit().playbooks,
            means=STATES,
        )
