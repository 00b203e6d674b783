"""Who is affected is frozen: sealed, digested, versioned, and compared with the version before."""

import errno
import importlib
import io
import os
import subprocess
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import select

from affected import contacts
from affected.evidence.sandbox import clean_here
from affected.words import Membership
from incidents.evidence.collect import Description, EvidenceKind, collect, custody, items, withdraw
from incidents.evidence.vault import FolderVault
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.record import timeline
from incidents.record.declare import Declaration, declare
from incidents.snapshots import opened, sealed
from incidents.snapshots.decide import decide, undecided_cohorts
from incidents.snapshots.difference import difference
from incidents.snapshots.opened import Decision
from incidents.snapshots.scope import private_folder, scope
from incidents.snapshots.tables import Snapshot, SnapshotCohort, SnapshotFile
from tests.affected.small import directory_of
from tests.affected.test_likeness import TOWN
from tests.affected.test_names_and_addresses import FIELDS, HEADING, town

PEOPLE = [
    {"uid": "u1", "mobile": "13800000001", "has_idcard": True, "country": "CN"},
    {"uid": "u2", "mobile": "13800000002", "has_idcard": True, "country": "CN"},
    {"uid": "u3", "mobile": "13800000003", "country": "TH"},
    {"uid": "u4", "mobile": "13800000004"},
]
FIRST = "phone\n13800000001\n13800000002\n13711112222\nnonsense\n"
SECOND = "phone\n13800000002\n13800000003\n"
IN_THAILAND = "all: [{field: country, value: TH}]\n"


@pytest.fixture(autouse=True)
def _no_child(monkeypatch):
    # A child for each scoping would take most of the time; tests/affected has one that reads in a child.
    monkeypatch.setattr(importlib.import_module("affected.resolve"), "Sandbox", lambda: clean_here)


@pytest.fixture
def directory(tmp_path):
    return directory_of(tmp_path, PEOPLE)


@pytest.fixture
def vault(home):
    return FolderVault(home / "vault")


@pytest.fixture
def incident(tx, responder, clock, keys):
    return declare(tx, Declaration("A leak", "moqi", clock.now()), by=responder, clock=clock, keys=keys)


@pytest.fixture
def collected(tx, incident, responder, clock, vault, keys):
    def collect_one(text, kind=EvidenceKind.IDENTIFIER_LIST, name="e.csv", exposed=("phone",)):
        said = Description("a list", kind, name, "the partner", {"exposed": list(exposed)})
        stream = io.BytesIO(text.encode())
        return collect(tx, incident, stream, said, by=responder, clock=clock, vault=vault, keys=keys)

    return collect_one


@pytest.fixture
def scoped(tx, incident, responder, clock, directory, vault, keys, home):
    def scope_once(**more):
        kit = {"by": responder, "clock": clock, "directory": directory, "vault": vault, "keys": keys, "home": home}
        return scope(tx, incident, **(kit | more))

    return scope_once


@pytest.fixture
def first(collected, scoped):
    collected(FIRST)
    return scoped()


def test_a_snapshot_is_frozen_with_counts_cohorts_and_a_line_on_the_timeline(tx, first, incident):
    assert (first.version, first.parent_id, first.counts["people"], first.counts["strangers"]) == (1, None, 2, 1)
    assert first.counts["rows"]["malformed"] == 1
    rows = opened.cohort_rows(tx, first)
    assert [(row.membership, row.residence, row.people) for row in rows] == [
        ("affected", "CN", 2),
        ("stranger", "CN", 1),
    ]
    line = timeline.read(tx, incident.id)[-1]
    assert (line.kind, line.detail["digest"]) == ("snapshot.frozen", first.digest)
    assert "13800000001" not in str(line.detail)


def test_nothing_lies_open_and_no_plain_evidence_is_left(first, tx, incident, home, keys):
    folder = opened.folder_of(home, first.id)
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0
        assert b"13711112222" not in path.read_bytes()
    assert not list((home / "work").iterdir())
    (item,) = items(tx, incident.id)
    assert custody(tx, item.id)[-1].purpose == "to find who is affected"


def test_people_open_with_the_key_and_carry_their_cohort(tx, first, keys, home):
    people = opened.open_people(tx, first, keys=keys, home=home).to_pylist()
    assert [(row["person_id"], row["membership"], row["categories"]) for row in people[:2]] == [
        ("u1", "affected", ["phone"]),
        ("u2", "affected", ["phone"]),
    ]
    assert people[2]["membership"] == "stranger"
    assert people[0]["cohort_id"] == opened.cohort_rows(tx, first)[0].cohort_id
    why = opened.open_file(tx, first, "why", keys=keys, home=home)
    assert why["rule"].to_pylist() == ["phone_national", "phone_national"]


