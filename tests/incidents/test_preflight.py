"""Before any incident: everybody of the five companies stands in one line, with their way or why there is none."""

import json
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import sample
from affected import Mapping, accounts, contacts, open_directory, roll
from affected.mapping import Names
from incidents.deliveries.closed import Why
from incidents.deliveries.dispatch import asks_for_accounts, readers_from
from incidents.deliveries.ladders import completed
from incidents.deliveries.preflight import Told, preflight
from incidents.deliveries.reach import Routes
from incidents.deliveries.readiness import worded_channels
from incidents.deliveries.regions import Regions, attest
from incidents.deliveries.shortfalls import of_letters
from incidents.deliveries.ways import ways_of
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.privacy import FEWEST_ALIKE
from incidents.foundation.settings import Settings
from incidents.notices.house import routes_for
from incidents.notices.library import load_wording
from kits import make_kit
from notifiers.mx import Found, MailExchangers
from notifiers.provider import Prepared
from notifiers.registry import entries, open_provider
from policies.houses import Route
from sample.people import mapping_path
from tests.clock import FrozenClock
from tests.databases import fresh_engine
from tests.incidents.fanout import MAPPING, make_stage

PEOPLE = {"miaoke": 500, "mmso": 500, "moqi": 800, "onami": 800, "smo": 400}  # of 3,000, by the sample's shares
ALIBABA = {"TOCSIN_ALIBABA_ACCESS_KEY_ID": "id", "TOCSIN_ALIBABA_ACCESS_KEY_SECRET": "secret"}
RELAY = {"TOCSIN_SMTP_HOST": "127.0.0.1", "TOCSIN_SMTP_FROM_EMAIL": "privacy@moqi.example"}


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    home = tmp_path_factory.mktemp("ready")
    for directory in sample.make(home / "sample", people=3000).directories:
        directory.path.with_suffix(".yaml").write_bytes(mapping_path(directory.company).read_bytes())
    engine = fresh_engine(home / "tocsin.db")
    yield make_kit(Settings(mode="test", home=home), engine, clock=FrozenClock())
    engine.dispose()


def hosts(*names):
    return lambda _domain: MailExchangers(Found.HOSTS, names)


@pytest.mark.parametrize("company", PEOPLE)
def test_everybody_of_a_directory_is_in_exactly_one_line(kit, company):
    found = preflight(kit.drill, company)
    rows = sum(batch for batch in roll(kit.directories[company], marks={}).alike["people"].to_pylist())
    assert found.people == sum(found.sums.values()) == sum(found.lines.values()) == rows == PEOPLE[company]
    assert all(line.because for line in found.lines if line.told is Told.NOBODY)
    assert all(line.channel and line.provider for line in found.lines if line.told is not Told.NOBODY)
    said = json.loads(json.dumps(found.as_json()))
    assert said["people"] == sum(way["people"] for way in said["ways"]) == PEOPLE[company]
    for way in said["ways"]:
        assert way["people"] == way["few_alike"] + sum(one["people"] for one in way["alike"])


@pytest.mark.parametrize(("company", "worst"), [("onami", Told.NOBODY), ("moqi", Told.ANNOUNCEMENT)])
def test_ways_stand_worst_first_and_then_the_most_people(kit, company, worst):
    ways = preflight(kit.drill, company).as_json()["ways"]
    order = [(list(Told).index(way["told"]), way["people"]) for way in ways]
    assert order == sorted(order, key=lambda one: (-one[0], -one[1]))
    assert ways[0]["told"] is worst
    assert len({people for _, people in order}) > 2


def test_whoever_has_no_announcement_and_no_route_is_told_by_nothing_and_it_says_why(kit):
    found = preflight(kit, "onami")
    lost = [line for line in found.lines if line.told is Told.NOBODY]
    assert lost
    assert {line.because for line in lost} == {
        "No route is open to them, and the house names no announcement that would stand in."
    }
    assert f"{found.sums['nobody']:,} people cannot be told by anything." in found.findings


