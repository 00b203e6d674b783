"""Carries the first sample incident through a drill, from the first word to the verified proof, saying each step."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from incidents.evidence.collect import Description, EvidenceKind, collect
from incidents.foundation.jobs import jobs
from incidents.kit import Kit
from incidents.obligations.assess import assess
from incidents.obligations.discharge import record_done
from incidents.obligations.ledger import live, open_entries
from incidents.obligations.states import State
from incidents.record.actor import Actor, ActorRole
from incidents.record.anchors import set_anchor
from incidents.record.declare import Declaration, declare
from incidents.record.facts import answer
from incidents.record.incident import find
from incidents.review.bundle import make_bundle
from incidents.review.close import close, end_handling, in_the_way
from incidents.review.verify import verify
from incidents.snapshots.decide import decide, undecided_cohorts
from incidents.snapshots.opened import Decision, newest
from incidents.snapshots.scope import scope
from policies.vocabulary import AnchorName
from sample import drill_notices, drill_reports
from sample.leaks import LeakFile, leak
from sample.script import script
from sample.staff import STAFF
from sample.stage import Drill, Say

Progress = Callable[[str, int, int], None]
FOUND_BEFORE = timedelta(hours=2)  # the leak was found so long before the drill begins
MOST_ROUNDS = 1000
MOST_WAITS = 60


@dataclass(frozen=True)
class Carried:
    """What the drill left behind."""

    incident_id: str
    reference: str
    bundle: Path


def carry(
    kit: Kit,
    *,
    say: Say,
    crew: Mapping[ActorRole, Actor] | None = None,
    url: str = "http://127.0.0.1:8000",
    progress: Progress | None = None,
    wait: Callable[[float], object] = time.sleep,
) -> Carried:
    """Carry the incident of the script in the sample that lies in the kit's home; nobody can be told.

    `crew` are the people who act, one a role; the sample's own staff unless said. `wait` is given seconds.
    Raises BadInput where no sample was made.
    """
    said = script()
    found = leak(said.leak, kit.home / "sample", found_at=kit.clock.now() - FOUND_BEFORE)
    drill = Drill(kit, crew or _staff(), said, found, say, url, wait)
    _declare(drill)
    first = [file for file in found.files if file.collected_at == found.found_at]
    _round(drill, first, progress)
    drill_reports.report_all(drill)
    _round(drill, [file for file in found.files if file not in first], progress)
    drill_reports.supplement(drill)
    _end(drill)
    return Carried(drill.incident_id, drill.reference, _prove(drill))


def _staff() -> Mapping[ActorRole, Actor]:
    crew: dict[ActorRole, Actor] = {}
    for one in STAFF:
        for role in one.roles:
            crew.setdefault(role, Actor(f"sample:{one.email}", one.name, frozenset(one.roles)))
    return crew


def _declare(drill: Drill) -> None:
    said = Declaration(drill.script.title, drill.leak.company, drill.leak.found_at, is_drill=True)
    with drill.kit.begin() as tx:
        made = declare(tx, said, by=drill.by(ActorRole.RESPONDER), clock=drill.kit.clock, keys=drill.kit.keys)
        drill.incident_id, drill.reference = made.id, made.reference
        for name, at in ((AnchorName.OCCURRED_AT, drill.leak.began_at), (AnchorName.CONTAINED_AT, drill.leak.found_at)):
            _anchor(tx, drill, name, at)
    drill.say(f"Declared {drill.reference}, a drill: {drill.script.title}. {drill.page()}")


def _anchor(tx: Session, drill: Drill, name: AnchorName, at: datetime) -> None:
    by, clock = drill.by(ActorRole.RESPONDER), drill.kit.clock
    set_anchor(tx, find(tx, drill.incident_id), name, at, by=by, clock=clock, source=drill.script.because)


def _round(drill: Drill, files: list[LeakFile], progress: Progress | None) -> None:
    """One round: evidence, who is affected, what is owed, notices approved by a second person, everybody told."""
    for file in files:
        _collect(drill, file)
    _scope(drill, progress)
    _assess(drill)
    drill_notices.approve_all(drill)
    sent = drill_notices.send_all(drill)
    for _ in range(MOST_WAITS):
        run_until_idle(drill.kit)
        if drill_notices.are_told(drill):
            break
        drill.wait(1.0)  # a provider asked us to come back later, or is asked again what became of somebody
    drill_notices.say_who_was_told(drill, sent)


def _collect(drill: Drill, file: LeakFile) -> None:
    described = Description(file.title, EvidenceKind(file.kind), file.path.name, file.source, file.reading)
    kit = drill.kit
    with kit.begin() as tx, file.path.open("rb") as stream:
        item = collect(
            tx,
            find(tx, drill.incident_id),
            stream,
            described,
            by=drill.by(ActorRole.RESPONDER),
            clock=kit.clock,
            vault=kit.vault,
            keys=kit.keys,
        )
        drill.say(f"Collected '{file.title}': {item.size:,} bytes sealed, SHA-256 {item.sha256[:12]}...")


def _scope(drill: Drill, progress: Progress | None) -> None:
    kit = drill.kit
    with kit.begin() as tx:
        found = scope(
            tx,
            find(tx, drill.incident_id),
            by=drill.by(ActorRole.RESPONDER),
            clock=kit.clock,
            directory=kit.directories[drill.leak.company],
            vault=kit.vault,
            keys=kit.keys,
            home=kit.home,
            progress=progress,
        )
        counts, rows = found.counts, found.counts["rows"]
        waiting = undecided_cohorts(tx, found)
        for cohort, membership, _ in waiting:
            because = drill.script.because
            by = drill.by(ActorRole.COMPLIANCE)
            decide(tx, found, cohort, membership, Decision.INCLUDE, because=because, by=by, clock=kit.clock)
        more = f", {found.changes['added']:,} of them new" if found.changes else ""
        drill.say(
            f"Snapshot {found.version}: {counts['people']:,} people affected{more}, {counts['strangers']:,} contacts "
            f"in no directory; rows: {rows['matched']:,} matched, {rows['duplicate']:,} said again, "
            f"{rows['unmatched']:,} unmatched, {rows['malformed']:,} malformed. {drill.page('/affected')}"
        )


def _assess(drill: Drill) -> None:
    kit, by = drill.kit, drill.by(ActorRole.COMPLIANCE)
    with kit.begin() as tx:
        incident = find(tx, drill.incident_id)
        for name, value in drill.script.answers.items():
            answer(tx, incident, name, value, by=by, clock=kit.clock, because=drill.script.because)
        said = assess(tx, incident, by=by, clock=kit.clock, packs=kit.packs)
        counts = {state: sum(row.state == state for row in said.entries) for state in State}
        drill.say(
            f"Assessed: {counts[State.OWED]} duties are owed, {counts[State.UNKNOWN]} unknown, "
            f"{counts[State.NOT_OWED]} not owed. {drill.page('/owed')}"
        )
        snapshot = newest(tx, drill.incident_id)
        for row in said.entries if snapshot and snapshot.version == 1 else ():
            if row.form and row.state == State.NOT_OWED and row.phase == "initial":
                drill.say(f"  Not owed, {row.duty}: {' '.join(row.because)} ({row.citation})")


def run_until_idle(kit: Kit) -> None:
    """Do in this thread whatever background work is due, until none is; what can only be done later stays due."""
    for _ in range(MOST_ROUNDS):
        due = [(job, subject) for job in jobs().values() for subject in job.due(kit)]
        if not due:
            return
        for job, subject in due:
            job.run(kit, subject)


def _end(drill: Drill) -> None:
    kit, by = drill.kit, drill.by(ActorRole.COMPLIANCE)
    with kit.begin() as tx:
        incident = find(tx, drill.incident_id)
        reasons = in_the_way(tx, incident, clock=kit.clock)
        drill.say(f"Closing is refused: {len(reasons)} things stand in the way, such as: {reasons[0]}")
        end_handling(tx, incident, by=by, clock=kit.clock)
        assess(tx, incident, by=by, clock=kit.clock, packs=kit.packs)
        for row in open_entries(tx, drill.incident_id):
            if row.owed_to not in drill_reports.PROVEN:
                record_done(tx, row, because=drill.script.because, by=by, clock=kit.clock)
    drill_reports.report_all(drill)
    with kit.begin() as tx:
        incident = find(tx, drill.incident_id)
        left = in_the_way(tx, incident, clock=kit.clock)
        if left:
            drill.say(f"It stays open, because: {left[0]} ({len(left)} in all) {drill.page('/close')}")
            return
        close(tx, incident, by=by, clock=kit.clock)
        met = sum(row.state in (State.MET, State.LATE) for row in live(tx, drill.incident_id))
        drill.say(f"Closed: {met} duties met, none left. {drill.page('/close')}")


def _prove(drill: Drill) -> Path:
    kit = drill.kit
    with kit.begin() as tx:
        by = drill.by(ActorRole.COMPLIANCE)
        proof = make_bundle(tx, find(tx, drill.incident_id), by=by, clock=kit.clock, signer=kit.signer)
        snapshot = newest(tx, drill.incident_id)
    path = kit.home / "sample" / f"{drill.reference}.zip"
    path.write_bytes(proof)
    verdict = verify(proof, kit.signer.public_key.keyid)
    word = "holds" if verdict.holds else "does not hold"
    version = snapshot.version if snapshot else 0
    drill.say(f"The proof {path} ({len(proof):,} bytes, {version} snapshots) {word} when checked without the database.")
    return path