def test_whom_a_row_is_only_like_waits_for_compliance_and_the_probable_count(
    tx, tmp_path, collected, scoped, keys, home
):
    named = town(tmp_path, [TOWN[50] | {"person_id": "p9999"}])
    rows = [",".join(person[field] for field in FIELDS) for person in (TOWN[10], TOWN[50])]
    collected("\n".join([HEADING, *rows]) + "\n", EvidenceKind.FREE_TEXT, exposed=["name"])
    snapshot = scoped(directory=named)
    counted = {row.membership: (row.people, row.certain, row.possible) for row in opened.cohort_rows(tx, snapshot)}
    assert counted == {"affected": (1, 0, 1), "undecided": (2, 0, 2)}
    (fact,) = opened.cohort_facts(tx, snapshot)
    assert fact["people"] == {"min": 1, "max": 3}
    likenesses = opened.open_file(tx, snapshot, "likenesses", keys=keys, home=home)
    assert likenesses["person_id"].to_pylist() == ["p0010", "p0050", "p9999"]
    assert opened.open_file(tx, snapshot, "why", keys=keys, home=home)["weight"][0].as_py() >= 0.99
    (item,) = snapshot.reports
    assert snapshot.reports[item]["likeness"]["threshold"] == 0.99
    assert [said[1:] for said in undecided_cohorts(tx, snapshot)] == [(Membership.UNDECIDED, 2)]


def test_the_digest_is_of_the_rows_not_of_the_writer(tmp_path):
    table = pa.table({"a": ["x", None, "yz"], "categories": [["p", "q"], [], ["p"]], "n": [1, None, 3]})
    sealed.write(tmp_path / "a.parquet", table, b"k" * 32)
    sealed.write(tmp_path / "b.parquet", table, b"k" * 32)
    again = sealed.read(tmp_path / "a.parquet", b"k" * 32)
    assert (
        sealed.digest_of(again) == sealed.digest_of(table) == sealed.digest_of(pa.concat_tables([table[:1], table[1:]]))
    )
    assert (tmp_path / "a.parquet").read_bytes() != (tmp_path / "b.parquet").read_bytes()
    assert sealed.digest_of(table) != sealed.digest_of(table.set_column(0, "a", pa.array(["xy", None, "z"])))
    assert sealed.digest_of(table) != sealed.digest_of(table.set_column(0, "a", pa.array(["x", "", "yz"])))
    with pytest.raises(Refused, match="cannot be opened"):
        sealed.read(tmp_path / "a.parquet", b"j" * 32)


def test_the_same_evidence_gives_the_same_people_and_tokens_again(first, scoped, tx, keys, home):
    second = scoped()
    assert second.version == 2
    assert second.changes == {"added": 0, "removed": 0, "grew": 0, "moved": 0, "unchanged": 3}
    digests = [{file.name: file.digest for file in opened.files(tx, snapshot)} for snapshot in (first, second)]
    assert digests[0] == digests[1]


def test_a_second_round_tells_who_came_and_of_whom_more_was_exposed(first, collected, scoped, tx, keys, home):
    collected(SECOND, exposed=["identity_document"])
    second = scoped()
    assert second.parent_id == first.id
    assert second.changes == {"added": 1, "removed": 0, "grew": 1, "moved": 0, "unchanged": 2}
    found = difference(tx, first, second, keys=keys, home=home).people.to_pylist()
    assert [(row["person_id"], row["change"], row["categories_added"]) for row in found] == [
        ("u2", "grew", ["identity_document"]),
        ("u3", "added", []),
    ]
    back = difference(tx, second, first, keys=keys, home=home)
    assert (back.counts["removed"], back.counts["moved"]) == (1, 1)


def test_withdrawn_evidence_takes_its_people_out(first, collected, scoped, tx, incident, responder, clock):
    collected(SECOND)
    withdraw(tx, items(tx, incident.id)[0], because="it was another company's", by=responder, clock=clock)
    second = scoped()
    assert (second.changes["added"], second.changes["removed"]) == (1, 2)
    assert second.counts["strangers"] == 0


