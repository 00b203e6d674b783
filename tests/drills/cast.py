"""The cast of the drills: people by role, a house on a temporary home with a small sample, and what they do with it."""

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

import sample
from incidents.evidence.collect import Description, EvidenceKind, collect
from incidents.evidence.tables import EvidenceItem
from incidents.foundation.settings import Settings
from incidents.kit import Kit
from incidents.notices.approve import approve, digests, release, to_confirm
from incidents.notices.correct import correct
from incidents.notices.draft import draft
from incidents.notices.files import Purpose
from incidents.notices.fill import fill
from incidents.notices.library import Wording, load_wording
from incidents.notices.tables import Notice
from incidents.notices.texts import Sources, find_notice, languages, notices_of, words_of
from incidents.notices.voids import standing
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
from kits import make_kit
from packs import BadInput
from policies.vocabulary import Role
from sample.people import mapping_path
from tests import databases
from tests.clock import FrozenClock
from tests.databases import engine_at, write_empty
from tests.drills.words import WORDS
from worker import find_jobs

find_jobs()  # with the tables that they look into, so that each story can be told alone

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
    "hard_to_reach_one_by_one": "yes",  # some have no address that works: without this, an announcement tells nobody
    "harm_effectively_avoided": "no",
}


def house_of(home: Path, company: str, *, people: int) -> tuple[Kit, FrozenClock]:
    """A house whose only company has `people` invented people, with the providers that the environment names."""
    made = sample.make(home / "sample", people=people, only=[company])
    for directory in made.directories:
        directory.path.with_suffix(".yaml").write_bytes(mapping_path(directory.company).read_bytes())
    write_empty(home / "tocsin.db")
    clock = FrozenClock()
    return _kit(home, clock), clock


def _kit(home: Path, clock: FrozenClock) -> Kit:
    return make_kit(Settings(mode="test", home=home), engine_at(home / "tocsin.db"), clock=clock)


@cache
def wording() -> Wording:
    """The wording of all notices, read once."""
    return load_wording()


def holes_of_the_house(name: str) -> bool:
    """Whether a house pack may say this by itself."""
    return name in {"sender", "verify_lines", "reach_lines"}


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
        databases.copy(self.kit.home / "tocsin.db", home / "house" / "tocsin.db")
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

    @property
    def sources(self) -> Sources:
        """Where the words of notices come from."""
        return Sources(self.kit.packs, wording())

    def draft(self) -> list[str]:
        """The writer has every notice drafted that the ledger asks for; gives back their references."""
        with self.kit.begin() as tx:
            drafted = draft(tx, self.incident(tx), by=WRITER, clock=self.clock, sources=self.sources)
            return [notice.reference for notice in (*drafted.made, *drafted.changed)]

    def notices(self, wording_id: str = "") -> list[Notice]:
        """The notices in use (of one wording)."""
        with self.kit.begin() as tx:
            found = [each for each in notices_of(tx, self.incident_id) if not wording_id or each.wording == wording_id]
            tx.expunge_all()
            return found

    def spoken(self, notice: Notice) -> list[str]:
        """The languages that this notice's readers need."""
        with self.kit.begin() as tx:
            return languages(tx, notice)

    def write(self, reference: str, *, without: Collection[str] = ()) -> None:
        """The writer fills a notice in all its languages, but for the placeholders in `without`."""
        with self.kit.begin() as tx:
            notice = find_notice(tx, reference)
            holes = self.sources.wording.notice(notice.wording).placeholders
            for language in languages(tx, notice):
                said = set(words_of(tx, notice, language)) | set(without)
                for name in sorted(set(holes) & set(WORDS[language]) - said):
                    self._fill(tx, notice, language, name)

    def _fill(self, tx: Session, notice: Notice, language: str, name: str) -> None:
        words = WORDS[language][name]
        try:
            fill(tx, notice, language, name, words, by=WRITER, clock=self.clock, sources=self.sources)
        except BadInput:  # the house pack says this itself
            assert holes_of_the_house(name)

    def rewrite(self, reference: str, language: str, placeholder: str, words: str) -> None:
        """The writer puts other words into one placeholder."""
        with self.kit.begin() as tx:
            notice = find_notice(tx, reference)
            fill(tx, notice, language, placeholder, words, by=WRITER, clock=self.clock, sources=self.sources)

    def approved(self, reference: str) -> set[str]:
        """The languages in which an approval of this notice stands."""
        with self.kit.begin() as tx:
            return {approval.language for approval in standing(tx, find_notice(tx, reference))}

    def correct(self, reference: str, *, because: str) -> str:
        """The writer begins a correction of a notice that went out; gives back its reference."""
        with self.kit.begin() as tx:
            wrong = find_notice(tx, reference)
            made = correct(
                tx, wrong, Purpose.CORRECTION, because=because, by=WRITER, clock=self.clock, sources=self.sources
            )
            return made.reference

    def release(self, reference: str) -> None:
        """Compliance stands by name for wording that nobody reviewed in its language."""
        with self.kit.begin() as tx:
            notice = find_notice(tx, reference)
            for language in languages(tx, notice):
                because = "I read this language."
                release(tx, notice, language, because=because, by=COMPLIANCE, clock=self.clock, sources=self.sources)

    def approve(self, reference: str, *, by: Actor = APPROVER) -> None:
        """A second person reads a notice in all its languages and approves it."""
        with self.kit.begin() as tx:
            notice = find_notice(tx, reference)
            for language in languages(tx, notice):
                seen = digests(tx, notice, language, sources=self.sources)
                approve(
                    tx, notice, language, seen,
                    confirmed=to_confirm(notice), by=by, clock=self.clock, sources=self.sources,
                )  # fmt: skip

    def approve_everything(self) -> list[str]:
        """Every draft is written, released and approved."""
        references = self.draft()
        for reference in references:
            self.write(reference)
            self.release(reference)
            self.approve(reference)
        return references

    def later(self, **by: float) -> datetime:
        """Time passes."""
        return self.clock.tick(timedelta(**by))
