"""What changed between two reports: every question that says something else, both sides, and nothing more."""

from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.filings.content import AnswerState, changes

EMPTY = {AnswerState.GAP, AnswerState.TO_FOLLOW, AnswerState.NOT_ASKED}
QUESTIONS = ["people", "place", "cause", "trend"]
COUNTS = st.builds(lambda low, more: {"min": low, "max": low + more}, st.integers(0, 3), st.integers(0, 2))


@st.composite
def answers(draw):
    found = []
    for question in draw(st.lists(st.sampled_from(QUESTIONS), unique=True)):
        state = draw(st.sampled_from(list(AnswerState)))
        value = draw(COUNTS) if state is AnswerState.ANSWERED else None
        because = draw(st.sampled_from(["a", "b"])) if state is AnswerState.UNKNOWN else None
        found.append({"question": question, "state": state, "shape": "count", "value": value, "because": because})
    return found


def said(found):
    """question -> what is said to it; an empty answer says nothing, whatever it is called."""
    return {row["question"]: (row["state"], row["value"], row["because"]) for row in found if row["state"] not in EMPTY}


@given(answers())
@settings(max_examples=40, deadline=None)
def test_the_same_report_has_changed_in_nothing(found):
    assert changes(found, found) == []


@given(answers(), answers())
@settings(max_examples=150, deadline=None)
def test_every_question_that_says_something_else_is_listed_with_both_sides(before, now):
    listed = {change["question"]: change for change in changes(before, now)}
    then, says = said(before), said(now)
    asked = {row["question"] for row in now}
    assert set(listed) == {question for question in asked if then.get(question) != says.get(question)}
    for question, change in listed.items():
        assert (change["was"]["value"], change["is"]["value"]) == (
            then.get(question, (None, None))[1],
            says.get(question, (None, None))[1],
        )
