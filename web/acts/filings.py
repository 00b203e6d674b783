"""Acts of reports to authorities: prepare, fill, refresh, approve, let out alone, review, submit, acknowledge."""

from io import BytesIO
from typing import Any

from pydantic import AwareDatetime, Base64Bytes, Field

from incidents.filings import approve, break_glass, fill, prepare, submit
from incidents.filings.desk import Desk, Wish
from incidents.filings.filing import find
from incidents.filings.forms import Stage
from incidents.filings.submit import Answered, HandedIn, find_submission
from incidents.filings.tables import Filing
from incidents.foundation.errors import NotFound
from incidents.obligations.ledger import entry
from packs import Strict
from web.acts.act import Visit, act

_ONE = "/incidents/<reference>/filings/<filing>"


class PrepareBody(Strict):
    """The obligation that the report is for; what is left out follows from it and its form."""

    obligation: str
    form: str | None = None
    stage: Stage | None = None
    language: str | None = None
    also: tuple[str, ...] = ()


class FillBody(Strict):
    """An answer in one language, the report's own unless said."""

    question: str
    text: str
    language: str | None = None


class UnknownBody(Strict):
    """Why a thing is not known yet."""

    question: str
    because: str


class SeenBody(Strict):
    """The digest on the paper that was read."""

    digest: str


class AloneBody(SeenBody):
    """Why no second person could approve it."""

    reason: str


class FindingBody(Strict):
    """What a second person found."""

    finding: str


class ReasonBody(Strict):
    """Why."""

    because: str


class SubmitBody(Strict):
    """How a person handed the report in."""

    channel: str
    at: AwareDatetime
    paper: Base64Bytes | None = Field(None, description="The file as handed in; left out where it was spoken.")
    reasons_for_delay: str | None = None


class AcknowledgeBody(Strict):
    """What the authority answered."""

    at: AwareDatetime
    number: str | None = None
    paper: Base64Bytes | None = None


@act("/incidents/<reference>/filings", page="filing_page", said="The report is begun.")
def prepare_filing(visit: Visit, body: PrepareBody) -> dict[str, Any]:
    """Begin the report that an obligation asks for."""
    row = entry(visit.tx, body.obligation)
    if row.incident_id != visit.incident.id:
        raise NotFound("obligation", body.obligation)
    wish = Wish(body.form, body.stage, body.language, body.also)
    made = _desk(visit).begin(visit.tx, row, wish, by=visit.by)
    return {"id": made.id, "filing": made.reference}


@act(f"{_ONE}/fill", page="filing_page", said="The answer stands.")
def fill_filing(visit: Visit, body: FillBody, filing: str) -> dict[str, Any]:
    """Answer a question of the report; an approval given before is void."""
    one = of_incident(visit, filing)
    fill.fill(
        visit.tx,
        one,
        body.question,
        body.text,
        form=_desk(visit).form(one.form),
        language=body.language,
        **visit.hands,
    )
    return {"question": body.question}


@act(f"{_ONE}/leave-unknown", page="filing_page", said="It stands as not known yet.")
def leave_unknown_filing(visit: Visit, body: UnknownBody, filing: str) -> dict[str, Any]:
    """Say that a thing is not known yet, and why."""
    one = of_incident(visit, filing)
    form = _desk(visit).form(one.form)
    fill.leave_unknown(visit.tx, one, body.question, because=body.because, form=form, **visit.hands)
    return {"question": body.question}


@act(f"{_ONE}/refresh", page="filing_page", said="The records were read anew.")
def refresh_filing(visit: Visit, filing: str) -> dict[str, Any]:
    """Read the numbers and moments from the records anew."""
    one, desk = of_incident(visit, filing), _desk(visit)
    moved = fill.refresh(visit.tx, one, dossier=desk.dossier(visit.tx, one), form=desk.form(one.form), **visit.hands)
    return {"changed": moved}


@act(f"{_ONE}/approve", page="filing_page", said="Approved.")
def approve_filing(visit: Visit, body: SeenBody, filing: str) -> dict[str, Any]:
    """Approve a report that another person wrote, as it was read."""
    one, desk = of_incident(visit, filing), _desk(visit)
    dossier, form = desk.dossier(visit.tx, one), desk.form(one.form)
    made = approve.approve(visit.tx, one, body.digest, dossier=dossier, form=form, **visit.hands)
    return {"id": made.id, "digest": made.digest}


@act(f"{_ONE}/break-glass", page="filing_page", said="Let out by one person. Another must review it within a day.")
def break_glass_filing(visit: Visit, body: AloneBody, filing: str) -> dict[str, Any]:
    """Let out the first report to an authority alone; loud, and reviewed within 24 hours."""
    one, desk = of_incident(visit, filing), _desk(visit)
    dossier, form = desk.dossier(visit.tx, one), desk.form(one.form)
    made = break_glass.break_glass(
        visit.tx, one, body.digest, reason=body.reason, dossier=dossier, form=form, **visit.hands
    )
    return {"id": made.id, "review_due_at": made.review_due_at}


@act(f"{_ONE}/review", page="filing_page", said="The review is recorded.")
def review_filing(visit: Visit, body: FindingBody, filing: str) -> dict[str, Any]:
    """Say what a second person found about a report that one person let out."""
    broken = break_glass.find_broken(visit.tx, of_incident(visit, filing))
    break_glass.review(visit.tx, broken, finding=body.finding, **visit.hands)
    return {"id": broken.id}


@act(f"{_ONE}/withdraw", page="filings", said="The report is given up.")
def withdraw_filing(visit: Visit, body: ReasonBody, filing: str) -> dict[str, Any]:
    """Give up a report that was not handed in."""
    prepare.withdraw(visit.tx, of_incident(visit, filing), because=body.because, **visit.hands)
    return {"filing": filing}


@act(f"{_ONE}/submit", page="filing_page", said="The submission is recorded.")
def submit_filing(visit: Visit, body: SubmitBody, filing: str) -> dict[str, Any]:
    """Record that a person handed the report in."""
    one = of_incident(visit, filing)
    handed = HandedIn(body.channel, body.at, _stream(body.paper), body.reasons_for_delay)
    form = _desk(visit).form(one.form)
    done = submit.submit(visit.tx, one, handed, form=form, **_safe(visit))
    return {"id": done.id, "submitted_at": done.submitted_at, "is_late": done.is_late}


@act(f"{_ONE}/acknowledge", page="filing_page", said="The acknowledgement is recorded.")
def acknowledge_filing(visit: Visit, body: AcknowledgeBody, filing: str) -> dict[str, Any]:
    """Record what the authority answered."""
    submission = find_submission(visit.tx, of_incident(visit, filing))
    answered = Answered(body.at, body.number, _stream(body.paper))
    made = submit.acknowledge(visit.tx, submission, answered, **_safe(visit))
    return {"id": made.id, "number": made.number}


def of_incident(visit: Visit, wanted: str) -> Filing:
    """A report of the incident that the path names. Raises NotFound."""
    found = find(visit.tx, wanted)
    if found.incident_id != visit.incident.id:
        raise NotFound("filing", wanted)
    return found


def _desk(visit: Visit) -> Desk:
    return Desk(visit.kit.packs, visit.kit.clock)


def _stream(paper: bytes | None) -> BytesIO | None:
    return BytesIO(paper) if paper else None


def _safe(visit: Visit) -> dict[str, Any]:
    return visit.hands | {"vault": visit.kit.vault, "keys": visit.kit.keys}
