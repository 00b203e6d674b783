"""A plain Python reading of the rules gives the same answer; order, repetition and splitting change nothing."""

from collections import defaultdict
from itertools import count, permutations
from typing import Any

import phonenumbers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affected import evidence_from
from tests.affected.small import directory_of, list_of, resolved

# The numbers are few, so that the examples meet.
PHONES = [f"1380000000{n}" for n in range(6)] + ["13900000001"]
MAILS = ["ma@example.com", "li@example.com", "wu@example.com"]
PEOPLE: list[dict[str, Any]] = [
    {"uid": "u0", "mobile": "+86" + PHONES[0], "mail": "Ma@Example.com", "has_idcard": True},
    {"uid": "u1", "mobile": "138 0000 0001", "mail": "li@example.com"},
    {"uid": "u2", "mobile": "008613800000001"},
    {"uid": "u3", "g_mobile": PHONES[2]},
    {"uid": "u4", "mobile": PHONES[3], "g_mobile": PHONES[0], "state": "closed"},
    {"uid": "u5", "g_mobile": "8613800000002", "mail": "nobody"},
]
SPELLINGS = ["{0}", "+86{0}", "0086 {0}", "86-{0}", " {0} ", "+86 (0){0}"]
phones = st.builds(lambda form, number: form.format(number), st.sampled_from(SPELLINGS), st.sampled_from(PHONES))
mails = st.builds(lambda mail, upper: mail.upper() if upper else mail, st.sampled_from(MAILS), st.booleans())
junk = st.sampled_from(["", "x", "12", "+999 123 456 789", "@example.com"])
rows = st.lists(st.tuples(st.one_of(phones, junk), st.one_of(mails, junk)), min_size=1, max_size=12)
quick = settings(max_examples=7, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    return folder, directory_of(folder, PEOPLE), count()


def evidence_of(folder, number, listed, item="evd_1"):
    text = "phone,email\n" + "".join(f'"{phone}","{mail}"\n' for phone, mail in listed)
    columns = {"phone": "phone", "email": "email"}
    return list_of(folder / f"e{next(number)}.csv", text, item=item, columns=columns)


def phone_of(text):
    digits = "".join(c for c in text if c.isdigit())
    if text.strip().startswith("+999") or len(digits) < 5:
        return None
    national = digits.removeprefix("0086").removeprefix("86").removeprefix("0")
    return phonenumbers.format_number(phonenumbers.parse(national, "CN"), phonenumbers.PhoneNumberFormat.E164)


def mail_of(text):
    return text.strip().lower() if text.strip().count("@") == 1 and not text.strip().startswith("@") else None


def address_book():
    """Whose own address each key is, and whose guardian's."""
    own: dict[str, set[Any]] = defaultdict(set)
    guard: dict[str, set[Any]] = defaultdict(set)
    for person in PEOPLE:
        for field, read, book in (("mobile", phone_of, own), ("mail", mail_of, own), ("g_mobile", phone_of, guard)):
            if person.get(field) and read(person[field]):
                book[read(person[field])].add(person["uid"])
    return own, guard


def oracle(listed):
    """People with (certain), rows with outcomes, strangers: the rules said once more, row by row."""
    own, guard = address_book()
    people: dict[str, bool] = {}
    strangers, outcomes, seen = set(), [], set()
    for phone, mail in listed:
        keys = frozenset(filter(None, (phone_of(phone), mail_of(mail))))
        if not keys or keys in seen:
            outcomes.append("duplicate" if keys else "malformed")
            continue
        seen.add(keys)
        hit = set()
        for key in keys:
            means = own[key] or guard[key]
            strangers |= set() if means else {key}
            hit |= means
            for person in means:
                people[person] = people.get(person, False) or (bool(own[key]) and len(means) == 1)
        outcomes.append(("unmatched", "matched", "ambiguous")[min(len(hit), 2)])
    return people, strangers, outcomes


def answer(found):
    people = {row["person_id"]: row["certainty"] == "certain" for row in found.people.to_pylist()}
    return people, set(found.strangers["value"].to_pylist())


@given(listed=rows)
@quick
def test_the_engine_and_a_plain_reading_of_the_rules_agree(world, listed):
    folder, directory, number = world
    found = resolved(directory, folder, evidence_of(folder, number, listed))
    people, strangers, outcomes = oracle(listed)
    assert answer(found) == (people, strangers)
    assert found.rows["row_no"].to_pylist() == list(range(2, len(listed) + 2))
    assert found.rows["outcome"].to_pylist() == outcomes
    assert sum(found.counts["rows"].values()) == len(listed)


@given(listed=rows, data=st.data())
@quick
def test_order_repetition_and_splitting_change_nothing(world, listed, data):
    folder, directory, number = world
    whole = resolved(directory, folder, evidence_of(folder, number, listed))
    mixed = data.draw(st.permutations(listed + data.draw(st.lists(st.sampled_from(listed), max_size=3))))
    cut = data.draw(st.integers(1, len(mixed)))
    parts = [part for part in (mixed[:cut], mixed[cut:]) if part]
    named = [evidence_of(folder, number, part, item=f"evd_{n}") for n, part in enumerate(parts)]
    split = resolved(directory, folder, *data.draw(st.permutations(named)))
    assert answer(split) == answer(whole)
    assert split.rows.num_rows == len(mixed)
    assert split.people.equals(whole.people)
    assert told(split) == told(whole)


def told(found):
    """Who was found by which rules, and all that is said of strangers but how often and where they stood."""
    why = {(row["person_id"], row["rule"]) for row in found.why.to_pylist()}
    return why, found.strangers.drop_columns(["evidence_id", "rows"]).sort_by("token").to_pylist()


@given(listed=rows, data=st.data())
@quick
def test_the_order_of_rows_in_a_file_changes_nothing_but_their_numbers(world, listed, data):
    folder, directory, number = world
    found = resolved(directory, folder, evidence_of(folder, number, listed))
    mixed = resolved(directory, folder, evidence_of(folder, number, data.draw(st.permutations(listed))))
    assert mixed.people.equals(found.people)
    assert mixed.why.equals(found.why)
    assert mixed.strangers.equals(found.strangers)
    assert mixed.counts == found.counts


@pytest.mark.parametrize(
    ("spelled", "person"),
    [
        ({f"+86 (0){PHONES[0]}": "phone_international", PHONES[0]: "phone_national"}, "u0"),
        ({f"86-{PHONES[0]}": "phone_no_plus", PHONES[0]: "phone_national"}, "u0"),
        # The first is read only with a slip put right, and would leave its person possible by itself.
        ({"13800000OO3": "phone_repaired", PHONES[3]: "phone_national"}, "u4"),
    ],
)
def test_a_row_that_says_the_same_in_another_spelling_keeps_its_rule(world, spelled, person):
    folder, directory, number = world
    for order in sorted(set(permutations([*spelled, *spelled]))):
        found = resolved(directory, folder, evidence_of(folder, number, [(phone, "") for phone in order]))
        assert found.rows["outcome"].to_pylist()[1:] == ["duplicate"] * 3
        why = [(row["person_id"], row["rule"], row["rows"]) for row in found.why.to_pylist()]
        assert why == [(person, rule, 1) for rule in sorted(spelled.values())]
        first = {rule: order.index(phone) + 2 for phone, rule in spelled.items()}
        assert {row["rule"]: row["row_no"] for row in found.hits.to_pylist()} == first
        assert answer(found) == ({person: True}, set())


lines = st.lists(
    st.tuples(st.integers(0, 59), st.sampled_from(["203.0.113.9", "203.0.113.80", "192.0.2.1"]), st.integers(0, 7)),
    min_size=1,
    max_size=12,
)


def log_of(folder, number, parts):
    place = folder / f"log{next(number)}"
    place.mkdir()
    for n, part in enumerate(parts):
        text = "".join(f"2026-03-01T10:{minute:02}:00Z,{address},u{uid}\n" for minute, address, uid in part)
        (place / f"part-{n}.csv").write_text("at,ip,uid\n" + text)
    columns = {"time": "at", "address": "ip", "record": "uid"}
    reading = {"exposed": ["phone"], "columns": columns, "where": {"addresses": ["203.0.113.0/25"]}}
    return evidence_from("evd_log", "access_log", place, reading)


@given(said=lines, data=st.data())
@quick
def test_the_order_of_lines_repeating_them_and_splitting_a_log_change_nothing(world, said, data):
    folder, directory, number = world
    whole = resolved(directory, folder, log_of(folder, number, [said]))
    mixed = data.draw(st.permutations(said + data.draw(st.lists(st.sampled_from(said), max_size=3))))
    cut = data.draw(st.integers(1, len(mixed)))
    parts = [part for part in (mixed[:cut], mixed[cut:]) if part]
    split = resolved(directory, folder, log_of(folder, number, parts))
    assert split.people.equals(whole.people)
    assert told(split) == told(whole)
    assert split.why.drop_columns(["rows"]).equals(whole.why.drop_columns(["rows"]))
    assert set(split.unknown_ids["value"].to_pylist()) == set(whole.unknown_ids["value"].to_pylist())
    assert split.reports["evd_log"]["lines"] == len(mixed)
    assert split.rows.num_rows == sum(address.startswith("203") for _, address, _ in mixed)
