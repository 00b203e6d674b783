"""Residency is a hard rule: contact data goes only where law and promise let it, and the reason is shown."""

from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from incidents.deliveries.closed import Why
from incidents.deliveries.reach import Routes
from incidents.deliveries.regions import Regions, attest, attested
from incidents.deliveries.ways import ways_of
from incidents.foundation.errors import BadInput, Refused
from notifiers.message import AddressKind
from notifiers.mx import Found, MailExchangers
from notifiers.outcome import Outcome
from notifiers.provider import About
from notifiers.rehearsal import INSIDE
from policies.load import load
from tests.incidents.fanout import made_people, make_stage

CHANNELS = ("push", "email", "sms")
ADDRESSES = {"device_token": ["t"], "email": ["mya@there.example"], "phone": ["+8613800138000"]}


def provider(channel: str, **more):
    return SimpleNamespace(about=About(channel, channel, (), Outcome.ACCEPTED, **more))


def routes(party: str, regions=None, *, look_up=None, **more) -> Routes:
    providers = {
        "push/x": provider("push"),
        "email/x": provider("email", looks_up_mail_exchanger=True),
        "sms/x": provider("sms"),
    }
    look_up = look_up or (lambda _domain: MailExchangers(Found.HOSTS, ("mx1.there.example",)))
    return Routes(load(), party, providers, Regions(regions or {}), worded=CHANNELS, look_up=look_up, **more)


def whys(found) -> dict[str, Why]:
    return {one.channel: one.why for one in found}


@pytest.mark.parametrize("party", ["moqi", "miaoke", "smo", "mmso"])
def test_contact_data_of_people_in_mainland_china_goes_to_no_provider_that_is_not_attested_inside(party):
    choice, closed = routes(party).choose(CHANNELS, "CN", ADDRESSES)
    assert choice is None
    assert whys(closed) == dict.fromkeys(CHANNELS, Why.OUTSIDE)


def test_an_attestation_in_another_country_does_not_help_and_one_inside_opens_the_route():
    assert routes("moqi", {"sms/x": "SG"}).choose(CHANNELS, "CN", ADDRESSES)[0] is None
    choice, _ = routes("moqi", {"sms/x": "CN"}).choose(CHANNELS, "CN", ADDRESSES)
    assert choice is not None
    assert (choice.channel, choice.provider, choice.position) == ("sms", "sms/x", 2)


def test_a_promise_keeps_data_inside_whatever_the_persons_own_law_says():
    assert routes("moqi").choose(CHANNELS, "TH", ADDRESSES)[0] is None


def test_people_elsewhere_are_told_by_the_first_route_where_no_rule_stands_against_it():
    choice, closed = routes("smo").choose(CHANNELS, "MM", ADDRESSES)
    assert choice is not None
    assert choice.channel == "push"
    assert closed == []


def test_unknown_residence_is_never_taken_for_abroad_unless_compliance_decides_so():
    choice, closed = routes("smo").choose(CHANNELS, "unknown", ADDRESSES)
    assert choice is None
    assert whys(closed) == dict.fromkeys(CHANNELS, Why.RESIDENCE_UNKNOWN)
    assert routes("smo", unknown_residence="send").choose(CHANNELS, "unknown", ADDRESSES)[0] is not None
    assert routes("moqi", unknown_residence="send").choose(CHANNELS, "unknown", ADDRESSES)[0] is None


