"""Before any incident: everybody of the five companies stands in one line, with their way or why there is none."""

import json
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import create_engine

import sample
from affected import contacts, roll
from affected.mapping import Names
from app import make_kit
from incidents.deliveries.preflight import Told, _about_letters, preflight
from incidents.deliveries.reach import Why
from incidents.deliveries.regions import attest
from incidents.foundation.database import Base, prepare_sqlite
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.settings import Settings
from notifiers.mx import Found, MailExchangers
from notifiers.provider import Prepared
from notifiers.registry import open_provider
from sample.people import mapping_path
from tests.clock import FrozenClock
from tests.incidents.fanout import make_stage

PEOPLE = {"miaoke": 500, "mmso": 500, "moqi": 800, "onami": 800, "smo": 400}  # of 3,000, by the sample's shares
RELAY = {"TOCSIN_SMTP_HOST": "127.0.0.1", "TOCSIN_SMTP_FROM_EMAIL": "privacy@moqi.example"}


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    home = tmp_path_factory.mktemp("ready")
    for directory in sample.make(home / "sample", people=3000).directories:
        directory.path.with_suffix(".yaml").write_bytes(mapping_path(directory.company).read_bytes())
    engine = create_engine(f"sqlite:///{home / 'tocsin.db'}")
    prepare_sqlite(engine)
    Base.metadata.create_all(engine)
    yield make_kit(Settings(mode="test", home=home), engine, clock=FrozenClock())
    engine.dispose()


def hosts(*names):
    return lambda _domain: MailExchangers(Found.HOSTS, names)


@pytest.mark.parametrize("company", PEOPLE)
def test_everybody_of_a_directory_is_in_exactly_one_line(kit, company):
    found = preflight(kit.drill, company)
    rows = sum(batch for batch in roll(kit.directories[company], marks={})["people"].to_pylist())
    assert found.people == sum(found.sums.values()) == sum(n for _, n in found.lines) == rows == PEOPLE[company]
    assert len({line for line, _ in found.lines}) == len(found.lines)
    assert all(line.because for line, _ in found.lines if line.told is Told.NOBODY)
    assert all(line.channel and line.provider for line, _ in found.lines if line.told is not Told.NOBODY)
    assert json.loads(json.dumps(found.as_json()))["people"] == PEOPLE[company]


def test_lines_stand_worst_first_and_then_the_most_people(kit):
    lines = [(list(Told).index(line.told), people) for line, people in preflight(kit, "moqi").lines]
    assert lines == sorted(lines, key=lambda one: (-one[0], -one[1]))
    assert len({people for _, people in lines}) > 3


def test_whoever_has_no_announcement_and_no_route_is_told_by_nothing_and_it_says_why(kit):
    found = preflight(kit, "onami")
    lost = [(line, people) for line, people in found.lines if line.told is Told.NOBODY]
    assert lost
    assert {line.because for line, _ in lost} == {
        "No route is open to them, and the house names no announcement that would stand in."
    }
    assert f"{found.sums['nobody']:,} people cannot be told by anything." in found.findings


def test_what_is_missing_names_settings_channels_and_wording(kit):
    found = preflight(kit, "miaoke")
    said = " ".join(found.findings)
    (sms,) = [one for one in found.findings if one.startswith("sms: no provider is set up. Set ")]
    assert "TOCSIN_TWILIO_ACCOUNT_SID" in sms
    assert sms.endswith("for sms/twilio.")
    assert "zh-Hans: nobody has reviewed the wording of announcement" in said
    by_id = {one.id: one for one in found.providers}
    assert by_id["sms/twilio"].webhook == "http://127.0.0.1:8000/receipts/sms/twilio"
    assert (by_id["sms/twilio"].set_up, by_id["sms/twilio"].region) == (False, None)
    assert by_id["push/fcm"].webhook == ""
    assert not any(one.id.endswith("/rehearsal") for one in found.providers)


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
    assert {(line.provider, line.region) for line, _ in inside.lines if line.told is Told.ONE_BY_ONE} == {
        ("email/smtp", "CN")
    }
    held = [(line, people) for line, people in inside.lines if "email" in line.holds]
    assert inside.sums["one_by_one"] == sum(people for _, people in held)


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
    assert templated.seen
    assert all(set(texts) == {"short"} and texts["short"] for texts in templated.seen)


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
    found = roll(directory, marks={"device_token": ["jay"]}, domains_in={"CN"}).to_pylist()
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
    (line, people), *_ = preflight(kit, "moqi").lines
    posted = Counter({replace(line, channel="letter"): people})
    assert list(_about_letters(kit.directories["moqi"], posted)) == []
    mapping = kit.directories["moqi"].mapping.model_copy(update={"name": Names()})
    (said,) = _about_letters(replace(kit.directories["moqi"], mapping=mapping), posted)
    assert said.startswith("letter: The directory's mapping says nothing of names")
    assert list(_about_letters(replace(kit.directories["moqi"], mapping=mapping), Counter())) == []


def test_a_company_without_policy_or_directory_is_one_sentence(kit):
    with pytest.raises(BadInput, match="no house policy 'nobody'"):
        preflight(kit, "nobody")
    with pytest.raises(Refused, match="No directory of moqi"):
        preflight(replace(kit, directories={}), "moqi")
