"""Commands of inbound reports: list them, read one, say which incident it is about and that it was answered."""

from typing import Any

import click
from sqlalchemy.orm import Session

from incidents.foundation.errors import NotFound
from incidents.record import inbound
from incidents.record.actor import ActorRole
from incidents.record.incident import find
from incidents.record.tables import InboundReport
from web.cli.answer import Answer, door
from web.cli.door import acting, kit
from web.cli.groups import report
from web.pages import record


@report.command("list")
@door
def list_reports() -> Answer:
    """What came in, unanswered reports first; the words stay sealed."""
    with kit().begin(reading=True) as tx:
        rows = [record.inbound_report(one) for one in record.reports(tx)]
    lines = [f"{row['id']}  {row['company']:<8} {row['received_at']:%Y-%m-%d %H:%M}Z  {_state(row)}" for row in rows]
    return Answer(rows, lines)


@report.command("show")
@click.argument("report_id")
@door
def show(report_id: str) -> Answer:
    """Open one report: its words and how the person can be answered."""
    k, by = kit(), acting()
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    with k.begin(reading=True) as tx:
        row = _found(tx, report_id)
        said = inbound.read(tx, row, keys=k.keys)
        data = record.inbound_report(row) | {"text": said.text, "contact": said.contact}
    return Answer(data, [f"{row.id}, through {row.received_through}", said.text, f"contact: {said.contact or 'none'}"])


@report.command("attach")
@click.argument("report_id")
@click.argument("wanted", metavar="INCIDENT")
@door
def attach(report_id: str, wanted: str) -> Answer:
    """Say which incident a report is about."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, wanted)
        inbound.attach(tx, _found(tx, report_id), one, by=by, clock=k.clock)
        return Answer({"report": report_id, "incident": one.reference}, [f"{report_id} is about {one.reference}."])


@report.command("answered")
@click.argument("report_id")
@door
def answered(report_id: str) -> Answer:
    """Record that the person who reported was answered."""
    k, by = kit(), acting()
    with k.begin() as tx:
        at = inbound.mark_answered(tx, _found(tx, report_id), by=by, clock=k.clock)
    return Answer({"report": report_id, "answered_at": at}, [f"{report_id} was answered."])


def _found(tx: Session, report_id: str) -> InboundReport:
    row = tx.get(InboundReport, report_id)
    if row is None:
        raise NotFound("inbound report", report_id)
    return row


def _state(row: dict[str, Any]) -> str:
    if row["answered_at"]:
        return "answered"
    return f"to be answered by {row['due_at']:%Y-%m-%d %H:%M}Z" if row["due_at"] else "not answered"
