"""What a provider is: how it describes itself, and the three things it can do (send, read receipts, be asked)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Protocol, runtime_checkable

from notifiers.message import Inquiry, Message
from notifiers.outcome import Outcome, Receipt, Sent, Unanswered
from packs import BadInput


class Forged(Exception):
    """A webhook request is not from the provider, or is a replay of an old one. The text holds no payload."""


@dataclass(frozen=True)
class Field:
    """One setting of a provider, read from TOCSIN_<PROVIDER>_<NAME>. A secret is never shown."""

    name: str
    sentence: str
    secret: bool = False
    default: str | None = None  # None: it must be set
    one_of: str | None = None  # of all fields with the same word here, one must be set


@dataclass(frozen=True)
class Pace:
    """How fast the provider's published quota lets one account send; `per_second` 0 means no published limit."""

    per_second: float = 0.0
    burst: int = 1
    in_flight: int = 64
    source: str = ""


@dataclass(frozen=True)
class About:
    """A provider as data: pages, checks and guards are built from this alone.

    `processes_in` lists the countries (ISO 3166 alpha-2) that the provider's own file is sure of: the machine itself
    for a rehearsal ("inside"); None means unknown, which counts as outside until somebody attests a region by name. So
    does an empty one: nothing leaves by a wire, but people see it wherever they sit.
    `proof` is the strongest outcome its receipts can give; `proof_alone` is what is left of it where no receipt can
    come: the strongest that it says when it sends or is asked. `receipts_need` names the settings without which none
    can come or be believed. The About of an opened provider follows from its settings (`as_set_up`).
    """

    id: str
    label: str
    fields: tuple[Field, ...]
    proof: Outcome
    processes_in: tuple[str, ...] | None = None
    rehearsal: bool = False
    scheme: str = ""  # it takes only addresses written `<scheme>:<address>`; empty: those that are written without one
    numbers: str = ""  # it writes only to numbers that begin so (+86); empty: to any
    batch: int = 1  # messages one request can carry
    signed_receipts: bool = False
    receipts_need: tuple[str, ...] = ()
    proof_alone: Outcome = Outcome.ACCEPTED
    asked_by_id_only: bool = False  # of what broke before its id came, only a receipt can tell
    carries_reference: bool = False  # whatever it tells later, of whichever message, names it by our reference
    told_by_id_only: bool = False  # its receipts name a message only by an id, which a lost answer never brought
    asked_after: timedelta = timedelta(0)  # how long until it can know of a message: before, its silence says nothing
    looks_up_mail_exchanger: bool = False
    pace: Pace = field(default_factory=Pace)
    paces: Mapping[str, Pace] = field(default_factory=dict)  # of countries with one of their own, by their calling code
    sources: tuple[str, ...] = ()

    @property
    def window(self) -> int:
        """The most messages that it has in hand at any moment."""
        return self.pace.in_flight * self.batch


@dataclass(frozen=True)
class Setup:
    """What a provider file is given: its settings by field name, and the address at which it calls us back."""

    values: Mapping[str, str] = field(repr=False)
    callback_url: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    prefix: str = ""  # what the names of its settings begin with, for a sentence about one
    secrets: tuple[str, ...] = field(default=(), repr=False)  # the values of those that are secret

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def number(self, name: str) -> float:
        """This setting as a number. Raises BadInput naming it where it is none above zero."""
        try:
            number = float(self[name])
        except ValueError:
            number = 0.0
        if not 0 < number < inf:
            raise BadInput(f"{self.prefix}{name.upper()}: must be a number above zero.")
        return number

    def whole(self, name: str) -> int:
        """This setting as a whole number from 1 to a million. Raises BadInput naming it for any other."""
        if not self[name].isdecimal() or not 1 <= int(self[name]) <= 1_000_000:
            raise BadInput(f"{self.prefix}{name.upper()}: must be a whole number from 1 to a million.")
        return int(self[name])


@dataclass(frozen=True)
class WebhookRequest:
    """A request that claims to come from a provider; `target` is path and query exactly as received."""

    target: str = field(repr=False)  # a query may name a person or hold a secret
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")


@dataclass(frozen=True)
class Reply:
    """What a provider hears after its webhook, where it waits for more than a status."""

    content_type: str
    body: bytes = field(repr=False)


