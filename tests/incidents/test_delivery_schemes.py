"""An address that names its service goes to that service's provider alone, and reaches it without the name."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from incidents.deliveries import send, stand_in
from incidents.deliveries.reach import Why
from incidents.deliveries.tables import Batch
from notifiers import registry
from notifiers.message import AddressKind
from tests.incidents.fanout import made_people, make_stage

KIND = AddressKind.DEVICE_TOKEN


@pytest.fixture
def two_services(monkeypatch):
    known = lambda kind: frozenset({"other"} if kind is KIND else ())  # noqa: E731 - the shortest that says it
    monkeypatch.setattr(registry, "schemes", known)
    monkeypatch.setattr("incidents.deliveries.ways.schemes", known)


def test_a_scheme_counts_only_where_a_provider_knows_it(two_services):
    assert registry.scheme_of(KIND, "other:abc:d") == "other"
    assert registry.bare(KIND, "other:abc:d") == "abc:d"
    assert registry.bare(KIND, "fGx:APA91b") == "fGx:APA91b", "FCM's own tokens hold a colon"
    assert registry.bare(AddressKind.PHONE, "other:abc") == "other:abc"


def test_people_are_told_by_the_service_whose_address_they_have(home, begin, keys, clock, monkeypatch, two_services):
    monkeypatch.setattr("incidents.deliveries.claim.require_still_approved", lambda _tx, _fan_out: None)
    stage = make_stage(home, begin, keys, clock, script="well")
    own, other = providers = [registry.open_provider("push/rehearsal", {}) for _ in range(2)]
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
    assert stand_in._scheme(nothing, "push/huawei") == "huawei"
    assert stand_in._scheme(nothing, "push/fcm") == ""
