"""What the console shows before anybody approves: one text in one form, with everything that stands against it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from incidents.foundation.errors import BadInput
from incidents.notices.approve import digests, is_released, to_confirm
from incidents.notices.check import wanted_elements
from incidents.notices.files import Format
from incidents.notices.tables import Notice
from incidents.notices.texts import Sources, variants, wanted_of, words_of, written
from incidents.notices.values import Variant
from incidents.notices.voids import standing
from notifiers.registry import channels


def preview(
    tx: Session, notice: Notice, language: str, form: Format, cohort: str | None = None, *, sources: Sources
) -> dict[str, Any]:
    """The text for the readers of `cohort` (or controller; the first variant where None), as plain JSON.

    pieces: text by name; lengths: channel -> how long it is there, of those that carry it; findings: what stands
    against approval in this language; unreviewed: nobody stands for the wording yet; seen: the digests to hand to
    `approve`. Raises BadInput where the notice has no such form or readers.
    """
    now = written(tx, notice, language, sources=sources)
    variant = _variant(tx, notice, language, cohort)
    if form not in now.texts[variant.key]:
        raise BadInput(f"{notice.wording}: it has no form '{form}'; it has {', '.join(now.texts[variant.key])}.")
    pieces = dict(now.texts[variant.key][form])
    return {
        "notice": notice.id,
        "language": language,
        "form": form,
        "cohorts": list(variant.cohorts),
        "subject": variant.subject,
        "pieces": pieces,
        "lengths": lengths(form, pieces),
        "findings": [asdict(finding) for finding in now.findings],
        "unreviewed": not (now.reviewed or is_released(tx, notice, language, now.wording_digest)),
        "approved": bool(standing(tx, notice, language)),
        "seen": asdict(digests(tx, notice, language, sources=sources)),
        "to_confirm": {str(word): word.sentence for word in sorted(to_confirm(notice))},
    }


def lengths(form: Format | str, pieces: Mapping[str, str]) -> dict[str, str]:
    """Channel -> how long a text of this form is by what counts there, for each channel that carries the form."""
    return {name: channel.length(pieces) for name, channel in channels().items() if channel.form == form}


def sheet(tx: Session, notice: Notice, language: str, *, sources: Sources) -> list[dict[str, Any]]:
    """The placeholders that a person fills, with what belongs there and what stands there: the writer's page."""
    wording = sources.wording.notice(notice.wording)
    blocks = wording.in_language(language)
    said = words_of(tx, notice, language)
    wanted = wanted_elements(wording, wanted_of(notice))
    rows = []
    for name in wording.holes(blocks):
        hole = wording.placeholders[name]
        elements = [str(one) for one, block in wording.elements.items() if name in blocks.texts[block]]
        needed = not hole.optional or any(one in wanted for one in elements if elements)
        row = said.get(name)
        rows.append(
            {
                "placeholder": name,
                "by": str(hole.by),
                "says": hole.says,
                "elements": elements,
                "needed": needed,
                "words": row.words if row else "",
                "said_by": row.said_by_name if row else None,
            }
        )
    return rows


def _variant(tx: Session, notice: Notice, language: str, cohort: str | None) -> Variant:
    found = [
        one
        for one in variants(tx, notice, language)
        if cohort is None or cohort in one.cohorts or cohort == one.subject
    ]
    if not found:
        raise BadInput(f"{notice.reference}: nobody reads it in '{language}'" + (f" in {cohort}." if cohort else "."))
    return found[0]
