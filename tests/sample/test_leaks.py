"""The leaks: the counts that the stories promise, spellings that are really awkward, and a truth kept apart."""

import csv
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

import sample
from packs import BadInput
from sample import spellings
from sample.dice import dice
from sample.people import crowd
from sample.recipe import places
from sample.story import stories
from sample.traits import table


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    sample.make(folder, people=40_000, only=["moqi"])
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    sample.make(folder, people=5_000)
    return folder


@pytest.fixture(scope="module")
def moqi(whole):
    return sample.leak("moqi", whole)


def _rows(path, encoding="utf-8"):
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def test_the_partner_export_has_12_000_rows_300_strangers_and_40_malformed(moqi):
    truth = sample.read_truth(moqi.truth).files[0]
    assert len(_rows(moqi.files[0].path)) == 12_000
    assert truth.rows == {"people": 10_800, "repeats": 860, "strangers": 300, "malformed": 40, "total": 12_000}
    assert len(truth.people) == len(set(truth.people)) == 10_800
    assert len(set(truth.strangers)) == 300


def test_its_phones_are_spelled_in_five_ways_and_its_mails_in_mixed_case(moqi):
    rows = _rows(moqi.files[0].path)
    phones = [row["手机号"] for row in rows if row["手机号"]]
    ways = {
        "plain": r"1\d{10}",
        "plus": r"\+86 1\d\d \d{4} \d{4}",
        "double zero": r"0086-1\d\d-\d{4}-\d{4}",
        "full width": r"１[０-９]{10}",
        "grouped": r"1\d\d[ -]\d{4}[ -]\d{4}",
    }
    found = Counter(way for phone in phones for way, shape in ways.items() if re.fullmatch(shape, phone))
    assert all(found[way] > 1_500 for way in ways)
    mails = [row["邮箱"] for row in rows if row["邮箱"]]
    assert sum(mail != mail.lower() for mail in mails) > 100
    assert sum(mail != mail.strip() for mail in mails) > 50


def test_some_rows_name_a_person_by_mail_only_and_repeats_say_it_in_other_letters(moqi):
    rows = _rows(moqi.files[0].path)
    assert sum(bool(row["邮箱"]) and not row["手机号"] for row in rows) > 100
    plain = Counter(re.sub(r"\D", "", row["手机号"])[-11:] for row in rows if row["手机号"].isascii())
    assert sum(count > 1 for number, count in plain.items() if len(number) == 11) > 200


def test_strangers_are_in_no_directory_and_some_are_phones_of_deleted_accounts(moqi, whole):
    manifest = sample.read_manifest(whole)
    people = crowd("moqi", manifest.people, manifest.seed)
    here = {f"+86{number}" for number in table(people)["mobile"].to_pylist() if number}
    before = {f"+86{number}" for number in table(people, erase=False)["mobile"].to_pylist() if number}
    strangers = set(sample.read_truth(moqi.truth).files[0].strangers)
    assert not strangers & here
    assert len(strangers & before) == 110


def test_the_log_shows_the_stranger_inside_nine_days_among_other_traffic(moqi):
    log = moqi.files[1]
    window = {word: datetime.fromisoformat(log.reading["where"][word]) for word in ("from_at", "to_at")}
    assert window["to_at"] - window["from_at"] == timedelta(days=9) - timedelta(minutes=30)
    truth = sample.read_truth(moqi.truth).files[1]
    inside, outside, others, broken = set(), 0, 0, 0
    for row in _rows(log.path):
        if row["account"] is None:
            broken += 1
        elif row["client"] != moqi.stranger:
            others += 1
        elif window["from_at"] <= datetime.fromisoformat(row["time"]) <= window["to_at"]:
            inside.add(row["account"])
        else:
            outside += 1
    assert sorted(inside) == truth.people
    assert len(inside) == 2_400
    assert outside > 10
    assert others == 14_000
    assert broken == 15


