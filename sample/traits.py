"""Turns a crowd into the columns of its company's own table: contact points, names, dates, words and yes-or-nos."""

from collections.abc import Callable
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sample import contacts
from sample.crowd import Crowd
from sample.dice import Bools, Ints, dice
from sample.recipe import Column, Place, names

# Birth dates lie well inside their age band, so that a band does not change in the years after the sample was drawn.
BORN = {
    "under_14": ("2015-01-01", "2018-12-31"),
    "14_to_17": ("2010-01-01", "2011-12-31"),
    "adult": ("1950-01-01", "2006-01-01"),
}
JOINED = ("2018-01-01", "2025-12-31")


def table(crowd: Crowd, *, erase: bool = True) -> pa.Table:
    """The company's table. `erase=False` gives it as it was before accounts were deleted and anonymised."""
    traits = Traits(crowd, erase=erase)
    return pa.table({name: traits.column(column) for name, column in crowd.company.columns.items()})


class Traits:
    """Makes each trait of a crowd once, from dice of its own, so that one trait never shifts another."""

    def __init__(self, crowd: Crowd, *, erase: bool = True) -> None:
        self.crowd = crowd
        self.kept = ~crowd.erased if erase else np.ones(len(crowd), dtype=np.bool_)
        # The rank among the people of one's own place, by which contact points are given without repeats.
        self.rank = np.zeros(len(crowd), dtype=np.int64)
        for number in range(len(crowd.places)):
            here = np.flatnonzero(crowd.place == number)
            self.rank[here] = np.arange(len(here))

    def column(self, column: Column) -> pa.Array:
        """One column of the company's table."""
        if column.flag is not None:
            return pa.array(self.crowd.has(column.flag) & self.kept)
        if column.form == "day":
            return getattr(self, str(column.of)).cast(pa.date32())
        if column.form == "home":
            return self.domestic(str(column.of))
        made: pa.Array = getattr(self, str(column.of))
        return made

    @cached_property
    def id(self) -> pa.Array:
        """The company's own person ids."""
        serial = self.crowd.company.id
        numbers = pa.array(np.arange(len(self.crowd)) + serial.first).cast(pa.string())
        return pc.binary_join_element_wise(serial.prefix, numbers, "")

    @cached_property
    def role(self) -> pa.Array:
        """The word for the kind of person."""
        return contacts.looked_up([kind.role for kind in self.crowd.company.kinds], self.crowd.kind)

    @cached_property
    def state(self) -> pa.Array:
        """The account state in the company's own word."""
        return contacts.looked_up([state.word for state in self.crowd.company.states], self.crowd.state)

    @cached_property
    def group(self) -> pa.Array:
        """The shop, team or centre a person belongs to; null for none."""
        return self._group_word(self.crowd.group)

    @cached_property
    def owns(self) -> pa.Array:
        """The shop or team a person is the owner of; null for none."""
        return self._group_word(self.crowd.owns)

    @cached_property
    def country(self) -> pa.Array:
        """Country of residence as far as the company knows it."""
        return _only(
            contacts.looked_up([place.country for place in self.crowd.places], self.crowd.place), self.crowd.placed
        )

    @cached_property
    def region(self) -> pa.Array:
        """Subdivision of residence as far as the company knows it."""
        return _only(self._by_place(_regions), self.crowd.placed)

    @cached_property
    def language(self) -> pa.Array:
        """The language a person chose."""
        return pa.array(self.crowd.language)

    @cached_property
    def name(self) -> pa.Array:
        """Name in the script of the place."""
        return self._held("name", self._names[0])

    @cached_property
    def gender(self) -> pa.Array:
        """F or M."""
        return self._held(
            "gender", contacts.looked_up(["F", "M"], self._dice("gender").integers(0, 2, len(self.crowd)))
        )

    @cached_property
    def birth_date(self) -> pa.Array:
        """Birth date as ISO text; null where the age is unknown."""
        rng, days = self._dice("birth"), np.zeros(len(self.crowd), dtype="datetime64[D]")
        for band, (first, last) in BORN.items():
            here = np.flatnonzero(self.crowd.age == band)
            days[here] = np.datetime64(first) + rng.integers(0, _span(first, last), len(here))
        return _only(pa.array(days).cast(pa.string()), (self.crowd.age != "unknown") & self.kept)

    @cached_property
    def joined_on(self) -> pa.Array:
        """The day the account was opened, as ISO text."""
        days = self._dice("joined").integers(0, _span(*JOINED), len(self.crowd))
        return pa.array(np.datetime64(JOINED[0]) + days).cast(pa.string())

    @cached_property
    def phone(self) -> pa.Array:
        """Mobile number in E.164."""
        return self._phones("phone", domestic=False)

    @cached_property
    def email(self) -> pa.Array:
        """E-mail address, spelled after the name."""
        return self._held("email", self._emails("email"))

    @cached_property
    def device_token(self) -> pa.Array:
        """Push token."""
        salt = int(self._dice("token").integers(1, 2**62))
        return self._held("device_token", contacts.tokens(np.arange(len(self.crowd)), salt))

    @cached_property
    def messenger_id(self) -> pa.Array:
        """Page-scoped messenger id."""
        start = int(self._dice("messenger").integers(0, 10**14))
        return self._held("messenger_id", contacts.messenger_ids(np.arange(len(self.crowd)), start))

    @cached_property
    def postal(self) -> pa.Array:
        """Postal address."""
        start = int(self._dice("postal").integers(0, 810_000))
        return self._held("postal", self._by_place(lambda place, rank: contacts.addresses(place, rank, start)))

    @cached_property
    def guardian_name(self) -> pa.Array:
        """The guardian's name."""
        return _only(self._names_of("guardian")[0], self._guarded)

    @cached_property
    def guardian_phone(self) -> pa.Array:
        """The guardian's number in E.164."""
        return self._phones("guardian", domestic=False)

    @cached_property
    def guardian_email(self) -> pa.Array:
        """The guardian's e-mail address, for one guardian in three."""
        return _only(self._emails("guardian"), self._guarded & (self.rank % 3 == 0))

    @cached_property
    def phone_start(self) -> int:
        """Where this crowd's telephone numbers begin; numbers made from the same start never meet theirs by chance."""
        return int(self._dice("phones").integers(0, 2**31))

    def domestic(self, trait: str) -> pa.Array:
        """Numbers as a company writes those of its own country: without the country code; others keep it."""
        return self._phones("guardian" if trait == "guardian_phone" else "phone", domestic=True)

    @cached_property
    def _guarded(self) -> Bools:
        minor = np.isin(self.crowd.age, ("under_14", "14_to_17"))
        return np.asarray(minor & self.crowd.has("guardian") & self.kept)

    @cached_property
    def _names(self) -> tuple[pa.Array, pa.Array]:
        return self._names_of("name")

    def _names_of(self, whose: str) -> tuple[pa.Array, pa.Array]:
        parts, rng = names(), self._dice(f"names of {whose}")
        made = [contacts.people_names(getattr(parts, place.script), rng, count) for place, count in self._counts()]
        written, spelled = zip(*made, strict=True)
        return self._put_back(list(written)), self._put_back(list(spelled))

    def _phones(self, whose: str, *, domestic: bool) -> pa.Array:
        start = self.phone_start
        rank = self._shared_rank() if whose == "phone" else self.rank
        home = self.crowd.company.home

        def numbers(place: Place, ordinals: Ints) -> pa.Array:
            # Guardians live in the second half of the number space, so that no guardian has a person's own number.
            half = 10**place.phone.digits * len(place.phone.starts) // 2 if whose == "guardian" else 0
            return contacts.phones(place, ordinals + half, start, domestic=domestic and place.country == home)

        made = self._by_place(numbers, rank)
        return _only(made, self._guarded) if whose == "guardian" else self._held("phone", made)

    def _shared_rank(self) -> Ints:
        """Ranks in which a few people share the number of another person nearby (one customer, two shops)."""
        rank = self.rank.copy()
        if share := self.crowd.company.shared_phones:
            grouped = self.crowd.group > 0
            rank[grouped & (rank % round(1 / share) == 1)] -= 1
        return rank

    def _emails(self, whose: str) -> pa.Array:
        start = int(self._dice(f"mail of {whose}").integers(0, 10**8))
        spelled = self._names[1]
        return self._by_place(
            lambda place, rank: contacts.emails(place, spelled.take(pa.array(self._here(place))), rank, start)
        )

    def _here(self, place: Place) -> Ints:
        return np.flatnonzero(self.crowd.place == self.crowd.places.index(place))

    def _counts(self) -> list[tuple[Place, int]]:
        return [(place, len(self._here(place))) for place in self.crowd.places]

    def _by_place(self, make: Callable[[Place, Ints], pa.Array], rank: Ints | None = None) -> pa.Array:
        ranks = self.rank if rank is None else rank
        return self._put_back([make(place, ranks[self._here(place)]) for place in self.crowd.places])

    def _put_back(self, made: list[pa.Array]) -> pa.Array:
        """Columns made place by place, in the order of the people."""
        order = np.argsort(self.crowd.place, kind="stable")
        back = np.empty(len(order), dtype=np.int64)
        back[order] = np.arange(len(order))
        return pa.concat_arrays([each.cast(pa.string()) for each in made]).take(pa.array(back))

    def _held(self, what: str, made: pa.Array) -> pa.Array:
        return _only(made, self.crowd.has(what) & self.kept)

    def _group_word(self, numbers: Ints) -> pa.Array:
        groups = self.crowd.company.groups
        prefix = groups.prefix if groups else ""
        return _only(pc.binary_join_element_wise(prefix, contacts.digits(numbers, 4), ""), numbers > 0)

    def _dice(self, word: str) -> np.random.Generator:
        return dice(self.crowd.seed, self.crowd.company.company, word)


def _only(made: pa.Array, where: Bools) -> pa.Array:
    return pc.if_else(pa.array(where), made, pa.scalar(None, made.type))


def _span(first: str, last: str) -> int:
    return int((np.datetime64(last) - np.datetime64(first)).astype(int))


def _regions(place: Place, rank: Ints) -> pa.Array:
    if not place.regions:
        return pa.nulls(len(rank), pa.string())
    return contacts.looked_up(place.regions, rank % len(place.regions))
