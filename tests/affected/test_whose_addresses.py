"""Of which service an address is: said by the mapping, unknown where it is not said, no hindrance to finding people."""

import pytest

from affected import Mapping, contacts, open_directory, roll
from affected.inspection import look
from affected.mapping import ELSEWHERE, check_schemes
from notifiers import registry
from packs import BadInput
from tests.affected.small import list_of, people, resolved

VENDORS = {"jpush": ["JPush", "JG"], "huawei": ["HMS"], "": ["fcm"]}
PEOPLE = """uid,token,token_vendor,old_token
u1,t1,JPush,
u2,t2, hms ,o2
u3,t3,FCM,o3
u4,t4,honor,
u5,t5,,
u6,,JPush,o6
u7,,JPush,
"""


def directory(folder, device_token):
    (folder / "people.csv").write_text(PEOPLE)
    said = {"directory": "moqi", "person_id": {"column": "uid"}, "contact": {"device_token": device_token}}
    return open_directory(folder / "people.csv", Mapping.model_validate(said))


def addresses(found):
    rows = contacts(found, [f"u{number}" for number in range(1, 8)]).to_pylist()
    return [(row["person_id"], row["address"]) for row in rows]


FROM = {"column": "token", "scheme_from": {"column": "token_vendor", "values": VENDORS}}


def test_the_column_of_vendors_says_whose_each_token_is_and_an_unlisted_one_is_never_taken_for_another(tmp_path):
    assert addresses(directory(tmp_path, FROM)) == [
        ("u1", "jpush:t1"),
        ("u2", "huawei:t2"),
        ("u3", "t3"),
        ("u4", f"{ELSEWHERE}:t4"),
        ("u5", f"{ELSEWHERE}:t5"),
    ]


def test_a_scheme_for_all_and_further_columns_are_taken_in_the_order_of_the_mapping(tmp_path):
    found = directory(tmp_path, FROM | {"then": [{"column": "old_token", "scheme": "apns"}]})
    assert addresses(found)[1:4] == [("u2", "huawei:t2"), ("u2", "apns:o2"), ("u3", "t3")]
    assert addresses(found)[-1] == ("u6", "apns:o6")
    turned = {"column": "old_token", "scheme": "apns", "then": [FROM]}
    assert addresses(directory(tmp_path, turned))[1:4] == [("u2", "apns:o2"), ("u2", "huawei:t2"), ("u3", "apns:o3")]
    assert found.columns == ["uid", "token", "token_vendor", "old_token"]


def test_tokens_of_several_columns_stand_beside_a_letter_whose_address_is_in_parts(tmp_path):
    table = "uid,now,token,old_token,name,no,street\nu1,,t1,o1,Ann,1,High Street\nu2,u1,t2,,Bo,2,Low Street\n"
    (tmp_path / "people.csv").write_text(table)
    tokens = {"column": "token", "scheme": "jpush", "then": [{"column": "old_token", "scheme": "apns"}]}
    said = {"merged_into": {"column": "now"}, "contact": {"device_token": tokens}, "name": {"full": {"column": "name"}}}
    said |= {"address": {"street_number": {"column": "no"}, "line_1": {"column": "street"}}}
    whole = Mapping.model_validate({"directory": "moqi", "person_id": {"column": "uid"}} | said)
    rows = contacts(open_directory(tmp_path / "people.csv", whole), ["u1", "u2"]).to_pylist()
    letters = ['{"name": "Ann", "line_1": "1 High Street"}', '{"line_1": "1 High Street", "guardian_of": "Ann"}']
    of_each = ["jpush:t1", "apns:o1", *letters]
    assert [(row["person_id"], row["address"]) for row in rows] == [(x, one) for x in ("u1", "u2") for one in of_each]


def test_evidence_finds_people_by_the_token_alone_in_whichever_column_it_stands(tmp_path):
    found = directory(tmp_path, FROM | {"then": [{"column": "old_token", "scheme": "apns"}]})
    leaked = list_of(tmp_path / "tokens.csv", "token\nt1\no3\nt9\n", columns={"device_token": "token"})
    answer = resolved(found, tmp_path, leaked)
    assert set(people(answer)) == {"u1", "u3"}
    assert answer.counts["strangers"] == 1
    assert people(answer)["u3"]["has_device_token"]


def test_the_roll_counts_by_whose_the_addresses_are_in_their_order(tmp_path):
    found = directory(tmp_path, FROM | {"then": [{"column": "old_token", "scheme": "apns"}]})
    counted = {row["device_token"]: row["people"] for row in roll(found, marks={}).alike.to_pylist()}
    assert counted == {"jpush": 1, "huawei,apns": 1, ",apns": 1, ELSEWHERE: 2, "apns": 1, None: 1}


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"column": "token", "scheme": "jpush", "scheme_from": FROM["scheme_from"]}, "either a scheme or the column"),
        ({"column": "token", "scheme": "J Push"}, "pattern"),
        ({"column": "token", "scheme_from": {"column": "v", "values": {}}}, "at least 1"),
        ({"column": "token", "scheme_from": {"column": "v", "values": {"a1": ["X"], "b1": [" x"]}}}, "two schemes"),
    ],
)
def test_a_mapping_that_says_it_wrongly_is_refused(said, complaint):
    whole = {"directory": "moqi", "person_id": {"column": "uid"}, "contact": {"device_token": said}}
    with pytest.raises(ValueError, match=complaint):
        Mapping.model_validate(whole)
    with pytest.raises(ValueError, match="scheme"):
        Mapping.model_validate(whole | {"contact": {"phone": {"column": "m", "scheme": "sms"}}})


def test_a_column_of_vendors_that_is_not_there_and_a_scheme_that_nobody_speaks_are_one_sentence(tmp_path):
    with pytest.raises(BadInput, match=r"column 'vendor' in contact.device_token.scheme_from.column"):
        directory(tmp_path, {"column": "token", "scheme_from": {"column": "vendor", "values": VENDORS}})
    found = directory(tmp_path, FROM | {"then": [{"column": "old_token", "scheme": "jpsh"}]})
    with pytest.raises(BadInput, match=r"moqi.yaml: contact.device_token: no provider has addresses 'jpsh:...'"):
        check_schemes(found.mapping, registry.schemes_by_kind(), where="moqi.yaml")
    check_schemes(directory(tmp_path, FROM).mapping, registry.schemes_by_kind(), where="moqi.yaml")


def test_the_word_for_an_unknown_service_is_the_same_here_and_where_messages_are_sent():
    assert ELSEWHERE == registry.ELSEWHERE
    for kind, known in registry.schemes_by_kind().items():
        assert (ELSEWHERE in known) == bool(known), kind


def test_a_first_draft_names_the_column_whose_values_are_services_and_no_other_value(tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE)
    contact = look(tmp_path / "people.csv", registry.vendors())["mapping"]["contact"]
    assert contact["device_token"] == {
        "column": "token",
        "scheme_from": {"column": "token_vendor", "values": {"": ["fcm"], "jpush": ["jpush"]}},
    }
    (tmp_path / "people.csv").write_text("uid,token,nickname\nu1,t1,line\nu2,t2,Mya\nu3,t3,Zaw\n")
    seen = look(tmp_path / "people.csv", registry.vendors())
    assert seen["mapping"]["contact"]["device_token"] == {"column": "token"}
    assert "Mya" not in str(seen)
