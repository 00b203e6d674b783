"""The pre-flight: everybody of a company's directory, and how each could be told if the worst day were today."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from affected import roll
from incidents.deliveries import compromise, readiness
from incidents.deliveries.ladders import Ladder, ladder_for
from incidents.deliveries.reach import BY_RULE, Closed, LookUp, Routes, Why
from incidents.deliveries.readiness import Setting
from incidents.deliveries.regions import Regions
from incidents.deliveries.ways import Way, ways_of
from incidents.foundation.errors import Refused
from incidents.notices.house import languages_of
from incidents.notices.house import routes_for as ladders_for
from incidents.notices.library import load_wording
from notifiers.message import AddressKind
from notifiers.mx import mail_exchangers
from notifiers.registry import channels, schemes
from policies.vocabulary import Audience

_ALIKE = ("role", "residence", "language")
_NO_LADDER = "The house names no route for this role."
_NO_LAST = "No route is open to them, and the house names no announcement that would stand in."
_NAMELESS = "The directory's mapping says nothing of names, so a letter is addressed as the address stands."
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
    of the service x only); `because` says why nobody can tell them."""

    role: str
    residence: str
    language: str
    told_in: str
    holds: tuple[str, ...]
    told: Told
    channel: str
    provider: str
    region: str | None
    closed: tuple[Closed, ...]
    because: str = ""


@dataclass(frozen=True)
class Preflight:
    """The answer for one company: everybody is in exactly one of `lines`; `findings` are empty where all is ready."""

    company: str
    people: int
    lines: tuple[tuple[Line, int], ...]  # with how many people
    providers: tuple[Setting, ...]
    wording: tuple[readiness.Worded, ...]
    grounds: Mapping[str, str]  # citation -> what it says, of the rules that closed a route to somebody
    findings: tuple[str, ...]

    @property
    def sums(self) -> dict[str, int]:
        """People by how they would be told."""
        return {word.value: sum(n for line, n in self.lines if line.told is word) for word in Told}

    def as_json(self) -> dict[str, Any]:
        """For doors: plain lists, each closed route with its sentence."""
        return {
            "company": self.company,
            "people": self.people,
            "sums": self.sums,
            "cohorts": [_plain(line) | {"people": people} for line, people in self.lines],
            "providers": [asdict(one) for one in self.providers],
            "wording": [asdict(one) for one in self.wording],
            "grounds": [{"citation": citation, "says": says} for citation, says in self.grounds.items()],
            "findings": list(self.findings),
        }


def preflight(kit: Any, company: str, *, directory: Any = None, look_up: LookUp = mail_exchangers) -> Preflight:
    """Who of `company`'s directory could be told how, and what is missing; no incident is needed, nothing is written.

    Raises BadInput for a company without a house policy, Refused where no directory of it is at hand.
    """
    kit.packs.must_know(company)
    directory = directory or kit.directories.get(company)
    if directory is None:
        raise Refused("no_directory", f"No directory of {company} is at hand.")
    with kit.begin(reading=True) as tx:
        regions, shut = Regions.read(tx), compromise.shut(tx)
    wording = load_wording()
    routes = Routes(
        kit.packs,
        company,
        kit.providers,
        regions,
        worded=readiness.worded_channels(wording),
        look_up=look_up,
        shut=shut,
    )
    house = languages_of(kit.packs, company)[0]
    readers = _readers(_rolled(directory, routes), partial(wording.read_by, written=wording.words, else_in=house))
    ladders = ladders_for(kit.packs, company, Audience.AFFECTED_INDIVIDUALS).get("ladders", [])
    lines, grounds = _lines(readers, ladders, routes, kit, regions)
    ready = readiness.look(kit, company, ladders, regions, wording)
    marked = (f"{one} is marked compromised and is used for nothing." for one in sorted(shut))
    findings = (*ready.findings, *marked, *_about_letters(directory, lines), *_about_people(lines))
    people = sum(lines.values())
    ordered = tuple(sorted(lines.items(), key=_worst_first))
    return Preflight(company, people, ordered, ready.providers, ready.wording, grounds, findings)


def _worst_first(one: tuple[Line, int]) -> tuple[Any, ...]:
    line, people = one
    return (_WORST.index(line.told), -people, line.role, line.residence, line.language, line.holds)


def _rolled(directory: Any, routes: Routes) -> pa.Table:
    """The roll; whose machine takes the mail is told apart only where it decides about a route."""
    marks = {kind.value: schemes(kind) for kind in AddressKind}
    found = roll(directory, marks=marks)
    asked = [one for one in pc.unique(found["residence"]).to_pylist() if routes.asks_mail(one)]
    return roll(directory, marks=marks, domains_in=asked) if asked else found


def _readers(rolled: pa.Table, read_by: Callable[[str], str]) -> pa.Table:
    """The roll in the shape of dispatch.readers_from: one reader stands for all who are alike."""
    rows = [_reader(row, read_by) for row in rolled.to_pylist()]
    names = [*_ALIKE, "variant", *(kind.value for kind in AddressKind)]
    schema = [(name, pa.string()) for name in names] + [("people", pa.int64())]
    return pa.Table.from_pylist(rows, pa.schema(schema))


def _reader(row: Mapping[str, Any], read_by: Callable[[str], str]) -> dict[str, Any]:
    said = {name: row[name] for name in (*_ALIKE, "people")}
    said["variant"] = read_by(row["language"])
    for kind in AddressKind:
        mark = row.get(kind.value)
        said[kind.value] = None if mark is None else f"{mark}:held" if mark else "held"
    if said[AddressKind.EMAIL.value] and row["domain"]:
        said[AddressKind.EMAIL.value] = f"held@{row['domain']}"
    return said


def _lines(
    readers: pa.Table, ladders: list[Mapping[str, Any]], routes: Routes, kit: Any, regions: Regions
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
        if row[kind.value]:
            scheme = row[kind.value].partition(":")[0] if ":" in row[kind.value] else ""
            yield f"{kind.value}:{scheme}" if scheme else kind.value


def _about_letters(directory: Any, lines: Counter[Line]) -> Iterator[str]:
    by_post = [one.channel for one in lines if one.channel in channels() and _is_posted(one.channel)]
    if by_post and not directory.names_people:
        yield f"{by_post[0]}: {_NAMELESS}"


def _is_posted(channel: str) -> bool:
    return channels()[channel].address is AddressKind.POSTAL


def _about_people(lines: Counter[Line]) -> Iterator[str]:
    shut: Counter[tuple[str, Why]] = Counter()
    other: Counter[tuple[str, str]] = Counter()
    for line, people in lines.items():
        shut.update({(one.provider or one.channel, one.why): people for one in line.closed if one.why in _SAID})
        if line.language and line.language != line.told_in:
            other[line.language, line.told_in] += people
    for (where, why), people in sorted(shut.items()):
        yield f"{where}, {people:,} people: {why.sentence}"
    for (language, instead), people in sorted(other.items()):
        yield f"{people:,} people speak '{language}', in which there is no wording; they would be told in '{instead}'."
    lost = sum(people for line, people in lines.items() if line.told is Told.NOBODY)
    if lost:
        yield f"{lost:,} people cannot be told by anything."


_SAID = BY_RULE | {Why.OTHER_SERVICE, Why.COMPROMISED}


def _plain(line: Line) -> dict[str, Any]:
    closed = [
        {"channel": one.channel, "provider": one.provider, "why": one.why, "sentence": one.why.sentence}
        for one in line.closed
    ]
    return asdict(line) | {"closed": closed}
