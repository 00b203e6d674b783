"""Alerts colleagues: each occasion once, its row before the act; a failed alert is tried again, nothing waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries.compromise import anything_marked
from incidents.foundation.errors import Refused
from incidents.foundation.ids import new_id
from incidents.foundation.jobs import register
from incidents.foundation.log import note
from incidents.respond.occasions import Occasion, fails, occasions
from incidents.respond.tables import Alert

FIRST, LONGEST = timedelta(minutes=1), timedelta(minutes=15)  # between two tries
MOST = 20  # alerts in one message
NOTE = "note"
SETS = {False: "usual", True: "out_of_band"}


class Pager(Protocol):
    """Tells colleagues; bound by the app."""

    def tell(self, title: str, text: str, *, out_of_band: bool) -> tuple[int, int]:
        """How many of the set took it, and how many did not; (0, 0) where the set is empty. Never raises."""
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
    """Send what waits for one set in one message. A worker that dies meanwhile leaves it to be sent again: an alert
    told twice is better than one that nobody got."""
    now, apart = kit.clock.now(), which == SETS[True]
    with kit.begin() as tx:
        mine = _due(tx, now, lock=True)[:MOST] if _apart(tx) is apart else []
        for one in mine:
            one.tries, one.out_of_band = one.tries + 1, apart
            one.next_at = now + min(LONGEST, FIRST * 2 ** min(one.tries - 1, 10))
        ids, text = [one.id for one in mine], "\n\n".join(one.sentence for one in mine)
    if not ids:
        return
    title = "Tocsin" if len(ids) == 1 else f"Tocsin: {len(ids)} alerts"
    took, failed = kit.pager.tell(title, text, out_of_band=apart)
    with kit.begin() as tx:
        for one in tx.scalars(select(Alert).where(Alert.id.in_(ids))):
            one.took, one.failed = took, failed
            one.sent_at = kit.clock.now() if took else None
    note("alerts.sent" if took else "alerts.failed", alerts=len(ids), took=took, failed=failed)


def try_out(kit: Any) -> dict[str, tuple[int, int]]:
    """Send a test by both sets: set -> (took it, did not). Raises Refused where nobody is to be alerted."""
    if kit.pager is None:
        raise Refused("no_alerts", "Nobody is alerted: TOCSIN_ALERTS and TOCSIN_ALERTS_OUT_OF_BAND are not set.")
    text = "This is a test of Tocsin's alerts. Nothing has happened."
    return {name: kit.pager.tell("Tocsin: test", text, out_of_band=apart) for apart, name in SETS.items()}


def note_failure(kit: Any, job: str, kind: str) -> None:
    """Count that a piece of background work failed. Never raises: the database itself may be what failed."""
    try:
        with kit.begin() as tx:
            fails(tx, job, kind, kit.clock.now())
    except Exception as error:  # noqa: BLE001 - the failure that is being counted was told in the log already
        note("failure not counted", kind=type(error).__name__)


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


def _due(tx: Session, now: datetime, *, lock: bool = False) -> Sequence[Alert]:
    query = select(Alert).where(Alert.sent_at.is_(None), Alert.next_at <= now).order_by(Alert.noted_at, Alert.id)
    # Two machines that were rung for the same alerts wait for each other, and the second finds them tried.
    return tx.scalars(query.with_for_update() if lock else query).all()


def _apart(tx: Session) -> bool:
    """Out of band while anything is marked compromised, in the house or in any incident: whoever holds the company's
    mail or log-in reads every alert that goes by it, or keeps it from coming, whichever incident it is of."""
    return anything_marked(tx)