def test_undecided_people_widen_the_count_until_compliance_decides(
    collected, scoped, tx, compliance, clock, keys, home
):
    collected(IN_THAILAND, EvidenceKind.PREDICATE, "p.yaml")
    snapshot = scoped()
    facts = {fact["residence"]: fact for fact in opened.cohort_facts(tx, snapshot)}
    assert facts["TH"]["people"] == {"min": 1, "max": 1}
    assert facts["unknown"]["people"] == {"min": 0, "max": 1}
    ((cohort, membership, people),) = undecided_cohorts(tx, snapshot)
    assert (membership, people) == (Membership.UNDECIDED, 1)
    told = {"keys": keys, "home": home}
    assert opened.people_of(tx, snapshot, [cohort], **told).num_rows == 0
    decide(tx, snapshot, cohort, membership, Decision.INCLUDE, because="rather told", by=compliance, clock=clock)
    assert opened.people_of(tx, snapshot, [cohort], **told)["person_id"].to_pylist() == ["u4"]
    assert {f["residence"]: f["people"] for f in opened.cohort_facts(tx, snapshot)}["unknown"] == {"min": 1, "max": 1}
    assert undecided_cohorts(tx, snapshot) == []


def test_a_decision_on_strangers_holds_for_the_next_version_and_can_be_superseded(first, scoped, tx, compliance, clock):
    ((cohort, membership, _),) = undecided_cohorts(tx, first)
    assert membership is Membership.STRANGER
    decide(tx, first, cohort, membership, Decision.ANNOUNCE_ONLY, because="consignees", by=compliance, clock=clock)
    second = scoped()
    assert undecided_cohorts(tx, second) == []
    strangers = {fact["id"]: fact for fact in opened.cohort_facts(tx, second)}[cohort]
    assert (strangers["standing"], strangers["people"]) == ("stranger", {"min": 1, "max": 1})
    decide(tx, second, cohort, membership, Decision.EXCLUDE, because="test numbers", by=compliance, clock=clock)
    assert cohort not in {fact["id"] for fact in opened.cohort_facts(tx, second)}


def test_a_kind_of_data_that_no_law_knows_is_named_before_anybody_is_found(collected, scoped, tmp_path, tx, incident):
    collected(FIRST)
    odd = directory_of(tmp_path, PEOPLE)
    odd.mapping.categories["shoe_size"] = "always"
    with pytest.raises(BadInput, match=r"mapping of .*: categories: 'shoe_size' is no kind of data"):
        scoped(directory=odd)
    assert opened.newest(tx, incident.id) is None


def test_a_list_collected_when_nobody_checked_its_kinds_of_data_is_named(collected, scoped):
    item = collected(FIRST)
    item.reading = {"exposed": ["email_address"]}
    with pytest.raises(BadInput, match=f"{item.id}: exposed: 'email_address' is no kind of data"):
        scoped()


def test_a_decision_needs_compliance_a_reason_and_somebody_to_decide_on(first, tx, compliance, responder, clock):
    ((cohort, membership, _),) = undecided_cohorts(tx, first)
    affected = opened.cohort_rows(tx, first)[0].cohort_id
    with pytest.raises(Refused, match="role compliance"):
        decide(tx, first, cohort, membership, Decision.INCLUDE, because="x", by=responder, clock=clock)
    with pytest.raises(BadInput, match="needs its reason"):
        decide(tx, first, cohort, membership, Decision.INCLUDE, because=" ", by=compliance, clock=clock)
    with pytest.raises(Refused, match="Evidence found these people"):
        decide(tx, first, affected, Membership.AFFECTED, Decision.EXCLUDE, because="x", by=compliance, clock=clock)
    with pytest.raises(NotFound):
        decide(tx, first, affected, Membership.STRANGER, Decision.EXCLUDE, because="x", by=compliance, clock=clock)


def test_addresses_of_strangers_come_from_the_snapshot_and_the_rest_from_the_directory(
    tx, first, directory, keys, home
):
    people = opened.open_people(tx, first, keys=keys, home=home)
    ids = people["person_id"].combine_chunks()
    found = opened.contacts_of(tx, first, ids, directory=directory, keys=keys, home=home).to_pylist()
    assert [row["address"] for row in found] == ["+8613800000001", "+8613800000002", "+8613711112222"]
    assert "address" not in people.schema.names
    assert contacts(directory, ids).num_rows == 2


