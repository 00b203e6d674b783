"""The form by which a person outside tells a company that data may have leaked; it keeps what is sent, sealed."""

from datetime import datetime, timedelta

from flask import request
from flask.typing import ResponseReturnValue

from incidents.record.inbound import Report, receive
from policies.counting import Counting, count
from policies.houses import House
from policies.pack import Limit
from web.kit import kit
from web.limits import limiter
from web.public.door import page, place, public

_LONGEST = 20_000  # characters; whoever has more to say is asked for it in the answer


@public.get("/<company>/<language>/report")
def report_form(company: str, language: str) -> str:
    return page("report.html", place(company, language))


@public.post("/<company>/<language>/report")
@limiter.limit("6 per hour")
def report_sent(company: str, language: str) -> ResponseReturnValue:
    where, k = place(company, language), kit()
    text = request.form.get("text", "")[:_LONGEST]
    contact = request.form.get("contact", "").strip()[:400] or None
    with k.begin() as tx:
        said = Report(company, text, contact, "public_page")
        row = receive(tx, said, clock=k.clock, keys=k.keys, answer_within=_promised(where.house, k.clock.now()))
    return page("answer.html", where, sentence=where.says.thanks, keep=row.id), 201


def _promised(house: House, now: datetime) -> timedelta | None:
    """How long the house gives itself to answer, from now; None where its policy promises nothing."""
    promise = house.answer_time
    if promise is None:
        return None
    limit = Limit.model_validate({"n": promise.n, "unit": promise.unit})
    place = house.country if len(house.country) == 2 else None
    by = Counting(house.zone, place, kit().packs.calendars)
    return count(limit, now, n=promise.n, by=by) - now
