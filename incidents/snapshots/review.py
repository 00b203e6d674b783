"""A reviewer includes or excludes people, by name or as a group, with a reason that holds for later versions."""

import json
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from affected.merged import surviving_ids
from affected.words import Membership
from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.foundation.ids import new_id
from incidents.foundation.keys import KeyRing, KeyUse
from incidents.foundation.tokens import token, token_key
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Incident
from incidents.snapshots.carry import live_reviews, rows_of, stand
from incidents.snapshots.opened import Decision, aliases_of, newest, open_file, open_people
from incidents.snapshots.recount import recount
from incidents.snapshots.select import Kind, Selection, certain_ids, matching
from incidents.snapshots.standing import Word, live, standings_of
from incidents.snapshots.tables import PersonReview, Snapshot
from policies.categories import require_categories

_DECISIONS = (Decision.INCLUDE, Decision.EXCLUDE)


@dataclass(frozen=True)
class Verdict:
    """What a reviewer says: include or exclude, why, and of people included what of theirs was exposed (None: whatever
    the evidence exposed of the others)."""

    decision: Decision
    because: str
    exposed: tuple[str, ...] | None = None


def review(
    tx: Session,
    incident: Incident,
    selection: Selection,
    verdict: Verdict,
    *,
    by: Actor,
    clock: Clock,
    keys: KeyRing,
    home: Path,
    known: Set[str] = frozenset(),
) -> PersonReview:
    """Decide about people of the newest version; a later decision about the same people supersedes.

    `known`: those of the named who are in the directory; whoever is not in the version yet enters the next one as
    possible. People who are certain are excluded by name only. Raises BadInput, NotFound, Refused.
    """
    must_be_open(incident)
    by.must_be(ActorRole.COMPLIANCE)
    if not verdict.because.strip():
        raise BadInput("because: a decision needs its reason.")
    require_categories(verdict.exposed or (), "exposed")
    if verdict.decision not in _DECISIONS:
        raise BadInput(f"decision: people are reviewed with {' or '.join(_DECISIONS)}.")
    snapshot = newest(tx, incident.id)
    if snapshot is None:
        raise Refused("not_scoped", "Nobody has looked yet who is affected: `incident scope` does.")
    seen = _Seen(tx, snapshot, keys, home)
    person_ids = seen.named(selection, verdict, known) if selection.kind is Kind.PEOPLE else seen.group(selection)
    _check_certain(selection, verdict, set(person_ids) & seen.certain)
    made = _write(seen, selection, verdict, person_ids, by=by, clock=clock)
    recount(tx, snapshot, seen.people, keys=keys)
    detail = {"review": made.id, "decision": made.decision, "selection": made.selection, "people": made.people}
    timeline.append(tx, incident.id, "snapshot.reviewed", detail, by=by, clock=clock)
    return made


def included_by_name(tx: Session, incident_id: str, *, keys: KeyRing) -> Iterator[tuple[PersonReview, list[str]]]:
    """Each review that includes people by name, with those who stand included by it; the next version holds them."""
    standing = live(tx, incident_id)
    for one in live_reviews(tx, incident_id):
        if one.sealed is not None and one.sealed_key_id is not None:
            named = json.loads(keys.unseal(tx, one.sealed_key_id, one.sealed, about=one.id))
            secret = keys.bare(tx, one.token_key_id)
            found = [(person_id, standing.get(token(secret, person_id))) for person_id in named]
            left = [person_id for person_id, said in found if said and said.review_id == one.id]
            if left:
                yield one, left


def reviews(tx: Session, incident_id: str) -> list[PersonReview]:
    """All reviews, superseded ones too, in order."""
    query = select(PersonReview).where(PersonReview.incident_id == incident_id)
    return list(tx.scalars(query.order_by(PersonReview.decided_at, PersonReview.id)))


