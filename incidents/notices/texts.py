"""The texts of one notice as they stand now: its variants, the words written, everything rendered, and the digest."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.errors import NotFound
from incidents.notices.audience import digest_of
from incidents.notices.check import Finding, Wanted, banned_blocks, check
from incidents.notices.files import Format
from incidents.notices.house import house_words, named_channels
from incidents.notices.library import Blocks, NoticeWording, Wording
from incidents.notices.render import Pieces, render
from incidents.notices.tables import Notice, NoticeText, NoticeVariant
from incidents.notices.values import IncidentWords, NoticeWords, Said, Variant, values
from incidents.record.anchors import anchors
from incidents.record.tables import Incident
from policies.load import Packs
from policies.vocabulary import AnchorName, Certainty, ContentElement, ForbiddenContent


@dataclass(frozen=True)
class Sources:
    """Where words come from: the house packs and the wording under templates/notices/."""

    packs: Packs
    wording: Wording


@dataclass(frozen=True)
class Written:
    """One notice in one language: what every variant reads in every form, what is wrong with it, and its digest."""

    language: str
    texts: Mapping[str, Mapping[Format, Pieces]]  # by variant key
    findings: tuple[Finding, ...]
    wording_digest: str
    reviewed: bool
    content_digest: str


def find_notice(tx: Session, wanted: str) -> Notice:
    """The notice with this id or reference. Raises NotFound."""
    notice = tx.get(Notice, wanted) or tx.scalars(select(Notice).where(Notice.reference == wanted.upper())).first()
    if notice is None:
        raise NotFound("notice", wanted)
    return notice


def notices_of(tx: Session, incident_id: str, *, withdrawn_too: bool = False) -> list[Notice]:
    """The notices of an incident in the order they were drafted."""
    query = select(Notice).where(Notice.incident_id == incident_id).order_by(Notice.drafted_at, Notice.id)
    return [notice for notice in tx.scalars(query) if withdrawn_too or notice.withdrawn_at is None]


def variants(tx: Session, notice: Notice, language: str | None = None) -> list[Variant]:
    """The variants of a notice (in one language), by key."""
    query = select(NoticeVariant).where(NoticeVariant.notice_id == notice.id).order_by(NoticeVariant.key)
    return [_variant(row) for row in tx.scalars(query) if language in (None, row.language)]


def languages(tx: Session, notice: Notice) -> list[str]:
    """The languages that this notice's readers need."""
    return sorted({variant.language for variant in variants(tx, notice)})


def words_of(tx: Session, notice: Notice, language: str) -> dict[str, NoticeText]:
    """placeholder -> the row that stands now."""
    query = select(NoticeText).where(
        NoticeText.notice_id == notice.id, NoticeText.language == language, NoticeText.superseded_at.is_(None)
    )
    return {row.placeholder: row for row in tx.scalars(query)}


def wanted_of(notice: Notice) -> Wanted:
    """What the notice's duties ask of its content."""
    return Wanted(
        frozenset(ContentElement.of(one) for one in notice.contents),
        frozenset(ForbiddenContent.of(one) for one in notice.forbidden),
    )


def written(tx: Session, notice: Notice, language: str, *, sources: Sources) -> Written:
    """Render and check everything that readers of `language` would get. Raises BadInput for an unknown language."""
    wording = sources.wording.notice(notice.wording)
    blocks = wording.in_language(language)
    said, route = _said(tx, notice, sources), named_channels(notice.routes.get("ladders", ()))
    words = {name: row.words for name, row in words_of(tx, notice, language).items()}
    texts: dict[str, dict[Format, Pieces]] = {}
    found: dict[Finding, None] = {}
    filled: dict[str, Any] = {}
    for variant in variants(tx, notice, language):
        filling = complete(values(sources.wording, wording.own, said, variant, words), wording)
        texts[variant.key] = _forms(wording, blocks, notice, filling, sources)
        filled[variant.key] = {name: value for name, value in filling.items() if name in wording.placeholders}
        flaws = check(wording, blocks, wanted_of(notice), filling, texts[variant.key], route=route)
        found |= dict.fromkeys(flaws)
    whole = {
        "texts": texts,
        "values": filled,
        "wording": blocks.digest,
        "contents": notice.contents,
        "forbidden": notice.forbidden,
        "routes": notice.routes,
    }
    return Written(language, texts, tuple(found), blocks.digest, blocks.reviewed, digest_of(whole))


def sender_name(tx: Session, notice: Notice, language: str, *, packs: Packs) -> str:
    """The name in which the notice is told: the house pack's, or for a shop or team the one that a person wrote."""
    said = words_of(tx, notice, language).get("sender")
    return said.words if said else house_words(packs, notice.sender).sender.get(language, "")


def complete(filling: Mapping[str, Any], wording: NoticeWording) -> dict[str, Any]:
    """`filling` with an empty text for every placeholder that nobody filled yet; the check names those."""
    return dict.fromkeys(wording.placeholders, "") | dict(filling)


def _forms(
    wording: NoticeWording, blocks: Blocks, notice: Notice, filling: Mapping[str, Any], sources: Sources
) -> dict[Format, Pieces]:
    without = banned_blocks(wording, wanted_of(notice).forbidden)
    shell = sources.wording.shell
    return {form: render(wording, blocks, form, filling, shell=shell, without=without) for form in wording.formats}


def _said(tx: Session, notice: Notice, sources: Sources) -> Said:
    incident = tx.get_one(Incident, notice.incident_id)
    moments = anchors(tx, incident.id).get(incident.company, {})
    found_at = moments.get(AnchorName.DISCOVERED_AT) or moments.get(AnchorName.BECAME_AWARE_AT) or incident.declared_at
    record = IncidentWords(
        possible=incident.certainty == Certainty.POSSIBLE,
        found_at=found_at,
        happened_from=moments.get(AnchorName.OCCURRED_AT),
        happened_to=moments.get(AnchorName.CONTAINED_AT),
    )
    sent = notice.audience.get("sent_at")
    wrong = tx.get(Notice, notice.audience.get("notice_id", ""))
    return Said(
        house_words(sources.packs, notice.sender),
        record,
        NoticeWords(notice.reference, wrong.reference if wrong else "", datetime.fromisoformat(sent) if sent else None),
    )


def _variant(row: NoticeVariant) -> Variant:
    return Variant(
        language=row.language,
        categories=tuple(row.categories),
        zone=row.zone,
        cohorts=tuple(row.cohorts),
        age_unknown=row.age_unknown,
        people=(row.people["min"], row.people["max"]) if row.people else None,
        groups=tuple((tuple(kinds), low, high) for kinds, low, high in row.groups),
        subject=row.subject,
    )