@runtime_checkable
class Provider(Protocol):
    """One way to one channel."""

    about: About

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome for each message, in any order and as soon as it is known; raises for no message's fault and for
        no network's. Asks for no more than `about.window` messages beyond the outcomes it has given."""
        ...

    def receipts(self, request: WebhookRequest, /) -> list[Receipt]:
        """The events in a signed request; raises Forged for any other, BadInput for one that cannot be read."""
        ...


@runtime_checkable
class Asks(Protocol):
    """A provider that can be asked what became of a message."""

    def ask(self, inquiries: Sequence[Inquiry]) -> Iterator[Receipt | Unanswered]:
        """A receipt for each message that the provider knows; Unanswered for each about which it did not say, for a
        broken line, a failure of its own or an answer that cannot be read; silence only where it said that it does not
        know the message, or where it cannot be asked about that one at all."""
        ...


@runtime_checkable
class Prepared(Protocol):
    """A provider that sends only what was approved or set up beforehand, and knows before any incident what is not."""

    def lacks(self, texts: Mapping[str, str], language: str) -> list[str]:
        """What is missing before `texts` (the pieces of one notice in `language`, as in a Message) can be sent, one
        sentence each; empty when nothing is. Reads what is configured and asks nobody."""
        ...


@runtime_checkable
class Stands(Protocol):
    """A provider whose messages stand with the caller until the app of the company that tells fetches them."""

    keep: timedelta  # how long a message stands
    companies: frozenset[str]  # whose app can ask: a message of any other would never be fetched

    def name_of(self, company: str, address: str) -> str:
        """How a request names this address: always the same, without saying it."""
        ...

    def asked(self, company: str, request: WebhookRequest) -> str:
        """The name of the address whose messages this request asks for; raises Forged unless the company signed it."""
        ...


# A message of ours by its reference, without its address; None where nobody is to be told it any more.
Told = Callable[[str], Message | None]


@runtime_checkable
class Replies(Protocol):
    """A provider that waits for an answer to some of its webhooks."""

    def reply(self, request: WebhookRequest, told: Told, /) -> Reply | None:
        """What to answer to a request whose receipts were read and written; None where a status is enough."""
        ...


@runtime_checkable
class Greets(Protocol):
    """A provider that asks by GET, before its first webhook, whether the address is ours."""

    def greet(self, request: WebhookRequest, /) -> str:
        """What it wants to hear back; raises Forged for a request that does not know the word agreed upon."""
        ...


def lacks_for_receipts(about: About, values: Mapping[str, str], *, prefix: str) -> list[str]:
    """The names of the settings that are missing before its receipts can come and be believed."""
    return [prefix + name.upper() for name in about.receipts_need if not values.get(name)]


def as_set_up(about: About, setup: Setup) -> About:
    """What it declares with these settings: nobody waits for receipts that cannot come."""
    if not lacks_for_receipts(about, setup.values, prefix=setup.prefix):
        return about
    return replace(about, signed_receipts=False, proof=about.proof_alone)


def complete(about: About, values: Mapping[str, str], *, prefix: str) -> dict[str, str]:
    """`values` with defaults filled in. Raises BadInput with one sentence that names every missing setting."""
    lacking = missing(about, values, prefix=prefix)
    if lacking:
        raise BadInput(f"{about.label} cannot send: set {', '.join(lacking)}.")
    return _filled(about, values)


def missing(about: About, values: Mapping[str, str], *, prefix: str) -> list[str]:
    """The names of the settings that must be set and are not; of several that do as well, `A or B`."""
    whole = _filled(about, values)
    names = [f.name for f in about.fields if f.default is None and f.one_of is None and not whole[f.name]]
    lacking = [prefix + name.upper() for name in names]
    for word in dict.fromkeys(f.one_of for f in about.fields if f.one_of):
        names = [f.name for f in about.fields if f.one_of == word]
        if not any(whole[name] for name in names):
            lacking.append(" or ".join(prefix + name.upper() for name in names))
    return lacking


def _filled(about: About, values: Mapping[str, str]) -> dict[str, str]:
    return {f.name: values.get(f.name) or f.default or "" for f in about.fields}
