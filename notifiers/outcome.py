"""The closed words for what became of a message, a sentence each, and the values that carry them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What is known about one message at one moment."""

    __hash__ = str.__hash__  # Enum's own is a call into Python, at each look into a table

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    DEFERRED = "deferred"
    REFUSED = "refused"
    BOUNCED = "bounced"
    EXPIRED = "expired"
    THROTTLED = "throttled"
    IN_DOUBT = "in_doubt"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    UNKNOWN = "unknown"

    @property
    def sentence(self) -> str:
        return _OUTCOMES[self]


class Reason(StrEnum):
    """Why a message was not taken or not delivered; the provider's own code stays in the raw answer beside it."""

    __hash__ = str.__hash__

    INVALID_ADDRESS = "invalid_address"
    GONE = "gone"
    SUPPRESSED_BY_PROVIDER = "suppressed_by_provider"
    OPTED_OUT = "opted_out"
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    MAILBOX_FULL = "mailbox_full"
    CONTENT_REFUSED = "content_refused"
    TOO_LONG = "too_long"
    NOT_PERMITTED = "not_permitted"
    CREDENTIALS = "credentials"
    OUR_ACCOUNT = "our_account"
    LOG_IN_ENDED = "log_in_ended"
    RATE_LIMITED = "rate_limited"
    PROVIDER_ERROR = "provider_error"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    MACHINE = "machine"
    SOMEBODY_ELSE = "somebody_else"
    OTHER = "other"

    @property
    def sentence(self) -> str:
        return _REASONS[self]

    @property
    def is_ours(self) -> bool:
        """Whether it is about us and not about the person: for everybody alike, until one of us puts it right."""
        return self in OURS


OURS = frozenset({Reason.CREDENTIALS, Reason.OUR_ACCOUNT})

_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.ACCEPTED: "The provider took the message; nobody knows yet whether it arrived.",
    Outcome.DELIVERED: "The message reached the device, the mailbox or the page.",
    Outcome.READ: "The person opened the message.",
    Outcome.DEFERRED: "The provider still tries: the other end asked it to come back later.",
    Outcome.REFUSED: "The provider did not take the message.",
    Outcome.BOUNCED: "The provider took the message and could not deliver it.",
    Outcome.EXPIRED: "The message waited longer than it was allowed to and was dropped.",
    Outcome.THROTTLED: "The provider took nothing because too much came at once; try again later.",
    Outcome.IN_DOUBT: "The line broke after the message left and before the answer came: it may have been taken.",
    Outcome.COMPLAINED: "The person reported the message as unwanted; so it arrived.",
    Outcome.UNSUBSCRIBED: "The person asked this provider for no more messages; so it arrived.",
    Outcome.UNKNOWN: "The provider said something that this room has no word for; the raw answer is kept.",
}

_REASONS: Mapping[Reason, str] = {
    Reason.INVALID_ADDRESS: "The address is malformed or belongs to nobody.",
    Reason.GONE: "The address was good once and is no longer in use.",
    Reason.SUPPRESSED_BY_PROVIDER: "The provider keeps this address on a list of those it does not write to.",
    Reason.OPTED_OUT: "The person once asked this sender for no messages on this channel.",
    Reason.BLOCKED: "The carrier or mailbox provider blocked the message or its sender.",
    Reason.UNREACHABLE: "The device, line or mailbox could not be reached.",
    Reason.MAILBOX_FULL: "The mailbox has no room left.",
    Reason.CONTENT_REFUSED: "The provider or carrier would not carry these words.",
    Reason.TOO_LONG: "The message is longer than this channel carries.",
    Reason.NOT_PERMITTED: "This provider may not write to this person for us: by country, by time or by its rules.",
    Reason.CREDENTIALS: "The provider does not accept our credentials.",
    Reason.OUR_ACCOUNT: "Something of ours at the provider is not in order: a right, a template, a sender or the bill.",
    Reason.LOG_IN_ENDED: "Our log-in at the provider had ended; the next try logs in anew.",
    Reason.RATE_LIMITED: "Too many messages came in too short a time.",
    Reason.PROVIDER_ERROR: "The provider failed on its own side.",
    Reason.NO_ANSWER: "No answer came within the time allowed.",
    Reason.BUSY: "The line was busy.",
    Reason.MACHINE: "A machine answered; what it hears tells nobody.",
    Reason.SOMEBODY_ELSE: "Somebody else answered, and was not told.",
    Reason.OTHER: "The provider gave a reason that this room has no word for; the raw answer is kept.",
}

REDACTED = "[redacted]"


@dataclass(slots=True)
class Sent:
    """What became of one message at the moment of sending.

    `permanent` says that the same message to the same address by the same provider will never succeed; only the
    provider's file decides it. `retry_after` is in seconds. `raw` is the provider's answer, addresses redacted.
    """

    reference: str
    outcome: Outcome
    reason: Reason | None = None
    permanent: bool = False
    provider_reference: str | None = None
    retry_after: float | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Receipt:
    """What a provider tells later about one message.

    `reference` is ours when the provider carried it, else None and `provider_reference` must find the message.
    `event_id` is the same when the same event is told twice. `at` is the provider's time of the event, aware UTC. With
    `unless_arrived` it says nothing against an earlier word that the message arrived: the end of a call does not know
    what was heard in it. `company` is who signed, where each company has a secret of its own: it moves only what was
    told in its name.
    """

    outcome: Outcome
    event_id: str
    at: datetime | None = None
    reference: str | None = None
    provider_reference: str | None = None
    reason: Reason | None = None
    permanent: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict)
    unless_arrived: bool = False
    company: str = ""


@dataclass(slots=True)
class Unanswered:
    """A question about one message that got no answer: the line broke, or the provider could not say. Whether it knows
    the message is as open as before, so this is never read as "not known"."""

    reference: str


def redacted(raw: Any, *hidden: str) -> Any:
    """`raw` (JSON) with every occurrence of the `hidden` values blotted out, however deep it stands."""
    return _blotted(raw, [value for value in hidden if value])


def _blotted(raw: Any, hidden: list[str]) -> Any:
    if isinstance(raw, str):
        for value in hidden:
            raw = raw.replace(value, REDACTED)
        return raw
    if isinstance(raw, dict):
        return {_blotted(key, hidden): _blotted(value, hidden) for key, value in raw.items()}
    return [_blotted(item, hidden) for item in raw] if isinstance(raw, list | tuple) else raw