@pytest.mark.parametrize(
    ("found", "mail", "open_"),
    [
        (MailExchangers(Found.HOSTS, ("mx1.there.example",)), {"mail:there.example": "CN"}, True),
        (MailExchangers(Found.HOSTS, ("mx1.there.example",)), {}, False),
        (MailExchangers(Found.HOSTS, ("mx1.there.example", "mx.abroad.example")), {"mail:there.example": "CN"}, False),
        (MailExchangers(Found.HOSTS, ("mx1.there.example",)), {"mail:there.example": "US"}, False),
        (MailExchangers(Found.UNKNOWN), {"mail:there.example": "CN"}, False),
        (MailExchangers(Found.NONE), {"mail:there.example": "CN"}, False),
    ],
)
def test_a_relay_inside_is_not_enough_when_the_mailbox_lies_outside(found, mail, open_):
    chosen, closed = routes("moqi", {"email/x": "CN", **mail}, look_up=lambda _domain: found).choose(
        ["email"], "CN", ADDRESSES
    )
    assert (chosen is not None) is open_
    if not open_:
        wanted = Why.MAIL_OUTSIDE if found.found is Found.HOSTS else Why.MAIL_UNKNOWN
        assert whys(closed) == {"email": wanted}


def test_mail_exchangers_are_looked_up_once_a_domain_and_only_where_the_answer_matters():
    asked: list[str] = []

    def look_up(domain):
        asked.append(domain)
        return MailExchangers(Found.HOSTS, ("mx.there.example",))

    people = [("CN", f"p{number}@d{number % 5}.example") for number in range(50)]
    ladders = ({"one_by_one": ["email"]},)
    ways_of(readers(*people), ladders, routes("smo", look_up=look_up))
    assert asked == [], "no relay is attested, so the route is closed before anybody asks"
    found = routes("smo", {"email/x": "CN"}, look_up=look_up)
    ways_of(readers(*people, ("MM", "x@free.example"), ("CN", None)), ladders, found)
    assert sorted(asked) == [f"d{number}.example" for number in range(5)]
    found.choose(["email"], "CN", {"email": ["p0@d0.example"]})
    assert len(asked) == 5


def readers(*people: tuple[str, str | None]) -> pa.Table:
    """Readers of a residence and an e-mail address."""
    columns: dict[str, Any] = {kind.value: [None] * len(people) for kind in AddressKind} | {
        "email": [mail for _, mail in people]
    }
    columns |= {"person_id": [f"u{number}" for number in range(len(people))], "residence": [one for one, _ in people]}
    columns |= {"role": ["reader"] * len(people), "variant": ["v1"] * len(people)}
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def test_nothing_leaves_this_installation_with_its_own_pages_and_rehearsals():
    inside = {"sms/here": provider("sms", processes_in=(INSIDE,))}
    found = Routes(load(), "moqi", inside, Regions({}), worded=CHANNELS)
    choice, _ = found.choose(["sms"], "CN", ADDRESSES)
    assert choice is not None


@pytest.mark.parametrize(
    ("channel", "addresses", "worded", "why"),
    [
        ("carrier_pigeon", ADDRESSES, CHANNELS, Why.NO_CHANNEL),
        ("announcement", ADDRESSES, CHANNELS, Why.NO_PROVIDER),
        ("sms", ADDRESSES, ("push",), Why.NO_WORDS),
        ("sms", {}, CHANNELS, Why.NO_CONTACT),
    ],
)
def test_every_other_closed_route_says_why(channel, addresses, worded, why):
    found = Routes(load(), "smo", {"sms/x": provider("sms")}, Regions({}), worded=worded)
    choice, closed = found.choose([channel], "MM", addresses)
    assert choice is None
    assert whys(closed) == {channel: why}
    assert why.sentence.endswith(".")


def test_a_region_is_signed_by_compliance_superseded_and_kept(tx, clock, compliance, responder):
    first = attest(tx, "email/smtp", region="SG", because="contract of 2026-01-01", by=compliance, clock=clock)
    attest(tx, "email/smtp", region="CN", because="moved on 2026-03-01", by=compliance, clock=clock)
    assert first.superseded_at == clock.now()
    assert Regions.read(tx).of("email/smtp") == "CN"
    attest(tx, "email/smtp", region="", because="contract ended", by=compliance, clock=clock)
    assert Regions.read(tx).of("email/smtp") is None
    assert len(attested(tx)) == 1
    with pytest.raises(Refused):
        attest(tx, "email/smtp", region="CN", because="x", by=responder, clock=clock)


