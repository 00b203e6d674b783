"""Alerts colleagues: each occasion once, its row before the act; whom it did not reach is tried again for a day."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.deliveries.compromise import anything_marked
from incidents.foundation.errors import Refused
from incidents.foundation.ids import new_id
from incidents.foundation.jobs import register
from incidents.foundation.log import note
from incidents.respond.occasions import FRESH, Occasion, occasions
from incidents.respond.tables import Alert, AlertTarget

FIRST, LONGEST = timedelta(minutes=1), timedelta(minutes=15)  # between two tries
MOST = 20  # alerts in one message
NOTE = "note"
SETS = {False: "usual", True: "out_of_band"}


UNSENT = {
    "no_target": "The set of addresses that it was for is empty.",
    "nobody": "Nobody took it within a day.",
    "not_everybody": "Somebody took it, and not every target did within a day.",
}


class Pager(Protocol):
    """Tells colleagues; bound by the app."""

    def targets(self, *, out_of_band: bool) -> tuple[str, ...]:
        """The names of the set's targets; empty where the set is."""
        ...

    def tell(self, messages: Mapping[str, tuple[str, str]]) -> dict[str, bool]:
        """Target -> whether it took its message (title, text). Never raises."""
        ...


def noticed(kit: Any) -> list[str]:
    """One subject while something is there that no alert stands for yet; none where nobody is to be alerted."""
    if kit.pager is None:
        return []
    with kit.begin(reading=True) as tx:
        return [NOTE] if _fresh(tx, kit) else []


@register("alerts.note", due=noticed)
def note_occasions(kit: Any, _subject: str) -> None:
    """Write an alert for each occasion that has none; nothing is sent here."""
    with kit.begin() as tx:
        for one in _fresh(tx, kit):
            tx.add(_alert(one, kit))


def waiting(kit: Any) -> list[str]:
    """The sets by which alerts are to be sent now."""
    if kit.pager is None:
        return []
    with kit.begin(reading=True) as tx:
        return [SETS[_apart(tx)]] if _due(tx, kit.clock.now()) else []


@register("alerts.send", due=waiting)
def send_alerts(kit: Any, which: str) -> None:
    """Send each target of one set what it has not taken yet, in one message. A worker that dies meanwhile leaves it to
    be sent again: an alert told twice is better than one that nobody got."""
    apart = which == SETS[True]
    targets = kit.pager.targets(out_of_band=apart)
    with kit.begin() as tx:
        mine = _due(tx, kit.clock.now(), lock=True)[:MOST] if _apart(tx) is apart else []
        messages = _begun(tx, mine, targets, apart, kit.clock.now())
        ids = [one.id for one in mine]
    took = kit.pager.tell(messages) if messages else {}
    with kit.begin() as tx:
        for one in tx.scalars(select(Alert).where(Alert.id.in_(ids))):
            _end(tx, one, targets, took, kit.clock.now())
    if messages:
        failed = sum(not each for each in took.values())
        note("alerts.failed" if failed else "alerts.sent", alerts=len(ids), took=len(took) - failed, failed=failed)


def try_out(kit: Any) -> dict[str, dict[str, bool]]:
    """Send a test to every target of both sets: set -> target -> whether it took it. Raises Refused where nobody is to
    be alerted."""
    if kit.pager is None:
        raise Refused("no_alerts", "Nobody is alerted: TOCSIN_ALERTS and TOCSIN_ALERTS_OUT_OF_BAND are not set.")
    message = ("Tocsin: test", "This is a test of Tocsin's alerts. Nothing has happened.")
    sets = {name: kit.pager.targets(out_of_band=apart) for apart, name in SETS.items()}
    took = kit.pager.tell({target: message for targets in sets.values() for target in targets})
    return {name: {target: took[target] for target in targets} for name, targets in sets.items()}


