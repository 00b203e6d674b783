"""Draft notices from the ledger: one a wording, sender and set of bans; a later round follows what was approved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.ids import new_id, new_reference
from incidents.notices.audience import Kind
from incidents.notices.files import Purpose
from incidents.notices.house import routes_for
from incidents.notices.needs import NoticeNeed, needs_of
from incidents.notices.tables import Notice, NoticeText, NoticeVariant
from incidents.notices.texts import Sources, notices_of
from incidents.notices.values import Variant
from incidents.notices.variants import variants_of
from incidents.notices.voids import standing, void_all
from incidents.record import timeline
from incidents.record.actor import TOCSIN, Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Incident
from incidents.snapshots.opened import newest
from policies.vocabulary import Audience

_KINDS = {
    Audience.GUARDIANS: Kind.GUARDIANS,
    Audience.CONTROLLER: Kind.CONTROLLERS,
    Audience.PUBLIC: Kind.PUBLIC,
}


@dataclass(frozen=True)
class Drafted:
    """What a drafting did; `unneeded` were approved for duties that the ledger no longer holds, and stay."""

    made: tuple[Notice, ...]
    changed: tuple[Notice, ...]
    unchanged: tuple[Notice, ...]
    unneeded: tuple[Notice, ...]


def draft(tx: Session, incident: Incident, *, by: Actor, clock: Clock, sources: Sources) -> Drafted:
    """Write drafts for all that the ledger says is owed to people, controllers and the public.

    Running it twice changes nothing. A draft that nobody approved is brought up to date; one that was approved for an
    earlier snapshot stays, and a new one follows it with the same words. Raises Refused while nothing is owed.
    """
    must_be_open(incident)
    if by is not TOCSIN:
        by.must_be(ActorRole.RESPONDER, ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE)
    needs = [*needs_of(tx, incident, sources.wording)]
    if not needs:
        raise Refused("nothing_to_tell", "The ledger holds nothing that is owed to people; assess the incident first.")
    needs += [*_scripts(incident, needs, sources)]
    drafted: dict[str, list[Notice]] = {"made": [], "changed": [], "unchanged": []}
    standing_before = notices_of(tx, incident.id)
    for need in needs:
        what, notice = _draft(tx, incident, need, by=by, clock=clock, sources=sources)
        drafted[what].append(notice)
    left = _leftovers(tx, standing_before, [one for found in drafted.values() for one in found], by, clock)
    if drafted["made"] or drafted["changed"]:
        detail: dict[str, Any] = {what: [one.id for one in drafted[what]] for what in ("made", "changed")}
        timeline.append(tx, incident.id, "notice.drafted", detail, by=by, clock=clock)
    return Drafted(tuple(drafted["made"]), tuple(drafted["changed"]), tuple(drafted["unchanged"]), tuple(left))


def withdraw(tx: Session, notice: Notice, *, because: str, by: Actor, clock: Clock) -> None:
    """Take a notice out of use; its approvals fall with it."""
    by.must_be(ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE)
    must_be_open(tx.get_one(Incident, notice.incident_id))
    if notice.withdrawn_at is not None:
        raise Refused("notice_withdrawn", f"{notice.reference} was withdrawn before.")
    if not because.strip():
        raise BadInput("because: a withdrawal needs its reason.")
    notice.withdrawn_at = clock.now()
    void_all(tx, notice, because="withdrawn", by=by, clock=clock)
    timeline.append(tx, notice.incident_id, "notice.withdrawn", {"notice": notice.id}, by=by, clock=clock)


def add_variants(tx: Session, notice: Notice, variants: list[Variant]) -> None:
    """Write the rows of `variants`."""
    for one in variants:
        people = {"min": one.people[0], "max": one.people[1]} if one.people else None
        tx.add(
            NoticeVariant(
                id=new_id("var"),
                notice_id=notice.id,
                key=one.key,
                language=one.language,
                zone=one.zone,
                subject=one.subject,
                age_unknown=one.age_unknown,
                categories=list(one.categories),
                cohorts=list(one.cohorts),
                people=people,
                groups=[[list(kinds), low, high] for kinds, low, high in one.groups],
            )
        )
    tx.flush()


def _draft(
    tx: Session, incident: Incident, need: NoticeNeed, *, by: Actor, clock: Clock, sources: Sources
) -> tuple[str, Notice]:
    variants = variants_of(need, packs=sources.packs, wording=sources.wording)
    content = _content(tx, incident, need, sources)
    earlier = _slot(tx, incident, need)
    if earlier is None:
        return "made", _make(tx, incident, need, content, variants, by=by, clock=clock)
    if _same(tx, earlier, content, variants):
        return "unchanged", earlier
    if earlier.snapshot_id != content["snapshot_id"] and standing(tx, earlier):
        following = _make(tx, incident, need, content | {"follows_id": earlier.id}, variants, by=by, clock=clock)
        _copy_words(tx, earlier, following)
        return "made", following
    void_all(tx, earlier, because="drafted anew", by=by, clock=clock)
    for name, value in content.items():
        setattr(earlier, name, value)
    tx.execute(delete(NoticeVariant).where(NoticeVariant.notice_id == earlier.id))
    add_variants(tx, earlier, variants)
    return "changed", earlier


def _content(tx: Session, incident: Incident, need: NoticeNeed, sources: Sources) -> dict[str, Any]:
    snapshot = newest(tx, incident.id)
    kind = Kind.NOBODY if need.purpose is Purpose.SCRIPT else _KINDS.get(need.audience, Kind.COHORTS)
    return {
        "audience": {"kind": kind, "to": need.audience},
        "obligations": list(need.obligations),
        "contents": list(need.contents),
        "methods": list(need.methods),
        "routes": dict(routes_for(sources.packs, need.party, need.audience)),
        "snapshot_id": snapshot.id if snapshot else None,
    }


def _make(
    tx: Session,
    incident: Incident,
    need: NoticeNeed,
    content: Mapping[str, Any],
    variants: list[Variant],
    *,
    by: Actor,
    clock: Clock,
) -> Notice:
    notice = Notice(
        id=new_id("not"),
        incident_id=incident.id,
        reference=new_reference(incident.company[:2].upper()),
        wording=need.wording,
        purpose=need.purpose,
        party=need.party,
        sender=need.sender,
        forbidden=list(need.forbidden),
        drafted_at=clock.now(),
        drafted_by=by.id,
        drafted_by_name=by.name,
        **content,
    )
    tx.add(notice)
    tx.flush()
    add_variants(tx, notice, variants)
    return notice


def _slot(tx: Session, incident: Incident, need: NoticeNeed) -> Notice | None:
    # The newest notice that was drafted for the same readers in the same name.
    wanted = (need.wording, need.sender, need.audience, list(need.forbidden))
    found = [
        notice
        for notice in notices_of(tx, incident.id)
        if (notice.wording, notice.sender, notice.audience.get("to"), notice.forbidden) == wanted
    ]
    return found[-1] if found else None


def _same(tx: Session, notice: Notice, content: Mapping[str, Any], variants: list[Variant]) -> bool:
    rows = tx.scalars(select(NoticeVariant).where(NoticeVariant.notice_id == notice.id)).all()
    before = {row.key: (tuple(row.cohorts), row.people, row.groups) for row in rows}
    now = {
        one.key: (
            one.cohorts,
            {"min": one.people[0], "max": one.people[1]} if one.people else None,
            [[list(kinds), low, high] for kinds, low, high in one.groups],
        )
        for one in variants
    }
    return before == now and all(getattr(notice, name) == value for name, value in content.items())


def _copy_words(tx: Session, earlier: Notice, following: Notice) -> None:
    query = select(NoticeText).where(NoticeText.notice_id == earlier.id, NoticeText.superseded_at.is_(None))
    for row in tx.scalars(query).all():
        copy = {column.name: getattr(row, column.name) for column in NoticeText.__table__.columns}
        tx.add(NoticeText(**(copy | {"id": new_id("txt"), "notice_id": following.id})))


def _scripts(incident: Incident, needs: list[NoticeNeed], sources: Sources) -> Iterator[NoticeNeed]:
    # Whoever is told may call back: what our staff say is drafted along, under the same roof of approval.
    told = {cohort.id: cohort for need in needs for cohort in need.cohorts}
    for wording in sources.wording.notices.values():
        if wording.purpose is Purpose.SCRIPT:
            yield NoticeNeed(
                wording=wording.id,
                purpose=Purpose.SCRIPT,
                party=incident.company,
                sender=incident.company,
                audience=Audience.PUBLIC,
                cohorts=tuple(told.values()),
                obligations=(),
                contents=(),
                forbidden=(),
                methods=(),
            )


def _leftovers(tx: Session, before: list[Notice], now: list[Notice], by: Actor, clock: Clock) -> Iterator[Notice]:
    kept = {notice.id for notice in now} | {notice.follows_id for notice in now}
    for notice in before:
        if notice.id in kept or notice.purpose not in (Purpose.TELLING, Purpose.ANNOUNCEMENT, Purpose.SCRIPT):
            continue
        if standing(tx, notice):
            yield notice
        else:
            notice.withdrawn_at = clock.now()
            detail = {"notice": notice.id}
            timeline.append(tx, notice.incident_id, "notice.unneeded", detail, by=by, clock=clock)
