"""Holding texts: a first word that two people approved in quiet times, so that one can let it out at night."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.ids import new_id, new_reference
from incidents.notices.approve import Digests, write_approval
from incidents.notices.audience import Kind, audience_digest, digest_of
from incidents.notices.draft import add_variants
from incidents.notices.files import Purpose
from incidents.notices.house import house_words, routes_for, written_languages
from incidents.notices.library import NoticeWording
from incidents.notices.tables import HoldingText, Notice
from incidents.notices.texts import Sources, languages, written
from incidents.notices.values import HouseWords, Variant, Way
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Incident
from incidents.snapshots.opened import cohort_rows, newest
from policies.vocabulary import Audience


def propose_holding(
    tx: Session, company: str, language: str, *, by: Actor, clock: Clock, sources: Sources
) -> HoldingText:
    """Put the company's holding text in `language` up for approval, as it stands today."""
    by.must_be(ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE)
    sources.packs.must_know(company)
    row = HoldingText(
        id=new_id("hol"),
        company=company,
        language=language,
        digest=holding_digest(company, language, sources=sources),
        proposed_at=clock.now(),
        proposed_by=by.id,
        proposed_by_name=by.name,
    )
    tx.add(row)
    tx.flush()
    return row


def approve_holding(
    tx: Session, row: HoldingText, *, valid_until: datetime, by: Actor, clock: Clock, sources: Sources
) -> None:
    """A second person approves it until `valid_until`; who has read it stands for its wording too.

    Raises Refused when it is the proposer, or the text is no longer what was proposed.
    """
    by.must_be(ActorRole.APPROVER)
    if by.id == row.proposed_by:
        raise Refused("wrote_it", f"{by.name} proposed this text; another person must approve it.")
    if valid_until <= clock.now():
        raise BadInput("valid_until: this moment is not ahead.")
    if row.approved_at is not None:
        raise Refused("approved_already", "This holding text is approved already.")
    if row.digest != holding_digest(row.company, row.language, sources=sources):
        raise Refused("changed_since_read", "The holding text is no longer what was proposed; propose it anew.")
    row.approved_at, row.approved_by, row.approved_by_name = clock.now(), by.id, by.name
    row.valid_until = valid_until
    tx.flush()


def use_holding(tx: Session, incident: Incident, *, by: Actor, clock: Clock, sources: Sources) -> Notice:
    """Let the pre-approved holding text out: one person is enough now, for two looked at it before.

    It goes to everybody counted in the newest snapshot, or to the public while nobody is counted. Languages without a
    valid pre-approval stay unapproved. Raises Refused where no language has one.
    """
    must_be_open(incident)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE)
    notice = _notice(tx, incident, by, clock, sources)
    valid = {one: _valid(tx, incident.company, one, clock, sources) for one in languages(tx, notice)}
    ready = {language: row for language, row in valid.items() if row is not None}
    if not ready:
        raise Refused("no_holding_text", f"{incident.company} has no holding text that was approved beforehand.")
    timeline.append(tx, incident.id, "notice.holding_used", {"notice": notice.id}, by=by, clock=clock)
    for language, row in ready.items():
        now = written(tx, notice, language, sources=sources)
        if now.findings:
            because = tuple(finding.sentence for finding in now.findings)
            raise Refused("content_incomplete", f"The holding text in {language} is not whole.", because=because)
        seen = Digests(now.content_digest, audience_digest(tx, notice, language))
        given_by = Actor(row.approved_by or "", row.approved_by_name or "", frozenset({ActorRole.APPROVER}))
        write_approval(tx, notice, now, seen, confirmed=(), by=given_by, clock=clock, holding_id=row.id)
    return notice


def holding_digest(company: str, language: str, *, sources: Sources) -> str:
    """SHA-256 over the wording and everything that the house pack puts into it."""
    house = house_words(sources.packs, company)
    blocks = _wording(sources).in_language(language)
    return digest_of({"wording": blocks.digest, "company": company, "house": _plain(house, language)})


def _plain(house: HouseWords, language: str) -> dict[str, object]:
    def ways(listed: tuple[Way, ...]) -> list[list[str]]:
        return [[way.kind, way.said(language)] for way in listed]

    return {"sender": house.sender.get(language, ""), "verify": ways(house.verify), "reach": ways(house.reach)}


def _valid(tx: Session, company: str, language: str, clock: Clock, sources: Sources) -> HoldingText | None:
    query = (
        select(HoldingText)
        .where(
            HoldingText.company == company,
            HoldingText.language == language,
            HoldingText.approved_at.is_not(None),
            HoldingText.valid_until > clock.now(),
            HoldingText.digest == holding_digest(company, language, sources=sources),
        )
        .order_by(HoldingText.approved_at.desc())
    )
    return tx.scalars(query).first()


def _wording(sources: Sources) -> NoticeWording:
    found = [one for one in sources.wording.notices.values() if one.purpose is Purpose.HOLDING]
    if not found:
        raise BadInput("no wording under templates/notices/ serves as a holding text.")
    return found[0]


def _notice(tx: Session, incident: Incident, by: Actor, clock: Clock, sources: Sources) -> Notice:
    snapshot = newest(tx, incident.id)
    to = Audience.AFFECTED_INDIVIDUALS if snapshot else Audience.PUBLIC
    notice = Notice(
        id=new_id("not"),
        incident_id=incident.id,
        reference=new_reference(incident.company[:2].upper()),
        wording=_wording(sources).id,
        purpose=Purpose.HOLDING,
        party=incident.company,
        sender=incident.company,
        audience={"kind": Kind.COHORTS if snapshot else Kind.PUBLIC, "to": to},
        obligations=[],
        contents=[],
        forbidden=[],
        methods=[],
        routes=dict(routes_for(sources.packs, incident.company, to)),
        snapshot_id=snapshot.id if snapshot else None,
        drafted_at=clock.now(),
        drafted_by=by.id,
        drafted_by_name=by.name,
    )
    tx.add(notice)
    tx.flush()
    add_variants(tx, notice, _variants(tx, incident, sources))
    return notice


def _variants(tx: Session, incident: Incident, sources: Sources) -> list[Variant]:
    notice = _wording(sources)
    spoken = written_languages(sources.packs, incident.company, notice)
    zone = sources.packs.zone_of(incident.company)
    snapshot = newest(tx, incident.id)
    cohorts: dict[str, set[str]] = {one: set() for one in spoken}
    for row in cohort_rows(tx, snapshot) if snapshot else ():
        # Another controller's people are told by that controller, or on its word; a holding text has neither.
        if row.controller == incident.company:
            language = sources.wording.read_by(row.language, notice.languages, else_in=spoken[0])
            cohorts.setdefault(language, set()).add(row.cohort_id)
    return [
        Variant(language, (), zone, tuple(sorted(members)))
        for language, members in sorted(cohorts.items())
        if members or snapshot is None
    ]
