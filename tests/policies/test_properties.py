"""What holds of every evaluation, whatever the facts."""

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.evaluate import evaluate
from policies.facts import Facts
from policies.load import load
from policies.vocabulary import Decision

FACTS = sorted(load().words)
NUMBERS = sorted(name for name, words in load().words.items() if words.unit)
STRENGTH = {Decision.NOT_OWED: 0, Decision.UNKNOWN: 1, Decision.POSSIBLE: 2, Decision.OWED: 3}
PLACES = ["CN", "DE", "TH", "MM", "US", "unknown"]


def answer(name):
    word = st.sampled_from(["yes", "no"])
    number = st.integers(0, 200_000_000)
    return number if name in NUMBERS else word


answers = st.dictionaries(st.sampled_from(FACTS), st.booleans()).flatmap(
    lambda picked: st.fixed_dictionaries({name: answer(name) for name in picked})
)
cohort = st.fixed_dictionaries(
    {
        "controller": st.sampled_from(["moqi", "mmso", "onami:shop-1", "smo:team-2"]),
        "residence": st.sampled_from(PLACES),
        "age_band": st.sampled_from(["under_14", "14_to_17", "adult", "unknown"]),
        "categories": st.sampled_from([[], ["name"], ["health"], ["bank_account", "phone"]]),
        "people": st.integers(0, 3_000_000),
    }
)
cohorts = st.lists(cohort, min_size=1, max_size=4)


def facts(company, said, people):
    numbered = [{"id": f"c{number}", **one} for number, one in enumerate(people)]
    return Facts.model_validate(
        {
            "as_of": "2026-11-20T22:00:00+08:00",
            "company": company,
            "breach": {"kinds": ["confidentiality"]},
            "parties": [{"id": company, "anchors": {"became_aware_at": "2026-11-20T21:40:00+08:00"}}],
            "answers": said,
            "cohorts": numbered,
        }
    )


def decisions(evaluation):
    return {(one.party, one.id, one.subject): one.decision for one in evaluation.obligations}


@settings(max_examples=60, deadline=None)
@given(
    company=st.sampled_from(["moqi", "mmso", "onami", "smo"]), said=answers, people=cohorts, more=st.integers(1, 10**8)
)
def test_more_people_never_remove_an_obligation(company, said, people, more):
    before = decisions(evaluate(load(), facts(company, said, people)))
    grown = [{**people[0], "people": people[0]["people"] + more}, *people[1:]]
    after = decisions(evaluate(load(), facts(company, said, grown)))
    assert before.keys() == after.keys()
    assert all(STRENGTH[after[key]] >= STRENGTH[before[key]] for key in before)


@settings(max_examples=60, deadline=None)
@given(company=st.sampled_from(["moqi", "mmso", "onami", "smo"]), said=answers, people=cohorts, data=st.data())
def test_an_answer_taken_back_never_leaves_fewer_questions(company, said, people, data):
    if not said:
        return
    forgotten = data.draw(st.sampled_from(sorted(said)))
    before = {(one.fact, one.party) for one in evaluate(load(), facts(company, said, people)).questions}
    unknown = {**said, forgotten: "unknown"}
    after = {(one.fact, one.party) for one in evaluate(load(), facts(company, unknown, people)).questions}
    assert before <= after


@settings(max_examples=60, deadline=None)
@given(company=st.sampled_from(["moqi", "mmso", "onami", "smo"]), said=answers, people=cohorts)
def test_what_is_open_is_asked_and_what_is_decided_says_why(company, said, people):
    found = evaluate(load(), facts(company, said, people))
    asked = {changed for one in found.questions for changed, _ in one.changes}
    for one in found.obligations:
        assert all(group.because for group in one.reasoned)
        assert one.citation
        if one.decision in (Decision.UNKNOWN, Decision.POSSIBLE):
            assert one.id in asked
        for at in (one.deadline.due_at, one.deadline.target_at):
            assert at is None or at > facts(company, said, people).parties[0].anchors["became_aware_at"]
