"""People are included or excluded by name or as a group, with a reason that holds until new evidence asks again."""

import importlib
import io

import pytest
from sqlalchemy import select

from affected import known
from affected.evidence.sandbox import clean_here
from affected.words import Rule
from incidents.evidence.collect import Description, EvidenceKind, collect, items, withdraw
from incidents.evidence.vault import FolderVault
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.record import timeline
from incidents.record.declare import Declaration, declare
from incidents.snapshots import opened, standing
from incidents.snapshots.decide import undecided_cohorts
from incidents.snapshots.opened import Decision
from incidents.snapshots.review import Verdict, review
from incidents.snapshots.scope import scope
from incidents.snapshots.select import Selection
from incidents.snapshots.tables import PersonReview, PersonStanding
from tests.affected.small import directory_of

PEOPLE = [
    {"uid": "u1", "mobile": "13800000001", "country": "CN", "lang": "zh-Hans"},
    {"uid": "u2", "mobile": "13800000002", "country": "CN", "lang": "zh-Hans"},
    {"uid": "u3", "mobile": "13800000003", "country": "CN", "lang": "zh-Hans"},
    {"uid": "u4", "mobile": "13800000004", "country": "CN", "lang": "zh-Hans"},
    {"uid": "u5", "mobile": "13800000003", "country": "CN", "lang": "zh-Hans"},
]
PARTNER = "phone\n13800000001\n13800000002\n"
SHARED = "phone\n13800000003\n"  # the number of two people, so either is possible
LOG = "person_id\nu2\n"


@pytest.fixture(autouse=True)
def _no_child(monkeypatch):
    monkeypatch.setattr(importlib.import_module("affected.resolve"), "Sandbox", lambda: clean_here)


class Desk:
    """One incident and who works on it."""

    def __init__(self, tx, incident, directory, reviewer, hands):
        self.tx, self.incident, self.directory, self.hands = tx, incident, directory, hands
        self.reviewer = reviewer

    def collect(self, text):
        said = Description("a list", EvidenceKind.IDENTIFIER_LIST, "e.csv", "the partner", {"exposed": ["phone"]})
        hands = {name: self.hands[name] for name in ("by", "clock", "vault", "keys")}
        return collect(self.tx, self.incident, io.BytesIO(text.encode()), said, **hands).id

    def scope(self):
        return scope(self.tx, self.incident, directory=self.directory, **self.hands)

    def review(self, selection, decision, because="the partner named them by mistake", **more):
        ids = known(self.directory, selection.person_ids)
        hands = {name: self.hands[name] for name in ("clock", "keys", "home")} | {"by": more.pop("by", self.reviewer)}
        return review(self.tx, self.incident, selection, Verdict(decision, because, **more), known=ids, **hands)

    def newest(self):
        found = opened.newest(self.tx, self.incident.id)
        assert found
        return found

    def told(self):
        """The ids of everybody who would be told, whatever cohort they are in."""
        snapshot = self.newest()
        cohorts = {row.cohort_id for row in opened.cohort_rows(self.tx, snapshot)}
        people = opened.people_of(self.tx, snapshot, cohorts, keys=self.hands["keys"], home=self.hands["home"])
        return people["person_id"].to_pylist()

    def counted(self):
        facts = opened.cohort_facts(self.tx, self.newest())
        return tuple(sum(fact["people"][end] for fact in facts) for end in ("min", "max"))

    def words(self):
        found = standing.counts(self.tx, self.newest())
        return {row.word: row.people for row in found}


@pytest.fixture
def desk(tx, tmp_path, responder, compliance, clock, keys, home):
    incident = declare(tx, Declaration("A leak", "moqi", clock.now()), by=responder, clock=clock, keys=keys)
    hands = {"by": responder, "clock": clock, "vault": FolderVault(home / "vault"), "keys": keys, "home": home}
    return Desk(tx, incident, directory_of(tmp_path, PEOPLE), compliance, hands)


@pytest.fixture
def named(desk):
    """The partner's list is scoped: u1 and u2."""
    desk.collect(PARTNER)
    desk.scope()
    return desk


def test_whom_the_list_named_by_mistake_stays_excluded_and_comes_back_when_the_log_names_him(named, tx):
    assert (named.told(), named.counted()) == (["u1", "u2"], (2, 2))
    made = named.review(Selection.people(["u2"]), Decision.EXCLUDE)
    assert (named.told(), named.counted()) == (["u1"], (1, 1))
    named.collect(SHARED)
    second = named.scope()
    assert (second.counts["people"], named.told(), named.words()) == (4, ["u1", "u3", "u5"], {"exclude": 1})
    log = named.collect(LOG)
    named.scope()
    assert named.words() == {"again": 1}
    assert (named.told(), named.counted()) == (["u1", "u3", "u5"], (3, 4))  # unknown is never no
    (waiting,) = standing.counts(tx, named.newest())
    assert (waiting.review_id, waiting.found_by, waiting.certain) == (made.id, [log], 1)
    named.review(Selection.found_anew(made.id), Decision.INCLUDE, "the log is beyond doubt")
    assert (named.told(), named.counted()) == (["u1", "u2", "u3", "u5"], (4, 4))


