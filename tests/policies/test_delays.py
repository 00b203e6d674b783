"""A request of law enforcement to wait: who is told later, until when, and what resumes when it ends."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from policies.counting import Counting
from policies.deadlines import Reading, settle
from policies.delays import held_back
from policies.facts import PoliceRequest
from policies.load import load
from policies.pack import Law, Timing
from policies.vocabulary import AnchorName, Audience

FOUND = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
NEW_YORK = Counting("America/New_York", "US", load().calendars)
THIRTY_DAYS = {"kind": "hard", "anchor": "discovered_at", "limits": [{"n": 30, "unit": "calendar_days"}]}
AT_ONCE = {"kind": "target", "anchor": "discovered_at", "pace": "without_undue_delay"}
DUE = datetime(2026, 12, 2, 23, 59, 59, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)


def a_law(**delay):
    said = {"cite": "section 3", "known": "read_in_text", **delay}
    head = {"title": "A law", "cite": "A law", "known": "read_in_text", "state": "voluntary", "zone": "UTC"}
    return Law.model_validate({**head, "area": "US-ME", "police_delay": said})


def asked(form="written", at=FOUND + timedelta(days=1), ends=None, where=()):
    return PoliceRequest(agency="State Police", form=form, requested_at=at, ends_at=ends, where=where)


def due(law, *requests, timing=THIRTY_DAYS, to=Audience.AFFECTED_INDIVIDUALS):
    reading = Reading(on=FOUND.date(), by=NEW_YORK)
    settled = settle(Timing.model_validate(timing), {AnchorName.DISCOVERED_AT: FOUND}, reading)
    return held_back(settled, law, to, requests, by=NEW_YORK, areas=load().areas)


def test_what_would_be_overdue_when_the_request_ends_is_due_at_its_end():
    ends = FOUND + timedelta(days=45)
    found = due(a_law(), asked(ends=ends))
    assert found.due_at == ends
    assert "State Police" in found.sentence
    assert "section 3" in found.sentence


def test_a_request_that_ends_before_the_limit_changes_nothing():
    assert due(a_law(), asked(ends=FOUND + timedelta(days=10))).due_at == DUE


def test_a_limit_of_its_own_runs_from_the_release():
    # Seven working days after a Tuesday on which the police let go; Thanksgiving is no working day.
    law = a_law(resumes={"n": 7, "unit": "business_days"})
    released = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
    ends = due(law, asked(ends=released)).due_at.astimezone(ZoneInfo("America/New_York"))
    assert ends.date().isoformat() == "2026-12-04"
    assert "7 business days after its end" in due(law, asked(ends=released)).sentence


def test_while_a_request_has_no_end_nothing_is_due_and_the_release_is_waited_for():
    found = due(a_law(), asked())
    assert (found.due_at, found.target_at, found.escalate_at) == (None, None, ())
    assert found.waiting_for == (AnchorName.RELEASED_BY_POLICE_AT,)
    assert "until it releases" in found.sentence


def test_the_spoken_word_lives_as_long_as_the_law_lets_it():
    law = a_law(oral_days=30)
    asked_on = FOUND + timedelta(days=20)
    assert due(law, asked("oral", asked_on)).due_at == asked_on + timedelta(days=30)
    sooner = asked_on + timedelta(days=15)
    assert due(law, asked("oral", asked_on, ends=sooner)).due_at == sooner
    assert due(law, asked("written", asked_on)).due_at is None


def test_a_form_that_the_law_does_not_know_holds_nothing_back():
    assert due(a_law(forms=["written"]), asked("oral")).due_at == DUE


@pytest.mark.parametrize(("where", "held"), [((), True), (("US",), True), (("US-ME",), True), (("US-TX", "FR"), False)])
def test_a_request_for_one_place_holds_back_that_place_only(where, held):
    assert (due(a_law(), asked(where=where)).due_at is None) == held


def test_the_authority_is_told_all_the_same_and_a_limit_that_had_passed_is_not_revived():
    assert due(a_law(), asked(), to=Audience.SUPERVISORY_AUTHORITY).due_at == DUE
    assert due(a_law(), asked(at=FOUND + timedelta(days=40))).due_at == DUE


def test_a_target_waits_as_a_limit_does():
    ends = FOUND + timedelta(days=9)
    assert due(a_law(), asked(ends=ends), timing=AT_ONCE).target_at == ends


def test_of_several_requests_the_longest_counts_and_a_law_without_such_a_delay_knows_none():
    ends = FOUND + timedelta(days=50)
    assert due(a_law(), asked(ends=FOUND + timedelta(days=35)), asked(ends=ends)).due_at == ends
    assert due(a_law(), asked(ends=ends), asked()).due_at is None
    plain = a_law().model_copy(update={"police_delay": None})
    assert due(plain, asked()).due_at == DUE
