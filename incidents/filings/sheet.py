"""The sheet: a filing's content laid out in one language, as plain data that PDF, DOCX and JSON are made from."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from incidents.filings.content import AnswerState
from incidents.filings.dossier import Shape
from incidents.filings.forms import Form, Question, Stage
from incidents.filings.labels import Labels, read_labels, say, table

_TABLES = (Shape.TALLY, Shape.DATED)
Content = Mapping[str, Any]


def sheet(content: Content, form: Form, language: str, *, digest: str, released: bool) -> dict[str, Any]:
    """`content` (see content.py) in `language`; `released` says that it may be handed in.

    Raises BadInput where reports have no words in the language, or the form has no text in it.
    """
    labels = read_labels(language)
    word = labels.labels
    title = _text(form.title, language)
    sections = list(_sections(content, form, labels))
    return {
        "language": language,
        "title": title,
        "subtitle": _text(form.stages[Stage(content["stage"])].title, language),
        "author": _text(content["party_name"], language) or content["party"],
        "reference": content["reference"],
        "banners": [word[name] for name in _banners(content, form, released)],
        "is_draft": not released,
        "facts": _facts(content, form, labels, released=released),
        "confidence": _text(form.confidence, language) if form.to_confirm else None,
        "changed": _changed(content, form, labels),
        "sections": sections,
        "has_weaker": not released and any(row["weaker"] for section in sections for row in section["rows"]),
        "labels": word,
        "digest": digest,
    }


def _banners(content: Content, form: Form, released: bool) -> Iterator[str]:
    if content["is_drill"]:
        yield "drill"
    if not released:
        yield "draft"
    if content["form_digest"] != form.digest():
        yield "form_changed"  # a question that is gone takes its answer off this paper, never out of the record


def _facts(content: Content, form: Form, labels: Labels, *, released: bool) -> list[list[str]]:
    zone, language, word = form.time_zone(), labels.language, labels.labels
    version = content["snapshot_version"]
    found = {
        "reference": content["reference"],
        "incident": content["incident"],
        "party": _text(content["party_name"], language) or content["party"],
        "authority": _text(content["authority_name"], language) or content["authority"],
        "citation": _text(form.citation, language),
        "known": None if released else labels.word("known", form.known),  # for who approves, not for the authority
        # A filing begun before this was kept has no word of it.
        "unconfirmed": None if released else "; ".join(content.get("unconfirmed", ())),
        "due_at": labels.at(datetime.fromisoformat(content["due_at"]), zone) if content["due_at"] else None,
        "prepared_at": labels.at(datetime.fromisoformat(content["read_at"]), zone),
        "snapshot": str(version) if version else word["unknown"],
    }
    return [[word[name], value] for name, value in found.items() if value]


def _sections(content: Content, form: Form, labels: Labels) -> Iterator[dict[str, Any]]:
    # What nobody asks in this report and nobody has answered has no line on the paper.
    said = (answer for answer in content["answers"] if answer["state"] != AnswerState.NOT_ASKED)
    answers = {answer["question"]: answer for answer in said}
    for section in form.sections:
        asked = [question for question in section.questions if question.id in answers]
        if asked:
            yield {
                "item": section.item,
                "title": _text(section.title, labels.language),
                "rows": [_row(question, answers[question.id], form, labels) for question in asked],
            }


def _row(question: Question, answer: Mapping[str, Any], form: Form, labels: Labels) -> dict[str, Any]:
    word, state = labels.labels, AnswerState(answer["state"])
    row: dict[str, Any] = {
        "question": question.id,
        "fulfils": list(question.fulfils),
        "ask": _text(question.ask, labels.language),
        "state": state,
        "weaker": question.known is not None and question.known is not form.known,
        "empty": state is not AnswerState.ANSWERED,
        "is_gap": state is AnswerState.GAP,
        "text": word[state] if state is not AnswerState.ANSWERED else "",
        "note": answer["because"] if state is AnswerState.UNKNOWN else None,
        "dated": False,
        "head": [],
        "rows": [],
    }
    if state is AnswerState.ANSWERED:
        row |= _said(question, answer, form, labels)
    return row


def _said(question: Question, answer: Mapping[str, Any], form: Form, labels: Labels) -> dict[str, Any]:
    word, shape, value = labels.labels, Shape(answer["shape"]), answer["value"]
    if shape in _TABLES:
        head = ("dated_at", "dated_word") if shape is Shape.DATED else ("tally_word", "tally_count")
        rows = table(value, shape, labels, form.time_zone())
        note = word["tally_note"] if shape is Shape.TALLY and len(rows) > 1 and _overlaps(value) else None
        return {"head": [word[each] for each in head], "rows": rows, "note": note, "dated": shape is Shape.DATED}
    if shape is Shape.CHOICE:
        return {"text": _text(question.choices.get(value, {}), labels.language) or value}
    if shape is Shape.TEXT:
        text, foreign = _in_language(value, labels)
        return {"text": text, "note": f"({word['other_language'].format(language=foreign)})" if foreign else None}
    return {"text": say(value, shape, labels, form.time_zone())}


def _overlaps(rows: list[Mapping[str, Any]]) -> bool:
    # A person has one age and one residence, and may have lost data of several kinds.
    return any(row["vocabulary"] == "data_category" for row in rows)


def _changed(content: Content, form: Form, labels: Labels) -> dict[str, Any] | None:
    before = content["replaces"]
    if before is None:
        return None
    word, language = labels.labels, labels.language
    at = labels.at(datetime.fromisoformat(before["submitted_at"]), form.time_zone())
    return {
        "title": word["changed"],
        "intro": word["changed_intro"].format(reference=before["reference"], at=at),
        "head": [word["changed_question"], word["changed_was"], word["changed_is"]],
        "rows": [
            [_text(form.question(change["question"]).ask, language), *_two_sides(change, form, labels)]
            for change in content["changes"]
        ],
        "none_changed": word["nothing_changed"],
    }


def _two_sides(change: Mapping[str, Any], form: Form, labels: Labels) -> list[str]:
    question = form.question(change["question"])
    return [_line(question, change[side], form, labels) for side in ("was", "is")]


def _line(question: Question, answer: Mapping[str, Any], form: Form, labels: Labels) -> str:
    row = _row(question, answer, form, labels)
    return "\n".join(": ".join(cells) for cells in row["rows"]) or str(row["text"])


def _in_language(value: str | Mapping[str, str], labels: Labels) -> tuple[str, str | None]:
    if isinstance(value, str):
        return value, None
    if labels.language in value:
        return value[labels.language], None
    language, text = next(iter(sorted(value.items())))
    return text, labels.languages.get(language, language)


def _text(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")
