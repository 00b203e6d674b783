"""Rows without any identifier find their people, and what is not sure is left for a person to review."""

import random
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest

from affected.likeness.fields import normal
from affected.likeness.matching import match
from affected.likeness.verdicts import judged
from packs import BadInput

GIVEN = ["anna", "bao", "chidi", "dalia", "emre", "farid", "hana", "ivo", "jun", "kofi", "mei", "noor", "omar", "rosa"]
FAMILY = ["abel", "brandt", "costa", "duval", "engel", "farkas", "haas", "jansen", "lund", "novak", "ortiz", "pinter"]
STREETS = ["mill road", "high street", "oak avenue", "station road", "church lane", "park row", "king street"]


def town(people: int = 600, seed: int = 7) -> list[dict[str, str]]:
    """People in households of three that share a family name and an address, born at any time."""
    chance = random.Random(seed)
    found = []
    for n in range(people):
        if n % 3 == 0:
            home = {
                "surname": chance.choice(FAMILY) + chance.choice(["", "son", "mann", "ova"]),
                "street_number": str(chance.randint(1, 180)),
                "address_1": chance.choice(STREETS),
                "suburb": chance.choice(["northby", "southby", "eastby", "westby"]),
                "postcode": str(chance.randint(2000, 2060)),
            }
        born = f"{chance.randint(1940, 2010)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        given = chance.choice(GIVEN) + chance.choice(["", "lie", "bert", "do"])
        found.append({"person_id": f"p{n:04d}", "given_name": given, "birth_date": born} | home)
    return found


TOWN = town()


def numbered(rows, region=None):
    """The rows in their normal form, numbered from 0."""
    return normal(pa.Table.from_pylist([said | {"row_no": n} for n, said in enumerate(rows)]), region=region)


def found(rows, people=None, *, threshold=0.99, review_from=0.9, region=None, **more):
    """{row: [(person, probable)]} of rows numbered from 0, and what the matcher reports."""
    evidence = numbered(rows, region=region)
    likeness = match(evidence, normal(pa.Table.from_pylist(people or TOWN), region=region), **more)
    meant: dict[int, list[tuple[str, int]]] = {}
    for pair in judged(likeness.pairs, threshold=threshold, review_from=review_from).to_pylist():
        meant.setdefault(pair["row_no"], []).append((pair["person_id"], pair["probable"]))
    return meant, likeness


def row(person, **changed):
    return {name: value for name, value in (person | changed).items() if name != "person_id" and value is not None}


def test_a_row_with_the_errors_of_a_tired_clerk_still_means_its_person():
    one, two, three = TOWN[10], TOWN[20], TOWN[30]
    rows = [
        row(one, given_name=one["given_name"].upper() + " J.", postcode=None),
        row(two, given_name=two["surname"], surname=two["given_name"]),
        row(three, surname=three["surname"][:-1] + "x", birth_date=three["birth_date"][:-1] + "9"),
    ]
    meant, _ = found(rows)
    assert meant == {0: [("p0010", 1)], 1: [("p0020", 1)], 2: [("p0030", 1)]}


def test_day_and_month_exchanged_are_nearly_the_same_birth_date():
    person = next(p for p in TOWN if p["birth_date"][5:7] != p["birth_date"][8:] and int(p["birth_date"][8:]) <= 12)
    year, month, day = person["birth_date"].split("-")
    meant, _ = found([row(person, birth_date=f"{month}/{day}/{year}")])
    assert meant == {0: [(person["person_id"], 1)]}


def test_the_family_name_and_address_of_a_household_are_never_enough():
    alone = TOWN[::3]  # one of each household, so that an address says much
    spouse = row(TOWN[39], given_name="zbigniew", birth_date="1911-11-11")
    meant, _ = found([spouse, row(TOWN[39])], alone, threshold=0.8, review_from=0.5)
    assert meant == {0: [("p0039", 0)], 1: [("p0039", 1)]}


