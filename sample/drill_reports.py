"""The drill's reports to authorities: prepared from the records, their gaps answered, approved, handed in."""

from io import BytesIO
from typing import Any

from sqlalchemy.orm import Session

from incidents.filings.approve import approve
from incidents.filings.desk import Desk, Wish
from incidents.filings.filing import filings
from incidents.filings.fill import fill, leave_unknown
from incidents.filings.forms import Stage
from incidents.filings.owed import AUTHORITIES
from incidents.filings.render import Format
from incidents.filings.submit import HandedIn, submit
from incidents.filings.tables import Filing
from incidents.obligations.discharge import NEEDS_PROOF
from incidents.obligations.ledger import entry, live, open_entries
from incidents.obligations.states import State
from incidents.obligations.tables import LedgerEntry
from incidents.record.actor import ActorRole
from policies.vocabulary import Audience
from sample.stage import Drill

PROVEN = NEEDS_PROOF  # what no word that it was done can meet
_PAPER = Format.PDF


def report_all(drill: Drill) -> None:
    """Hand in a report for everything that is owed to an authority; one paper may fulfil several duties."""
    for row_id in _owed(drill):
        with drill.kit.begin() as tx:
            row = entry(tx, row_id)
            if row.superseded_at is None and row.settled_at is None:
                drill.say(_report(tx, drill, row, None))


def supplement(drill: Drill) -> None:
    """Hand in, once a paper, what changed since it was handed in."""
    with drill.kit.begin(reading=True) as tx:
        seen = {filing.obligation_ids[0]: filing.stage for filing in filings(tx, drill.incident_id)}
        rows = [row.id for row in live(tx, drill.incident_id) if row.rechecked and row.id in seen]
    for row_id in rows:
        with drill.kit.begin() as tx:
            drill.say(_report(tx, drill, entry(tx, row_id), Stage.SUPPLEMENTARY))


def _owed(drill: Drill) -> list[str]:
    with drill.kit.begin(reading=True) as tx:
        due = (State.OWED, State.POSSIBLE)
        rows = [row for row in open_entries(tx, drill.incident_id, states=due) if row.party == drill.leak.company]
        rows.sort(key=lambda row: row.follows is not None)  # what follows a report comes after it
        return [row.id for row in rows if row.owed_to in AUTHORITIES and row.owed_to != Audience.POLICE]


def _report(tx: Session, drill: Drill, row: LedgerEntry, stage: Stage | None) -> str:
    desk = Desk(drill.kit.packs, drill.kit.clock)
    filing = desk.begin(tx, row, Wish(stage=stage), by=drill.by(ActorRole.COMPLIANCE))
    form = desk.form(filing.form)
    gaps = desk.view(tx, filing)["gaps"]
    hands: dict[str, Any] = {"form": form, "by": drill.by(ActorRole.COMPLIANCE), "clock": drill.kit.clock}
    for gap in gaps:
        if form.question(gap["question"]).free:
            said = drill.script.report[filing.language]
            fill(tx, filing, gap["question"], said.get(gap["question"], said["otherwise"]), **hands)
        else:
            leave_unknown(tx, filing, gap["question"], because=drill.script.because, **hands)
    seen = desk.view(tx, filing)["digest"]
    approver = drill.by(ActorRole.APPROVER)
    approve(tx, filing, seen, dossier=desk.dossier(tx, filing), form=form, by=approver, clock=drill.kit.clock)
    paper = _hand_in(tx, drill, desk, filing)
    named = drill.kit.packs.authority(filing.authority)
    to = named.name.get("en", named.id) if named else filing.authority.replace("_", " ")
    return (
        f"{filing.stage.capitalize()} report {filing.reference} to {to} ({filing.form}): answers added "
        f"where the records had none: {len(gaps)}, approved by {approver.name}, handed in, {paper:,} bytes of PDF, "
        f"duties fulfilled: {len(filing.obligation_ids)}. {drill.page('/filings')}"
    )


def _hand_in(tx: Session, drill: Drill, desk: Desk, filing: Filing) -> int:
    kit, form = drill.kit, desk.form(filing.form)
    paper = desk.paper(tx, filing, _PAPER)
    handed = HandedIn(form.channels[0].id, kit.clock.now(), BytesIO(paper), drill.script.because)
    by = drill.by(ActorRole.COMPLIANCE)
    submit(tx, filing, handed, form=form, by=by, clock=kit.clock, vault=kit.vault, keys=kit.keys)
    return len(paper)