def test_files_of_many_rows_and_long_values_can_be_read_by_another_engine(tmp_path):
    n = 130_000
    names = pa.array([f"person-{number * 7919 % n:0>60}" for number in range(n)])
    few = pa.array([["a", "b"], ["c"]] * (n // 2))
    table = pa.table({"a": names, "n": range(n), "categories": few})
    sealed.write(tmp_path / "people.parquet", table, b"k" * 32)  # reads back with DuckDB, and refuses where it cannot
    assert sealed.read(tmp_path / "people.parquet", b"k" * 32).equals(table)


@pytest.mark.parametrize("kind", [Snapshot, SnapshotFile, SnapshotCohort])
def test_a_frozen_snapshot_cannot_be_changed(tx, first, kind):
    row = tx.scalars(select(kind)).first()
    kept = tx.begin_nested()
    tx.delete(row)
    with pytest.raises(Refused, match="cannot be changed"):
        tx.flush()
    kept.rollback()
    tx.refresh(row)
    row.id = "another"
    with pytest.raises(Refused, match="cannot be changed"):
        tx.flush()
    tx.rollback()


def damage(path):
    path.chmod(0o600)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)


def test_a_version_before_that_is_damaged_stops_the_next_before_anything_of_it_is_written(first, scoped, home):
    folder = opened.folder_of(home, first.id)
    damage(folder / "people.parquet")
    with pytest.raises(Refused, match="The bytes of people in version 1"):
        scoped()
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_comparison_that_breaks_leaves_nothing_of_the_next_version(first, scoped, home, monkeypatch):
    def break_off(_tables, _before):
        raise MemoryError

    monkeypatch.setattr("incidents.snapshots.freeze.changes_of", break_off)
    with pytest.raises(MemoryError):
        scoped()
    folder = opened.folder_of(home, first.id)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_one_changed_byte_is_refused_by_name(tx, first, keys, home):
    path = opened.folder_of(home, first.id) / "people.parquet"
    damage(path)
    with pytest.raises(Refused, match="The bytes of people in version 1"):
        opened.open_people(tx, first, keys=keys, home=home)
    with pytest.raises(Refused, match="The bytes of people in version 1"):
        opened.check_sealed(tx, first, home=home)
    path.unlink()
    with pytest.raises(Refused, match="is not there"):
        opened.check_sealed(tx, first, home=home)


def test_after_its_key_is_shredded_a_snapshot_is_closed_but_still_provable(tx, first, scoped, keys, home, clock):
    keys.shred(tx, first.key_id, clock=clock)
    with pytest.raises(Refused, match="was shredded"):
        opened.open_people(tx, first, keys=keys, home=home)
    opened.check_sealed(tx, first, home=home)
    assert scoped().changes == {}  # there is nothing left to compare with, and the next version is still made


def test_scoping_without_evidence_or_with_another_directory_is_refused(scoped, collected, directory, tmp_path, home):
    with pytest.raises(Refused, match="No evidence here names anybody"):
        scoped()
    collected("a note", EvidenceKind.DOCUMENT, "note.txt")
    with pytest.raises(Refused, match="No evidence here names anybody"):
        scoped()
    collected(FIRST)
    (tmp_path / "other").mkdir()
    other = directory_of(tmp_path / "other", PEOPLE, "directory: miaoke\nperson_id: {column: uid}\n")
    with pytest.raises(BadInput, match="'miaoke' is not that of moqi"):
        scoped(directory=other)
    assert not list((home / "work").iterdir())


def test_what_a_killed_scoping_left_in_the_clear_is_removed_by_the_next(home):
    gone = subprocess.Popen(["true"])
    gone.wait()
    with private_folder(home) as mine:
        left = mine.with_name(mine.name.replace(f"-{os.getpid()}-", f"-{gone.pid}-"))
        (left / "resolve").mkdir(parents=True)
        with private_folder(home):
            assert mine.exists()
            assert not left.exists()
    assert not list((home / "work").iterdir())


def test_a_disk_that_fills_while_freezing_leaves_the_version_before(tx, first, scoped, keys, home, monkeypatch):
    written: list[Path] = []

    def write(path, table, key):
        if written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(path)
        path.write_bytes(b"half")
        return 4, "0"

    monkeypatch.setattr(sealed, "write", write)
    with pytest.raises(Refused, match=r"The disk is full: nothing was frozen, and the version before stands\."):
        scoped()
    folder = opened.folder_of(home, first.id)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert opened.open_people(tx, first, keys=keys, home=home).num_rows == 3


def test_only_a_responder_or_compliance_scopes(collected, scoped, writer):
    collected(FIRST)
    with pytest.raises(Refused, match="role"):
        scoped(by=writer)