class _Seen:
    """The newest version as a reviewer sees it."""

    def __init__(self, tx: Session, snapshot: Snapshot, keys: KeyRing, home: Path) -> None:
        self.tx, self.snapshot, self.keys, self.home = tx, snapshot, keys, home
        self.people = open_people(tx, snapshot, keys=keys, home=home)
        self.why = open_file(tx, snapshot, "why", keys=keys, home=home)
        self.certain = certain_ids(self.people)

    def named(self, selection: Selection, verdict: Verdict, known: Set[str]) -> list[str]:
        """The people named, by the ids that live on. Raises BadInput naming the place in the list, never the id."""
        aliases = aliases_of(self.tx, self.snapshot, keys=self.keys, home=self.home)
        ids = surviving_ids(pa.array(selection.person_ids, pa.string()), aliases).to_pylist()
        if not ids:
            raise BadInput("people: name at least one.")
        columns = (self.people["person_id"].to_pylist(), self.people["membership"].to_pylist())
        membership = dict(zip(*columns, strict=True))
        for place, (person_id, as_named) in enumerate(zip(ids, selection.person_ids, strict=True), 1):
            here = membership.get(person_id)
            if here == Membership.STRANGER:
                raise Refused("stranger", f"people: {place}: this is a stranger, who is decided on with their cohort.")
            if here is None and verdict.decision is Decision.EXCLUDE:
                raise BadInput(f"people: {place}: this id is not in version {self.snapshot.version}.")
            if here is None and not {person_id, as_named} & known:
                raise BadInput(f"people: {place}: this id is neither in the version nor in the directory.")
        return list(dict.fromkeys(ids))

    def group(self, selection: Selection) -> list[str]:
        """Whom a group means now, but for those who were decided on by name."""
        if selection.kind is Kind.FOUND_ANEW:
            standing = standings_of(self.tx, self.snapshot.incident_id, self.people["person_id"], keys=self.keys)
            review_id = selection.said["review"]
            left = [who for _, who, one in standing if one.word is Word.AGAIN and one.review_id == review_id]
        else:
            said = selection.as_json()
            found = matching(said, self.people, self.why, covered=self.snapshot.evidence_ids)
            standing = standings_of(self.tx, self.snapshot.incident_id, found, keys=self.keys)
            by_name = {
                one.id
                for one in live_reviews(self.tx, self.snapshot.incident_id)
                if one.selection["kind"] == Kind.PEOPLE
            }
            decided = {who for _, who, one in standing if one.review_id in by_name}
            left = [who for who in found.to_pylist() if who not in decided]
        if not left:
            raise NotFound("group of people", " ".join(selection.as_json().values()))
        return left


def _check_certain(selection: Selection, verdict: Verdict, certain: Set[str]) -> None:
    if certain and selection.kind is not Kind.PEOPLE and verdict.decision is Decision.EXCLUDE:
        raise Refused(
            "certain_by_name",
            f"{len(certain):,} of them are affected for certain; exclude those by name, or withdraw the evidence.",
        )


def _write(
    seen: _Seen, selection: Selection, verdict: Verdict, person_ids: Sequence[str], *, by: Actor, clock: Clock
) -> PersonReview:
    tx, incident_id = seen.tx, seen.snapshot.incident_id
    said, key_id = selection.as_json(), token_key(tx, incident_id, keys=seen.keys, clock=clock)
    for earlier in live_reviews(tx, incident_id):
        if earlier.selection == said and selection.kind is not Kind.PEOPLE:
            earlier.superseded_at = clock.now()
    made = PersonReview(
        id=new_id("rev"),
        incident_id=incident_id,
        snapshot_id=seen.snapshot.id,
        decision=verdict.decision,
        selection=said,
        evidence_ids=list(seen.snapshot.evidence_ids),
        exposed=list(verdict.exposed) if verdict.exposed is not None else None,
        people=len(person_ids),
        token_key_id=key_id,
        sealed_key_id=None,
        sealed=None,
        because=verdict.because.strip(),
        decided_at=clock.now(),
        decided_by=by.id,
        decided_by_name=by.name,
        superseded_at=None,
    )
    if selection.kind is Kind.PEOPLE and verdict.decision is Decision.INCLUDE:
        _seal(seen, made, person_ids, clock)
    tx.add(made)
    tx.flush()
    before = [one.id for _, _, one in standings_of(tx, incident_id, pa.array(person_ids, pa.string()), keys=seen.keys)]
    secret = seen.keys.bare(tx, key_id)
    rows = rows_of(made, person_ids, seen.why, seen.certain, secret=secret)
    stand(tx, seen.snapshot, rows, instead_of=before, clock=clock)
    return made


def _seal(seen: _Seen, made: PersonReview, person_ids: Sequence[str], clock: Clock) -> None:
    """Included people must be found in the directory again, so their ids are kept, sealed."""
    about = {"purpose": "people included by name", "subject_id": made.incident_id}
    made.sealed_key_id = seen.keys.make(seen.tx, KeyUse.FIELDS, clock=clock, **about)
    plain = json.dumps(list(person_ids)).encode()
    made.sealed = seen.keys.seal(seen.tx, made.sealed_key_id, plain, about=made.id)