def test_what_is_missing_names_settings_channels_and_wording(kit):
    found = preflight(kit, "miaoke")
    said = " ".join(found.findings)
    (sms,) = [one for one in found.findings if one.startswith("sms: no provider is set up. Set what is missing for ")]
    assert sms.endswith("or sms/twilio.")
    assert "zh-Hans: nobody has reviewed the wording of announcement" in said
    by_id = {one.id: one for one in found.providers}
    assert "TOCSIN_TWILIO_ACCOUNT_SID" in by_id["sms/twilio"].missing
    assert by_id["sms/twilio"].webhook == "http://127.0.0.1:8000/receipts/sms/twilio"
    assert (by_id["sms/twilio"].set_up, by_id["sms/twilio"].region) == (False, None)
    assert by_id["push/fcm"].webhook == ""
    assert not any(one.id.endswith("/rehearsal") for one in found.providers)


def test_a_channel_that_only_guardians_are_told_by_must_stand_ready_too(kit):
    found = preflight(kit, "moqi", look_up=hosts("mx.mail.example"))
    assert "voice" not in {line.channel for line in found.lines}
    assert {one.id for one in found.providers if one.channel == "voice"} >= {"voice/twilio_voice"}
    assert any(said.startswith("voice: no provider is set up") for said in found.findings)


def test_a_provider_whose_receipts_are_not_set_up_says_what_they_need_and_proves_less(kit):
    sendgrid = {"TOCSIN_SENDGRID_API_KEY": "SG.x", "TOCSIN_SENDGRID_FROM_EMAIL": "notices@house.example"}
    own = replace(kit, providers={**kit.providers, "email/sendgrid": open_provider("email/sendgrid", sendgrid)})
    found = preflight(own, "moqi", look_up=hosts("mx.mail.example"))
    (one,) = [one for one in found.providers if one.id == "email/sendgrid"]
    assert (one.signed_receipts, one.proof, one.webhook) == (False, "accepted", "")
    assert one.receipts_need == ("TOCSIN_SENDGRID_WEBHOOK_KEY",)
    (said,) = [one for one in found.findings if "no receipt can come" in one]
    assert said.startswith("email/sendgrid: ")
    assert said.endswith("They need TOCSIN_SENDGRID_WEBHOOK_KEY.")


def test_a_provider_that_nobody_attests_is_outside_and_an_attested_one_takes_whose_mail_stays_inside(kit, compliance):
    own = replace(kit, providers={**kit.providers, "email/smtp": open_provider("email/smtp", RELAY)})
    before = preflight(own, "moqi", look_up=hosts("mx.mail.example"))
    assert before.sums["one_by_one"] == 0
    assert any(one.startswith("email/smtp, ") and Why.OUTSIDE.sentence in one for one in before.findings)
    assert "section IV(1)" in " ".join(before.grounds)
    with kit.begin() as tx:
        for subject in ("email/smtp", "mail:mail.example"):
            attest(tx, subject, region="CN", because="contract", by=compliance, clock=kit.clock)
    inside = preflight(own, "moqi", look_up=hosts("mx.mail.example"))
    away = preflight(own, "moqi", look_up=hosts("mx.away.example"))
    assert inside.sums["one_by_one"] > 0 == away.sums["one_by_one"]
    assert {(line.provider, line.region) for line in inside.lines if line.told is Told.ONE_BY_ONE} == {
        ("email/smtp", "CN")
    }
    assert inside.sums["one_by_one"] == sum(people for line, people in inside.lines.items() if "email" in line.holds)


def test_a_provider_whose_words_must_be_prepared_says_what_it_lacks(kit):
    class Templated:
        def __init__(self, opened):
            self.about, self.seen = opened.about, []

        def send(self, messages):
            return iter(())

        def lacks(self, texts, language):
            self.seen.append(dict(texts))
            return ["there is no template."] if language == "en" else []

    templated = Templated(kit.drill.providers["sms/rehearsal"])
    assert isinstance(templated, Prepared)
    own = replace(kit.drill, providers={**kit.drill.providers, "sms/rehearsal": templated})
    found = preflight(own, "moqi")
    assert "sms/rehearsal: individuals, en: there is no template." in found.findings
    assert not any("zh-Hans: there is no template" in one for one in found.findings)
    sent = {line.told_in for line in found.lines if line.provider == "sms/rehearsal"}
    assert sent >= {"zh-Hans"}
    assert "en" not in sent, "who reads English is not promised a message that it would refuse"
    assert any(one.why is Why.NOT_PREPARED for line in found.lines if line.told_in == "en" for one in line.closed)
    assert templated.seen
    assert all(set(texts) == {"short"} and texts["short"] for texts in templated.seen)


