"""The cast of the drills: people by role, a house on a temporary home with a small sample, and what they do with it."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

import sample
from app import make_kit
from incidents.evidence.collect import Description, EvidenceKind, collect
from incidents.evidence.tables import EvidenceItem
from incidents.foundation.database import Base, prepare_sqlite
from incidents.foundation.settings import Settings
from incidents.kit import Kit
from incidents.obligations.assess import Assessed, assess
from incidents.obligations.ledger import live
from incidents.obligations.tables import LedgerEntry
from incidents.record.actor import Actor, ActorRole
from incidents.record.declare import Declaration, declare
from incidents.record.facts import Answer, answer
from incidents.record.incident import find
from incidents.record.tables import Incident
from incidents.snapshots.decide import decide, undecided_cohorts
from incidents.snapshots.opened import Decision, newest, open_people
from incidents.snapshots.scope import scope
from incidents.snapshots.tables import Snapshot
from policies.vocabulary import Role
from sample.people import mapping_path
from tests.clock import FrozenClock

RESPONDER = Actor("acc_rana", "Rana", frozenset({ActorRole.RESPONDER}))
WRITER = Actor("acc_wai", "Wai", frozenset({ActorRole.COMMUNICATIONS}))
COMPLIANCE = Actor("acc_conny", "Conny", frozenset({ActorRole.COMPLIANCE}))
APPROVER = Actor("acc_ama", "Ama", frozenset({ActorRole.APPROVER}))
AUDITOR = Actor("acc_aud", "Audra", frozenset({ActorRole.AUDITOR}))

# What an ordinary company answers where a law asks about criticality, losses and content.
ORDINARY: Mapping[str, Answer] = {
    "operator_is_cii": "no",
    "operator_is_central_organ": "no",
    "direct_loss_cny": 0,
    "important_data_or_much_personal_data_seriously_threatened": "no",
    "government_or_news_site_outage_hours": 0,
    "people_daily_life_affected": 0,
    "harmful_content_spread_as_listed": "no",
    "crime_clues_found": "yes",
    "hard_to_reach_one_by_one": "no",
    "harm_effectively_avoided": "no",
}


def house_of(home: Path, company: str, *, people: int) -> tuple[Kit, FrozenClock]:
    """A house whose only company has `people` invented people, with the providers that the environment names."""
    made = sample.make(home / "sample", people=people, only=[company])
    for directory in made.directories:
        directory.path.with_suffix(".yaml").write_bytes(mapping_path(directory.company).read_bytes())
    clock = FrozenClock()
    return _kit(home, clock), clock


def _kit(home: Path, clock: FrozenClock) -> Kit:
    engine = create_engine(f"sqlite:///{home / 'tocsin.db'}")
    prepare_sqlite(engine)
    Base.metadata.create_all(engine)
    return make_kit(Settings(mode="test", home=home), engine, clock=clock)


@dataclass
class Drill:
    """One incident of a story: each method is one thing that a person of the cast does, in a transaction of its own."""

    kit: Kit
    clock: FrozenClock
    leak: sample.Leak
    incident_id: str = ""

    @classmethod
    def open(cls, home: Path, leak: str, *, company: str, people: int) -> "Drill":
        """The house and the leak, before anybody has said a word."""
        kit, clock = house_of(home, company, people=people)
        return cls(kit, clock, sample.leak(leak, home / "sample"))

    def again(self, home: Path) -> "Drill":
        """The same incident as it stands now, in a copy of the house, so that one story's turn is not another's."""
        shutil.copytree(self.kit.home, home / "house")
        clock = FrozenClock(self.clock.at)
        return Drill(_kit(home / "house", clock), clock, self.leak, self.incident_id)

    @property
    def truth(self) -> Any:
        """Whom the leak really means; nobody of the cast knows it."""
        return sample.read_truth(self.leak.truth)

    def incident(self, tx: Session) -> Incident:
        """The incident in this transaction."""
        return find(tx, self.incident_id)

    def declare(self, title: str, *, role: Role = Role.CONTROLLER, is_drill: bool = True) -> str:
        """The responder says the first word."""
        said = Declaration(title, self.leak.company, self.leak.found_at, role=role, is_drill=is_drill)
        with self.kit.begin() as tx:
            incident = declare(tx, said, by=RESPONDER, clock=self.clock, keys=self.kit.keys)
            self.incident_id = incident.id
            return incident.reference

    def collect(self, number: int) -> str:
        """The responder hands the leak's evidence file `number` to the vault."""
        file = self.leak.files[number]
        described = Description(file.title, EvidenceKind(file.kind), file.path.name, file.source, file.reading)
        with self.kit.begin() as tx, file.path.open("rb") as stream:
            item: EvidenceItem = collect(
                tx, self.incident(tx), stream, described,
                by=RESPONDER, clock=self.clock, vault=self.kit.vault, keys=self.kit.keys,
            )  # fmt: skip
            return item.id

    def scope(self) -> Snapshot:
        """The responder has the people found and frozen."""
        with self.kit.begin() as tx:
            directory = self.kit.directories[self.leak.company]
            found = scope(
                tx, self.incident(tx), by=RESPONDER, clock=self.clock, directory=directory,
                vault=self.kit.vault, keys=self.kit.keys, home=self.kit.home,
            )  # fmt: skip
            tx.expunge(found)
            return found

    def snapshot(self) -> Snapshot:
        """The newest snapshot."""
        with self.kit.begin() as tx:
            found = newest(tx, self.incident_id)
            assert found
            tx.expunge(found)
            return found

    def people(self) -> list[dict[str, Any]]:
        """Everybody in the newest snapshot, opened with its key."""
        with self.kit.begin() as tx:
            snapshot = newest(tx, self.incident_id)
            assert snapshot
            rows: list[dict[str, Any]] = open_people(tx, snapshot, keys=self.kit.keys, home=self.kit.home).to_pylist()
            return rows

    def decide_the_rest(self, decision: Decision, because: str) -> int:
        """Compliance decides about everybody of whom it is not certain; gives back how many cohorts there were."""
        with self.kit.begin() as tx:
            snapshot = newest(tx, self.incident_id)
            assert snapshot
            waiting = undecided_cohorts(tx, snapshot)
            for cohort, membership, _ in waiting:
                decide(tx, snapshot, cohort, membership, decision, because=because, by=COMPLIANCE, clock=self.clock)
            return len(waiting)

    def answer(self, answers: Mapping[str, Answer], *, party: str | None = None) -> None:
        """Compliance answers what the laws ask."""
        with self.kit.begin() as tx:
            for name, value in answers.items():
                answer(
                    tx, self.incident(tx), name, value,
                    by=COMPLIANCE, clock=self.clock, because="asked in the drill", party=party,
                )  # fmt: skip

    def assess(self) -> Assessed:
        """The responder asks every law and promise what is owed."""
        with self.kit.begin() as tx:
            said = assess(tx, self.incident(tx), by=RESPONDER, clock=self.clock, packs=self.kit.packs)
            tx.expunge_all()
            return said

    def ledger(self, duty: str = "", *, party: str | None = None) -> Sequence[LedgerEntry]:
        """The live rows of the ledger whose duty is, or begins with, `duty`."""
        with self.kit.begin() as tx:
            rows = [row for row in live(tx, self.incident_id) if row.duty.startswith(duty)]
            tx.expunge_all()
            return [row for row in rows if party is None or row.party == party]

    def later(self, **by: float) -> datetime:
        """Time passes."""
        return self.clock.tick(timedelta(**by))
