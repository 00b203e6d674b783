"""The check of a reference code: whether a message that somebody got is from the company. Shows nobody's data."""

from flask import request
from flask.typing import ResponseReturnValue

from incidents.notices.reference import Answer, verify_reference
from web.kit import kit
from web.limits import limiter
from web.public.door import Place, page, place, public


@public.get("/<company>/<language>/check")
def check_form(company: str, language: str) -> str:
    return page("check.html", place(company, language), answer=None)


@public.post("/<company>/<language>/check")
@limiter.limit("20 per minute")
def check_answer(company: str, language: str) -> ResponseReturnValue:
    where = place(company, language)
    code = request.form.get("code", "")[:40]
    kind, answer = _answer(where, code)
    return page("check.html", where, answer=answer, kind=kind, code=code)


def _answer(where: Place, code: str) -> tuple[str, str]:
    with kit().begin(reading=True) as tx:
        found = verify_reference(tx, code)
    says = where.says
    if found.answer is Answer.MISTYPED:
        return "bad", says.malformed
    # Another company's code is not ours to vouch for on this page.
    if found.answer is Answer.UNKNOWN or found.company != where.company:
        return "bad", says.not_ours
    if found.answer is Answer.REHEARSED:
        return "bad", says.rehearsed
    day = where.day(found.approved_at) if found.approved_at else ""
    if found.answer is Answer.TAKEN_BACK:
        return "bad", says.taken_back.format(day=day, codes=", ".join(found.followed_by))
    return "good", says.genuine.format(day=day)
