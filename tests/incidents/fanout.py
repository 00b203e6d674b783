"""A small fan-out on the rehearsal providers, for tests: a directory of made people and a planned notice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa

import incidents.deliveries.sending
import incidents.deliveries.work  # noqa: F401 - with every table that deliveries stand on
from affected import contacts, open_directory
from affected.mapping import Mapping as Directions
from incidents.deliveries.dispatch import Dispatch, nobody, readers_from
from incidents.deliveries.plan import Draft, Terms, begin_plan, draft, write_plan
from incidents.deliveries.reach import Routes
from incidents.deliveries.receive import Received, take
from incidents.deliveries.regions import Regions
from incidents.deliveries.tables import FanOut
from incidents.foundation.database import Begin
from incidents.foundation.keys import KeyRing
from incidents.record.actor import Actor, ActorRole
from incidents.record.declare import Declaration, declare
from notifiers import registry
from notifiers.provider import WebhookRequest
from policies.load import load

WRITER = Actor("acc_writer", "Wai", frozenset({ActorRole.COMMUNICATIONS, ActorRole.RESPONDER, ActorRole.COMPLIANCE}))
TEXTS = {
    "sms": {"short": "Please open the app. Ref MQ-7K3Q-9FMX."},
    "push": {"title": "Notice", "body": "Please open the app."},
    "email": {"subject": "Notice", "plain": "Dear reader"},
}
PAGE = {"announcement": {"subject": "Announcement", "plain": "To everybody", "html": "<p>To everybody</p>"}}
LADDER = {"one_by_one": ["push", "email", "letter", "sms"], "last": "announcement"}
MAPPING = {
    "directory": "moqi",
    "controller": {"value": "moqi"},
    "person_id": {"column": "uid"},
    "contact": {
        "phone": {"column": "mobile", "region": "CN"},
        "email": {"column": "mail"},
        "device_token": {"column": "token"},
    },
    "residence": {"country": {"column": "country"}},
    "language": {"column": "lang", "default": "zh-Hans"},
    "role": {"value": "registered_person"},
}


@dataclass
class Stage:
    """A kit with what deliveries need, an incident, and a directory that can be written anew."""

    kit: Any
    incident_id: str
    folder: Path
    people: dict[str, dict[str, str]] = field(default_factory=dict)

    def write(self, people: Mapping[str, Mapping[str, str]]) -> None:
        """Make these the company's people: person id -> mobile, mail, token, country, lang."""
        self.people = {uid: dict(person) for uid, person in people.items()}
        columns = ("mobile", "mail", "token", "country", "lang")
        lines = [",".join(("uid", *columns))]
        lines += [",".join((uid, *(person.get(name, "") for name in columns))) for uid, person in people.items()]
        file = self.folder / "people.csv"
        file.write_text("\n".join(lines) + "\n")
        self.kit.directories["moqi"] = open_directory(file, Directions.model_validate(MAPPING))

    def dispatch(self, **changed: Any) -> Dispatch:
        """The approved notice, in the shape that the gate gives it."""
        said: dict[str, Any] = {
            "notice_id": "not_1",
            "incident_id": self.incident_id,
            "company": "moqi",
            "party": "moqi",
            "sender_name": "Moqi",
            "audience": "cohorts",
            "language": "zh-Hans",
            "snapshot_id": None,
            "content_digest": "c",
            "audience_digest": "a",
            "ladders": (LADDER,),
            "texts": {"v1": TEXTS},
            "readers": self.readers() if self.people else nobody(),
        }
        return Dispatch(**(said | changed))

    def readers(self) -> pa.Table:
        """Everybody, with the addresses that the directory holds now."""
        ids = pa.array(sorted(self.people), pa.string())
        country = [self.people[one].get("country") or None for one in ids.to_pylist()]
        table = pa.table({"person_id": ids, "residence": pa.array(country, pa.string())})
        for name, value in (("role", "registered_person"), ("variant", "v1")):
            table = table.append_column(name, pa.array([value] * len(ids), pa.string()))
        return readers_from(table, contacts(self.kit.directories["moqi"], ids), guardians=False)

    def draft(self, dispatch: Dispatch | None = None, **terms: Any) -> Draft:
        """Choose routes for everybody."""
        with self.kit.begin(reading=True) as tx:
            regions = Regions.read(tx)
        dispatch = dispatch or self.dispatch()
        worded = {channel for texts in dispatch.texts.values() for channel in texts}
        routes = Routes(self.kit.packs, dispatch.party, self.kit.providers, regions, worded=worded, **terms)
        return draft(dispatch, routes)

    def plan(self, dispatch: Dispatch | None = None, **terms: Any) -> FanOut:
        """Draft and write."""
        dispatch = dispatch or self.dispatch()
        drafted = self.draft(dispatch)
        with self.kit.begin() as tx:
            fan_out = begin_plan(tx, dispatch, drafted, terms=Terms(**terms), by=WRITER, kit=self.kit)
        write_plan(self.kit, fan_out.id, dispatch.readers, drafted.ways)
        with self.kit.begin(reading=True) as tx:
            written: FanOut = tx.get_one(FanOut, fan_out.id)
            return written


def receive(kit: Any, provider_id: str, request: WebhookRequest) -> Received:
    """What the desk does with one request, and the counts that it keeps to itself."""
    receipts = kit.providers[provider_id].receipts(request)
    with kit.begin() as tx:
        return take(tx, provider_id, receipts, kit=kit)


def rehearsals(**settings: str) -> dict[str, Any]:
    """The rehearsal provider of each channel by id."""
    environment = {f"TOCSIN_REHEARSAL_{name.upper()}": value for name, value in settings.items()}
    found = [entry.id for entry in registry.entries().values() if entry.about.rehearsal]
    return {one: registry.open_provider(one, environment) for one in found}


def make_stage(
    home: Path, begin: Begin, keys: KeyRing, clock: Any, *, is_drill: bool = False, **settings: str
) -> Stage:
    """A stage whose rehearsal providers take these settings."""
    kit = bare_kit(home, begin, keys, clock, **settings)
    said = Declaration("A leak", "moqi", clock.now(), is_drill=is_drill)
    with begin() as tx:
        incident = declare(tx, said, by=WRITER, clock=clock, keys=keys)
        return Stage(kit, incident.id, home)


def bare_kit(home: Path, begin: Begin, keys: KeyRing, clock: Any, **settings: str) -> Any:
    """What deliveries need of a kit and no more."""
    kit = SimpleNamespace(begin=begin, keys=keys, clock=clock, home=home, packs=load(), directories={}, pager=None)
    kit.providers = rehearsals(**settings)
    kit.of = lambda _incident: kit
    return kit


def made_people(count: int, **same: str) -> dict[str, dict[str, str]]:
    """`count` people of mainland China with every kind of address, but for what `same` says."""
    return {
        f"u{number:06d}": {
            "mobile": f"138{number:08d}",
            "mail": f"p{number}@there.example",
            "token": f"device-{number}",
            "country": "CN",
        }
        | same
        for number in range(count)
    }