def test_the_log_reaches_people_whom_no_list_can_name(moqi):
    listed, logged = (set(each.people) for each in sample.read_truth(moqi.truth).files[:2])
    assert len(listed & logged) == 1_300
    assert len(logged - listed) == 1_100


def test_a_second_list_comes_a_day_later_and_adds_people(moqi):
    truth = sample.read_truth(moqi.truth)
    first = set(truth.files[0].people) | set(truth.files[1].people)
    second = set(truth.files[2].people)
    assert moqi.files[2].collected_at - moqi.found_at == timedelta(days=1)
    assert (len(second & first), len(second - first)) == (600, 900)
    assert len(truth.people) == len(first | second)


def test_a_leak_is_the_same_for_the_same_seed_and_other_for_another(small, tmp_path):
    def written():
        made = sample.leak("moqi", small)
        return [file.path.read_bytes() for file in made.files] + [made.truth.read_bytes()]

    first = written()
    assert written() == first
    other = sample.leak("moqi", small, seed=9)
    assert [file.path.read_bytes() for file in other.files] != first[:-1]


@pytest.mark.parametrize("name", stories())
def test_every_story_can_be_told_of_a_small_sample(small, name):
    made = sample.leak(name, small)
    truth = sample.read_truth(made.truth)
    assert truth.people
    assert len(truth.people) < 1_400
    assert all(file.path.stat().st_size for file in made.files)
    assert made.found_at == datetime(2026, 3, 6, 13, 40, tzinfo=UTC)


def test_the_shop_leak_names_customers_of_three_shops_only(small):
    made = sample.leak("onami", small)
    assert {row["shop"] for row in _rows(made.files[0].path)} == {"shop-0001", "shop-0002", "shop-0004", ""}


def test_the_learners_leaked_are_all_under_18(small):
    manifest = sample.read_manifest(small)
    people = crowd("miaoke", manifest.directory("miaoke").people, manifest.seed)
    ages = dict(zip((str(700100001 + n) for n in range(len(people))), people.age, strict=True))
    truth = sample.read_truth(sample.leak("miaoke", small).truth)
    assert {str(ages[each]) for each in truth.people} == {"under_14", "14_to_17"}


def test_the_twin_names_exactly_as_many_as_asked_for_and_else_everybody_of_the_country(tmp_path):
    sample.make(tmp_path, people=11_000, only=["moqi"])
    for count in (10_000, 9_999):
        made = sample.leak("moqi-everybody", tmp_path, people=count)
        assert len(sample.read_truth(made.truth).people) == count
    whole = sample.read_truth(sample.leak("moqi-everybody", tmp_path).truth)
    assert 10_000 < len(whole.people) < 11_000


def test_a_leak_that_there_is_not_and_a_sample_not_made_are_one_clear_sentence(small, tmp_path):
    with pytest.raises(BadInput, match="no leak 'nothing'; it has"):
        sample.leak("nothing", small)
    with pytest.raises(BadInput, match="no sample was made here"):
        sample.leak("moqi", tmp_path)


def test_a_number_has_five_spellings_at_home_and_keeps_its_country_abroad():
    china, burma = places()["CN"].phone, places()["MM"].phone
    spelled = [spellings.phone("+8613812345678", china, n, domestic=True) for n in range(spellings.PHONE_SPELLINGS)]
    assert spelled == [
        "13812345678",
        "+86 138 1234 5678",
        "0086-138-1234-5678",
        "１３８１２３４５６７８",
        "138-1234-5678",
    ]
    assert spellings.phone("+959771234567", burma, 0, domestic=True) == "09771234567"
    assert all("95" in spellings.phone("+959771234567", burma, n, domestic=False) for n in (0, 1, 2, 4))


def test_mixed_case_never_changes_whose_mail_it_is():
    rng = dice(1, "mail")
    made = {spellings.email("wang.fang01@xihu.example.org", rng) for _ in range(40)}
    assert len(made) == 4
    assert {each.strip().lower() for each in made} == {"wang.fang01@xihu.example.org"}
