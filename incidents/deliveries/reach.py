"""Who can be told how: the first route of each person for which there is an address and a provider that may have it."""

import copy
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, Protocol

from incidents.deliveries.closed import Closed, Why
from incidents.deliveries.compromise import is_shut
from incidents.deliveries.regions import Regions
from incidents.deliveries.tables import FanOut
from notifiers.message import AddressKind
from notifiers.mx import Found, MailExchangers, domain_of, mail_exchangers
from notifiers.provider import Prepared, Provider, Stands
from notifiers.registry import channels, scheme_of
from policies.facts import Truth
from policies.load import Packs
from policies.reach import Residency, residency

LOOK_UPS = 32  # at once; a name server that does not answer costs five seconds
LookUp = Callable[[str], MailExchangers]
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Choice:
    """The route that is open: its position on the ladder, channel, provider, and the place of the address that it is
    for among all of the person's of this kind."""

    position: int
    channel: str
    provider: str
    place: int = 0


class Routes:
    """Chooses for one party and one notice; whatever is the same for many people is worked out once."""

    def __init__(
        self,
        packs: Packs,
        party: str,
        providers: Mapping[str, Provider],
        regions: Regions,
        *,
        worded: Iterable[str],
        unknown_residence: str = "hold",
        look_up: LookUp = mail_exchangers,
        shut: Collection[str] = (),
        list_given_up: bool = False,
        unable: Callable[[str, str], Why | None] = lambda _variant, _provider: None,
    ) -> None:
        """`unable`: why a provider could tell nobody who reads this variant of the text, asked once of each."""
        self._providers, self._regions, self._shut = providers, regions, frozenset(shut)
        self._unable, self._variant = cache(unable), ""
        self._list_given_up = list_given_up
        self._worded, self._sends_unknown = frozenset(worded), unknown_residence == "send"
        self._rule: Callable[[str], Residency] = cache(lambda residence: residency(packs, residence, party))
        self._mail: LookUp = cache(look_up)
        self._of_channel = {
            channel: tuple(sorted(one for one in providers if one.partition("/")[0] == channel))
            for channel in channels()
        }

    def saying(self, variant: str) -> "Routes":
        """The same for those who read this variant of the text."""
        mine = copy.copy(self)
        mine._variant = variant
        return mine

    def asks_mail(self, residence: str) -> bool:
        """Whether the machine that takes these people's mail decides about a route of theirs."""
        asking = (
            provider.about.looks_up_mail_exchanger and self._regions.of(one) is not None
            for one, provider in self._providers.items()
        )
        return any(asking) and self._rule(residence or UNKNOWN).inside is not None

    def warm(self, domains: Iterable[str]) -> None:
        """Look up, many at once, the mail exchangers that choosing will ask for."""
        with ThreadPoolExecutor(LOOK_UPS) as pool:
            list(pool.map(self._mail, sorted(set(domains))))

    def choose(
        self, one_by_one: Sequence[str], residence: str, addresses: Mapping[str, Sequence[str]], *, after: int = -1
    ) -> tuple[Choice | None, list[Closed]]:
        """The first open route of `one_by_one` behind place `after`, and the closed ones before it. `addresses` are
        those of each kind, in the order in which they are to be tried."""
        closed: list[Closed] = []
        for position, channel in enumerate(one_by_one):
            if position <= after:
                continue
            choice = self.on_channel(position, channel, residence, addresses, closed)
            if choice is not None:
                return choice, closed
        return None, closed

    def on_channel(
        self, position: int, channel: str, residence: str, addresses: Mapping[str, Sequence[str]], closed: list[Closed]
    ) -> Choice | None:
        """The open way on one channel, to the first address that a provider may have, or None; the reasons why an
        address or a provider before it did not do are added to `closed`, each once."""
        why = self._unfit(channel, addresses)
        if why is not None:
            closed.append(Closed(channel, "", why))
            return None
        for place, address in enumerate(addresses[channels()[channel].address]):
            provider = self._first_allowed(channel, residence, address, closed)
            if provider is not None:
                return Choice(position, channel, provider, place)
        return None

    def _first_allowed(self, channel: str, residence: str, address: str, closed: list[Closed]) -> str | None:
        fitting = [one for one in self._of_channel[channel] if self.writes_to(one, address)]
        is_number = channels()[channel].address is AddressKind.PHONE
        passed = [] if fitting else [Closed(channel, "", Why.OTHER_COUNTRY if is_number else Why.OTHER_SERVICE)]
        found = None
        for provider in fitting:
            refused = self.refusal(provider, residence, address)
            if refused is None:
                found = provider
                break
            passed.append(Closed(channel, provider, refused))
        closed += [one for one in passed if one not in closed]
        return found

    def writes_to(self, provider_id: str, address: str) -> bool:
        """Whether an address of this scheme, or a number of this country, is of any use to this provider."""
        about = self._providers[provider_id].about
        kind = channels()[provider_id.partition("/")[0]].address
        return about.rehearsal or (about.scheme == scheme_of(kind, address) and address.startswith(about.numbers))

    def refusal(self, provider_id: str, residence: str, address: str) -> Why | None:
        """Why this provider may not have this address; None where it may."""
        if is_shut(provider_id, self._shut):
            return Why.COMPROMISED
        if (why := self._unable(self._variant, provider_id)) is not None:
            return why
        here = self._regions.is_here(self._providers[provider_id].about)
        return None if here else self._kept_from(provider_id, residence, address)

    def _kept_from(self, provider_id: str, residence: str, address: str) -> Why | None:
        """Why law or promise keeps this address from where this provider is."""
        rule = self._rule(residence or UNKNOWN)
        allowed = rule.allows(self._regions.of(provider_id))
        if allowed is Truth.NO:
            return Why.OUTSIDE
        if allowed is not Truth.YES and not self._sends_unknown:
            return Why.RESIDENCE_UNKNOWN
        if self._providers[provider_id].about.looks_up_mail_exchanger and rule.inside is not None:
            return self._mail_refusal(rule.inside, address)
        return None

    def grounds(self, residence: str) -> dict[str, str]:
        """citation -> what it says, of every law and promise that keeps these people's contact data in a place."""
        return {one.citation: one.says for one in self._rule(residence or UNKNOWN).grounds}

    def _unfit(self, channel: str, addresses: Mapping[str, Sequence[str]]) -> Why | None:
        if channel not in channels():
            return Why.NO_CHANNEL
        if not self._of_channel[channel]:
            return Why.NO_PROVIDER
        if channel in self._shut:
            return Why.COMPROMISED
        if self._list_given_up and channels()[channel].by_people:
            return Why.LIST_GIVEN_UP
        if channel not in self._worded:
            return Why.NO_WORDS
        return None if addresses.get(channels()[channel].address) else Why.NO_CONTACT

    def _mail_refusal(self, inside: frozenset[str], address: str) -> Why | None:
        found = self._mail(domain_of(address))
        if found.found is not Found.HOSTS:
            return Why.MAIL_UNKNOWN
        return None if all(self._regions.of_mail_host(host) in inside for host in found.hosts) else Why.MAIL_OUTSIDE


