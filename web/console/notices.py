"""Pages of notices: the list, one notice with its words side by side, its checklist, its texts as they would go."""

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries.plan import Terms
from incidents.deliveries.start import forecast
from incidents.foundation.errors import NotFound
from incidents.notices.approve import to_confirm, writers
from incidents.notices.fill import fill
from incidents.notices.library import load_wording
from incidents.notices.tables import HoldingText, Notice
from incidents.notices.texts import Sources, find_notice
from incidents.record.incident import find
from web.console.door import by_htmx, console, go, here, page
from web.headers import PREVIEW
from web.kit import kit
from web.languages import gettext as _
from web.languages import ngettext
from web.pages import notices as pages


@console.get("/incidents/<reference>/notices")
def notices(reference: str) -> str:
    with kit().begin(reading=True) as tx:
        one = find(tx, reference)
        return page("notices.html", incident=one, tab="notices", rounds=pages.rounds(tx, one.id))


@console.get("/incidents/<reference>/notices/<notice>")
def notice_page(reference: str, notice: str) -> str:
    with kit().begin(reading=True) as tx:
        one, found, sources = find(tx, reference), _found(tx, reference, notice), _sources()
        said = pages.in_languages(tx, found, sources=sources)
        shown = next(
            (each for each in said if each.language == request.args.get("language")), said[0] if said else None
        )
        reader, texts = pages.pieces(shown, request.args.get("reader")) if shown else (None, [])
        return page(
            "notice.html",
            incident=one,
            tab="notices",
            notice=found,
            row=pages.row(tx, found),
            said=said,
            holes={name: line for each in said for name, line in each.words.items()},
            first={name for each in said for name, line in each.words.items() if line["needed"] or line["words"]},
            by_hand={name for each in said for name in each.words if each.is_written_by_hand(name)},
            checklist=pages.checklist(found, said, sources=sources),
            shown=shown,
            reader=reader,
            texts=texts,
            lengths=pages.lengths_of(texts),
            to_confirm=sorted(to_confirm(found)),
            wrote=here().id in writers(tx, found),
        )


@console.post("/incidents/<reference>/notices/<notice>/words")
def write_words(reference: str, notice: str) -> ResponseReturnValue:
    k, changed = kit(), 0
    with k.begin() as tx:
        found, sources = _found(tx, reference, notice), _sources()
        for each in pages.in_languages(tx, found, sources=sources):
            for name, line in each.words.items():
                words = request.form.get(f"{each.language}:{name}")
                if words is None or words.replace("\r\n", "\n").strip() == line["words"]:
                    continue
                fill(tx, found, each.language, name, words, by=here(), clock=k.clock, sources=sources)
                changed += 1
    flash(ngettext("One text was written.", "%(number)s texts were written.", changed, number=changed))
    return go(url_for("console.notice_page", reference=reference, notice=notice))


@console.get("/incidents/<reference>/notices/<notice>/html/<language>/<form>")
def notice_html(reference: str, notice: str, language: str, form: str) -> Response:
    with kit().begin(reading=True) as tx:
        said = pages.in_languages(tx, _found(tx, reference, notice), sources=_sources())
        shown = next((each for each in said if each.language == language), None)
        _reader, texts = pages.pieces(shown, request.args.get("reader")) if shown else (None, [])
        html = next((piece.text for piece in texts if (piece.form, piece.name) == (form, "html")), None)
    if html is None:
        raise NotFound("preview", form)
    return Response(html, content_type="text/html; charset=utf-8", headers={PREVIEW: "yes"})


@console.get("/incidents/<reference>/notices/<notice>/forecast")
def notice_forecast(reference: str, notice: str) -> str:
    with kit().begin(reading=True) as tx:
        one, notice_id = find(tx, reference), _found(tx, reference, notice).id
    language = request.args.get("language", "")
    terms = Terms(request.args.get("unknown_residence", "hold"))
    said = {"found": forecast(kit(), notice_id, language, terms=terms), "language": language, "whole": not by_htmx()}
    return page("forecast.html", incident=one, tab="notices", **said)


@console.get("/holding")
def holding_texts() -> str:
    with kit().begin(reading=True) as tx:
        rows = tx.scalars(select(HoldingText).order_by(HoldingText.proposed_at.desc())).all()
        houses = {name: house.languages for name, house in kit().packs.house.items()}
        return page("holding.html", title=_("Holding texts"), rows=rows, houses=houses)


def _sources() -> Sources:
    return Sources(kit().packs, load_wording())


def _found(tx: Session, reference: str, wanted: str) -> Notice:
    found = find_notice(tx, wanted)
    if found.incident_id != find(tx, reference).id:
        raise NotFound("notice", wanted)
    return found