def test_what_must_be_prepared_is_looked_for_in_the_senders_name_and_in_both_forms_of_a_text(kit, tmp_path):
    """In the words that will go out: an approved template is found, and one that is approved in one form only is not
    enough. What puts a notice right or takes it back goes by the same provider, and so does a first word."""
    name = kit.packs.house["smo"].sender_names["zh-Hans"]
    words = "我们发生安全事件，{}您的个人信息。请自行打开我们的应用或输入您熟悉的网址查看详情。"
    words += "本短信无链接。编号${{reference}}"
    said = {"signature": name, "language": "zh-Hans"}
    file = tmp_path / "templates.yaml"
    about = "sms/alibaba: individuals, zh-Hans"

    def findings(*forms):
        approved = [said | {"id": f"SMS_{form}", "text": words.format(form)} for form in forms]
        file.write_text(json.dumps({"templates": approved}))
        environment = ALIBABA | {"TOCSIN_ALIBABA_TEMPLATES": str(file)}
        own = replace(kit.drill, providers={"sms/alibaba": open_provider("sms/alibaba", environment)})
        return preflight(own, "smo").findings

    both = findings("涉及", "可能涉及")
    assert not any(one.startswith(about) for one in both)
    assert {one.partition(":")[2].split(",")[0].strip() for one in both if one.startswith("sms/alibaba: ")} >= {
        "minor",
        "correction",
        "recall",
        "holding",
    }
    (one,) = [one for one in findings("可能涉及") if one.startswith(about)]
    assert one.startswith(f"{about}, said as certain: ")
    (one,) = [one for one in findings("涉及") if one.startswith(about)]
    assert one.startswith(f"{about}, said as possible: ")


def test_a_text_is_measured_with_the_name_that_the_company_goes_by(kit):
    environment = {"TOCSIN_VIVO_APP_ID": "1", "TOCSIN_VIVO_APP_KEY": "key", "TOCSIN_VIVO_APP_SECRET": "secret"}
    own = replace(kit.drill, providers={"push/vivo": open_provider("push/vivo", environment)})
    short, long = (
        [one for one in preflight(own, who).findings if "zh-Hans: The title" in one] for who in ("smo", "moqi")
    )
    assert short == []
    assert "push/vivo: individuals, zh-Hans: The title may have 40 characters and has 67." in long


def test_the_roll_counts_an_address_that_is_none_as_no_address_as_planning_does(home, begin, keys, clock):
    stage = make_stage(home, begin, keys, clock)
    stage.write(
        {
            "u1": {"mobile": "13800000001", "mail": "a@there.example", "token": "jay:t1", "country": "CN"},
            "u2": {"mobile": "12", "mail": "nobody", "token": "t2", "country": "cn"},
            "u3": {"mobile": "", "mail": "", "token": ""},
        }
    )
    directory = stage.kit.directories["moqi"]
    found = roll(directory, marks={"device_token": ["jay"]}, mail_matters=lambda place: place == "CN").alike.to_pylist()
    by_residence = {(row["residence"], row["phone"], row["email"], row["device_token"], row["domain"]) for row in found}
    assert by_residence == {
        ("CN", "", "", "jay", "there.example"),
        ("CN", None, None, "", ""),
        ("unknown", None, None, None, ""),
    }
    usable = contacts(directory, ["u1", "u2", "u3"]).to_pylist()
    assert [(one["person_id"], one["kind"]) for one in usable if one["malformed"] is None] == [
        ("u1", "device_token"),
        ("u1", "email"),
        ("u1", "phone"),
        ("u2", "device_token"),
    ]


