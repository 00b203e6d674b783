"""The states of one delivery, what moves it from one to the next, and which of them are final; one table says all."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from notifiers.outcome import Outcome, Reason


class State(StrEnum):
    """Where one delivery (one person, one channel) stands."""

    __hash__ = str.__hash__  # Enum's own is a call into Python, at each look into a table

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    IN_DOUBT = "in_doubt"
    REFUSED = "refused"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUBSTITUTED = "substituted"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


class Event(StrEnum):
    """What can happen to a delivery: a provider's outcome, or an act of ours."""

    __hash__ = str.__hash__

    CLAIMED = "claimed"  # a worker begins to send it
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    DEFERRED = "deferred"
    NOT_TAKEN = "not_taken"  # throttled, or refused for now: it may go again
    REFUSED = "refused"  # for good, by this provider
    SUPPRESSED = "suppressed"  # refused because of a list or an opt-out
    EXPIRED = "expired"
    LOST = "lost"  # the line broke, or the worker died, between the act and the record
    AGAIN = "again"  # whoever is in doubt is told again
    CANCELLED = "cancelled"
    SUBSTITUTED = "substituted"
    REMARKED = "remarked"  # something to keep that moves nothing


_SENTENCES: Mapping[State, str] = {
    State.QUEUED: "Waits to be sent.",
    State.SENDING: "A worker is sending it now.",
    State.ACCEPTED: "The provider took it; it is not known to have arrived.",
    State.DELIVERED: "It arrived.",
    State.READ: "It was opened.",
    State.IN_DOUBT: "It may have been sent: the worker or the line died between the act and the record.",
    State.REFUSED: "This channel failed for this person; the next route is taken.",
    State.SUPPRESSED: "A list or an opt-out stands in the way of this channel; the next route is taken.",
    State.EXPIRED: "It waited longer than it may; the next route is taken.",
    State.CANCELLED: "It was stopped before it was sent.",
    State.SUBSTITUTED: "No route to this person is left; the announcement tells them.",
}

FAILED = frozenset({State.REFUSED, State.SUPPRESSED, State.EXPIRED})
FINAL = FAILED | {State.READ, State.CANCELLED, State.SUBSTITUTED}

S, E = State, Event
# From a provider's receipts: each of these may come early, late, twice or never.
_ARRIVED = {E.DELIVERED: S.DELIVERED, E.READ: S.READ}
_FAILED = {E.REFUSED: S.REFUSED, E.SUPPRESSED: S.SUPPRESSED, E.EXPIRED: S.EXPIRED}
_TAKEN = {E.ACCEPTED: S.ACCEPTED, E.DEFERRED: S.ACCEPTED}
TRANSITIONS: Mapping[State, Mapping[Event, State]] = {
    S.QUEUED: {E.CLAIMED: S.SENDING, E.CANCELLED: S.CANCELLED, E.SUBSTITUTED: S.SUBSTITUTED, **_FAILED}
    # A receipt can overtake the record of the sending that it belongs to, or come after "not taken" was a mistake.
    | {**_TAKEN, **_ARRIVED, E.NOT_TAKEN: S.QUEUED, E.LOST: S.IN_DOUBT},
    S.SENDING: {**_TAKEN, **_ARRIVED, **_FAILED, E.NOT_TAKEN: S.QUEUED, E.LOST: S.IN_DOUBT},
    S.ACCEPTED: {**_ARRIVED, **_FAILED},
    # A mailbox can take a letter and send it back later; it had not arrived after all.
    S.DELIVERED: {E.READ: S.READ, **_FAILED},
    # Told again: the list of those who were once in doubt is read from the outcomes, not from the state.
    S.IN_DOUBT: {**_TAKEN, **_ARRIVED, **_FAILED, E.AGAIN: S.QUEUED, E.CANCELLED: S.CANCELLED},
    # These absorb everything.
    S.READ: {},
    S.REFUSED: {},
    S.SUPPRESSED: {},
    S.EXPIRED: {},
    S.CANCELLED: {},
    S.SUBSTITUTED: {},
}

_OF_OUTCOME: Mapping[Outcome, Event] = {
    Outcome.ACCEPTED: E.ACCEPTED,
    Outcome.DELIVERED: E.DELIVERED,
    Outcome.READ: E.READ,
    Outcome.DEFERRED: E.DEFERRED,
    Outcome.BOUNCED: E.REFUSED,
    Outcome.EXPIRED: E.EXPIRED,
    Outcome.THROTTLED: E.NOT_TAKEN,
    Outcome.IN_DOUBT: E.LOST,
    Outcome.COMPLAINED: E.DELIVERED,
    Outcome.UNSUBSCRIBED: E.DELIVERED,
    Outcome.UNKNOWN: E.REMARKED,
}
_LISTS = frozenset({Reason.SUPPRESSED_BY_PROVIDER, Reason.OPTED_OUT})


def event_of(outcome: Outcome, reason: Reason | None, *, permanent: bool, at_sending: bool) -> Event:
    """What a provider's word does to a delivery. A refusal that may pass is `not_taken` at sending; in a receipt it is
    the end of that attempt, for the message has left our hands."""
    if outcome in {Outcome.REFUSED, Outcome.BOUNCED} and reason in _LISTS:
        return Event.SUPPRESSED
    if outcome is Outcome.REFUSED:
        return Event.REFUSED if permanent or not at_sending else Event.NOT_TAKEN
    return _OF_OUTCOME[outcome]


def after(state: State, event: Event) -> State:
    """The state after `event`; the same one where the table knows no way."""
    return TRANSITIONS[state].get(event, state)


def fold(events: Iterable[Event]) -> State:
    """The state after all these, from the beginning: what the roll-up must always equal."""
    state = State.QUEUED
    for event in events:
        state = after(state, event)
    return state