def test_an_exclusion_that_is_confirmed_holds_against_the_same_evidence_and_asks_again_at_the_next(named):
    named.review(Selection.people(["u2"]), Decision.EXCLUDE)
    named.collect(LOG)
    named.scope()
    named.review(Selection.people(["u2"]), Decision.EXCLUDE, "a test account that reads itself")
    named.scope()
    assert (named.words(), named.told()) == ({"exclude": 1}, ["u1"])
    named.collect("person_id\nu2\nu4\n")
    named.scope()
    assert (named.words(), named.told()) == ({"again": 1}, ["u1", "u4"])


def test_when_the_evidence_that_found_them_anew_is_withdrawn_they_are_excluded_as_before(named, tx, responder, clock):
    named.review(Selection.people(["u2"]), Decision.EXCLUDE)
    named.collect(LOG)
    named.scope()
    withdraw(tx, items(tx, named.incident.id)[1], because="another house's log", by=responder, clock=clock)
    named.scope()
    assert (named.words(), named.counted()) == ({"exclude": 1}, (1, 1))


def test_whoever_called_in_enters_the_next_version_as_possible_and_stays(named, tx, keys, home, responder, clock):
    named.review(Selection.people(["u4"]), Decision.INCLUDE, "called the hotline and read us the text")
    assert named.told() == ["u1", "u2"]  # the version of now is frozen
    second = named.scope()
    people = {row["person_id"]: row for row in opened.open_people(tx, second, keys=keys, home=home).to_pylist()}
    assert (people["u4"]["certainty"], people["u4"]["categories"]) == ("possible", ["phone"])
    why = opened.open_file(tx, second, "why", keys=keys, home=home).to_pylist()
    assert [row["rule"] for row in why if row["person_id"] == "u4"] == [Rule.REVIEWED]
    assert {word: n for word, n in second.counts["rows"].items() if n} == {"matched": 2}
    assert (named.told(), named.counted()) == (["u1", "u2", "u4"], (3, 3))
    withdraw(tx, items(tx, named.incident.id)[0], because="not ours", by=responder, clock=clock)
    named.collect(SHARED)
    named.scope()
    assert named.told() == ["u3", "u4", "u5"]


def test_what_the_reviewer_says_was_exposed_goes_before_what_the_evidence_exposed(named, tx, keys, home):
    named.review(Selection.people(["u4"]), Decision.INCLUDE, "saw the letter", exposed=("salary",))
    people = opened.open_people(tx, named.scope(), keys=keys, home=home).to_pylist()
    assert {row["person_id"]: row["categories"] for row in people}["u4"] == ["salary"]


def test_a_group_found_only_by_one_rule_of_one_item_is_excluded_and_looked_for_again(named, tx):
    item = named.collect(SHARED)
    named.scope()
    group = Selection.found_only_by(item, Rule.PHONE_NATIONAL)
    made = named.review(group, Decision.EXCLUDE, "a switchboard's number")
    assert (made.people, named.told(), named.counted()) == (2, ["u1", "u2"], (2, 2))
    named.scope()
    assert (named.told(), named.words()) == (["u1", "u2"], {"exclude": 2})
    named.collect("person_id\nu3\n")
    named.scope()
    assert named.words() == {"exclude": 1, "again": 1}
    assert named.told() == ["u1", "u2"]
    with pytest.raises(Refused, match="1 of them are affected for certain"):
        named.review(Selection.found_anew(made.id), Decision.EXCLUDE)
    named.review(group, Decision.INCLUDE, "no switchboard after all")
    assert named.told() == ["u1", "u2", "u5"]
    assert [row.superseded_at is None for row in tx.scalars(select(PersonReview).order_by(PersonReview.id))] == [
        False,
        True,
    ]


def test_the_possible_of_a_cohort_are_a_group_but_not_whom_later_evidence_finds(named, tx):
    named.collect(SHARED)
    snapshot = named.scope()
    cohort = opened.cohort_rows(tx, snapshot)[0].cohort_id
    made = named.review(Selection.possible_of(cohort), Decision.EXCLUDE, "the number is a shop's")
    assert (made.people, named.told()) == (2, ["u1", "u2"])
    named.directory = directory_of(named.directory.source.path.parent, [*PEOPLE, PEOPLE[3] | {"uid": "u6"}])
    named.collect("phone\n13800000004\n")
    named.scope()
    assert named.told() == ["u1", "u2", "u4", "u6"]


def test_a_group_passes_over_whom_somebody_decided_on_by_name(named):
    item = named.collect(SHARED)
    named.scope()
    named.review(Selection.people(["u3"]), Decision.INCLUDE, "she called")
    made = named.review(Selection.found_only_by(item, Rule.PHONE_NATIONAL), Decision.EXCLUDE)
    assert (made.people, named.told()) == (1, ["u1", "u2", "u3"])