class Telling(Protocol):
    """A fan-out, or the dispatch that it is planned from. `texts`: variant -> channel -> piece -> text."""

    @property
    def company(self) -> str: ...
    @property
    def party(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def texts(self) -> Mapping[str, Mapping[str, Any]]: ...


def routes_of(
    fan_out: FanOut,
    kit: Any,
    regions: Regions,
    *,
    shut: Collection[str],
    list_given_up: bool = False,
    look_up: LookUp = mail_exchangers,
) -> Routes:
    """What is open to the readers of a fan-out; `kit` is the incident's own, `shut` what is marked compromised in it.
    Call it while the fan-out can be read."""
    said: dict[str, Any] = {"unknown_residence": fan_out.unknown_residence, "look_up": look_up, "shut": shut}
    return routes_for(fan_out, kit, regions, list_given_up=list_given_up, **said)


def routes_for(
    telling: Telling,
    kit: Any,
    regions: Regions,
    *,
    unknown_residence: str,
    look_up: LookUp,
    shut: Collection[str],
    list_given_up: bool,
) -> Routes:
    """What is open to the readers of `telling`."""
    worded = {channel for by_channel in telling.texts.values() for channel in by_channel}
    said: dict[str, Any] = {"worded": worded, "unknown_residence": unknown_residence, "look_up": look_up, "shut": shut}
    said["list_given_up"] = list_given_up
    said["unable"] = partial(_unable, telling.company, telling.language, telling.texts, kit.providers)
    return Routes(kit.packs, telling.party, kit.providers, regions, **said)


def unable(provider: Any, company: str, lacks: Any) -> Why | None:
    """Why this provider could tell none of the company's people a text of which it lacks what is in `lacks`."""
    if isinstance(provider, Stands) and company not in provider.companies:
        return Why.NO_APP
    return Why.NOT_PREPARED if lacks else None


def _unable(
    company: str, language: str, texts: Mapping[str, Any], providers: Mapping[str, Provider], *asked: str
) -> Why | None:
    variant, name = asked
    pieces, provider = texts.get(variant, {}).get(name.partition("/")[0]), providers[name]
    lacks = provider.lacks(pieces, language) if pieces and isinstance(provider, Prepared) else ()
    return unable(provider, company, lacks)


@dataclass
class Reach:
    """The answer before anything is sent: how many by which way, and how many cannot be reached one by one."""

    people: int = 0
    by_route: Counter[tuple[str, str]] = field(default_factory=Counter)  # (channel, provider) -> people
    closed: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # (channel, provider, why) -> people
    grounds: dict[str, str] = field(default_factory=dict)  # citation -> what it says, of the rules that closed a route
    beside: Counter[tuple[str, str]] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)  # what is left to whom no route is open to ("": nothing)

    @property
    def not_one_by_one(self) -> int:
        """People to whom no route is open."""
        return self.left.total()

    def as_json(self) -> dict[str, Any]:
        """For doors: plain lists, each refusal with its sentence."""
        return {
            "people": self.people,
            "by_route": [{"channel": c, "provider": p, "people": n} for (c, p), n in sorted(self.by_route.items())],
            "closed": [
                {"channel": c, "provider": p, "why": w, "sentence": Why(w).sentence, "people": n}
                for (c, p, w), n in sorted(self.closed.items())
            ],
            "grounds": [{"citation": citation, "says": says} for citation, says in self.grounds.items()],
            "beside": [{"channel": c, "provider": p, "people": n} for (c, p), n in sorted(self.beside.items())],
            "not_one_by_one": self.not_one_by_one,
            "left_to": [{"channel": c or None, "people": n} for c, n in sorted(self.left.items())],
        }

    def count(self, choice: Choice | None, closed: Iterable[Closed], people: int, *, last: str | None) -> None:
        """Count people who are alike; `last` is what stands in where their ladder ends."""
        self.people += people
        if choice is None:
            self.left[last or ""] += people
        else:
            self.by_route[choice.channel, choice.provider] += people
        for one in closed:
            self.closed[one.channel, one.provider, one.why] += people
