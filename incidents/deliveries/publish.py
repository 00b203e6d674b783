"""The announcement: the row that the public pages show, written in the transaction that records its sending."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries.tables import Announcement, Batch, FanOut
from incidents.deliveries.words import words_of
from incidents.foundation.clock import Clock
from incidents.foundation.errors import Refused
from incidents.foundation.ids import new_id
from incidents.record import timeline
from incidents.record.actor import TOCSIN, Actor, ActorRole
from incidents.record.tables import Incident
from notifiers.outcome import Outcome, Sent
from notifiers.registry import channels


def publish(tx: Session, fan_out: FanOut, batch: Batch, came: Sequence[Sent], *, kit: Any) -> None:
    """Write the page of each announcement among what `came` that was taken; nothing for any other channel."""
    if channels()[batch.channel].one_by_one:
        return
    incident = tx.get_one(Incident, fan_out.incident_id)
    texts = words_of(tx, batch)
    for one in came:
        if one.outcome is not Outcome.DELIVERED:
            continue
        page = Announcement(id=new_id("ann"), delivery_id=one.reference, incident_id=incident.id)
        page.notice_id, page.company, page.language = fan_out.notice_id, fan_out.company, fan_out.language
        page.subject, page.plain, page.html = texts["subject"], texts["plain"], texts.get("html", "")
        page.is_drill, page.proof, page.published_at = incident.is_drill, one.provider_reference, kit.clock.now()
        page.withdrawn_at = None
        tx.add(page)
        detail = {"announcement": page.id, "notice": page.notice_id, "language": page.language, "proof": page.proof}
        timeline.append(tx, incident.id, "announcement.published", detail, by=TOCSIN, clock=kit.clock)


def withdraw(tx: Session, page: Announcement, *, because: str, by: Actor, clock: Clock) -> None:
    """Take an announcement off the page; the row stays. Raises Refused when it was taken off before."""
    by.must_be(ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE)
    if page.withdrawn_at is not None:
        raise Refused("announcement_withdrawn", "This announcement was withdrawn before.")
    page.withdrawn_at = clock.now()
    detail = {"announcement": page.id, "because": because}
    timeline.append(tx, page.incident_id, "announcement.withdrawn", detail, by=by, clock=clock)


def announcements(tx: Session, company: str, *, languages: Sequence[str] = ()) -> list[Announcement]:
    """What stands on a company's public page now, newest first. Drills stand on none.

    With `languages`, each notice stands once: in the first of them that it has, or in what it has. Whoever reads a
    language in which nothing was published must not be told that there is nothing.
    """
    query = select(Announcement).where(
        Announcement.company == company, Announcement.withdrawn_at.is_(None), Announcement.is_drill.is_(False)
    )
    found = list(tx.scalars(query.order_by(Announcement.published_at.desc())))
    if not languages:
        return found
    place = {language: number for number, language in enumerate(dict.fromkeys(languages))}
    least_first = sorted(found, key=lambda one: place.get(one.language, len(place)), reverse=True)
    read_in = {one.notice_id: one.language for one in least_first}
    return [one for one in found if one.language == read_in[one.notice_id]]