@pytest.mark.parametrize(
    ("subject", "region", "because"),
    [("sms/pigeon", "CN", "x"), ("email/smtp", "China", "x"), ("email/smtp", "CN", " ")],
)
def test_an_attestation_that_says_nothing_is_refused(tx, clock, compliance, subject, region, because):
    with pytest.raises(BadInput):
        attest(tx, subject, region=region, because=because, by=compliance, clock=clock)


def test_mail_hosts_are_found_under_the_longest_attested_domain():
    regions = Regions({"mail:example": "US", "mail:there.example": "CN"})
    assert regions.of_mail_host("mx1.there.example") == "CN"
    assert regions.of_mail_host("mx1.elsewhere.example") == "US"
    assert regions.of_mail_host("mx1.elsewhere.test") is None


def test_before_anything_is_sent_it_is_known_who_can_be_told_how_and_who_cannot(home, begin, keys, clock):
    stage = make_stage(home, begin, keys, clock)
    people = made_people(10)
    people["u000000"] = {"country": "CN"}
    people["u000001"] = {"country": "CN", "mobile": "13800000001"}
    stage.write(people)
    ladder = {"one_by_one": ["push", "email", "pigeon", "sms"], "last": "announcement"}
    reach = stage.draft(stage.dispatch(ladders=(ladder,))).reach
    assert (reach.people, reach.not_one_by_one, reach.left) == (10, 1, {"announcement": 1})
    assert dict(reach.by_route) == {("push", "push/rehearsal"): 8, ("sms", "sms/rehearsal"): 1}
    assert reach.closed["pigeon", "", Why.NO_CHANNEL] == 2
    assert reach.grounds == {}  # nothing was closed by a rule, so no rule is cited
    said = reach.as_json()
    assert {row["why"] for row in said["closed"]} == {Why.NO_CHANNEL, Why.NO_CONTACT}


def test_what_is_left_to_people_without_a_route_is_counted_by_their_own_ladder(home, begin, keys, clock):
    stage = make_stage(home, begin, keys, clock)
    stage.write({f"u{number}": {"country": "CN"} for number in range(5)})
    roles = pa.array(["owner"] * 2 + ["customer"] * 3)
    readers = stage.readers().drop_columns("role").append_column("role", roles)
    ladders = (
        {"roles": ["owner"], "one_by_one": ["push"], "last": "announcement"},
        {"roles": ["customer"], "one_by_one": ["sms"]},
    )
    reach = stage.draft(stage.dispatch(ladders=ladders, readers=readers)).reach
    assert reach.as_json()["left_to"] == [{"channel": None, "people": 3}, {"channel": "announcement", "people": 2}]
    assert reach.not_one_by_one == 5


def test_a_route_that_a_rule_closed_cites_the_law_and_the_promise(home, begin, keys, clock):
    stage = make_stage(home, begin, keys, clock)
    stage.write(made_people(2))
    stage.kit.providers = {"sms/x": provider("sms")}
    reach = stage.draft().reach
    assert reach.closed["sms", "sms/x", Why.OUTSIDE] == 2
    cited = [row["citation"] for row in reach.as_json()["grounds"]]
    assert any("Personal Information Protection Law" in one for one in cited)
    assert any("IV" in one for one in cited)


def test_a_provider_that_has_not_prepared_a_text_is_passed_over_for_those_who_read_that_text():
    """Handed a text without an approved template it would refuse everybody, for good, one by one."""
    found = routes("smo", unable=lambda *asked: Why.NOT_PREPARED if asked == ("certain", "push/x") else None)
    choice, closed = found.saying("certain").choose(CHANNELS, "MM", ADDRESSES)
    assert choice is not None
    assert (choice.channel, whys(closed)) == ("email", {"push": Why.NOT_PREPARED})
    choice, closed = found.saying("possible").choose(CHANNELS, "MM", ADDRESSES)
    assert choice is not None
    assert (choice.channel, closed) == ("push", [])
