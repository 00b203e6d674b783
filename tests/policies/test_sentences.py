"""A trace reads as a sentence: what each kind of condition says at each truth, and which facts it asks for."""

from datetime import UTC, date, datetime

import pytest

from policies.areas import Areas
from policies.conditions import Condition
from policies.facts import CohortFacts, Facts, PartyFacts
from policies.judge import judge
from policies.pack import Definition, FactWords
from policies.scope import Scope, concerned, tied

AREAS = {"EEA": ("DE", "FR"), "US-PR": ("PR",)}
WORDS = {
    "a": FactWords(ask="Is it so?", yes="It is so.", no="It is not so."),
    "b": FactWords(ask="Is it bare?"),
    "n": FactWords(ask="How many?", yes="Loss", unit="CNY"),
    "m": FactWords(ask="How much?"),
    "d": FactWords(ask="Is it grave?", yes="It is grave.", no="It is slight."),
}
DEFINES = {"d": Definition.model_validate({"cite": "annex 1", "known": "read_in_text", "if": {"fact": "a"}})}
THREE = {"op": "gte", "value": 3}
MAYBE = "the threshold of 3 or more is reached if the upper end is true."


def at(answers=None, people=None, cohort=None, breach=None, **ties):
    counted = tuple(
        CohortFacts.model_validate({"id": f"c{n}", "controller": "acme", "people": 5, **one})
        for n, one in enumerate(people or [])
    )
    facts = Facts.model_validate({
        "as_of": datetime(2026, 11, 20, tzinfo=UTC), "company": "acme", "cohorts": counted,
        "answers": answers or {}, "breach": breach or {},
    })  # fmt: skip
    return Scope(
        facts=facts,
        party=PartyFacts.model_validate({"id": "acme", **ties}),
        house=None,
        cohorts=counted,
        on=date(2026, 11, 20),
        areas=Areas(AREAS),
        words=WORDS,
        defines=DEFINES,
        cohort=counted[cohort] if cohort is not None else None,
    )