def test_the_certain_are_excluded_by_name_only(named, tx):
    item = items(tx, named.incident.id)[0].id
    with pytest.raises(Refused, match="2 of them are affected for certain; exclude those by name"):
        named.review(Selection.found_only_by(item, Rule.PHONE_NATIONAL), Decision.EXCLUDE)
    assert named.review(Selection.people(["u1", "u2"]), Decision.EXCLUDE).people == 2
    assert named.counted() == (0, 0)


def test_an_undecided_person_who_is_reviewed_leaves_the_queue_of_their_cohort(desk, tx):
    said = Description("who is abroad", EvidenceKind.PREDICATE, "p.yaml", "the team", {"exposed": ["phone"]})
    hands = {name: desk.hands[name] for name in ("by", "clock", "vault", "keys")}
    nowhere = [{"uid": f"n{n}", "mobile": f"1390000000{n}"} for n in (1, 2)]
    desk.directory = directory_of(desk.directory.source.path.parent, [*PEOPLE, *nowhere])
    collect(tx, desk.incident, io.BytesIO(b"all: [{field: country, value: TH}]\n"), said, **hands)
    snapshot = desk.scope()
    assert [people for _, _, people in undecided_cohorts(tx, snapshot)] == [2]
    desk.review(Selection.people(["n1"]), Decision.INCLUDE, "lives in Thailand, and said so")
    assert [people for _, _, people in undecided_cohorts(tx, snapshot)] == [1]
    assert (desk.told(), desk.counted()) == (["n1"], (1, 2))
    desk.review(Selection.people(["n2"]), Decision.EXCLUDE, "lives in Norway")
    assert (undecided_cohorts(tx, snapshot), desk.counted()) == ([], (1, 1))
    desk.scope()
    assert (desk.told(), desk.counted()) == (["n1"], (1, 1))


def test_nothing_that_names_a_person_lies_open_in_the_database_or_on_the_timeline(named, tx):
    named.review(Selection.people(["u1"]), Decision.EXCLUDE)
    named.review(Selection.people(["u4"]), Decision.INCLUDE, "called in")
    rows = [tx.execute(select(*table.__table__.c)).all() for table in (PersonReview, PersonStanding)]
    lines = [entry.detail for entry in timeline.read(tx, named.incident.id) if entry.kind == "snapshot.reviewed"]
    assert len(lines) == 2
    assert not any(f"'{uid}'" in repr((rows, lines)) or f'"{uid}"' in repr(rows) for uid in ("u1", "u2", "u4"))
    assert lines[0] | {"review": ""} == {
        "review": "",
        "decision": "exclude",
        "selection": {"kind": "people"},
        "people": 1,
    }


def test_a_review_needs_compliance_a_reason_and_people_who_can_be_meant(named, responder, tx):
    with pytest.raises(Refused, match="role compliance"):
        named.review(Selection.people(["u1"]), Decision.EXCLUDE, by=responder)
    with pytest.raises(BadInput, match="needs its reason"):
        named.review(Selection.people(["u1"]), Decision.EXCLUDE, " ")
    with pytest.raises(BadInput, match="exposed: 'shoe_size' is no kind of data"):
        named.review(Selection.people(["u2"]), Decision.INCLUDE, exposed=("shoe_size",))
    with pytest.raises(BadInput, match="include or exclude"):
        named.review(Selection.people(["u1"]), Decision.ANNOUNCE_ONLY)
    with pytest.raises(BadInput, match="people: 2: this id is not in version 1"):
        named.review(Selection.people(["u1", "u4"]), Decision.EXCLUDE)
    with pytest.raises(BadInput, match="people: 1: this id is neither in the version nor in the directory"):
        named.review(Selection.people(["nobody"]), Decision.INCLUDE)
    with pytest.raises(BadInput, match="name at least one"):
        named.review(Selection.people([" "]), Decision.EXCLUDE)
    with pytest.raises(NotFound):
        named.review(Selection.found_only_by("evd_none", "email"), Decision.EXCLUDE)
    named.collect("phone\n13799999999\n")
    snapshot = named.scope()
    stranger = opened.open_file(tx, snapshot, "strangers", keys=named.hands["keys"], home=named.hands["home"])
    with pytest.raises(Refused, match="decided on with their cohort"):
        named.review(Selection.people(stranger["token"].to_pylist()), Decision.EXCLUDE)


def test_when_the_key_of_the_tokens_is_gone_nobody_is_told_by_mistake(named, tx, keys, clock):
    made = named.review(Selection.people(["u2"]), Decision.EXCLUDE)
    keys.shred(tx, made.token_key_id, clock=clock)
    with pytest.raises(Refused, match="person tokens was shredded"):
        named.told()


def test_whom_an_approval_speaks_to_is_another_audience_once_somebody_of_them_was_reviewed(named, tx):
    cohorts = {row.cohort_id for row in opened.cohort_rows(tx, named.newest())}
    assert standing.reviews_touching(tx, named.incident.id, cohorts) == []
    made = named.review(Selection.people(["u2"]), Decision.EXCLUDE)
    assert standing.reviews_touching(tx, named.incident.id, cohorts) == [made.id]
    assert standing.reviews_touching(tx, named.incident.id, {"coh_other"}) == []
