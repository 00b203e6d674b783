"""Counting from an anchor: hours, days, working days, months, several limits, and what no number limits."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.counting import Counting, add_months, stretched
from policies.counting import count as counted
from policies.deadlines import TARGET_HOURS, Reading, settle
from policies.load import load
from policies.pack import Limit, Timing
from policies.vocabulary import AnchorName, DeadlineKind, Pace, Unit

FRIDAY = datetime(2026, 11, 20, 13, 40, tzinfo=UTC)
TODAY = date(2026, 11, 20)


def timing(**said):
    return Timing.model_validate({"kind": "hard", "anchor": "discovered_at", **said})


def limit(n, unit, **more):
    return {"n": n, "unit": unit, **more}


def due(said, anchors=None, zone="Asia/Shanghai", on=TODAY, *, targets=None, limits=None, stretch=False):
    by = Counting(said.zone or zone, said.holidays, load().calendars)
    reading = Reading(on=on, by=by, targets=targets, stretch=stretch)
    return settle(said, anchors or {AnchorName.DISCOVERED_AT: FRIDAY}, reading, limits=limits)


def count(said, start, *, n, zone, place=None):
    return counted(said, start, n=n, by=Counting(zone, place, load().calendars))


def add_business_days(day, n, place):
    return load().calendars.add_business_days(day, n, place)


def test_hours_run_through_the_weekend():
    found = due(timing(limits=[limit(72, "hours")]))
    assert found.due_at == FRIDAY + timedelta(hours=72)
    assert "72 hours from 'discovered'" in found.sentence
    assert "nights and holidays" in found.sentence


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 3, 31), 11, date(2027, 2, 28)),
        (date(2026, 11, 30), 12, date(2027, 11, 30)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
)
def test_a_month_is_a_calendar_month(day, months, end):
    assert add_months(day, months) == end


def test_days_end_with_the_day_in_the_declared_zone():
    found = due(timing(limits=[limit(30, "calendar_days")]), zone="Asia/Yangon")
    assert found.due_at.astimezone(ZoneInfo("Asia/Yangon")) == datetime(
        2026, 12, 20, 23, 59, 59, tzinfo=ZoneInfo("Asia/Yangon")
    )


def test_a_half_hour_zone_decides_which_day_it_was():
    # 17:45 UTC is a quarter past midnight in Yangon, and still the evening before in Bangkok's hour.
    late = datetime(2026, 11, 20, 17, 45, tzinfo=UTC)
    one = Limit.model_validate(limit(1, "calendar_days"))
    assert count(one, late, n=1, zone="Asia/Yangon").date() == date(2026, 11, 22)
    assert count(one, late, n=1, zone="Asia/Kathmandu").date() == date(2026, 11, 21)


def test_working_days_skip_weekend_and_holidays_and_are_no_hours():
    christmas_eve = date(2026, 12, 24)
    assert add_business_days(christmas_eve, 1, "DE") == date(2026, 12, 28)
    assert add_business_days(date(2026, 11, 20), 3, None) == date(2026, 11, 25)


def test_a_worked_saturday_counts_in_china_and_a_golden_week_does_not():
    assert add_business_days(date(2025, 9, 30), 1, "CN") == date(2025, 10, 9)
    assert add_business_days(date(2025, 9, 26), 1, "CN") == date(2025, 9, 28)  # a Sunday that was worked


def test_a_last_day_off_rolls_only_where_the_law_says_so():
    saturday = limit(1, "calendar_days")
    assert due(timing(limits=[saturday])).due_at.astimezone(ZoneInfo("Asia/Shanghai")).date() == date(2026, 11, 21)
    rolled = due(timing(limits=[{**saturday, "roll": "next_business_day"}]))
    assert rolled.due_at.astimezone(ZoneInfo("Asia/Shanghai")).date() == date(2026, 11, 23)


def test_the_earlier_of_two_limits_binds_as_soon_as_one_is_known():
    both = timing(limits=[limit(24, "hours"), limit(4, "hours", anchor="classified_at")])
    assert due(both).due_at == FRIDAY + timedelta(hours=24)
    assert due(both).waiting_for == (AnchorName.CLASSIFIED_AT,)
    classified = {AnchorName.DISCOVERED_AT: FRIDAY, AnchorName.CLASSIFIED_AT: FRIDAY + timedelta(hours=2)}
    assert due(both, classified).due_at == FRIDAY + timedelta(hours=6)


def test_the_later_of_two_limits_waits_for_both():
    both = timing(limits=[limit(24, "hours"), limit(4, "hours", anchor="classified_at")], join="last")
    assert due(both).due_at is None
    classified = {AnchorName.DISCOVERED_AT: FRIDAY, AnchorName.CLASSIFIED_AT: FRIDAY + timedelta(hours=30)}
    assert due(both, classified).due_at == FRIDAY + timedelta(hours=34)


def test_no_other_anchor_stands_in_for_a_missing_one():
    chained = timing(anchor="handling_ended_at", limits=[limit(30, "calendar_days")])
    found = due(chained)
    assert (found.due_at, found.waiting_for) == (None, (AnchorName.HANDLING_ENDED_AT,))
    assert "no other moment stands in" in found.sentence


def test_of_anchors_that_the_law_names_as_alternatives_the_earliest_counts():
    either = timing(anchor=["discovered_at", "told_by_processor_at"], limits=[limit(4, "hours")])
    told = {AnchorName.DISCOVERED_AT: FRIDAY, AnchorName.TOLD_BY_PROCESSOR_AT: FRIDAY - timedelta(hours=1)}
    assert due(either, told).due_at == FRIDAY + timedelta(hours=3)


@pytest.mark.parametrize("pace", list(Pace))
def test_immediately_is_a_target_with_escalation_and_never_overdue_at_once(pace):
    found = due(timing(kind="target", pace=pace))
    assert found.due_at is None
    assert found.target_at == FRIDAY + timedelta(hours=TARGET_HOURS[pace])
    assert found.target_at > FRIDAY
    assert found.escalate_at[0] < found.target_at < found.escalate_at[-1]
    assert "names no number" in found.sentence


def test_a_companys_own_target_counts_before_the_products():
    found = due(timing(kind="target", pace="immediately"), targets={Pace.IMMEDIATELY: 2})
    assert found.target_at == FRIDAY + timedelta(hours=2)
    assert "the company's own target" in found.sentence


def test_a_limit_with_undue_delay_has_a_target_before_it():
    found = due(timing(kind="soft", pace="without_undue_delay", limits=[limit(72, "hours")]))
    assert found.kind is DeadlineKind.SOFT
    assert FRIDAY < found.target_at <= found.due_at


def test_a_hard_limit_warns_before_it_passes():
    found = due(timing(limits=[limit(4, "hours")]))
    assert found.escalate_at == (FRIDAY + timedelta(hours=2), FRIDAY + timedelta(hours=3))


def test_the_length_in_force_at_the_time_counts():
    # A regime that gave 24 hours and gives 72 since 20 August 2025.
    changed = timing(limits=[limit([{"is": 24}, {"from": "2025-08-20", "is": 72}], "hours")])
    assert due(changed, on=date(2025, 8, 19)).due_at == FRIDAY + timedelta(hours=24)
    assert due(changed, on=date(2025, 8, 20)).due_at == FRIDAY + timedelta(hours=72)


def test_an_ended_limit_limits_nothing():
    ended = timing(limits=[limit([{"is": 24}, {"from": "2026-01-01", "is": None}], "hours")])
    assert due(ended).due_at is None
    assert "No limit was in force" in due(ended).sentence


@settings(max_examples=150, deadline=None)
@given(
    start=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    n=st.integers(0, 400),
    unit=st.sampled_from(list(Unit)),
    zone=st.sampled_from(["Asia/Shanghai", "Asia/Yangon", "Europe/Berlin", "America/New_York", "UTC"]),
    place=st.sampled_from([None, "CN", "DE", "US-CA"]),
)
def test_no_deadline_is_before_its_anchor(start, n, unit, zone, place):
    n = min(n, 60) if unit is Unit.MONTHS else n
    one = Limit.model_validate(limit(n, unit))
    assert count(one, start, n=n, zone=zone, place=place) >= start


@settings(max_examples=80, deadline=None)
@given(
    hours=st.integers(0, 5000),
    n=st.integers(0, 90),
    unit=st.sampled_from(list(Unit)),
)
def test_a_later_anchor_never_gives_an_earlier_deadline(hours, n, unit):
    n = min(n, 24) if unit is Unit.MONTHS else n
    one = Limit.model_validate(limit(n, unit))
    later = FRIDAY + timedelta(hours=hours)
    assert count(one, later, n=n, zone="Asia/Shanghai", place="CN") >= count(
        one, FRIDAY, n=n, zone="Asia/Shanghai", place="CN"
    )


def test_a_target_wakes_somebody_at_half_all_and_twice_of_it():
    found = due(timing(kind="target", pace="immediately"), targets={Pace.IMMEDIATELY: 4})
    assert [at - FRIDAY for at in found.escalate_at] == [timedelta(hours=hours) for hours in (2, 4, 8)]


def test_the_sentence_says_which_of_two_limits_counts():
    limits = [limit(1, "hours"), limit(1, "months")]
    first = due(timing(limits=limits)).sentence
    last = due(timing(limits=limits, join="last")).sentence
    assert first.startswith("1 hour from")
    assert "Of 2 limits the earlier counts." in first
    assert last.startswith("1 month from")
    assert "Of 2 limits the later counts." in last
    assert "limits" not in due(timing(limits=limits[:1])).sentence


@pytest.mark.parametrize("pace", list(Pace))
def test_the_products_own_targets_stay_within_three_days(pace):
    assert 0 < TARGET_HOURS[pace] <= 72


def test_a_limit_in_months_runs_from_the_end_of_the_calendar_year_where_the_law_says_so():
    yearly = timing(limits=[limit(60, "calendar_days", from_year_end=True)])
    ends = due(yearly, zone="America/New_York").due_at.astimezone(ZoneInfo("America/New_York"))
    assert (ends.date(), ends.hour) == (date(2027, 3, 1), 23)
    leap = {AnchorName.DISCOVERED_AT: datetime(2027, 6, 1, tzinfo=UTC)}
    assert due(yearly, leap, zone="UTC").due_at.date() == date(2028, 2, 29)
    assert "after the end of the calendar year" in due(yearly).sentence
    new_years_eve = {AnchorName.DISCOVERED_AT: datetime(2026, 12, 31, 23, 0, tzinfo=UTC)}
    assert due(yearly, new_years_eve, zone="Asia/Tokyo").due_at.date() == date(2028, 2, 29)  # there it is 2027 already
    hours = timing(limits=[limit(1, "hours", from_year_end=True)])
    assert due(hours, zone="UTC").due_at == datetime(2027, 1, 1, 0, 59, 59, tzinfo=UTC)


LAPSING = timing(
    limits=[limit(4, "hours", anchor="classified_at"), limit(24, "hours", lapses_if_after="classified_at")]
)


@pytest.mark.parametrize(
    ("classified_after", "due_after"),
    [(None, 24), (2, 6), (20, 24), (22, 24), (24, 24), (25, 29), (70, 74)],
)
def test_a_limit_lapses_where_its_moment_came_only_after_its_end(classified_after, due_after):
    anchors = {AnchorName.DISCOVERED_AT: FRIDAY}
    if classified_after is not None:
        anchors[AnchorName.CLASSIFIED_AT] = FRIDAY + timedelta(hours=classified_after)
    assert due(LAPSING, anchors).due_at == FRIDAY + timedelta(hours=due_after)


@pytest.mark.parametrize(
    ("start", "hours", "ends"),
    [
        # Friday evening and 24 hours end on a Saturday: noon of Monday.
        ("2026-11-20T18:00:00+01:00", 24, "2026-11-23T12:00:00+01:00"),
        ("2026-11-19T18:00:00+01:00", 24, "2026-11-20T18:00:00+01:00"),
        # Christmas, its second day and the weekend after it in Germany.
        ("2026-12-24T09:00:00+01:00", 24, "2026-12-28T12:00:00+01:00"),
    ],
)
def test_a_limit_that_ends_on_a_day_off_ends_at_noon_of_the_next_working_day(start, hours, ends):
    noon = timing(limits=[limit(hours, "hours", roll="noon_next_business_day")], holidays="DE")
    found = due(noon, {AnchorName.DISCOVERED_AT: datetime.fromisoformat(start)}, zone="Europe/Berlin")
    assert found.due_at == datetime.fromisoformat(ends)


STRETCHED = timing(
    kind="soft",
    limits=[limit(72, "hours")],
    holidays="EU",
    stretch={
        "business_days": 2,
        "if": {"fact": "counts_two_working_days"},
        "cite": "Regulation 1182/71, article 3(5)",
        "known": "read_in_secondary",
        "says": "Whether a period in hours must hold two working days is disputed.",
    },
)


def test_a_disputed_longer_count_is_said_and_not_taken_unless_somebody_decided_for_it():
    # Thursday 24 December, noon, in Brussels: the institutions are closed until the new year.
    christmas = {AnchorName.DISCOVERED_AT: datetime(2026, 12, 24, 11, 0, tzinfo=UTC)}
    strict = due(STRETCHED, christmas, zone="Europe/Brussels")
    assert strict.due_at == datetime(2026, 12, 27, 11, 0, tzinfo=UTC)
    assert "disputed" in strict.sentence
    assert "it is not counted" in strict.sentence
    longer = due(STRETCHED, christmas, zone="Europe/Brussels", stretch=True)
    assert longer.due_at > strict.due_at
    assert "holds 2 working days" in longer.sentence


def test_a_period_that_holds_its_working_days_is_not_stretched():
    tuesday = {AnchorName.DISCOVERED_AT: datetime(2026, 11, 17, 11, 0, tzinfo=UTC)}
    for chosen in (True, False):
        found = due(STRETCHED, tuesday, zone="Europe/Brussels", stretch=chosen)
        assert found.due_at == datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
        assert "working days" not in found.sentence


def test_a_weekend_in_the_period_is_made_good():
    # Friday 11:00 and 72 hours end on Monday, which is one working day; the second is Tuesday.
    found = due(STRETCHED, {AnchorName.DISCOVERED_AT: FRIDAY}, zone="Europe/Brussels", stretch=True)
    assert found.due_at == FRIDAY + timedelta(hours=96)


def test_days_off_that_nobody_published_yet_make_a_limit_provisional():
    days = timing(limits=[limit(5, "business_days")], holidays="CN")
    assert not due(days).provisional
    late = due(days, {AnchorName.DISCOVERED_AT: datetime(2027, 9, 28, tzinfo=UTC)})
    assert late.provisional
    assert "Provisional" in late.sentence
    hours = timing(limits=[limit(4, "hours")], holidays="CN")
    assert not due(hours, {AnchorName.DISCOVERED_AT: datetime(2027, 9, 28, tzinfo=UTC)}).provisional
    over_new_year = due(days, {AnchorName.DISCOVERED_AT: datetime(2026, 12, 30, tzinfo=UTC)})
    assert over_new_year.provisional


def test_chinas_worked_weekends_are_the_same_in_two_libraries():
    calendars = load().calendars
    first, last = date(2023, 1, 1), date(calendars.published["CN"].through, 12, 31)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert {day for day in days if calendars.is_business_day(day, "CN") != chinese_calendar.is_workday(day)} == set()


def test_the_institutions_of_the_union_have_days_off_of_their_own():
    calendars = load().calendars
    assert not calendars.is_business_day(date(2026, 12, 29), "EU")
    assert calendars.is_business_day(date(2026, 12, 29), "BE")
    assert not calendars.is_business_day(date(2026, 11, 21), "EU")
    assert calendars.is_published(2026, "EU")
    assert not calendars.is_published(2031, "EU")


@pytest.mark.parametrize(
    ("unit", "n", "roll", "ends"),
    [
        ("calendar_days", 1, "next_business_day", "2026-04-07T23:59:59+02:00"),
        ("hours", 24, "noon_next_business_day", "2026-04-07T12:00:00+02:00"),
        ("business_days", 1, "none", "2026-04-07T23:59:59+02:00"),
    ],
)
def test_over_easter_the_next_working_day_is_tuesday(unit, n, roll, ends):
    maundy_thursday = {AnchorName.DISCOVERED_AT: datetime.fromisoformat("2026-04-02T18:00:00+02:00")}
    easter = timing(limits=[limit(n, unit, roll=roll)], holidays="DE")
    assert due(easter, maundy_thursday, zone="Europe/Berlin").due_at == datetime.fromisoformat(ends)


def test_a_stretch_counts_the_days_off_of_its_place():
    start = datetime.fromisoformat("2026-04-02T18:00:00+02:00")
    by = Counting("Europe/Berlin", "DE", load().calendars)
    later = stretched(start, start + timedelta(hours=72), business_days=2, by=by)
    assert later == datetime.fromisoformat("2026-04-08T18:00:00+02:00")
    assert stretched(start, later, business_days=2, by=by) is later
