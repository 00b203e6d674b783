"""Reads of notices, the fan-out and the playbook over the API. Counts and tokens, nobody's name or address."""

from dataclasses import asdict
from typing import Any, Literal

from flask import Response, jsonify
from flask_openapi3 import Tag
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from incidents.deliveries.control import fan_outs, find_fan_out
from incidents.deliveries.live import live
from incidents.deliveries.plan import Terms
from incidents.deliveries.progress import in_doubt, progress
from incidents.deliveries.start import forecast, reach
from incidents.deliveries.tables import FanOut
from incidents.foundation.errors import NotFound
from incidents.notices.files import Format
from incidents.notices.library import load_wording
from incidents.notices.preview import preview, sheet
from incidents.notices.reference import verify_reference
from incidents.notices.tables import Notice
from incidents.notices.texts import Sources, find_notice, languages, notices_of, written
from incidents.record.incident import find
from incidents.respond import play
from web.api.door import api
from web.api.record import IncidentPath
from web.kit import kit
from web.pages import notices as pages

_NOTICES = [Tag(name="notices")]
_FAN_OUTS = [Tag(name="fan-outs")]
_STEPS = [Tag(name="playbook")]
_ONE = "/incidents/<reference>/notices/<notice>"


class NoticePath(BaseModel):
    """The references of an incident and of one of its notices."""

    reference: str
    notice: str


class FanOutPath(BaseModel):
    """The reference of an incident and the id of one of its fan-outs."""

    reference: str
    fan_out_id: str


class TextQuery(BaseModel):
    """Which text: a language, a form, and the readers (a cohort or controller; the first ones unless said)."""

    language: str
    form: Format = Format.PAGE
    cohort: str | None = None


class LanguageQuery(BaseModel):
    """A language."""

    language: str


class ReachQuery(LanguageQuery):
    """A language, and what becomes of people whose country is unknown."""

    unknown_residence: Literal["hold", "send"] = "hold"


class ForecastQuery(ReachQuery):
    """The same, and how long each wave of a large fan-out is watched."""

    soak_minutes: int = Field(5, ge=0, le=1440)


class CodePath(BaseModel):
    """A reference code as somebody reads it out."""

    code: str


@api.get("/incidents/<reference>/notices", tags=_NOTICES, summary="The notices of an incident.")
def list_notices(path: IncidentPath) -> Response:
    with kit().begin(reading=True) as tx:
        return jsonify([pages.row(tx, one) for one in notices_of(tx, find(tx, path.reference).id)])


@api.get(f"{_ONE}/text", tags=_NOTICES, summary="One text as it would go, what stands against it, what to approve.")
def show_text(path: NoticePath, query: TextQuery) -> Response:
    with kit().begin(reading=True) as tx:
        one = _notice(tx, path)
        return jsonify(preview(tx, one, query.language, query.form, query.cohort, sources=_sources()))


@api.get(f"{_ONE}/words", tags=_NOTICES, summary="The placeholders of one language, and what stands in each.")
def show_words(path: NoticePath, query: LanguageQuery) -> Response:
    with kit().begin(reading=True) as tx:
        return jsonify(sheet(tx, _notice(tx, path), query.language, sources=_sources()))


@api.get(f"{_ONE}/findings", tags=_NOTICES, summary="Everything that stands against approval, in every language.")
def list_findings(path: NoticePath) -> Response:
    with kit().begin(reading=True) as tx:
        one, sources = _notice(tx, path), _sources()
        found = [written(tx, one, language, sources=sources) for language in languages(tx, one)]
        return jsonify([asdict(finding) for each in found for finding in each.findings])


@api.get(f"{_ONE}/reach", tags=_NOTICES, summary="Who can be told by what, and who cannot and why, before sending.")
def show_reach(path: NoticePath, query: ReachQuery) -> Response:
    with kit().begin(reading=True) as tx:
        notice_id = _notice(tx, path).id
    return jsonify(reach(kit(), notice_id, query.language, unknown_residence=query.unknown_residence).as_json())


@api.get(f"{_ONE}/forecast", tags=_NOTICES, summary="How long telling takes, what it costs, who is told in time.")
def show_forecast(path: NoticePath, query: ForecastQuery) -> Response:
    with kit().begin(reading=True) as tx:
        notice_id = _notice(tx, path).id
    terms = Terms(query.unknown_residence, soak_minutes=query.soak_minutes)
    return jsonify(forecast(kit(), notice_id, query.language, terms=terms).as_json())


@api.get("/codes/<code>", tags=_NOTICES, summary="Whether a reference code is ours; says nothing about anybody.")
def check_code(path: CodePath) -> Response:
    with kit().begin(reading=True) as tx:
        return jsonify(asdict(verify_reference(tx, path.code)))


@api.get("/incidents/<reference>/fan-outs", tags=_FAN_OUTS, summary="The fan-outs of an incident with their counts.")
def list_fan_outs(path: IncidentPath) -> Response:
    with kit().begin(reading=True) as tx:
        found = fan_outs(tx, find(tx, path.reference).id)
        return jsonify([_fan_out(one) | progress(tx, one).as_json() for one in found])


@api.get(
    "/incidents/<reference>/fan-outs/<fan_out_id>/live",
    tags=_FAN_OUTS,
    summary="How it runs, from counts that are kept: rate, time to finish, against its forecast and each deadline.",
)
def show_live(path: FanOutPath) -> Response:
    with kit().begin(reading=True) as tx:
        return jsonify(live(tx, _of_incident(tx, path), kit=kit()).as_json())


@api.get(
    "/incidents/<reference>/fan-outs/<fan_out_id>/in-doubt",
    tags=_FAN_OUTS,
    summary="Whoever may have been told twice, by token.",
)
def list_in_doubt(path: FanOutPath) -> Response:
    with kit().begin(reading=True) as tx:
        found = in_doubt(tx, _of_incident(tx, path))
        return jsonify([{"delivery": d, "person": p, "state": s} for d, p, s in found])


@api.get("/incidents/<reference>/steps", tags=_STEPS, summary="Every step of the playbook as it stands now.")
def list_steps(path: IncidentPath) -> Response:
    with kit().begin(reading=True) as tx:
        now = play.standing(tx, find(tx, path.reference), clock=kit().clock)
        able = {one.step.id for one in now.next}
        return jsonify([_step(one) | {"next": one.step.id in able} for one in now.steps])


def _step(one: Any) -> dict[str, Any]:
    said = {"step": one.step.id, "title": one.step.title, "role": one.step.role, "action": one.step.action}
    return said | {"state": one.state, "overdue": one.overdue, "due_at": one.due_at, "why": list(one.why)}


def _fan_out(one: Any) -> dict[str, Any]:
    names = ("id", "notice_id", "language", "proof", "planned_at", "planned_by_name", "started_at", "ended_at")
    return {name: getattr(one, name) for name in names}


def _of_incident(tx: Session, path: FanOutPath) -> FanOut:
    one = find_fan_out(tx, path.fan_out_id)
    if one.incident_id != find(tx, path.reference).id:
        raise NotFound("fan-out", path.fan_out_id)
    return one


def _sources() -> Sources:
    return Sources(kit().packs, load_wording())


def _notice(tx: Session, path: NoticePath) -> Notice:
    found = find_notice(tx, path.notice)
    if found.incident_id != find(tx, path.reference).id:
        raise NotFound("notice", path.notice)
    return found
