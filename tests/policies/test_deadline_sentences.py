"""What a deadline says of its counting, to the letter: people read it at night, and act on it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from policies.areas import Areas
from policies.counting import Counting
from policies.deadlines import Reading, settle, shown
from policies.delays import held_back
from policies.facts import CohortFacts, PoliceRequest, Span, Truth
from policies.load import load
from policies.pack import Law, Limit, Timing
from policies.scope import counted, matches
from policies.vocabulary import AnchorName, Audience, DeadlineKind, Pace

FOUND = datetime.fromisoformat("2026-11-20T21:40:00+08:00")
CALENDARS = load().calendars
ONE = {"limits": [{"n": 1, "unit": "hours"}]}
SOON = {"pace": "without_undue_delay"}
BOTH = ["discovered_at", "told_by_processor_at"]


def due(anchored=True, *, targets=None, place=None, on=date(2026, 11, 20), **timing):
    said = Timing.model_validate({"kind": "hard", "anchor": "discovered_at", **timing})
    anchors = {AnchorName.DISCOVERED_AT: FOUND} if anchored else {}
    return settle(said, anchors, Reading(on=on, by=Counting("Asia/Shanghai", place, CALENDARS), targets=targets))


HOUR = (
    "1 hour from 'discovered' (2026-11-20 21:40 Asia/Shanghai) end 2026-11-20 22:40 Asia/Shanghai; "
    "hours run through nights and holidays."
)
MONTH = (
    "1 month from 'discovered' (2026-11-20 21:40 Asia/Shanghai) end 2026-12-20 23:59 Asia/Shanghai; "
    "to the same day of the month, or the month's last, and that day counts to its end."
)
WAITING = "1 hour from 'discovered', which has not happened or is not recorded; no other moment stands in."
AIM = "The text says 'without undue delay' and names no number; this product's own target is 48 hours from "
SAID = [
    ({}, ONE, HOUR),
    ({}, {"limits": [{"n": 1, "unit": "months"}]}, MONTH),
    ({}, {"limits": [{"n": 3, "unit": "calendar_days"}]},
     "3 calendar days from 'discovered' (2026-11-20 21:40 Asia/Shanghai) end 2026-11-23 23:59 Asia/Shanghai; "
     "the day it happened does not count, and the last day counts to its end."),
    ({}, {"limits": [{"n": 1, "unit": "business_days"}]},
     "1 business day from 'discovered' (2026-11-20 21:40 Asia/Shanghai) end 2026-11-23 23:59 Asia/Shanghai; "
     "the day it happened and days off do not count, and the last day counts to its end."),
    ({}, {"limits": [{"n": 0, "unit": "hours"}]},
     "No time from 'discovered' (2026-11-20 21:40 Asia/Shanghai) end 2026-11-20 21:40 Asia/Shanghai; "
     "hours run through nights and holidays."),
    ({}, {"limits": [{"n": 60, "unit": "calendar_days", "from_year_end": True}]},
     "60 calendar days after the end of the calendar year from 'discovered' (2026-11-20 21:40 Asia/Shanghai) end "
     "2027-03-01 23:59 Asia/Shanghai; the day it happened does not count, and the last day counts to its end."),
    ({}, {"limits": [*ONE["limits"], {"n": 1, "unit": "months"}]}, f"{HOUR} Of 2 limits the earlier counts."),
    ({}, {"limits": [*ONE["limits"], {"n": 1, "unit": "months"}], "join": "last"},
     f"{MONTH} Of 2 limits the later counts."),
    ({}, {"limits": [{"n": [{"from": "2027-01-01", "is": 4}], "unit": "hours"}]},
     "No limit was in force on 2026-11-20."),
    ({"anchored": False}, ONE, WAITING),
    ({"anchored": False}, {**ONE, "anchor": BOTH},
     "1 hour from 'discovered or told by processor', which has not happened or is not recorded; "
     "no other moment stands in."),
    ({"anchored": False}, {**ONE, **SOON}, f"{WAITING} {AIM}'discovered', which is not recorded."),
    ({"anchored": False}, {"kind": "target", **SOON, "anchor": BOTH},
     f"{AIM}'discovered or told by processor', which is not recorded."),
    ({}, {"kind": "target", **SOON},
     f"{AIM}'discovered' (2026-11-20 21:40 Asia/Shanghai), 2026-11-22 21:40 Asia/Shanghai."),
    ({"targets": {Pace.WITHOUT_UNDUE_DELAY: 6}}, {"kind": "target", **SOON},
     "The text says 'without undue delay' and names no number; the company's own target is 6 hours from "
     "'discovered' (2026-11-20 21:40 Asia/Shanghai), 2026-11-21 03:40 Asia/Shanghai."),
    ({}, {"limits": [{"n": 1, "unit": "hours", "roll": "noon_next_business_day"}], "holidays": "seat"},
     f"{HOUR} Provisional: whose days off count, or the days off of that year, are not known yet."),
    ({"place": "DE"}, {"limits": [{"n": 1, "unit": "hours", "roll": "noon_next_business_day"}], "holidays": "seat"},
     HOUR),
]  # fmt: skip


@pytest.mark.parametrize(("given", "timing", "sentence"), SAID)
def test_how_it_was_counted_is_said_to_the_letter(given, timing, sentence):
    assert due(**given, **timing).sentence == sentence


def test_a_limit_whose_anchor_is_missing_is_empty_and_keeps_its_kind():
    found = due(anchored=False, kind="soft", **ONE)
    assert (found.kind, found.due_at, found.target_at, found.anchor) == (DeadlineKind.SOFT, None, None, None)
    assert (found.waiting_for, found.escalate_at, found.provisional) == ((AnchorName.DISCOVERED_AT,), (), False)
    open_target = due(anchored=False, kind="target", **SOON)
    assert (open_target.kind, open_target.escalate_at) == (DeadlineKind.TARGET, ())


def test_a_limit_that_waits_for_its_own_anchor_shows_the_target_that_does_not():
    found = due(kind="hard", limits=[{"n": 4, "unit": "hours", "anchor": "classified_at"}], **SOON)
    assert (found.kind, found.due_at) == (DeadlineKind.HARD, None)
    assert found.target_at == FOUND + timedelta(hours=48)
    assert found.waiting_for == (AnchorName.CLASSIFIED_AT,)
    assert found.anchor is AnchorName.DISCOVERED_AT
    assert found.escalate_at == tuple(FOUND + timedelta(hours=hours) for hours in (24, 48, 96))


def test_a_length_that_is_not_in_force_limits_nothing_and_wakes_nobody():
    found = due(limits=[{"n": [{"from": "2027-01-01", "is": 4}], "unit": "hours"}])
    assert (found.kind, found.due_at, found.escalate_at, found.target_at) == (DeadlineKind.HARD, None, (), None)


def test_a_limit_without_a_pace_has_no_target_and_one_with_it_aims_no_later_than_its_end():
    assert due(**ONE).target_at is None
    assert due(**ONE, **SOON).target_at == FOUND + timedelta(hours=1)
    assert due(limits=[{"n": 99, "unit": "hours"}], **SOON).target_at == FOUND + timedelta(hours=48)


def test_somebody_is_woken_before_a_limit_passes_and_at_the_targets_steps_that_come_before_it():
    def hours(found):
        return [round((at - FOUND) / timedelta(hours=1), 2) for at in found.escalate_at]

    assert hours(due(**ONE)) == [0.5, 0.75]
    assert hours(due(limits=[{"n": 24, "unit": "hours"}], **SOON)) == [12, 18]
    assert hours(due(limits=[{"n": 72, "unit": "hours"}], **SOON)) == [24, 36, 48, 54]
    assert hours(due(kind="target", **SOON)) == [24, 48, 96]


def test_a_time_is_shown_by_the_clock_that_is_named_with_it():
    assert shown(FOUND, "Asia/Yangon") == "2026-11-20 20:10 Asia/Yangon"


LAW = Law.model_validate({
    "title": "A law", "cite": "A law", "known": "read_in_text", "state": "voluntary", "zone": "UTC", "area": "US-ME",
    "police_delay": {"cite": "section 3", "known": "read_in_text"},
})  # fmt: skip
ONE_DAY = Limit.model_validate({"n": 1, "unit": "business_days"})
RESUMING = LAW.model_copy(update={"police_delay": LAW.police_delay.model_copy(update={"resumes": ONE_DAY})})


def held(law, ends_at, at=FOUND, **timing):
    request = PoliceRequest(agency="State Police", form="written", requested_at=at, ends_at=ends_at)
    by = Counting("Asia/Shanghai", None, CALENDARS)
    return held_back(due(**(timing or ONE)), law, Audience.AFFECTED_INDIVIDUALS, [request], by=by, areas=Areas({}))


def test_what_the_police_hold_back_says_who_asked_until_when_and_by_which_rule():
    ends = FOUND + timedelta(days=3)
    at_once = held(LAW, ends)
    assert at_once.sentence == (
        f"{HOUR} Held back at the request of State Police; due at its end (2026-11-23 21:40 Asia/Shanghai; section 3)."
    )
    assert (at_once.due_at, at_once.escalate_at) == (ends, (ends,))
    later = held(RESUMING, ends)
    assert later.sentence.endswith("due 1 business day after its end (2026-11-23 21:40 Asia/Shanghai; section 3).")
    assert later.due_at == datetime.fromisoformat("2026-11-24T23:59:59+08:00")
    waiting = held(LAW, None)
    assert waiting.sentence == (
        f"Held back since 2026-11-20 at the request of State Police, until it releases (section 3). {HOUR}"
    )
    assert held(LAW, None, **ONE, **SOON).target_at is None


def test_a_request_at_the_very_end_of_a_limit_still_holds_it_back():
    ends = FOUND + timedelta(days=3)
    assert held(LAW, ends, at=FOUND + timedelta(hours=1)).due_at == ends
    assert held(LAW, ends, at=FOUND + timedelta(hours=1, seconds=1)).due_at == FOUND + timedelta(hours=1)


def a_cohort(people, **more):
    return CohortFacts.model_validate({"id": "c", "controller": "acme", "people": people, **more})


@pytest.mark.parametrize(
    ("people", "span"),
    [
        ([{"min": 2, "max": None}, 3], Span(min=5, max=None)),
        ([{"min": 0, "max": 0}, 3], Span(min=3, max=3)),
        ([3, {"min": 1, "max": 4}], Span(min=4, max=7)),
        ([], Span(min=0, max=None)),
    ],
)
def test_people_are_counted_between_those_who_surely_are_meant_and_those_who_may_be(people, span):
    assert counted(lambda _: Truth.YES, tuple(a_cohort(one) for one in people)) == span


def test_those_who_only_may_be_meant_count_at_the_upper_end_alone():
    truths = {"a": Truth.YES, "b": Truth.UNKNOWN, "c": Truth.NO}
    cohorts = tuple(a_cohort(10, residence="CN").model_copy(update={"id": name}) for name in truths)
    assert counted(lambda one: truths[one.id], cohorts) == Span(min=10, max=20)


@pytest.mark.parametrize(
    ("wanted", "truth"),
    [
        ({"residence": ("CN",)}, "yes"),
        ({"residence": ("DE",)}, "no"),
        ({"category": ("health", "name")}, "yes"),
        ({"category": ("health",)}, "no"),
        ({"facet": ("contact",)}, "yes"),
        ({"facet": ("money",)}, "no"),
        ({"age_band": ("adult",)}, "unknown"),
        ({"standing": ("active",)}, "yes"),
        ({"residence": ("CN",), "standing": ("deleted",)}, "no"),
        ({}, "yes"),
    ],
)
def test_a_filter_means_those_of_whom_each_of_its_fields_holds(wanted, truth):
    people = a_cohort(1, residence="CN", categories=["name", "phone"])
    assert matches(wanted, people, Areas({})) == truth


def test_utc_is_what_every_moment_is_kept_in():
    found = due(**ONE, **SOON)
    assert all(at.tzinfo is UTC for at in (found.due_at, found.target_at, *found.escalate_at))
