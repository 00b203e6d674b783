"""Reads one report for people: its questions by section with what stands behind each, who released it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.filings.content import AnswerState
from incidents.filings.filing import submission_of
from incidents.filings.forms import Form, Question, Section
from incidents.filings.sheet import sheet
from incidents.filings.tables import BreakGlass, Filing, FilingApproval


@dataclass(frozen=True)
class Line:
    """One question with its answer as the report has it, and what is missing, if anything is."""

    question: Question
    state: AnswerState
    value: Any
    row: Mapping[str, Any] | None  # as the paper says it: text, or head and rows, and a note; None: not on the paper
    missing: str | None


def sections(form: Form, view: Mapping[str, Any]) -> list[tuple[Section, list[Line]]]:
    """The sections that this report shows, with their lines."""
    answers = {answer["question"]: answer for answer in view["content"]["answers"]}
    gaps = {gap["question"]: gap["why"] for gap in view["gaps"]}
    rows = {row["question"]: row for part in paper(form, view)["sections"] for row in part["rows"]}
    found = []
    for section in form.sections:
        lines = [
            _line(each, answers[each.id], rows.get(each.id), gaps.get(each.id))
            for each in section.questions
            if each.id in answers
        ]
        if lines:
            found.append((section, lines))
    return found


def paper(form: Form, view: Mapping[str, Any]) -> dict[str, Any]:
    """The report laid out in its own language, as PDF and DOCX have it."""
    content = view["content"]
    return sheet(content, form, content["language"], digest=view["digest"], released=view["released"])


def approvals(tx: Session, filing: Filing) -> Sequence[FilingApproval]:
    """Who approved it, void ones too, oldest first."""
    query = select(FilingApproval).where(FilingApproval.filing_id == filing.id).order_by(FilingApproval.approved_at)
    return tx.scalars(query).all()


def broken(tx: Session, filing: Filing) -> BreakGlass | None:
    """The newest break-glass of the report, if there was one."""
    query = select(BreakGlass).where(BreakGlass.filing_id == filing.id).order_by(BreakGlass.id.desc())
    return tx.scalars(query).first()


def filing(tx: Session, one: Filing) -> dict[str, Any]:
    """A report as JSON, in one line."""
    submission = submission_of(tx, one)
    names = ("id", "reference", "form", "stage", "language", "party", "authority", "due_at", "snapshot_version")
    said = {name: getattr(one, name) for name in names}
    return said | {
        "submitted_at": submission.submitted_at if submission else None,
        "is_late": submission.is_late if submission else None,
        "withdrawn_at": one.withdrawn_at,
    }


def _line(question: Question, answer: Mapping[str, Any], row: Mapping[str, Any] | None, missing: str | None) -> Line:
    return Line(question, AnswerState(answer["state"]), answer["value"], row, missing)