def test_letters_that_nobody_s_name_will_stand_on_are_said_before_any_incident(kit):
    posted = [replace(next(iter(preflight(kit, "moqi").lines)), channel="letter")]
    assert list(of_letters(kit.directories["moqi"], posted)) == []
    mapping = kit.directories["moqi"].mapping.model_copy(update={"name": Names()})
    (said,) = of_letters(replace(kit.directories["moqi"], mapping=mapping), posted)
    assert said.startswith("letter: The directory's mapping says nothing of names")
    assert list(of_letters(replace(kit.directories["moqi"], mapping=mapping), [])) == []


def test_a_company_without_policy_or_directory_is_one_sentence(kit):
    with pytest.raises(BadInput, match="no house policy 'nobody'"):
        preflight(kit, "nobody")
    with pytest.raises(Refused, match="No directory of moqi"):
        preflight(replace(kit, directories={}), "moqi")


# What the pre-flight says must be what planning does, whoever the people are and whatever is set up.


ROUTE = {"audience": "affected_individuals", "cite": "a test", "known": "read_in_text", "named": False}


def house_of(kit, company, *ladders):
    """`kit` with these ladders as the company's routes to affected people."""
    house = kit.packs.house[company]
    own = [Route.model_validate(ROUTE | one) for one in ladders]
    changed = house.model_copy(update={"routes": tuple(own)})
    return replace(kit, packs=replace(kit.packs, house={**kit.packs.house, company: changed}))


def test_whoever_has_an_account_is_told_within_the_app_where_the_house_names_it(kit):
    own = house_of(kit.drill, "moqi", {"one_by_one": ["in_app"], "last": "announcement"})
    found = preflight(own, "moqi")
    live = sum(n for line, n in found.lines.items() if "account" in line.holds)
    assert found.sums["one_by_one"] == live > 0
    assert found.sums["announcement"] == found.people - live > 0, "closed accounts have no app"
    ids = known_ids(own.directories["moqi"])
    assert accounts(own.directories["moqi"], ids).num_rows == live
    assert not any("account" in line.holds for line in preflight(kit.drill, "moqi").lines), "no route asks for it"


def known_ids(directory):
    return pq.read_table(directory.source.name, columns=[directory.mapping.person_id.column]).column(0).combine_chunks()


def test_a_channel_beside_the_route_is_said_and_counts_nobody_twice(kit):
    own = house_of(kit.drill, "moqi", {"one_by_one": ["sms"], "beside": ["in_app"], "last": "announcement"})
    found = preflight(own, "moqi")
    assert {line.beside for line in found.lines} == {("in_app",), ()}
    assert found.people == sum(found.sums.values()) == PEOPLE["moqi"]


def test_a_call_by_people_stands_behind_the_call_by_a_machine_as_in_planning(kit):
    listed = open_provider("calls/call_list", {"TOCSIN_CALL_LIST_TRIES": "3"})
    own = house_of(kit, "smo", {"one_by_one": ["voice"]})
    found = preflight(replace(own, providers={"calls/call_list": listed}), "smo")
    told = {line.channel for line in found.lines if line.told is Told.ONE_BY_ONE}
    assert told <= {"calls"}
    assert any(one.channel == "voice" and one.why is Why.NO_PROVIDER for line in found.lines for one in line.closed)
    assert all("calls" in {one.channel for one in line.closed} or line.channel == "calls" for line in found.lines)


def test_a_cohort_of_whom_nobody_can_be_told_one_by_one_is_said_with_its_count(home, begin, keys, clock):
    stage = make_stage(home, begin, keys, clock)
    people = {f"u{number}": {"mobile": f"138000000{number:02}", "country": "CN"} for number in range(30)}
    people |= {f"v{number}": {"mobile": "no number", "country": "SG"} for number in range(12)}
    people |= {f"w{number}": {"country": "TH"} for number in range(3)}
    stage.write(people)
    found = preflight(as_kit(stage), "moqi")
    assert found.sums == {"one_by_one": 30, "announcement": 15, "nobody": 0}
    said = [one for one in found.findings if one.startswith("announcement only")]
    assert said == [
        "announcement only: 12 people (registered_person, SG, zh-Hans); nobody like them can be told one by one.",
        "announcement only: 3 people of whom few are alike; nobody like them can be told one by one.",
    ]
    stage.write({f"v{number}": {"country": "SG"} for number in range(12)})
    (whole,) = [one for one in preflight(as_kit(stage), "moqi").findings if one.startswith("announcement only")]
    assert whole == "announcement only: 12 people; nobody of the directory can be told one by one."


