"""Commands of alerts to colleagues: try both sets out, and list what was alerted to and what became of it."""

from typing import Any

from sqlalchemy import select

from incidents.respond.alerts import try_out
from incidents.respond.tables import Alert, AlertTarget
from web.cli.answer import Answer, door
from web.cli.door import acting, kit
from web.cli.groups import alerts

_SHOWN = 100


@alerts.command("test")
@door
def test() -> Answer:
    """Send a test by the usual set and by the out-of-band set. Exit status 1 where not everybody took it."""
    done = try_out(kit())
    rows = [
        {"set": name, "target": target, "took": took} for name, each in done.items() for target, took in each.items()
    ]
    lines = [f"{one['target']:<16} {'took it' if one['took'] else 'did not take it'}" for one in rows]
    lines += [f"{name:<16} is empty" for name, each in done.items() if not each]
    return Answer(rows, lines, found=any(not one["took"] for one in rows))


@alerts.command("list")
@door
def list_alerts() -> Answer:
    """The newest alerts, whether somebody took them, and when they are tried next."""
    acting()
    with kit().begin(reading=True) as tx:
        found = tx.scalars(select(Alert).order_by(Alert.noted_at.desc(), Alert.id.desc()).limit(_SHOWN)).all()
        told = tx.scalars(select(AlertTarget).where(AlertTarget.alert_id.in_([one.id for one in found]))).all()
    rows = [_row(one, [row for row in told if row.alert_id == one.id]) for one in found]
    lines = [
        f"{one.noted_at:%Y-%m-%d %H:%M}Z  {_became(one):<24} "
        f"{'out of band' if one.out_of_band else 'usual':<12} {one.sentence.splitlines()[0]}"
        for one in found
    ]
    return Answer(rows, lines or ["Nothing was alerted to."])


def _row(one: Alert, told: list[AlertTarget]) -> dict[str, Any]:
    names = ("kind", "sentence", "noted_at", "sent_at", "next_at", "tries", "took", "failed", "out_of_band")
    row = {name: getattr(one, name) for name in (*names, "ended_at", "unsent")}
    return row | {"targets": {row.target: {"tries": row.tries, "took_at": row.took_at} for row in told}}


def _became(one: Alert) -> str:
    if one.unsent:
        return f"not sent: {one.unsent}"
    if one.sent_at:
        return "sent"
    return f"taken by {one.took} of {one.took + one.failed}" if one.took else f"tried {one.tries} times"
