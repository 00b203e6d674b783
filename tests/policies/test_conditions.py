"""Conditions: four truths, numbers with bounds, who is counted, and the facts that would settle what is open."""

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from policies.conditions import Condition
from policies.facts import CohortFacts, Facts, PartyFacts, Truth
from policies.judge import judge
from policies.load import load
from policies.pack import FactWords
from policies.scope import Scope

WORDS = {"a": FactWords(ask="A?", yes="A.", no="Not A."), "b": FactWords(ask="B?"), "n": FactWords(ask="N?", unit="x")}


def scope(cohorts=(), cohort=None, answers=None, **party):
    counted = tuple(
        CohortFacts.model_validate({"id": f"c{n}", "controller": "acme", **one}) for n, one in enumerate(cohorts)
    )
    facts = Facts(as_of=datetime(2026, 11, 20, tzinfo=UTC), company="acme", cohorts=counted, answers=answers or {})
    return Scope(
        facts=facts,
        party=PartyFacts.model_validate({"id": "acme", **party}),
        house=None,
        cohorts=counted,
        on=date(2026, 11, 20),
        areas=load().areas,
        words=WORDS,
        cohort=counted[cohort] if cohort is not None else None,
    )


def truth(condition, at):
    return judge(Condition.model_validate(condition), at).truth


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        ("yes", "yes", "yes", "yes"),
        ("yes", "unknown", "unknown", "yes"),
        ("yes", "no", "no", "yes"),
        ("unknown", "unknown", "unknown", "unknown"),
        ("unknown", "no", "no", "unknown"),
        ("no", "no", "no", "no"),
    ],
)
def test_all_is_the_least_and_any_the_greatest(a, b, both, either):
    at = scope(answers={"a": a, "b": b})
    assert truth({"all": [{"fact": "a"}, {"fact": "b"}]}, at) == both
    assert truth({"any": [{"fact": "a"}, {"fact": "b"}]}, at) == either


@pytest.mark.parametrize(("said", "denied"), [("yes", "no"), ("no", "yes"), ("unknown", "unknown")])
def test_what_is_unknown_is_unknown_when_denied_too(said, denied):
    assert truth({"not": {"fact": "a"}}, scope(answers={"a": said})) == denied


def test_a_fact_that_nobody_mentioned_is_unknown_and_asked_for():
    found = judge(Condition.model_validate({"any": [{"fact": "a"}, {"fact": "b"}]}), scope())
    assert found.truth is Truth.UNKNOWN
    assert found.asks == {"a", "b"}


def test_a_settled_condition_asks_nothing():
    found = judge(Condition.model_validate({"any": [{"fact": "a"}, {"fact": "b"}]}), scope(answers={"a": "yes"}))
    assert found.asks == frozenset()
    assert list(found.reasons()) == ["A."]


@pytest.mark.parametrize(
    ("op", "at_500", "at_501"),
    [("gte", "yes", "yes"), ("gt", "no", "yes"), ("lte", "yes", "no"), ("lt", "no", "no")],
)
def test_more_than_500_is_not_500_or_more(op, at_500, at_501):
    condition = {"people": {}, "op": op, "value": 500}
    assert truth(condition, scope([{"people": 500}])) == at_500
    assert truth(condition, scope([{"people": 501}])) == at_501


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ({"min": 0, "max": 499}, "no"),
        ({"min": 0, "max": 500}, "possible"),
        ({"min": 0, "max": None}, "possible"),
        ({"min": 500, "max": None}, "yes"),
    ],
)
def test_a_number_with_bounds_is_certain_possible_or_not(people, expected):
    assert truth({"people": {}, "op": "gte", "value": 500}, scope([{"people": people}])) == expected


def test_people_of_unknown_residence_may_count_and_do_not_surely():
    at = scope([{"people": 400, "residence": "CN"}, {"people": 200}, {"people": 900, "residence": "DE"}])
    condition = {"people": {"residence": ["CN"]}, "op": "gte", "value": 500}
    assert truth(condition, at) == "possible"
    assert "between 400 and 600" in judge(Condition.model_validate(condition), at).sentence


def test_a_threshold_follows_its_date():
    condition = {"people": {}, "op": "gte", "value": [{"is": 100}, {"from": "2027-01-01", "is": 10}]}
    assert truth(condition, scope([{"people": 50}])) == "no"


@pytest.mark.parametrize(("age", "expected"), [("under_14", "yes"), ("adult", "no"), ("unknown", "unknown")])
def test_an_unknown_age_is_no_adult(age, expected):
    at = scope([{"people": 1, "age_band": age}], cohort=0)
    assert truth({"cohort": {"age_band": ["under_14", "14_to_17"]}}, at) == expected


def test_data_kinds_are_asked_by_kind_and_by_what_they_are_good_for():
    at = scope([{"people": 1, "categories": ["name", "bank_account"]}], cohort=0)
    assert truth({"cohort": {"facet": ["money"]}}, at) == "yes"
    assert truth({"cohort": {"category": ["health"]}}, at) == "no"
    assert truth({"cohort": {"facet": ["money"]}}, scope([{"people": 1}], cohort=0)) == "unknown"


def test_whether_a_party_is_established_is_asked_and_not_derived_from_its_people():
    assert truth({"established": ["EEA"]}, scope([{"people": 1, "residence": "DE"}])) == "unknown"
    assert truth({"established": ["EEA"]}, scope(established_in={"FR": "yes"})) == "yes"
    assert truth({"established": ["EEA"]}, scope(established_in={"EEA": "no"})) == "no"
    assert truth({"established": ["EEA"]}, scope(established_in={"FR": "no"})) == "unknown"


@pytest.mark.parametrize(
    ("place", "wanted", "expected"),
    [
        ("DE", ("EEA",), "yes"),
        ("US-CA", ("US",), "yes"),
        ("US-CA", ("US-NY",), "no"),
        ("US", ("US-CA",), "unknown"),
        ("unknown", ("CN",), "unknown"),
        ("NO", ("EEA",), "yes"),
        ("HK", ("CN",), "no"),
    ],
)
def test_where_a_place_lies(place, wanted, expected):
    assert load().areas.inside(place, wanted) == expected


def test_a_cohorts_own_answer_counts_before_the_partys_and_the_breachs():
    cohorts = [{"people": 1, "answers": {"a": "no"}}, {"people": 1}]
    assert truth({"fact": "a"}, scope(cohorts, cohort=0, answers={"a": "yes"})) == "no"
    assert truth({"fact": "a"}, scope(cohorts, cohort=1, answers={"a": "yes"})) == "yes"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"fact": "a", "certainty": "happened"},
        {"number": "n"},
        {"fact": "a", "op": "gte", "value": 3},
        {"all": []},
        {"people": {"colour": ["red"]}, "op": "gte", "value": 1},
    ],
)
def test_a_condition_asks_exactly_one_thing(wrong):
    with pytest.raises(ValidationError):
        Condition.model_validate(wrong)