def as_kit(stage):
    stage.kit.settings = SimpleNamespace(public_url="http://127.0.0.1:8000")
    return stage.kit


def test_what_few_people_are_is_said_nowhere_and_they_are_counted(home, begin, keys, clock):
    stage = make_stage(home, begin, keys, clock)
    people = {f"u{number}": {"mobile": f"138000000{number:02}", "country": "CN"} for number in range(40)}
    people |= {"x1": {"country": "FR", "lang": "sw", "mail": "a@there.example"}}
    people |= {f"y{number}": {"country": "DE", "lang": "de", "mail": f"a{number}@there.example"} for number in range(9)}
    people |= {f"z{number}": {"country": "JP", "lang": "ja"} for number in range(4)}
    stage.write(people)
    said = preflight(as_kit(stage), "moqi").as_json()
    assert said["people"] == sum(way["people"] for way in said["ways"]) == 54
    counts = [one["people"] for way in said["ways"] for one in way["alike"]]
    assert min(counts) >= FEWEST_ALIKE
    text = json.dumps(said)
    assert '"FR"' not in text
    assert "'sw'" not in text
    assert "announcement only: 4 people of whom few are alike" in text, "they are counted, and no more"
    assert "no wording in languages that few speak: 1 person" in text


def test_rows_without_an_id_and_rows_that_share_one_are_said(home, begin, keys, clock):
    stage = make_stage(home, begin, keys, clock)
    (home / "people.csv").write_text("uid,mobile,mail,token,country,lang\n,13800000001,,,CN,\nu1,,,,CN,\nu1,,,,CN,\n")
    stage.kit.directories["moqi"] = open_directory(home / "people.csv", Mapping.model_validate(MAPPING))
    found = preflight(as_kit(stage), "moqi")
    assert found.people == 3
    assert "1 person of the directory without an id: nobody can be told by their row." in found.findings
    assert any(one.startswith("1 rows of the directory have an id that another row has") for one in found.findings)


HELD = st.fixed_dictionaries(
    {
        "country": st.sampled_from(["CN", "MM", "SG", "", "x"]),
        "lang": st.sampled_from(["zh-Hans", "my", "de", ""]),
        "role": st.sampled_from(["buyer", "visitor", ""]),
        "state": st.sampled_from(["live", "gone"]),
        "mobile": st.sampled_from(["13800000001", "no number", ""]),
        "mail": st.sampled_from(["a@in.example", "b@out.example", "nobody", ""]),
        "token": st.sampled_from(["t1", ""]),
        "vendor": st.sampled_from(["jay", "fcm", "xiaomi", ""]),
        "old": st.sampled_from(["o1", ""]),
    }
)
SUBJECTS = st.sampled_from(["push", "push/fcm", "sms", "log-in"])
HELD_COLUMNS = ("country", "lang", "role", "state", "mobile", "mail", "token", "vendor", "old")
SPOKEN = {"huawei": ["jay"], "": ["fcm"]}
WAYS = st.lists(st.sampled_from(["push", "email", "sms", "in_app", "pigeon"]), min_size=2, max_size=4, unique=True)
LADDERS = st.lists(
    st.fixed_dictionaries(
        {"one_by_one": WAYS, "beside": st.sampled_from([[], ["in_app"]])},
        optional={"roles": st.sampled_from([["buyer"], ["visitor"]]), "last": st.just("announcement")},
    ),
    min_size=1,
    max_size=3,
)
SET_UP = st.sets(
    st.sampled_from(["push/fcm", "push/huawei", "email/smtp", "sms/twilio", "in_app/feed", "announcement/page"]),
    min_size=2,
)
ATTESTED = st.dictionaries(
    st.sampled_from(["push/fcm", "push/huawei", "sms/twilio", "email/smtp", "mail:in.example"]), st.just("CN")
)


NOBODY_SPEAKS_THE_FIRST = {
    "vendor": "xiaomi",
    "token": "t1",
    "old": "o1",
    "country": "MM",
    "lang": "my",
    "role": "buyer",
}
NOBODY_SPEAKS_THE_FIRST |= {"state": "live", "mobile": "no number", "mail": ""}


