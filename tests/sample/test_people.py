"""The invented people: same seed, same bytes; every kind of person that the stories need is among them."""

from datetime import date
from pathlib import Path

import phonenumbers
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import sample
from affected.mapping import check_columns, read_mapping
from packs import BadInput
from sample.people import crowd, people_table
from sample.recipe import companies, names, places
from sample.traits import table

FEW = 6_000


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return sample.make(tmp_path_factory.mktemp("sample"), people=FEW)


def _table(made, company):
    return pq.read_table(made.directory(company).path)


def _phone(directory):
    phone = read_mapping(directory.mapping).contact.phone
    assert phone
    return phone


def _countries(made, directory):
    country = read_mapping(directory.mapping).residence.country
    assert country
    return set(_table(made, directory.company)[country.column].to_pylist())


def _held(table, column):
    return len(table) - table[column].null_count


def test_the_same_seed_makes_the_same_bytes_and_another_seed_other_people(made, tmp_path):
    again = sample.make(tmp_path / "again", people=FEW)
    other = sample.make(tmp_path / "other", people=FEW, seed=7)
    for directory in made.directories:
        assert again.directory(directory.company).path.read_bytes() == directory.path.read_bytes()
        assert other.directory(directory.company).path.read_bytes() != directory.path.read_bytes()


def test_five_companies_share_the_people_and_the_default_is_150_000():
    assert sample.DEFAULT_PEOPLE == sum(company.people for company in companies().values()) == 150_000
    assert companies()["moqi"].people == 40_000


def test_the_number_asked_for_is_the_number_made_even_for_one_company(made, tmp_path):
    assert sum(directory.people for directory in made.directories) == FEW
    assert sum(len(_table(made, directory.company)) for directory in made.directories) == FEW
    alone = sample.make(tmp_path, people=999, only=["moqi"])
    assert [(each.company, each.people) for each in alone.directories] == [("moqi", 999)]


def test_progress_is_told_up_to_the_whole(tmp_path):
    heard = []
    sample.make(tmp_path, people=1_000, progress=lambda word, done, total: heard.append((word, done, total)))
    assert heard[-1][1:] == (1_000, 1_000)
    assert [done for _, done, _ in heard] == sorted(done for _, done, _ in heard)


def test_an_unknown_company_is_one_clear_sentence(tmp_path):
    with pytest.raises(BadInput, match="no company 'nobody'; it has "):
        sample.make(tmp_path, people=10, only=["nobody"])


def test_the_manifest_can_be_read_back_and_its_absence_is_said(made, tmp_path):
    assert sample.read_manifest(made.folder) == made
    with pytest.raises(BadInput, match="no sample was made here"):
        sample.read_manifest(tmp_path)


def test_each_mapping_explains_its_directory(made):
    assert {path.stem for path in Path(made.directories[0].mapping).parent.glob("*.yaml")} == set(companies())
    for directory in made.directories:
        mapping = read_mapping(directory.mapping)
        assert mapping.directory == directory.company
        check_columns(mapping, _table(made, directory.company).column_names, where="the sample")


def test_no_two_companies_call_their_columns_alike(made):
    assert len({_phone(each).column for each in made.directories}) == len(made.directories)


def test_every_telephone_number_is_valid_in_its_country(made):
    for directory in made.directories:
        phone = _phone(directory)
        for number in _table(made, directory.company)[phone.column].drop_null().to_pylist()[:400]:
            assert phonenumbers.is_valid_number(phonenumbers.parse(number, phone.region)), (directory.company, number)


def test_e_mail_lies_under_example_domains_and_tokens_and_streets_say_that_they_are_invented(made):
    moqi = _table(made, "moqi")
    assert pc.all(pc.match_substring_regex(moqi["mail"], r"@[a-z]+\.example\.(com|net|org)$")).as_py()
    assert pc.all(pc.starts_with(moqi["push_token"], "sample:")).as_py()
    assert pc.all(pc.match_substring_regex(moqi["address"], "样例|Sample")).as_py()


