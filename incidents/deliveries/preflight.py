"""The pre-flight: everybody of a company's directory, and how each could be told if the worst day were today."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any

import pyarrow as pa
from phonenumbers import country_code_for_region

from affected import roll
from incidents.deliveries import compromise, readiness, shortfalls
from incidents.deliveries.addresses import column_of
from incidents.deliveries.closed import BY_RULE, Closed
from incidents.deliveries.dispatch import asks_for_accounts
from incidents.deliveries.ladders import Ladder, completed, ladder_for
from incidents.deliveries.reach import LookUp, Routes
from incidents.deliveries.readiness import Setting
from incidents.deliveries.regions import Regions
from incidents.deliveries.ways import Way, ways_of
from incidents.foundation.errors import Refused
from incidents.foundation.privacy import described
from incidents.notices.house import languages_of
from incidents.notices.house import routes_for as ladders_for
from incidents.notices.library import load_wording
from notifiers.message import AddressKind
from notifiers.mx import mail_exchangers
from notifiers.registry import channels, schemes_by_kind
from policies.vocabulary import Audience

_ALIKE = ("role", "residence", "language")
_TRAITS = (*_ALIKE, "told_in", "holds")
_NO_LADDER = "The house names no route for this role."
_NO_LAST = "No route is open to them, and the house names no announcement that would stand in."
_NO_PAGE = "No route is open to them, and nothing that publishes the announcement is set up."


class Told(StrEnum):
    """How people who are alike would be told."""

    ONE_BY_ONE = "one_by_one"
    ANNOUNCEMENT = "announcement"  # they are owed the announcement only
    NOBODY = "nobody"  # nothing here can tell them


_WORST = (Told.NOBODY, Told.ANNOUNCEMENT, Told.ONE_BY_ONE)


@dataclass(frozen=True)
class Line:
    """People who are alike, and their way. `holds` are the kinds of address held of them (`device_token:x` where it is
    of the service x only); `beside` are channels that go out at the same time; `because` says why nobody can tell them.
    """

    role: str
    residence: str
    language: str
    told_in: str
    holds: tuple[str, ...]
    told: Told
    channel: str
    provider: str
    region: str | None
    beside: tuple[str, ...]
    closed: tuple[Closed, ...]
    because: str = ""

    @property
    def way(self) -> "Line":
        """The same without what these people are."""
        return replace(self, role="", residence="", language="", told_in="", holds=())


@dataclass(frozen=True)
class Preflight:
    """The answer for one company: everybody is in exactly one of `lines`; `findings` are empty where all is ready."""

    company: str
    people: int
    lines: Mapping[Line, int]  # with how many people
    providers: tuple[Setting, ...]
    wording: tuple[readiness.Worded, ...]
    grounds: Mapping[str, str]  # citation -> what it says, of the rules that closed a route to somebody
    findings: tuple[str, ...]

    @property
    def sums(self) -> dict[str, int]:
        """People by how they would be told."""
        return {word.value: sum(n for line, n in self.lines.items() if line.told is word) for word in Told}

    def as_json(self) -> dict[str, Any]:
        """For doors: plain lists, each closed route with its sentence, and nothing of what few people are."""
        return {
            "company": self.company,
            "people": self.people,
            "sums": self.sums,
            "ways": list(_ways(self.lines)),
            "providers": [asdict(one) for one in self.providers],
            "wording": [asdict(one) for one in self.wording],
            "grounds": [{"citation": citation, "says": says} for citation, says in self.grounds.items()],
            "findings": list(self.findings),
        }


def preflight(kit: Any, company: str, *, directory: Any = None, look_up: LookUp = mail_exchangers) -> Preflight:
    """Who of `company`'s directory could be told how, and what is missing; no incident is needed, nothing is written.
    It reads the whole directory and may ask name servers, so never call it inside a transaction.

    Raises BadInput for a company without a house policy, Refused where no directory of it is at hand.
    """
    directory = directory_of(kit, company, other=directory)
    with kit.begin(reading=True) as tx:
        regions, shut = Regions.read(tx), compromise.shut(tx)
    wording = load_wording()
    worded = readiness.worded_channels(wording)
    said: dict[str, Any] = {"worded": worded, "look_up": look_up, "shut": shut}
    said["unable"] = partial(readiness.unable_in, kit, company, wording)  # here a reader's variant is their language
    routes = Routes(kit.packs, company, kit.providers, regions, **said)
    named = ladders_for(kit.packs, company, Audience.AFFECTED_INDIVIDUALS).get("ladders", [])
    ladders = completed(named)
    rolled = roll(
        directory, marks=schemes_by_kind(), accounts=asks_for_accounts(ladders), mail_matters=routes.asks_mail
    )
    house = languages_of(kit.packs, company)[0]
    readers = _readers(rolled.alike, partial(wording.read_by, written=wording.words, else_in=house))
    lines, grounds = _lines(readers, ladders, routes, kit, regions)
    # What guardians are told by must stand ready, too; who they are is not counted.
    prepared = [*named, *ladders_for(kit.packs, company, Audience.GUARDIANS)["ladders"]]
    ready = readiness.look(kit, company, prepared, regions, wording)
    marked, odd = shortfalls.of_marks(shut), shortfalls.of_rows(rolled)
    about = (*marked, *odd, *shortfalls.of_letters(directory, lines), *shortfalls.of_people(lines))
    return Preflight(
        company, sum(lines.values()), lines, ready.providers, ready.wording, grounds, (*ready.findings, *about)
    )


def directory_of(kit: Any, company: str, *, other: Any = None) -> Any:
    """The directory whose people a pre-flight counts: `other` where there is one, else the company's. Raises BadInput
    for a company without a house policy, Refused where no directory of it is at hand."""
    kit.packs.must_know(company)
    directory = other or kit.directories.get(company)
    if directory is None:
        raise Refused("no_directory", f"No directory of {company} is at hand.")
    return directory


def _readers(rolled: pa.Table, read_by: Callable[[str], str]) -> pa.Table:
    """The roll in the shape of dispatch.readers_from: one reader stands for all who are alike."""
    rows = [_reader(row, read_by) for row in rolled.to_pylist()]
    held = dict.fromkeys(name for row in rows for name in row)
    names = dict.fromkeys([*_ALIKE, "variant", *(kind.value for kind in AddressKind), *held])
    schema = [(name, pa.int64() if name == "people" else pa.string()) for name in names]
    return pa.Table.from_pylist(rows, pa.schema(schema))


def _reader(row: Mapping[str, Any], read_by: Callable[[str], str]) -> dict[str, Any]:
    said = {name: row[name] for name in (*_ALIKE, "people")}
    said["variant"] = read_by(row["language"])
    for kind in AddressKind:
        marks = row.get(kind.value)
        for place, mark in enumerate(dict.fromkeys(marks.split(",")) if marks is not None else ()):
            said[column_of(kind, place)] = f"{mark}:held" if mark else "held"
    if said.get(AddressKind.PHONE.value) and (code := country_code_for_region(row["residence"][:2])):
        said[AddressKind.PHONE.value] = f"+{code}"  # a number counts as one of the country where its owner lives
    if said.get(AddressKind.EMAIL.value) and row["domain"]:
        said[AddressKind.EMAIL.value] = f"held@{row['domain']}"
    return said


def _lines(
    readers: pa.Table, ladders: Sequence[Mapping[str, Any]], routes: Routes, kit: Any, regions: Regions
) -> tuple[Counter[Line], dict[str, str]]:
    lines: Counter[Line] = Counter()
    grounds: dict[str, str] = {}
    for way, rows in ways_of(readers, ladders, routes):
        if any(one.why in BY_RULE for one in way.closed):
            grounds |= routes.grounds(way.residence)
        for row in readers.take(pa.array(rows)).to_pylist():
            lines[_line(row, way, ladder_for(ladders, row["role"]), kit, regions)] += row["people"]
    return lines, grounds


def _line(row: Mapping[str, Any], way: Way, ladder: Ladder, kit: Any, regions: Regions) -> Line:
    who: dict[str, Any] = {name: row[name] for name in _ALIKE}
    who |= {"told_in": row["variant"], "holds": tuple(_held(row)), "closed": way.closed}
    who["beside"] = tuple(one.channel for one in way.beside)
    if way.choice is not None:
        channel, provider = way.choice.channel, way.choice.provider
        place = readiness.region(kit.providers[provider].about, provider, regions)
        return Line(**who, told=Told.ONE_BY_ONE, channel=channel, provider=provider, region=place)
    if page := _page(ladder, kit):
        return Line(**who, told=Told.ANNOUNCEMENT, channel=ladder.last or "", provider=page, region=readiness.HERE)
    why = _NO_LADDER if ladder == Ladder() else _NO_PAGE if ladder.last else _NO_LAST
    return Line(**who, told=Told.NOBODY, channel="", provider="", region=None, because=why)


def _page(ladder: Ladder, kit: Any) -> str:
    """The provider that publishes what this ladder ends at; empty where it ends at nothing."""
    last = ladder.last
    if last is None or last not in channels() or channels()[last].one_by_one:
        return ""
    return next((one for one in sorted(kit.providers) if one.partition("/")[0] == last), "")


def _held(row: Mapping[str, Any]) -> Iterator[str]:
    for kind in AddressKind:
        place = 0
        while address := row.get(column_of(kind, place)):
            scheme, colon, _ = address.partition(":")
            yield f"{kind.value}:{scheme}" if colon else kind.value
            place += 1


def _ways(lines: Mapping[Line, int]) -> Iterator[dict[str, Any]]:
    """Each way with all its people, worst first: described by what they have in common where they are not few, else
    only counted."""
    by_way: dict[Line, dict[tuple[Any, ...], int]] = {}
    for line, people in lines.items():
        by_way.setdefault(line.way, {})[tuple(getattr(line, name) for name in _TRAITS)] = people
    many = {way: sum(found.values()) for way, found in by_way.items()}
    for way in sorted(by_way, key=lambda one: (_WORST.index(one.told), -many[one], one.channel, one.provider)):
        shown, few = described(by_way[way], (5, 3, 2, 1))
        ordered = sorted(shown.items(), key=_in_order)
        alike = [dict(zip(_TRAITS, traits, strict=True)) | {"people": people} for traits, people in ordered]
        said = {name: getattr(way, name) for name in ("told", "channel", "provider", "region", "beside", "because")}
        yield said | {"closed": _closed(way), "people": many[way], "alike": alike, "few_alike": few}


def _in_order(one: tuple[tuple[Any, ...], int]) -> Any:
    """Cohort by cohort, the largest line of each first, and last those of whom less is said."""
    traits, people = one
    return [(trait is None, trait or "") for trait in traits[:3]], traits[-1] is None, -people, traits[-1] or ()


def _closed(way: Line) -> list[dict[str, str]]:
    return [
        {"channel": one.channel, "provider": one.provider, "why": one.why, "sentence": one.why.sentence}
        for one in way.closed
    ]
