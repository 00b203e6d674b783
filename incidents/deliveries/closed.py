"""A route that is closed to a person, and each reason there is for that, in one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """Why a route is closed to a person."""

    NO_CHANNEL = "no_channel"
    NO_PROVIDER = "no_provider"
    COMPROMISED = "compromised"
    LIST_GIVEN_UP = "list_given_up"
    NO_WORDS = "no_words"
    NOT_PREPARED = "not_prepared"
    NO_APP = "no_app"
    NO_CONTACT = "no_contact"
    OTHER_SERVICE = "other_service"
    OTHER_COUNTRY = "other_country"
    OUTSIDE = "outside"
    RESIDENCE_UNKNOWN = "residence_unknown"
    MAIL_OUTSIDE = "mail_outside"
    MAIL_UNKNOWN = "mail_unknown"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES: Mapping[Why, str] = {
    Why.NO_CHANNEL: "Nothing here sends on this channel.",
    Why.NO_PROVIDER: "No provider of this channel is set up.",
    Why.COMPROMISED: "It is marked compromised, and is used for nothing until somebody restores it.",
    Why.LIST_GIVEN_UP: "The call list of this notice was given up, and nobody is called until somebody reopens it.",
    Why.NO_WORDS: "The notice has no wording for this channel.",
    Why.NOT_PREPARED: "This provider cannot send this text: it lacks a template, voice or font, or takes less.",
    Why.NO_APP: "The company has no secret with this provider, so its app could fetch nothing.",
    Why.NO_CONTACT: "The directory holds no usable address of this kind.",
    Why.OTHER_SERVICE: "These devices or accounts are of a service for which no provider is set up.",
    Why.OTHER_COUNTRY: "No provider that is set up writes to numbers of this country.",
    Why.OUTSIDE: "Contact data of these people must stay in a place where this provider is not attested to be.",
    Why.RESIDENCE_UNKNOWN: "Where these people live is unknown, and so is where their data may go; compliance decides.",
    Why.MAIL_OUTSIDE: "The machine that takes this mailbox's mail is not attested to be where the data must stay.",
    Why.MAIL_UNKNOWN: "Which machine takes this mailbox's mail could not be found out.",
}


# These rest on a law or a promise, which is cited beside them.
BY_RULE = frozenset({Why.OUTSIDE, Why.RESIDENCE_UNKNOWN, Why.MAIL_OUTSIDE, Why.MAIL_UNKNOWN})


@dataclass(frozen=True)
class Closed:
    """A route that is closed, and why; `provider` is empty where none came into question."""

    channel: str
    provider: str
    why: Why
