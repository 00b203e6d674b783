"""Where contact data may be handled, and over which channels people are reached."""

import pytest

from policies.facts import Truth
from policies.load import load
from policies.reach import residency, route_for, vendor_limits
from policies.vocabulary import Audience, Pace


@pytest.mark.parametrize("company", ["moqi", "miaoke", "mmso", "onami", "smo", "onami:shop-0042"])
def test_contact_data_of_people_in_china_stays_inside_whosoever_they_are(company):
    found = residency(load(), "CN", company)
    assert found.inside == {"CN"}
    assert any("38, 39" in ground.citation for ground in found.grounds)
    assert found.allows("CN") is Truth.YES
    assert found.allows("US") is Truth.NO


def test_a_provider_whose_region_nobody_attested_is_outside():
    assert residency(load(), "CN", "smo").allows(None) is Truth.NO


def test_a_promise_tightens_and_never_widens():
    abroad = residency(load(), "SG", "moqi")
    assert abroad.inside == {"CN"}
    assert any("section IV(1)" in ground.citation for ground in abroad.grounds)
    assert residency(load(), "SG", "smo").inside is None
    assert residency(load(), "SG", "smo").allows(None) is Truth.YES


def test_an_unknown_country_takes_the_strict_side_of_a_company_seated_there_and_is_asked_elsewhere():
    assert residency(load(), "unknown", "miaoke").inside == {"CN"}
    elsewhere = residency(load(), "unknown", "mmso")
    assert elsewhere.allows("US") is Truth.UNKNOWN


def test_a_region_of_a_country_is_that_country():
    assert residency(load(), "CN-SH", "smo").inside == {"CN"}


@pytest.mark.parametrize(
    ("company", "order", "beside", "last"),
    [
        ("moqi", ("push", "email", "letter", "sms"), (), "announcement"),
        ("miaoke", ("voice", "push", "sms"), (), "announcement"),
        ("smo", ("push", "email", "sms"), ("announcement",), "announcement"),
    ],
)
def test_people_are_reached_as_the_policy_names_it(company, order, beside, last):
    route = route_for(load(), company, Audience.AFFECTED_INDIVIDUALS, "person")
    assert (route.one_by_one, route.beside, route.last) == (order, beside, last)
    assert route.named


def test_a_policy_that_names_no_channel_says_so():
    route = route_for(load(), "mmso", Audience.AFFECTED_INDIVIDUALS, "student")
    assert not route.named


def test_shop_owners_and_their_customers_have_routes_of_their_own():
    packs = load()
    owner = route_for(packs, "onami", Audience.AFFECTED_INDIVIDUALS, "shop_owner")
    customer = route_for(packs, "onami:shop-0042", Audience.AFFECTED_INDIVIDUALS, "end_customer")
    assert "messenger" not in owner.one_by_one
    assert customer.one_by_one[0] == "messenger"
    assert route_for(packs, "onami", Audience.CONTROLLER, "shop_owner").one_by_one == ("email", "push")
    assert route_for(packs, "acme", Audience.CONTROLLER, "shop_owner") is None


def test_a_push_vendor_of_moqi_gets_a_token_and_no_number():
    (limit,) = vendor_limits(load().house["moqi"], "push")
    assert set(limit.may_carry) == {"device_token", "opaque_reference"}
    assert {"name", "identity_document", "phone"} <= set(limit.never)
    assert vendor_limits(load().house["smo"], "push") == ()


@pytest.mark.parametrize("company", sorted(load().house))
def test_each_house_says_who_writes_where_to_check_and_how_soon_it_aims(company):
    house = load().house[company]
    assert set(house.languages) <= set(house.sender_names)
    assert {"app", "website"} <= {one.kind for one in house.verify}
    # A place to check that no policy names is a sample value, and says so.
    assert all(one.sample or one.cite for one in house.verify)
    assert house.targets_hours[Pace("immediately")] > 0


@pytest.mark.parametrize("company", ["moqi", "miaoke"])
def test_the_four_contents_that_two_policies_promise_are_demanded(company):
    told = next(duty for duty in load().house[company].duties if duty.id == "tell-people")
    wanted = {"what_happened", "possible_harm", "measures_taken", "measures_planned", "advice", "remedies"}
    assert set(told.contents) == wanted
    assert told.substitute.ways == ("announcement",)