def test_contact_points_are_not_shared_but_for_customers_of_two_shops(made):
    moqi, onami = _table(made, "moqi"), _table(made, "onami")
    for column in ("mobile", "mail", "push_token"):
        assert pc.count_distinct(moqi[column]).as_py() == _held(moqi, column)
    assert pc.count_distinct(onami["psid"]).as_py() == _held(onami, "psid")
    by_number = onami.group_by("tel").aggregate([("shop_id", "count_distinct")])
    assert pc.sum(pc.greater(by_number["shop_id_count_distinct"], 1)).as_py() > 5


def test_moqi_has_children_of_both_bands_most_of_unknown_age_and_few_guardians(made):
    moqi = _table(made, "moqi")
    born = [date.fromisoformat(day) for day in moqi["born"].drop_null().to_pylist()]
    under_14 = sum(day > date(2012, 3, 6) for day in born)
    from_14 = sum(date(2008, 3, 6) < day <= date(2012, 3, 6) for day in born)
    assert under_14 > 0
    assert from_14 > under_14
    assert moqi["born"].null_count > 0.8 * len(moqi)
    assert 0 < _held(moqi, "g_mobile") < 0.2 * (under_14 + from_14) + 2


def test_anonymised_people_have_no_contact_left_and_some_people_only_push_and_some_nothing(made):
    moqi = _table(made, "moqi").to_pylist()
    reach = ("mobile", "mail", "push_token", "address")
    gone = [person for person in moqi if person["state"] == "anonymised"]
    assert gone
    assert not any(person[each] for person in gone for each in (*reach, "full_name", "born", "g_mobile"))
    active = [person for person in moqi if person["state"] == "active"]
    assert any(person["push_token"] and not any(person[e] for e in reach if e != "push_token") for person in active)
    assert any(not any(person[each] for each in reach) for person in active)
    closed = [person for person in moqi if person["state"] == "closed"]
    assert any(person["mobile"] for person in closed)
    assert any(not person["mobile"] for person in closed)


def test_only_buyers_have_an_address_at_moqi(made):
    assert {person["kind"] for person in _table(made, "moqi").to_pylist() if person["address"]} == {"buyer"}


def test_some_students_live_in_thailand_and_the_union_and_mainland_people_are_everywhere(made):
    lives = {each.company: _countries(made, each) for each in made.directories}
    assert {"MM", "TH", "DE", "FR", None} <= lives["mmso"]
    assert all("CN" in found for found in lives.values())


def test_shops_are_of_very_unequal_sizes_and_each_has_one_owner():
    onami = people_table("onami", 40_000, sample.DEFAULT_SEED)
    sizes = sorted(pc.value_counts(onami["shop_id"].drop_null()).field("counts").to_pylist())
    assert len(sizes) == 120
    assert sizes[-1] > 100 * sizes[0]
    assert sorted(onami["owns_shop"].drop_null().to_pylist()) == sorted(set(onami["shop_id"].drop_null().to_pylist()))


def test_names_stand_in_the_script_of_the_place():
    scripts = {"hans": r"^\p{Han}+$", "mymr": r"^\p{Myanmar}+$"}
    for script, pattern in scripts.items():
        parts = getattr(names(), script)
        for part in (*parts.first, *parts.second):
            assert pc.match_substring_regex(part.split("=")[0], pattern).as_py(), part
    assert {place.script for place in places().values()} == {"hans", "mymr", "latn"}


def test_what_was_erased_is_gone_from_the_table_but_the_rest_is_untouched():
    people = crowd("moqi", 3_000, sample.DEFAULT_SEED)
    before, after = table(people, erase=False)["mobile"].to_pylist(), table(people)["mobile"].to_pylist()
    lost = [was for was, now in zip(before, after, strict=True) if was != now]
    assert len(lost) > 50
    assert all(now is None or now == was for was, now in zip(before, after, strict=True))