def lacking(tx: Session, kit: Any) -> list[str]:
    """What keeps colleagues from being alerted, a sentence each: sets that are empty, and what was not sent lately."""
    if kit.pager is None:
        return ["Nobody is alerted: TOCSIN_ALERTS and TOCSIN_ALERTS_OUT_OF_BAND are not set."]
    said = [sentence for apart, sentence in _EMPTY.items() if not kit.pager.targets(out_of_band=apart)]
    lately = Alert.ended_at > kit.clock.now() - FRESH
    rows = tx.execute(select(Alert.unsent, func.count()).where(lately).group_by(Alert.unsent).order_by(Alert.unsent))
    return said + [f"Alerts of the last day that were not sent: {many}. {UNSENT[str(why)]}" for why, many in rows]


_EMPTY = {
    False: "TOCSIN_ALERTS is empty: colleagues are alerted only while something is marked compromised.",
    True: "TOCSIN_ALERTS_OUT_OF_BAND is empty: while something is marked compromised, colleagues are not alerted.",
}


def _fresh(tx: Session, kit: Any) -> list[Occasion]:
    found = list(occasions(tx, now=kit.clock.now(), hours=kit.settings.alert_hours))
    known = set(tx.scalars(select(Alert.key).where(Alert.key.in_([one.key for one in found]))))
    return [one for one in found if one.key not in known]


def _alert(one: Occasion, kit: Any) -> Alert:
    base, now = f"{kit.settings.public_url.rstrip('/')}/console", kit.clock.now()
    at = f"{base}/incidents/{one.reference}/{one.page}" if one.reference else f"{base}/{one.page}"
    said = f"{one.reference}: {one.sentence}" if one.reference else one.sentence
    return Alert(
        id=new_id("alr"),
        key=one.key,
        kind=one.kind,
        incident_id=one.incident_id,
        sentence=f"{said}\n{at}",
        noted_at=now,
        next_at=now,
    )


def _begun(
    tx: Session, mine: Sequence[Alert], targets: Sequence[str], apart: bool, now: datetime
) -> dict[str, tuple[str, str]]:
    """Write that these are tried now; target -> title and text of what it has not taken yet."""
    for one in mine:
        one.tries, one.out_of_band = one.tries + 1, apart
        one.next_at = now + min(LONGEST, FIRST * 2 ** min(one.tries - 1, 10))
    messages = {}
    for target in targets:
        rows = [(one, _row(tx, one, target)) for one in mine]
        waiting = [one for one, row in rows if row.took_at is None]
        for row in (row for _, row in rows if row.took_at is None):
            row.tries += 1
        if waiting:
            title = "Tocsin" if len(waiting) == 1 else f"Tocsin: {len(waiting)} alerts"
            messages[target] = (title, "\n\n".join(one.sentence for one in waiting))
    return messages


def _end(tx: Session, one: Alert, targets: Sequence[str], took: Mapping[str, bool], now: datetime) -> None:
    """Write who took this one. It is sent when every target of the set has; given up where there is none to send the
    usual ones to, and after a day, for then it is no news."""
    rows = [_row(tx, one, target) for target in targets]
    for row in rows:
        row.took_at = row.took_at or (now if took.get(row.target) else None)
    one.took = sum(row.took_at is not None for row in rows)
    one.failed = len(rows) - one.took
    if rows and not one.failed:
        one.sent_at = now
    elif now - one.noted_at >= FRESH or not (rows or one.out_of_band):
        one.ended_at = now
        one.unsent = "not_everybody" if one.took else "nobody" if rows else "no_target"


def _row(tx: Session, one: Alert, target: str) -> AlertTarget:
    row = tx.get(AlertTarget, (one.id, target))
    if row is None:
        row = AlertTarget(alert_id=one.id, target=target, tries=0)
        tx.add(row)
    return row


def _due(tx: Session, now: datetime, *, lock: bool = False) -> Sequence[Alert]:
    open_ = (Alert.sent_at.is_(None), Alert.ended_at.is_(None), Alert.next_at <= now)
    query = select(Alert).where(*open_).order_by(Alert.noted_at, Alert.id)
    # Two machines that were rung for the same alerts wait for each other, and the second finds them tried.
    return tx.scalars(query.with_for_update(key_share=True) if lock else query).all()


def _apart(tx: Session) -> bool:
    """Out of band while anything is marked compromised, in the house or in any incident: whoever holds the company's
    mail or log-in reads every alert that goes by it, or keeps it from coming, whichever incident it is of."""
    return anything_marked(tx)