@example(
    people=[NOBODY_SPEAKS_THE_FIRST, NOBODY_SPEAKS_THE_FIRST | {"old": ""}],
    ladders=[{"one_by_one": ["push", "sms"], "beside": []}],
    set_up={"push/fcm", "sms/twilio"},
    attested={},
    shut=set(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(HELD, min_size=8, max_size=30),
    ladders=LADDERS,
    set_up=SET_UP,
    attested=ATTESTED,
    shut=st.sets(SUBJECTS),
)
def test_the_sum_over_the_lines_is_the_number_of_people_and_each_way_is_the_one_that_planning_takes(
    tmp_path, kit, people, ladders, set_up, attested, shut
):
    directory = everybody(tmp_path, people)
    own = replace(house_of(kit, "smo", *ladders), directories={"smo": directory})
    own = replace(own, providers={one: stub(one) for one in sorted(set_up)})
    look_up = lambda domain: MailExchangers(Found.HOSTS, (f"mx.{domain}",))  # noqa: E731 - the shortest that says it
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Regions, "read", lambda _tx: Regions(attested))
        patched.setattr("incidents.deliveries.compromise.shut", lambda _tx: frozenset(shut))
        found = preflight(own, "smo", look_up=look_up)
    assert found.people == len(people) == sum(found.lines.values()) == sum(found.sums.values())
    said = found.as_json()
    assert sum(way["people"] for way in said["ways"]) == len(people)
    assert all(way["people"] == way["few_alike"] + sum(one["people"] for one in way["alike"]) for way in said["ways"])
    assert counted_by_way(found) == planned_by_way(own, directory, people, Regions(attested), look_up, shut)


def counted_by_way(found):
    counts: Counter[Any] = Counter()
    for line, many in found.lines.items():
        counts[(line.channel, line.provider) if line.told is Told.ONE_BY_ONE else None] += many
    return +counts


def planned_by_way(kit, directory, people, regions, look_up, shut):
    """What planning would do: every person by themselves, with the addresses that it would read."""
    if not people:
        return Counter()
    ids = pa.array([f"u{number}" for number in range(len(people))])
    ladders = completed(routes_for(kit.packs, "smo", "affected_individuals")["ladders"])
    held = [contacts(directory, ids), *([accounts(directory, ids)] if asks_for_accounts(ladders) else [])]
    country = [one["country"].upper() if len(one["country"]) == 2 else "unknown" for one in people]
    table = {"person_id": ids, "residence": country, "role": [one["role"] for one in people]}
    table["variant"] = [f"v{number}" for number in range(len(people))]
    readers = readers_from(pa.table(table), pa.concat_tables(held), guardians=False)
    worded = worded_channels(load_wording())
    routes = Routes(kit.packs, "smo", kit.providers, regions, worded=worded, look_up=look_up, shut=shut)
    counts: Counter[Any] = Counter()
    for way, rows in ways_of(readers, ladders, routes):
        counts[(way.choice.channel, way.choice.provider) if way.choice else None] += len(rows)
    return counts


def everybody(folder, people):
    columns = [*HELD_COLUMNS]
    lines = [",".join(("uid", *columns))]
    lines += [",".join((f"u{number}", *(one[name] for name in columns))) for number, one in enumerate(people)]
    (folder / "everybody.csv").write_text("\n".join(lines) + "\n")
    token = {"column": "token", "scheme_from": {"column": "vendor", "values": SPOKEN}, "then": [{"column": "old"}]}
    contact = {"phone": {"column": "mobile", "region": "CN"}, "email": {"column": "mail"}, "device_token": token}
    said = MAPPING | {"contact": contact, "role": {"column": "role"}}
    said |= {"account_state": {"column": "state", "values": {"active": ["live"], "deleted": ["gone"]}}}
    return open_directory(folder / "everybody.csv", Mapping.model_validate(said))


def stub(provider_id):
    """A provider with the description of the real one, which is all that choosing asks of it."""
    return SimpleNamespace(about=entries()[provider_id].about)
