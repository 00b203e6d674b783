"""Commands of alerts to colleagues: try both sets out, and list what was alerted to and what became of it."""

from sqlalchemy import select

from incidents.respond.alerts import try_out
from incidents.respond.tables import Alert
from web.cli.door import Answer, acting, door, kit
from web.cli.groups import alerts

_SHOWN = 100


@alerts.command("test")
@door
def test() -> Answer:
    """Send a test by the usual set and by the out-of-band set. Exit status 1 where not everybody took it."""
    done = try_out(kit())
    rows = [{"set": name, "took": took, "failed": failed} for name, (took, failed) in done.items()]
    lines = [
        f"{name:<12} " + (f"{took} took it, {failed} did not" if took + failed else "is empty")
        for name, (took, failed) in done.items()
    ]
    return Answer(rows, lines, found=any(failed for _, failed in done.values()))


@alerts.command("list")
@door
def list_alerts() -> Answer:
    """The newest alerts, whether somebody took them, and when they are tried next."""
    acting()
    with kit().begin(reading=True) as tx:
        found = tx.scalars(select(Alert).order_by(Alert.noted_at.desc(), Alert.id.desc()).limit(_SHOWN)).all()
    names = ("kind", "sentence", "noted_at", "sent_at", "next_at", "tries", "took", "failed", "out_of_band")
    rows = [{name: getattr(one, name) for name in names} for one in found]
    lines = [
        f"{one.noted_at:%Y-%m-%d %H:%M}Z  {'sent' if one.sent_at else f'tried {one.tries} times':<16} "
        f"{'out of band' if one.out_of_band else 'usual':<12} {one.sentence.splitlines()[0]}"
        for one in found
    ]
    return Answer(rows, lines or ["Nothing was alerted to."])
