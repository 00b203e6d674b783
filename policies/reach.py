"""How people may be reached: where their contact data may be handled, and over which channels in which order."""

from dataclasses import dataclass

from policies.facts import Truth
from policies.houses import House, Route, Vendors
from policies.load import Packs
from policies.vocabulary import Audience, Known


@dataclass(frozen=True)
class Ground:
    """One rule that keeps contact data in a place."""

    says: str
    citation: str
    known: Known
    to_confirm: bool
    way_out: str | None


@dataclass(frozen=True)
class Residency:
    """Where contact data of some people may be handled: `inside` lists the places, None says that no rule is known.

    `settled` is no where the country of residence is unknown and nothing else decides: ask before sending.
    """

    inside: frozenset[str] | None
    settled: Truth
    grounds: tuple[Ground, ...]

    def allows(self, region: str | None) -> Truth:
        """Whether a provider that handles data in `region` (None: unattested, so outside) may be used."""
        if self.inside is None:
            return Truth.YES if self.settled is Truth.YES else Truth.UNKNOWN
        return Truth.YES if region is not None and region in self.inside else Truth.NO


def residency(packs: Packs, residence: str, party: str) -> Residency:
    """Where contact data of people who live in `residence` may be handled for `party`.

    Each law and promise that speaks narrows the places; nothing widens them.
    """
    house = packs.house_of(party)
    places: frozenset[str] | None = None
    grounds: list[Ground] = []
    settled = Truth.YES
    for law in packs.laws.values():
        for rule in law.residency:
            held = packs.areas.inside(residence, rule.people_in)
            if held is Truth.UNKNOWN:
                # Of a company seated there, people of unknown residence are taken to be there: the strict side.
                held = Truth.YES if house is not None and house.country in rule.people_in else Truth.UNKNOWN
            if held is Truth.UNKNOWN:
                settled = Truth.NO
            if held is Truth.YES:
                places = _narrowed(places, rule.inside)
                cite = f"{law.title}, {rule.cite}"
                grounds.append(Ground(rule.says, cite, rule.known, rule.unconfirmed, rule.way_out))
    for promise in house.stays if house else ():
        places = _narrowed(places, promise.inside)
        cite = f"{house.title if house else party}, {promise.cite}"
        grounds.append(Ground(promise.says, cite, promise.known, promise.unconfirmed, None))
    return Residency(places, Truth.YES if places is not None else settled, tuple(grounds))


def route_for(packs: Packs, party: str, audience: Audience, role: str) -> Route | None:
    """The route by which the house of `party` reaches people of this `role`; None where its pack says nothing."""
    house = packs.house_of(party)
    routes = [one for one in house.routes if one.audience is audience] if house else []
    exact = [one for one in routes if role in one.roles]
    return next(iter(exact or [one for one in routes if not one.roles]), None)


def vendor_limits(house: House, channel: str) -> tuple[Vendors, ...]:
    """What the house promises about vendors of `channel`."""
    return tuple(one for one in house.vendors if channel in one.channels)


def _narrowed(places: frozenset[str] | None, wanted: tuple[str, ...]) -> frozenset[str]:
    return frozenset(wanted) if places is None else places & frozenset(wanted)
