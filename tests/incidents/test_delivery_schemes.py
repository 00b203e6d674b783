"""An address that names its service goes to that service's provider alone, and reaches it without the name."""

from dataclasses import replace
from types import SimpleNamespace

import pyarrow as pa
import pytest

from affected import open_directory
from affected.mapping import Mapping as Directions
from incidents.deliveries import send, stand_in
from incidents.deliveries.addresses import columns_of, with_addresses
from incidents.deliveries.closed import Why
from incidents.deliveries.reach import Routes
from incidents.deliveries.regions import Regions
from incidents.deliveries.tables import Batch
from notifiers import registry
from notifiers.message import AddressKind
from policies.load import load
from tests.incidents.fanout import MAPPING, made_people, make_stage

KIND = AddressKind.DEVICE_TOKEN


@pytest.fixture
def two_services(monkeypatch):
    known = lambda kind: frozenset({"other"} if kind is KIND else ())  # noqa: E731 - the shortest that says it
    monkeypatch.setattr(registry, "schemes", known)
    monkeypatch.setattr("incidents.deliveries.addresses.schemes", known)


def test_a_scheme_counts_only_where_a_provider_knows_it(two_services):
    assert registry.scheme_of(KIND, "other:abc:d") == "other"
    assert registry.bare(KIND, "other:abc:d") == "abc:d"
    assert registry.bare(KIND, "fGx:APA91b") == "fGx:APA91b", "FCM's own tokens hold a colon"
    assert registry.bare(AddressKind.PHONE, "other:abc") == "other:abc"


def test_people_are_told_by_the_service_whose_address_they_have(home, begin, keys, clock, monkeypatch, two_services):
    monkeypatch.setattr("incidents.deliveries.claim.require_still_approved", lambda _tx, _fan_out: None)
    stage = make_stage(home, begin, keys, clock, script="well")
    # One that goes well: of a thousand messages a rehearsal throttles some, by the reference, and then rests.
    well = {"TOCSIN_REHEARSAL_SCRIPT": "well"}
    own, other = providers = [registry.open_provider("push/rehearsal", well) for _ in range(2)]
    own.about = replace(own.about, rehearsal=False)
    other.about = replace(own.about, id="other", scheme="other")
    stage.kit.providers |= {"push/rehearsal": own, "push/other": other}
    people = made_people(6)
    for number, person in enumerate(people.values()):
        person["token"] = f"other:t{number}" if number % 2 else f"t{number}"
    stage.write(people)
    drafted = stage.draft()
    assert drafted.reach.by_route == {("push", "push/rehearsal"): 3, ("push", "push/other"): 3}
    stage.plan()
    with begin(reading=True) as tx:
        batches = [batch.id for batch in tx.query(Batch)]
    for batch in batches:
        send.send_batch(stage.kit, batch)
    assert [len(vars(one)["given"]) for one in providers] == [3, 3]


def test_whom_no_provider_set_up_can_write_to_is_said_so(home, begin, keys, clock, two_services):
    stage = make_stage(home, begin, keys, clock)
    own = stage.kit.providers["push/rehearsal"]
    own.about = replace(own.about, rehearsal=False)
    people = made_people(2)
    for person in people.values():
        person["token"] = "other:t"
    stage.write(people)
    assert stage.draft().reach.closed["push", "", Why.OTHER_SERVICE] == 2


def test_the_service_of_a_provider_that_is_no_longer_set_up_is_still_known():
    nothing = SimpleNamespace(providers={})
    about = {one: stand_in._about(nothing, one) for one in ("push/huawei", "push/fcm", "sms/alibaba", "sms/twilio")}
    assert (about["push/huawei"].scheme, about["push/fcm"].scheme, about["sms/alibaba"].numbers) == (
        "huawei",
        "",
        "+86",
    )
    writes = stand_in._writes_to_all
    assert not writes(about["push/fcm"], about["push/huawei"])
    assert writes(about["sms/twilio"], about["sms/alibaba"])
    assert not writes(about["sms/alibaba"], about["sms/twilio"]), "who is abroad would be refused there for good"


def abroad(stage, *set_up):
    """Two numbers of the mainland and one of Singapore, and these providers of short messages; no law keeps data."""
    people = made_people(3, country="SG")
    people["u000002"]["mobile"] = "+6591234567"
    stage.write(people)
    stage.kit.providers = {name: SimpleNamespace(about=registry.entries()[name].about) for name in set_up}
    return stage.draft(stage.dispatch(party="smo", ladders=({"one_by_one": ["sms"]},)), unknown_residence="send")


def test_a_number_goes_to_a_provider_that_writes_to_its_country(home, begin, keys, clock):
    stage = make_stage(home, begin, keys, clock)
    both = abroad(stage, "sms/alibaba", "sms/twilio").reach
    assert both.by_route == {("sms", "sms/alibaba"): 2, ("sms", "sms/twilio"): 1}
    assert both.closed == {}
    one = abroad(stage, "sms/alibaba").reach
    assert (one.by_route, one.not_one_by_one) == ({("sms", "sms/alibaba"): 2}, 1)
    assert one.closed == {("sms", "", Why.OTHER_COUNTRY): 1}


