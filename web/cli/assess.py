"""Commands of the ledger: assess an incident, show what is owed, and end an obligation with a signed reason."""

from datetime import UTC, datetime
from typing import Any

import click

from incidents.deliveries.safe_start import SafeStart, safe_start
from incidents.obligations import discharge as verbs
from incidents.obligations.assess import Change
from incidents.obligations.assess import assess as assess_incident
from incidents.obligations.ledger import entry, live, overdue, questions
from incidents.obligations.states import State
from incidents.obligations.tables import LedgerEntry
from incidents.record.incident import find
from policies.deadlines import shown
from web.cli.answer import Answer, door
from web.cli.door import acting, kit
from web.cli.groups import incident

ENDS = {
    "waive": verbs.waive,
    "impossible": verbs.discharge_impossible,
    "not-to-notify": verbs.decide_not_to_notify,
}

DONE = "done"


@incident.command("assess")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--all", "with_not_owed", is_flag=True, help="Show what is not owed too, with the reasons.")
@door
def assess(wanted: str, *, with_not_owed: bool) -> Answer:
    """Ask every law and promise what is owed now; prints each obligation with its reasons and what is unknown."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, wanted)
        done = assess_incident(tx, one, by=by, clock=k.clock, packs=k.packs)
        asked = questions(tx, one.id)
        data = {
            "incident": one.reference,
            "assessment": done.assessment.number,
            "obligations": [plain(row) for row in done.entries],
            "changes": [_change(change) for change in done.changes],
            "questions": asked,
            "warnings": done.assessment.warnings,
            "set_aside": done.assessment.set_aside,
        }
    lines = [line for row in done.entries if with_not_owed or row.state != State.NOT_OWED for line in _lines(row)]
    lines += [f"? {one['party']}: {one['ask']}  ({one['fact']}; changes {len(one['changes'])})" for one in asked]
    return Answer(data, [*lines, *(f"! {warning}" for warning in done.assessment.warnings)])


@incident.command("owed")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--overdue", "only_overdue", is_flag=True, help="Only what is past its limit or target.")
@door
def owed(wanted: str, *, only_overdue: bool) -> Answer:
    """The ledger as the last assessment left it: what is owed by its next moment, what may be, what is settled."""
    k = kit()
    with k.begin(reading=True) as tx:
        one = find(tx, wanted)
        found = overdue(tx, clock=k.clock, incident_id=one.id) if only_overdue else live(tx, one.id)
        rows = sorted(found, key=_next_first)
        starts = {row.id: safe_start(row, packs=k.packs, providers=k.of(one).providers) for row in rows}
        data = [plain(row) | {"safe_start": start.as_json() if (start := starts[row.id]) else None} for row in rows]
        return Answer(data, [line for row in rows for line in _lines(row, starts[row.id])])


@incident.command("settle")
@click.argument("obligation_ids", nargs=-1, required=True)
@click.option("--as", "how", type=click.Choice([*ENDS, DONE]), required=True, help="How the duty ends.")
@click.option("--because", required=True, help="Why, in words that an authority may read.")
@door
def settle(obligation_ids: tuple[str, ...], how: str, because: str) -> Answer:
    """Waive, record as impossible or decide not to notify, signed; or record as done what needs no notice or filing."""
    k, by = kit(), acting()
    hands: dict[str, Any] = {"because": because, "by": by, "clock": k.clock}
    with k.begin() as tx:
        rows = [entry(tx, wanted) for wanted in obligation_ids]
        for row in rows:
            if how == DONE:
                verbs.record_done(tx, row, **hands)
            else:
                ENDS[how](tx, row, signer=k.signer, **hands)
        return Answer([plain(row) for row in rows], [f"{row.duty} of {row.party}: {row.state}." for row in rows])


def plain(row: LedgerEntry) -> dict[str, Any]:
    """A ledger row as JSON."""
    return {column.key: getattr(row, column.key) for column in LedgerEntry.__table__.columns}


def _next_first(row: LedgerEntry) -> tuple[Any, ...]:
    place = {State.OWED: 0, State.POSSIBLE: 0, State.UNKNOWN: 1, State.NOT_OWED: 3}.get(State.of(row.state), 2)
    moments = [at for at in (row.due_at, row.target_at) if at]
    return (place, not moments, min(moments, default=None) or datetime.max.replace(tzinfo=UTC), row.duty)


def _change(change: Change) -> dict[str, Any]:
    return {name: getattr(change, name) for name in ("what", "party", "duty", "subject", "state", "fields")}


def _lines(row: LedgerEntry, start: SafeStart | None = None) -> list[str]:
    confirm = "; to confirm" if row.to_confirm else ""
    lines = [
        f"{row.state.upper():<9} {row.party}: {row.does}, to {row.subject}  ({row.id})",
        f"  {row.citation} [{row.known}{confirm}]",
        *(f"  because: {line}" for line in row.because),
    ]
    if row.state == State.NOT_OWED:
        return [*lines, ""]
    if row.settled_at is not None:
        lines.append(f"  {row.state} {shown(row.settled_at, 'UTC')} by {row.settled_by_name}")
    lines.append(f"  when: {row.deadline_says}")
    if start is not None:
        lines.append(f"  latest safe start: {start.sentence}")
    if row.contents:
        lines.append(f"  content: {', '.join(row.contents)}")
    return [*lines, ""]
