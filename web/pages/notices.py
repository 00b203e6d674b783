"""Reads one notice for writers and approvers: words by language, the checklist of elements, texts as they would go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries.tables import FanOut
from incidents.notices.approve import is_released
from incidents.notices.audience import audience_digest
from incidents.notices.check import Finding, Flaw, wanted_elements
from incidents.notices.files import Filler
from incidents.notices.preview import lengths, sheet
from incidents.notices.tables import Notice, NoticeApproval
from incidents.notices.texts import Sources, Written, languages, notices_of, variants, wanted_of, written
from incidents.notices.values import Variant
from incidents.notices.voids import standing
from incidents.snapshots.tables import Snapshot
from notifiers.registry import channels
from policies.vocabulary import ContentElement


@dataclass(frozen=True)
class InLanguage:
    """A notice in one language, as it stands this moment."""

    language: str
    written: Written
    audience_digest: str
    readers: Sequence[Variant]
    words: Mapping[str, Mapping[str, Any]]  # placeholder -> its row on the writer's sheet
    approval: NoticeApproval | None
    is_released: bool
    fan_out: FanOut | None

    @property
    def findings(self) -> Sequence[Finding]:
        """What stands against approval."""
        return self.written.findings

    def is_written_by_hand(self, placeholder: str) -> bool:
        """Whether a person fills it: a writer's own, or one of the house about which the house pack says nothing."""
        line = self.words.get(placeholder)
        empty = {finding.element for finding in self.findings if finding.flaw is Flaw.WORDS_MISSING}
        return line is not None and (line["by"] == Filler.WRITER or bool(line["words"]) or placeholder in empty)

    @property
    def is_ready(self) -> bool:
        """Whether a second person could approve it now."""
        return not self.findings and (self.written.reviewed or self.is_released)


@dataclass(frozen=True)
class Piece:
    """One piece of a text as it would go out."""

    form: str
    name: str
    text: str


def in_languages(tx: Session, notice: Notice, *, sources: Sources) -> list[InLanguage]:
    """The notice in each language that its readers need."""
    return [_in_language(tx, notice, one, sources) for one in languages(tx, notice)]


def checklist(
    notice: Notice, said: Sequence[InLanguage], *, sources: Sources
) -> list[tuple[ContentElement, list[bool]]]:
    """Each required element, and for each language whether a sentence fulfils it."""
    wording = sources.wording.notice(notice.wording)
    elements = sorted(wanted_elements(wording, wanted_of(notice)))
    missing = [{finding.element for finding in one.findings} for one in said]
    return [(element, [element not in lacking for lacking in missing]) for element in elements]


def pieces(one: InLanguage, cohort: str | None) -> tuple[Variant | None, list[Piece]]:
    """The text of the readers of `cohort`, or of the first readers, form by form."""
    chosen = next((each for each in one.readers if cohort in (None, each.key)), None)
    if chosen is None:
        return None, []
    found = [
        Piece(form, name, text) for form, texts in one.written.texts[chosen.key].items() for name, text in texts.items()
    ]
    return chosen, found


def lengths_of(found: Sequence[Piece]) -> dict[str, dict[str, str]]:
    """Form -> label of each channel that carries it -> how long the text is there."""
    by_form: dict[str, dict[str, str]] = {}
    for piece in found:
        by_form.setdefault(piece.form, {})[piece.name] = piece.text
    return {
        form: {channels()[name].label: said for name, said in lengths(form, pieces).items()}
        for form, pieces in by_form.items()
    }


def row(tx: Session, notice: Notice) -> dict[str, Any]:
    """A notice as JSON, in one line."""
    names = ("id", "reference", "wording", "purpose", "party", "sender", "audience", "obligations", "contents")
    approved = sorted({approval.language for approval in standing(tx, notice)})
    told = {"languages": languages(tx, notice), "approved": approved}
    return {name: getattr(notice, name) for name in names} | told | {"withdrawn_at": notice.withdrawn_at}


def rounds(tx: Session, incident_id: str) -> list[tuple[int | None, list[dict[str, Any]]]]:
    """Version of who is affected (None: nobody was counted yet) with its notices, withdrawn ones too; newest first."""
    versions = dict(tx.execute(select(Snapshot.id, Snapshot.version).where(Snapshot.incident_id == incident_id)).all())
    found: dict[int | None, list[dict[str, Any]]] = {}
    for notice in notices_of(tx, incident_id, withdrawn_too=True):
        found.setdefault(versions.get(notice.snapshot_id or ""), []).append(row(tx, notice))
    return sorted(found.items(), key=lambda one: one[0] or 0, reverse=True)


def _in_language(tx: Session, notice: Notice, language: str, sources: Sources) -> InLanguage:
    now = written(tx, notice, language, sources=sources)
    sent = select(FanOut).where(FanOut.notice_id == notice.id, FanOut.language == language)
    approvals = standing(tx, notice, language)
    return InLanguage(
        language,
        now,
        audience_digest(tx, notice, language),
        variants(tx, notice, language),
        {line["placeholder"]: line for line in sheet(tx, notice, language, sources=sources)},
        approvals[-1] if approvals else None,
        is_released(tx, notice, language, now.wording_digest),
        tx.scalars(sent).first(),
    )