def several(stage, *, region="CN"):
    """Everybody with a token of a service that nobody here speaks before one of ours, in the directory's order."""
    contact = {"device_token": {"column": "token", "scheme": "other", "then": [{"column": "old_token"}]}}
    said = MAPPING | {"contact": contact}
    lines = ["uid,token,old_token,country,lang", f"u1,t1,o1,{region},", f"u2,t2,,{region},", f"u3,,o3,{region},"]
    (stage.folder / "people.csv").write_text("\n".join(lines) + "\n")
    stage.people = {uid: {"country": region} for uid in ("u1", "u2", "u3")}
    stage.kit.directories["moqi"] = open_directory(stage.folder / "people.csv", Directions.model_validate(said))
    return stage.readers()


def test_an_address_that_no_provider_speaks_hides_no_usable_one_behind_it(
    home, begin, keys, clock, monkeypatch, two_services
):
    monkeypatch.setattr("incidents.deliveries.claim.require_still_approved", lambda _tx, _fan_out: None)
    stage = make_stage(home, begin, keys, clock, script="well")
    own = stage.kit.providers["push/rehearsal"]
    own.about = replace(own.about, rehearsal=False)
    dispatch = stage.dispatch(readers=several(stage), ladders=({"one_by_one": ["push"]},))
    drafted = stage.draft(dispatch)
    assert drafted.reach.by_route == {("push", "push/rehearsal"): 2}
    assert drafted.reach.not_one_by_one == 1
    assert drafted.reach.closed == {("push", "", Why.OTHER_SERVICE): 2}, "u1, whose first is passed by, and u2"
    stage.plan(dispatch)
    with begin(reading=True) as tx:
        batches = [batch.id for batch in tx.query(Batch)]
    given: list[str] = []

    def took(messages):
        given.extend(one.to.value for one in messages)
        return iter(())

    monkeypatch.setattr(own, "send", took)
    for batch in batches:
        send.send_batch(stage.kit, batch)
    assert sorted(given) == ["o1", "o3"]


def test_the_first_address_in_the_directorys_order_is_taken_where_both_can_be_used(
    home, begin, keys, clock, two_services
):
    stage = make_stage(home, begin, keys, clock)
    own, other = stage.kit.providers["push/rehearsal"], registry.open_provider("push/rehearsal", {})
    own.about = replace(own.about, rehearsal=False)
    other.about = replace(own.about, id="other", scheme="other")
    stage.kit.providers["push/other"] = other
    reach = stage.draft(stage.dispatch(readers=several(stage))).reach
    assert reach.by_route == {("push", "push/other"): 2, ("push", "push/rehearsal"): 1}
    assert reach.closed == {}


def test_a_provider_that_may_not_have_the_first_address_leaves_the_second_to_one_that_may(
    home, begin, keys, clock, two_services
):
    stage = make_stage(home, begin, keys, clock)
    own, other = stage.kit.providers["push/rehearsal"], registry.open_provider("push/rehearsal", {})
    own.about = replace(own.about, rehearsal=False)
    other.about = replace(own.about, id="other", scheme="other", processes_in=None)
    stage.kit.providers["push/other"] = other
    reach = stage.draft(stage.dispatch(readers=several(stage), ladders=({"one_by_one": ["push"]},))).reach
    assert reach.by_route == {("push", "push/rehearsal"): 2}
    assert reach.closed == {("push", "push/other", Why.OUTSIDE): 2}
    assert reach.people == sum(reach.by_route.values()) + reach.not_one_by_one == 3


def test_an_address_that_did_not_do_is_given_as_a_reason_once_however_many_there_are():
    own = SimpleNamespace(about=replace(registry.entries()["push/fcm"].about))
    found = Routes(load(), "smo", {"push/fcm": own}, Regions({}), worded=["push"])
    choice, closed = found.choose(["push"], "MM", {"device_token": ["jpush:a", "apns:b", "elsewhere:c"]})
    assert choice is None
    assert [(one.channel, one.why) for one in closed] == [("push", Why.OTHER_SERVICE)]


def test_of_addresses_that_nothing_tells_apart_the_first_is_kept_and_further_mailboxes_only_by_whose_machine_it_is():
    people = pa.table({"person_id": ["u1", "u2", "u3"]})
    rows = [
        ("u1", "email", "a@in.example"),
        ("u1", "email", "b@IN.example"),
        ("u1", "email", "c@out.example"),
        ("u2", "phone", "+8613800000001"),
        ("u2", "phone", "+8613800000002"),
        ("u2", "email", "d@out.example"),
    ]
    found = with_addresses(
        people, pa.table(dict(zip(("person_id", "kind", "address"), zip(*rows, strict=True), strict=True)))
    )
    assert columns_of(found, AddressKind.EMAIL) == ["email", "email.1"]
    assert columns_of(found, AddressKind.PHONE) == ["phone"]
    assert found["email"].to_pylist() == ["a@in.example", "d@out.example", None]
    assert found["email.1"].to_pylist() == ["c@out.example", None, None]
    assert found["phone"].to_pylist() == [None, "+8613800000001", None]
