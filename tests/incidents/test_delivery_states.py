"""The state machine of one delivery: final states absorb, and the order of receipts does not matter."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from incidents.deliveries.state import FINAL, TRANSITIONS, Event, State, after, event_of, fold
from notifiers.outcome import Outcome, Reason

RANK = [State.QUEUED, State.SENDING, State.IN_DOUBT, State.ACCEPTED, State.DELIVERED, State.READ]
RECEIPTS = [Event.ACCEPTED, Event.DEFERRED, Event.DELIVERED, Event.READ]


def test_every_state_has_its_row_and_its_sentence():
    assert set(TRANSITIONS) == set(State)
    assert all(state.sentence.endswith(".") for state in State)


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_final_state_absorbs_everything(state):
    assert {after(state, event) for event in Event} == {state}


@pytest.mark.parametrize("order", list(permutations([Event.ACCEPTED, Event.DELIVERED, Event.READ])))
def test_receipts_in_any_order_end_at_the_strongest(order):
    assert fold([Event.CLAIMED, *order]) is State.READ


def test_a_late_weaker_receipt_changes_nothing():
    assert fold([Event.CLAIMED, Event.DELIVERED, Event.ACCEPTED, Event.DEFERRED]) is State.DELIVERED


def test_a_letter_that_comes_back_after_it_arrived_had_not_arrived():
    assert fold([Event.CLAIMED, Event.DELIVERED, Event.REFUSED]) is State.REFUSED


def test_doubt_is_settled_by_a_receipt_or_by_telling_again():
    assert fold([Event.LOST, Event.DELIVERED]) is State.DELIVERED
    assert fold([Event.LOST, Event.AGAIN]) is State.QUEUED
    assert fold([Event.LOST, Event.AGAIN, Event.ACCEPTED]) is State.ACCEPTED


@pytest.mark.parametrize(
    ("outcome", "reason", "permanent", "at_sending", "event"),
    [
        (Outcome.REFUSED, Reason.OPTED_OUT, True, True, Event.SUPPRESSED),
        (Outcome.REFUSED, Reason.SUPPRESSED_BY_PROVIDER, True, False, Event.SUPPRESSED),
        (Outcome.REFUSED, Reason.PROVIDER_ERROR, False, True, Event.NOT_TAKEN),
        (Outcome.REFUSED, Reason.CONTENT_REFUSED, False, False, Event.REFUSED),
        (Outcome.BOUNCED, Reason.BLOCKED, False, False, Event.REFUSED),
        (Outcome.THROTTLED, Reason.RATE_LIMITED, False, True, Event.NOT_TAKEN),
        (Outcome.COMPLAINED, None, False, False, Event.DELIVERED),
        (Outcome.UNKNOWN, None, False, False, Event.REMARKED),
    ],
)
def test_what_a_providers_word_does(outcome, reason, permanent, at_sending, event):
    assert event_of(outcome, reason, permanent=permanent, at_sending=at_sending) is event


def test_every_outcome_and_event_does_something_defined():
    for outcome in Outcome:
        for at_sending in (True, False):
            assert event_of(outcome, None, permanent=True, at_sending=at_sending) in Event


class OneDelivery(RuleBasedStateMachine):
    """Whatever happens in whatever order, a delivery never goes back from what is known, and a person is never lost."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.QUEUED
        self.events: list[Event] = []
        self.best = 0

    def happens(self, event: Event) -> None:
        before = self.state
        self.state = after(self.state, event)
        self.events.append(event)
        if before in FINAL:
            assert self.state is before
        if self.state in RANK:
            if event in RECEIPTS and before in RANK:
                assert RANK.index(self.state) >= RANK.index(before)
            self.best = RANK.index(self.state)

    @rule(event=st.sampled_from(RECEIPTS))
    def a_receipt_comes(self, event: Event) -> None:
        self.happens(event)
        assert after(self.state, event) is self.state, "told twice, it moves once"

    @rule(event=st.sampled_from([Event.CLAIMED, Event.LOST, Event.AGAIN, Event.NOT_TAKEN]))
    def a_worker_acts(self, event: Event) -> None:
        arrived = self.state in {State.ACCEPTED, State.DELIVERED, State.READ}
        self.happens(event)
        if arrived:
            assert self.state in {State.ACCEPTED, State.DELIVERED, State.READ}, "who was told is not told again"

    @rule(event=st.sampled_from([Event.REFUSED, Event.SUPPRESSED, Event.EXPIRED, Event.CANCELLED, Event.REMARKED]))
    def it_fails(self, event: Event) -> None:
        self.happens(event)

    @invariant()
    def the_fold_of_all_events_is_the_state(self) -> None:
        assert fold(self.events) is self.state


TestOneDelivery = OneDelivery.TestCase
TestOneDelivery.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from(list(Event)), max_size=12), st.data())
def test_repeating_a_receipt_right_away_changes_nothing(events, data):
    place = data.draw(st.integers(0, len(events)))
    receipt = data.draw(st.sampled_from(RECEIPTS))
    once = [*events[:place], receipt, *events[place:]]
    twice = [*events[:place], receipt, receipt, *events[place:]]
    assert fold(once) is fold(twice)