DE, US, SOMEWHERE = {"residence": "DE"}, {"residence": "US"}, {"residence": "unknown"}
SAID = [
    # a fact, with words of its own or without
    ({"fact": "a"}, at({"a": "yes"}), "yes", "It is so.", ()),
    ({"fact": "a"}, at({"a": "no"}), "no", "It is not so.", ()),
    ({"fact": "a"}, at(), "unknown", "Not known: Is it so?", ("a",)),
    ({"fact": "b"}, at({"b": "yes"}), "yes", "Is it bare? yes.", ()),
    ({"fact": "z"}, at(), "unknown", "Not known: z", ("z",)),
    # a number where a yes is asked: some is yes, none is no, and what may be none is unknown
    ({"fact": "a"}, at({"a": 3}), "yes", "It is so.", ()),
    ({"fact": "a"}, at({"a": 0}), "no", "It is not so.", ()),
    ({"fact": "a"}, at({"a": {"min": 0, "max": 4}}), "unknown", "Not known: Is it so?", ("a",)),
    # a fact that a law works out, and what a person answered of it
    ({"fact": "d"}, at({"a": "yes"}), "yes", "It is grave. (annex 1)", ()),
    ({"fact": "d"}, at({"a": "no"}), "no", "It is slight. (annex 1)", ()),
    ({"fact": "d"}, at(), "unknown", "Not settled: Is it grave? (annex 1)", ("a", "d")),
    ({"fact": "d"}, at({"a": "yes", "d": "no"}), "no", "It is slight.", ()),
    # numbers
    ({"number": "n", **THREE}, at({"n": 5}), "yes", "Loss: 5 CNY; the threshold of 3 or more is reached.", ()),
    ({"number": "n", **THREE}, at({"n": 2}), "no", "Loss: 2 CNY; the threshold of 3 or more is not reached.", ()),
    ({"number": "n", **THREE}, at({"n": {"min": 2, "max": None}}), "possible",
     f"Loss: at least 2 CNY; {MAYBE}", ("n",)),
    ({"number": "n", **THREE}, at(), "unknown", "Not known: How many?", ("n",)),
    ({"number": "n", **THREE}, at({"n": "yes"}), "unknown", "Not known: How many?", ("n",)),
    ({"number": "m", **THREE}, at({"m": 1000}), "yes", "How much?: 1,000; the threshold of 3 or more is reached.", ()),
    ({"number": "m", "op": "gt", "value": 3000}, at({"m": 3000}), "no",
     "How much?: 3,000; the threshold of 3,000 exceeded is not reached.", ()),
    ({"number": "m", "op": "lte", "value": 3}, at({"m": 3}), "yes",
     "How much?: 3; the threshold of 3 or fewer is reached.", ()),
    ({"number": "m", "op": "lt", "value": 3}, at({"m": {"min": 0, "max": None}}), "possible",
     "How much?: at least 0; the threshold of 3 undercut is reached if the upper end is true.", ("m",)),
    ({"number": "m", "op": "lt", "value": 3}, at({"m": {"min": 3, "max": None}}), "no",
     "How much?: at least 3; the threshold of 3 undercut is not reached.", ()),
    ({"number": "m", "op": "gte", "value": [{"from": "2027-01-01", "is": 3}]}, at({"m": 9}), "no",
     "How much?: 9; no threshold was in force on 2026-11-20.", ()),
    # people counted
    ({"people": {"residence": ["EEA"]}, **THREE}, at(people=[DE, US]), "yes",
     "People counted resident in EEA: 5; the threshold of 3 or more is reached.", ()),
    ({"people": {"residence": ["EEA"]}, **THREE}, at(people=[US, SOMEWHERE]), "possible",
     f"People counted resident in EEA: between 0 and 5; {MAYBE}",
     ("cohort_residence",)),
    ({"people": {"residence": ["US-CA"]}, **THREE}, at(people=[US]), "possible",
     f"People counted resident in US-CA: between 0 and 5; {MAYBE}",
     ("cohort_region",)),
    ({"people": {"residence": ["EEA"]}, **THREE}, at(people=[{**DE, "people": {"min": 1, "max": 9}}]), "possible",
     f"People counted resident in EEA: between 1 and 9; {MAYBE}",
     ("people_count",)),
    ({"people": {}, **THREE}, at(), "possible",
     f"People counted: at least 0; {MAYBE}", ("people_count",)),
    ({"people": {"if": {"cohort": {"category": ["health"]}}}, **THREE}, at(people=[DE]), "possible",
     f"People counted: between 0 and 5; {MAYBE}",
     ("cohort_category",)),
    ({"people": {"if": {"cohort": {"category": ["health"]}}}, **THREE}, at(people=[{**DE, "categories": ["name"]}]),
     "no",
     "People counted: 0; the threshold of 3 or more is not reached.", ()),
    # the people of whom a duty is asked
    ({"cohort": DE | {"residence": ["EEA"]}}, at(people=[DE], cohort=0), "yes",
     "These people are resident in EEA.", ()),
    ({"cohort": {"residence": ["EEA"]}}, at(people=[US], cohort=0), "no", "These people are not resident in EEA.", ()),
    ({"cohort": {"residence": ["EEA"]}}, at(people=[SOMEWHERE], cohort=0), "unknown",
     "It is not known whether they are resident in EEA.", ("cohort_residence",)),
    ({"cohort": {"age_band": ["under_14", "14_to_17"], "standing": ["active"]}}, at(people=[DE], cohort=0), "unknown",
     "It is not known whether they are aged under 14 or 14 to 17, with an account that is active.",
     ("cohort_age_band",)),
    ({"cohort": {"category": ["health"], "facet": ["money"]}}, at(people=[DE], cohort=0), "unknown",
     "It is not known whether they are with exposed health, with exposed data of the kind money.",
     ("cohort_category", "cohort_facet")),
    ({"cohort": {"residence": ["EEA"]}}, at(), "unknown",
     "Nobody has been counted yet, so it is not known whether anyone resident in EEA is affected.",
     ("who_is_affected",)),
    # the breach
    ({"breach_kind": "integrity"}, at(breach={"kinds": ["integrity"]}), "yes",
     "The integrity of the data was lost.", ()),
    ({"breach_kind": "integrity"}, at(breach={"kinds": {"integrity": "no"}}), "no",
     "The integrity of the data was not lost.", ()),
    ({"breach_kind": "integrity"}, at(), "unknown",
     "Not known: was the integrity of the data lost?", ("breach_integrity",)),
    ({"certainty": "happened"}, at(), "yes", "The breach is established.", ()),
    ({"certainty": "happened"}, at(breach={"certainty": "possible"}), "no",
     "The breach is possible and not established.", ()),
    # ties
    ({"established": ["EEA"]}, at(established_in={"FR": "yes"}), "yes", "acme is established in EEA.", ()),
    ({"established": ["EEA", "GB"]}, at(established_in={"EEA": "no", "GB": "no"}), "no",
     "acme is recorded as not one that is established in EEA or GB.", ()),
    ({"established": ["EEA", "GB"]}, at(established_in={"EEA": "no"}), "unknown",
     "Not known: whether acme is established in EEA or GB.", ("established_in:EEA+GB",)),
    ({"established": ["DE"]}, at(established_in={"EEA": "no"}), "no",
     "acme is recorded as not one that is established in DE.", ()),
    ({"established": ["EEA"]}, at(established_in={"FR": "unknown"}), "unknown",
     "Not known: whether acme is established in EEA.", ("established_in:EEA",)),
    ({"established": ["US-CA"]}, at(established_in={"US": "yes"}), "unknown",
     "Not known: whether acme is established in US-CA.", ("established_in:US-CA",)),
    ({"offering": ["US-CA"]}, at(offers_to={"US": "yes"}), "yes",
     "acme offers its services to people in US-CA.", ()),
    ({"offering": ["US-CA"]}, at(offers_to={"US": "no"}), "no",
     "acme is recorded as not one that offers its services to people in US-CA.", ()),
    ({"stored": ["CN"]}, at(stores_in={"CN": "yes"}), "yes", "acme handles or stores the data in CN.", ()),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "scope", "truth", "sentence", "asks"), SAID)
