"""What a request of law enforcement to wait does to a deadline: who may be told later, and when it runs on."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from policies.areas import Areas
from policies.counting import Counting, count
from policies.deadlines import Deadline, shown, unit_said
from policies.facts import PoliceRequest, Truth
from policies.pack import Law, PoliceDelay
from policies.vocabulary import AnchorName, Audience, RequestForm


def held_back(
    deadline: Deadline, law: Law, owed_to: Audience, requests: Iterable[PoliceRequest], *, by: Counting, areas: Areas
) -> Deadline:
    """`deadline` as the requests leave it; unchanged where the law lets nobody wait, or the limit had passed before.

    While a request stands without an end, nothing is due and the release is waited for.
    """
    rule = law.police_delay
    if rule is None or owed_to not in rule.holds_back:
        return deadline
    heard = [one for one in requests if one.form in rule.forms and _concerns(one, law, areas)]
    in_time = [one for one in heard if deadline.due_at is None or one.requested_at <= deadline.due_at]
    if not in_time:
        return deadline
    # Whoever asked last to wait longest decides; an open request is longer than any.
    longest = max(in_time, key=lambda one: (_end(one, rule) is None, _end(one, rule) or one.requested_at))
    end = _end(longest, rule)
    return _waiting(deadline, longest, rule) if end is None else _moved(deadline, longest, rule, end, by)


def _end(request: PoliceRequest, rule: PoliceDelay) -> datetime | None:
    """When the wait ends; a spoken request lives no longer than the law lets it."""
    if request.form is RequestForm.WRITTEN or rule.oral_days is None:
        return request.ends_at
    spoken = request.requested_at + timedelta(days=rule.oral_days)
    return min(spoken, request.ends_at) if request.ends_at else spoken


def _concerns(request: PoliceRequest, law: Law, areas: Areas) -> bool:
    return (
        not request.where
        or law.area is None
        or areas.inside(law.area, request.where) is Truth.YES
        or law.area in request.where
    )


def _waiting(deadline: Deadline, request: PoliceRequest, rule: PoliceDelay) -> Deadline:
    since = f"since {request.requested_at:%Y-%m-%d} at the request of {request.agency}"
    said = f"Held back {since}, until it releases ({rule.cite})."
    waiting = (*deadline.waiting_for, AnchorName.RELEASED_BY_POLICE_AT)
    return replace(
        deadline,
        due_at=None,
        target_at=None,
        escalate_at=(),
        waiting_for=waiting,
        sentence=f"{said} {deadline.sentence}",
    )


def _moved(deadline: Deadline, request: PoliceRequest, rule: PoliceDelay, end: datetime, by: Counting) -> Deadline:
    n = rule.resumes.n.on(by.day(end)) if rule.resumes else None
    resumed = count(rule.resumes, end, n=n, by=by) if rule.resumes and n else end
    due = deadline.due_at and max(deadline.due_at, resumed)
    target = deadline.target_at and max(deadline.target_at, end)
    if (due, target) == (deadline.due_at, deadline.target_at):
        return deadline
    after = f"{n} {unit_said(rule.resumes.unit, n)} after" if rule.resumes and n else "at"
    said = f"Held back at the request of {request.agency}; due {after} its end ({shown(end, by.zone)}; {rule.cite})."
    return replace(deadline, due_at=due, target_at=target, escalate_at=(end,), sentence=f"{deadline.sentence} {said}")
