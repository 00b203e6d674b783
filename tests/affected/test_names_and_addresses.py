"""Evidence without identifiers, resolved: who is probable counts and why says how, who is doubtful waits."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from affected import evidence_from, open_directory, read_mapping
from affected.words import Certainty, Rule
from packs import BadInput
from tests.affected.small import list_of, outcomes, people, resolved
from tests.affected.test_likeness import TOWN

MAPPING = """
directory: moqi
person_id: {column: person_id}
contact: {email: {column: mail}}
birth_date: {column: birth_date}
categories: {name: always}
name: {given: {column: given_name}, family: {column: surname}}
address:
  street_number: {column: street_number}
  line_1: {column: address_1}
  suburb: {column: suburb}
  postcode: {column: postcode}
"""
HEADING = "given name,surname,birth date,street number,street,suburb,postcode"
FIELDS = ("given_name", "surname", "birth_date", "street_number", "address_1", "suburb", "postcode")


def town(folder, extra=(), mapping=MAPPING):
    rows = [person | {"mail": f"{person['person_id']}@example.com"} for person in (*TOWN, *extra)]
    pq.write_table(pa.Table.from_pylist(rows), folder / "town.parquet")
    (folder / "town.yaml").write_text(mapping, encoding="utf-8")
    return open_directory(folder / "town.parquet", read_mapping(folder / "town.yaml"))


def leak(folder, *rows, item="evd_t", **reading):
    lines = [",".join(row.get(field, "") for field in FIELDS) for row in rows]
    (folder / "leak.csv").write_text("\n".join([HEADING, *lines]) + "\n", encoding="utf-8")
    return evidence_from(item, "free_text", folder / "leak.csv", {"exposed": ["name"]} | reading)


SPOILT = TOWN[10] | {"surname": TOWN[10]["surname"] + "e", "postcode": ""}
STRANGER = {"given_name": "Wen", "surname": "Zhou", "birth_date": "1988-08-08", "postcode": "9999"}


def test_who_is_probably_meant_is_affected_and_the_weight_says_how_probably(tmp_path):
    found = resolved(town(tmp_path), tmp_path, leak(tmp_path, SPOILT, SPOILT))
    assert {person: row["certainty"] for person, row in people(found).items()} == {"p0010": Certainty.PROBABLE}
    (why,) = found.why.to_pylist()
    assert (why["rule"], why["rows"]) == (Rule.LIKENESS, 1)
    assert 0.99 <= why["weight"] < 1
    assert outcomes(found) == {2: "matched", 3: "duplicate"}
    assert (found.counts["certain"], found.counts["probable"], found.counts["undecided"]) == (0, 1, 0)
    report = found.reports["evd_t"]["likeness"]
    assert (report["threshold"], report["review_from"], report["too_common"]) == (0.99, 0.9, 0)


def test_who_is_only_like_a_row_does_not_count_until_a_person_has_looked(tmp_path):
    twin = TOWN[50] | {"person_id": "p9999"}
    found = resolved(town(tmp_path, [twin]), tmp_path, leak(tmp_path, TOWN[50], STRANGER))
    assert people(found) == {}
    assert outcomes(found) == {2: "undecided", 3: "unmatched"}
    undecided = {row["person_id"]: row["certainty"] for row in found.undecided.to_pylist()}
    assert undecided == {"p0050": Certainty.POSSIBLE, "p9999": Certainty.POSSIBLE}
    told = [(row["row_no"], row["person_id"], row["probable"]) for row in found.likenesses.to_pylist()]
    assert told == [(2, "p0050", False), (2, "p9999", False)]


def test_the_thresholds_are_the_readers_to_set(tmp_path):
    weak = {field: TOWN[10][field] for field in ("given_name", "surname", "birth_date")}
    weak["surname"] = weak["surname"][:-2] + "qq"
    strict = resolved(town(tmp_path), tmp_path, leak(tmp_path, weak, threshold=0.9999))
    assert (len(people(strict)), strict.undecided["person_id"].to_pylist()) == (0, ["p0010"])
    default = resolved(town(tmp_path), tmp_path, leak(tmp_path, weak))
    assert list(people(default)) == ["p0010"]


def test_an_identifier_makes_certain_what_likeness_made_probable(tmp_path):
    by_mail = list_of(tmp_path / "e.csv", "email\np0010@example.com\n", item="evd_m")
    found = resolved(town(tmp_path), tmp_path, leak(tmp_path, SPOILT), by_mail)
    assert people(found)["p0010"]["certainty"] == Certainty.CERTAIN
    weights = {row["rule"]: row["weight"] for row in found.why.to_pylist()}
    assert weights[Rule.EMAIL] is None
    assert weights[Rule.LIKENESS] >= 0.99


def test_evidence_that_is_presumed_makes_nobody_probable(tmp_path):
    found = resolved(town(tmp_path), tmp_path, leak(tmp_path, SPOILT, presumed=True))
    assert people(found)["p0010"]["certainty"] == Certainty.POSSIBLE


def test_rows_that_could_mean_too_many_are_undecided_and_not_unmatched(tmp_path):
    crowd = [TOWN[0] | {"person_id": f"x{n:05d}", "birth_date": "1900-01-01"} for n in range(1100)]
    row = {"given_name": TOWN[0]["given_name"], "surname": TOWN[0]["surname"]}
    found = resolved(town(tmp_path, crowd), tmp_path, leak(tmp_path, row))
    assert outcomes(found) == {2: "undecided"}
    assert found.undecided.num_rows == 0
    assert found.reports["evd_t"]["likeness"]["too_common"] == 1


def test_a_name_that_several_bear_is_undecided_and_nobody_is_counted(tmp_path):
    crowd = [TOWN[0] | {"person_id": f"x{n:05d}", "birth_date": f"19{n:02d}-01-01"} for n in range(10, 30)]
    row = {"given_name": TOWN[0]["given_name"], "surname": TOWN[0]["surname"]}
    found = resolved(town(tmp_path, crowd), tmp_path, leak(tmp_path, row, STRANGER))
    assert outcomes(found) == {2: "undecided", 3: "unmatched"}
    assert (found.people.num_rows, found.undecided.num_rows, found.likenesses.num_rows) == (0, 0, 0)
    assert found.reports["evd_t"]["likeness"]["vague"] == 1


def test_a_directory_whose_mapping_knows_no_names_is_refused_in_one_sentence(tmp_path):
    nameless = MAPPING.replace("name: {given: {column: given_name}, family: {column: surname}}\n", "")
    with pytest.raises(BadInput, match="evd_t: the mapping of 'moqi' does not say where people's names are"):
        resolved(town(tmp_path, mapping=nameless), tmp_path, leak(tmp_path, SPOILT))