def test_what_a_condition_says_and_asks(condition, scope, truth, sentence, asks):
    if "cohort" in condition:
        condition = {"cohort": {k: v for k, v in condition["cohort"].items() if v != "DE"}}
    found = judge(Condition.model_validate(condition), scope)
    assert (found.truth, found.sentence, found.asks) == (truth, sentence, frozenset(asks))


def test_a_denial_keeps_the_sentence_and_turns_the_truth():
    found = judge(Condition.model_validate({"not": {"fact": "a"}}), at({"a": "yes"}))
    assert (found.truth, found.sentence) == ("no", "It is so.")
    open_one = judge(Condition.model_validate({"not": {"fact": "a"}}), at())
    assert (open_one.truth, open_one.asks) == ("unknown", {"a"})


def test_a_trace_holds_what_decided_and_what_lies_under_it():
    both = Condition.model_validate({"all": [{"fact": "a"}, {"any": [{"fact": "b"}, {"fact": "d"}]}]})
    found = judge(both, at({"a": "yes", "b": "no"}))
    assert list(found.reasons()) == ["It is so.", "It is grave. (annex 1)", "It is so."]
    assert found.tree() == {
        "truth": "yes",
        "because": [
            {"truth": "yes", "says": "It is so."},
            {
                "truth": "yes",
                "because": [
                    {"truth": "no", "says": "Is it bare? no."},
                    {
                        "truth": "yes",
                        "says": "It is grave. (annex 1)",
                        "because": [{"truth": "yes", "says": "It is so."}],
                    },
                ],
            },
        ],
    }


@pytest.mark.parametrize(
    ("place", "wanted", "truth"),
    [
        ("DE", ("EEA",), "yes"),
        ("DE", ("FR", "EEA"), "yes"),
        ("DE", ("DE",), "yes"),
        ("DE-BY", ("DE",), "yes"),
        ("DE-BY", ("DE-BY",), "yes"),
        ("DE-BY", ("DE-HE",), "no"),
        ("DE-BY", ("EEA",), "yes"),
        ("DE", ("DE-BY",), "unknown"),
        ("PR", ("US-PR",), "yes"),
        ("GB", ("EEA", "FR"), "no"),
        ("unknown", ("EEA",), "unknown"),
    ],
)
def test_where_a_place_lies_is_told_each_time_alike(place, wanted, truth):
    areas = Areas(AREAS)
    assert [areas.inside(place, wanted) for _ in range(2)] == [truth, truth]


def test_a_group_has_its_members_and_what_is_no_group_has_none():
    areas = Areas(AREAS)
    assert areas.members("EEA") == {"DE", "FR"}
    assert areas.members("DE") == areas.members(None) == frozenset()


@pytest.mark.parametrize(
    ("ties", "is_tied"),
    [
        ({}, False),
        ({"established_in": {"FR": "yes"}}, True),
        ({"stores_in": {"EEA": "unknown"}}, True),
        ({"offers_to": {"FR": "no"}}, False),
        ({"offers_to": {"GB": "yes"}}, False),
    ],
)
def test_a_law_is_asked_of_all_where_the_party_is_tied_and_else_of_those_who_may_live_there(ties, is_tied):
    scope = at(people=[DE, US, SOMEWHERE], **ties)
    assert tied("EEA", scope) == is_tied
    asked_of = {one.residence for one in concerned("EEA", scope)}
    assert asked_of == ({"DE", "US", "unknown"} if is_tied else {"DE", "unknown"})
    assert len(concerned(None, scope)) == 3


def test_the_fields_that_decide_are_those_of_the_whole_tree():
    tree = Condition.model_validate({
        "all": [
            {"cohort": {"residence": ["EEA"], "category": ["health"]}},
            {"any": [{"not": {"cohort": {"facet": ["money"], "standing": ["active"]}}}, {"fact": "a"}]},
            {"people": {"age_band": ["adult"], "if": {"fact": "b"}}, **THREE},
        ]
    })  # fmt: skip
    assert tree.cohort_fields() == {"place", "categories", "standing"}
    assert tree.facts() == {"a", "b"}