def test_a_name_alone_is_never_probable():
    rare = [{"person_id": "q1", "given_name": "xanthippe", "surname": "quartermaine", "birth_date": "1970-01-02"}]
    people = [{k: p[k] for k in ("person_id", "given_name", "surname", "birth_date")} for p in TOWN] + rare
    meant, _ = found([{"given_name": "Xanthippe", "surname": "Quartermaine"}], people, review_from=0.5)
    assert meant == {0: [("q1", 0)]}


def test_two_people_who_are_as_like_a_row_are_left_for_review():
    twin = TOWN[50] | {"person_id": "p9999"}
    meant, _ = found([row(TOWN[50])], [*TOWN, twin])
    assert meant == {0: [("p0050", 0), ("p9999", 0)]}


def test_nobody_is_found_where_nobody_is_like():
    meant, _ = found([{"given_name": "Wen", "surname": "Zhou", "birth_date": "1988-08-08", "postcode": "9999"}])
    assert meant == {}


def test_chinese_and_burmese_names_are_compared_as_wholes():
    people = [{"person_id": f"c{n}", "full_name": f"王{a}{b}", "birth_date": f"19{70 + n}-0{n % 9 + 1}-11"}
              for n, (a, b) in enumerate(zip("小大志建文", "明伟强国华", strict=True))]  # fmt: skip
    people.append({"person_id": "m1", "full_name": "Daw Thida Htun", "birth_date": "1981-05-06"})
    rows = [
        {"full_name": "王 小明", "birth_date": "1970年1月11日"},
        {"full_name": "Thida Htun", "birth_date": "6/5/1981"},
    ]
    meant, _ = found(rows, people, region="MM", threshold=0.95, review_from=0.5)
    assert {n: [person for person, _ in who] for n, who in meant.items()} == {0: ["c0"], 1: ["m1"]}


def test_an_address_in_one_text_is_compared_by_its_words():
    people = [
        {
            "person_id": p["person_id"],
            "full_name": f"{p['surname']}, {p['given_name']}",
            "address": f"{p['street_number']} {p['address_1']}, {p['suburb']} {p['postcode']}",
        }
        for p in TOWN
    ]
    meant, likeness = found([row(TOWN[60], birth_date=None)], people)
    assert meant == {0: [("p0060", 1)]}
    assert likeness.report["fields"] == ["given_name", "surname", "address"]


def test_the_same_rows_give_the_same_bytes_whatever_their_order():
    rows = [row(person, postcode=None) for person in TOWN[:450]]
    _, once = found(rows)
    evidence = numbered(rows)
    order = random.Random(1).sample(range(len(rows)), len(rows))
    again = match(evidence.take(order), normal(pa.Table.from_pylist(TOWN[::-1])), threads=1)
    assert once.report["learnt"]
    assert once.pairs.equals(again.pairs)


def test_keys_that_many_people_share_are_never_multiplied_out():
    crowd = [{"person_id": f"x{n:05d}", "given_name": "wei", "surname": "wang"} for n in range(3000)]
    meant, likeness = found([{"given_name": "Wei", "surname": "Wang"}] * 50, crowd)
    assert meant == {}
    assert likeness.report["pairs_at_most"] == 0
    assert likeness.too_common.to_pylist() == list(range(50))  # not compared, and not said to be unmatched
    _, likeness = found([row(person) for person in TOWN], budget=700)
    assert likeness.report["shared_by_at_most"] < 500


@pytest.mark.parametrize("rows", [[{"given_name": ""}], [{"postcode": "2000"}]])
def test_rows_that_share_no_field_with_the_directory_mean_nobody(rows):
    meant, likeness = found(rows, [{"person_id": "p", "surname": "lund"}])
    assert (meant, likeness.report["pairs_at_most"]) == ({}, 0)


def test_nothing_is_left_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    found([row(TOWN[0])])
    assert list(Path(tmp_path).iterdir()) == []


@pytest.mark.parametrize("memory", ["1MB", "6MB"])
def test_too_little_memory_is_said_in_one_sentence(memory):
    with pytest.raises(BadInput, match=f"needs more than {memory} of memory"):
        found([row(person) for person in TOWN], memory=memory)
