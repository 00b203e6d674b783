"""SMO's people are told through Twilio, SendGrid, FCM and an SMTP relay on loopback, judged by their own contracts."""

import json
import time
from collections import Counter
from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from sqlalchemy import select

from incidents.deliveries import stands
from incidents.deliveries.regions import attest
from incidents.deliveries.state import State
from incidents.deliveries.tables import AcceptedRun, Announcement, Batch, Delivery, DeliveryOutcome
from incidents.snapshots.opened import contacts_of, newest
from notifiers.provider import Forged
from tests.drills import sending
from tests.drills.cast import COMPLIANCE, Drill
from tests.incidents.fanout import receive
from tests.loopback import fcm as fcm_server
from tests.loopback import twilio as twilio_server
from tests.loopback.fcm import LoopbackFcm
from tests.loopback.sendgrid import LoopbackSendGrid, event
from tests.loopback.smtp import LoopbackSmtp
from tests.loopback.twilio import LoopbackTwilio

FCM, TWILIO, SENDGRID, SMTP = "push/fcm", "sms/twilio", "email/sendgrid", "email/smtp"


class Providers:
    """The four servers. FCM knows one device in four no more; Twilio was told STOP by some numbers."""

    def __init__(self, folder) -> None:
        self.fcm, self.twilio = LoopbackFcm(folder), LoopbackTwilio()
        self.sendgrid, self.smtp = LoopbackSendGrid(), LoopbackSmtp()
        self.fcm.script, self.twilio.script = self._gone, self._stopped

    def environment(self) -> dict[str, str]:
        all_of_them = (self.fcm, self.twilio, self.sendgrid, self.smtp)
        return {name: value for one in all_of_them for name, value in one.environment().items()}

    def stop(self) -> None:
        for one in (self.fcm, self.twilio, self.sendgrid, self.smtp):
            one.stop()

    @staticmethod
    def _gone(request):
        if request["path"] == "/token":
            return None
        token = json.loads(request["body"])["message"]["token"]
        return fcm_server.refusal("UNREGISTERED", 404) if sum(token.encode()) % 4 == 0 else None

    @staticmethod
    def _stopped(request):
        to = parse_qs(request["body"].decode()).get("To", [""])[0]
        return twilio_server.refusal(21610) if to.endswith(("0", "1", "2", "3")) else None


@pytest.fixture(scope="module")
def providers(tmp_path_factory):
    made = Providers(tmp_path_factory.mktemp("providers"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def told(tmp_path_factory, providers):
    """Everything up to the end of sending. The relay is attested in China, as is the mail exchanger of one domain."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in providers.environment().items():
            patch.setenv(name, value)
        drill = Drill.open(tmp_path_factory.mktemp("smo"), "smo", company="smo", people=900)
    drill.declare("A member list is offered for sale", is_drill=False)
    for number in range(len(drill.leak.files)):
        drill.collect(number)
    drill.scope()
    drill.answer({"controller_has_instructed": "no"})
    drill.assess()
    with drill.kit.begin() as tx:
        attest(tx, SMTP, region="CN", because="contract of the relay", by=COMPLIANCE, clock=drill.clock)
        attest(tx, "mail:example", region="CN", because="statement of the host", by=COMPLIANCE, clock=drill.clock)
        attest(tx, "mail:example.com", region="CN", because="statement of the host", by=COMPLIANCE, clock=drill.clock)
    drill.approve_everything()
    sending.send_everything(drill)
    sending.work(drill)
    return drill


def ask(drill, query):
    with drill.kit.begin(reading=True) as tx:
        return tx.execute(query).all()


def by_provider(drill) -> dict[str, Counter[str]]:
    query = stands.joined(select(Batch.provider, stands.STATE).join(Batch, Delivery.batch_id == Batch.id))
    found: dict[str, Counter[str]] = {}
    for provider, state in ask(drill, query):
        found.setdefault(provider, Counter())[state] += 1
    return found


def test_every_request_is_one_that_the_providers_contract_allows(told, providers):
    assert providers.fcm.judge() > 0
    assert providers.sendgrid.judge() > 0
    assert providers.twilio.judge() > 0
    assert providers.smtp.letters


def test_each_person_is_handed_to_a_provider_exactly_as_often_as_the_records_say(told, providers):
    stood = by_provider(told)
    assert stood[FCM][State.ACCEPTED] == len(providers.fcm.devices)
    assert stood[SENDGRID][State.ACCEPTED] == len(providers.sendgrid.people)
    assert stood[TWILIO][State.ACCEPTED] == len(providers.twilio.messages)
    assert stood[SMTP][State.ACCEPTED] == len(providers.smtp.letters)
    references = [reference for reference, _ in providers.sendgrid.people]
    assert len(references) == len(set(references))


def test_whom_one_channel_fails_the_next_one_tells(told):
    stood = by_provider(told)
    assert stood[FCM][State.REFUSED] > 0
    assert stood[TWILIO][State.SUPPRESSED] > 0
    everybody = sending.standing(told).values()
    assert all(one.under_way == 0 for one in everybody)
    assert sum(one.told for one in everybody) > 0
    assert sum(one.announced for one in everybody) > 0


def test_push_and_announcement_go_out_side_by_side(told):
    pages = ask(told, select(Announcement.language, Announcement.proof))
    assert {language for language, _ in pages} == {"en", "zh-Hans"}
    assert all(proof.startswith("sha256:") for _, proof in pages)


def test_contact_data_of_people_in_mainland_china_reached_only_the_relay_that_is_attested_inside(told, providers):
    inside = {person["person_id"] for person in told.people() if person["residence"] == "CN"}
    assert inside
    with told.kit.begin(reading=True) as tx:
        snapshot = newest(tx, told.incident_id)
        assert snapshot
        found = contacts_of(
            tx,
            snapshot,
            sorted(inside),
            directory=told.kit.directories["smo"],
            keys=told.kit.keys,
            home=told.kit.home,
        )
    theirs = set(found["address"].to_pylist())
    assert not theirs & set(providers.fcm.devices)
    assert not theirs & {message["to"] for message in providers.twilio.messages.values()}
    assert not theirs & {address for _, address in providers.sendgrid.people}
    assert theirs & {mailbox for mailbox, _ in providers.smtp.letters}


def test_no_notice_bears_a_link_a_pixel_or_a_tracker(told, providers):
    for request in providers.sendgrid.requests:
        mail = json.loads(request["body"])
        assert not any(one["enable"] for one in mail["tracking_settings"].values())
        html = "".join(part["value"] for part in mail["content"]).lower()
        assert "<a " not in html
        assert "<img" not in html
    for message in providers.twilio.messages.values():
        assert "http" not in message["body"]


def test_signed_callbacks_move_deliveries_once_and_forged_ones_are_refused(told, providers):
    before = by_provider(told)
    for sid in providers.twilio.messages:
        request = providers.twilio.call_back(sid, "delivered")
        assert receive(told.kit, TWILIO, request).new == 1
        assert receive(told.kit, TWILIO, request).new == 0
    at = int(time.time())  # the provider looks at the machine's own clock
    events = [event("delivered", reference, address) for reference, address in providers.sendgrid.people]
    assert receive(told.kit, SENDGRID, providers.sendgrid.events(*events, at=at)).new == len(events)
    late = [event("processed", reference, address) for reference, address in providers.sendgrid.people]
    receive(told.kit, SENDGRID, providers.sendgrid.events(*late, at=at))
    after = by_provider(told)
    assert after[TWILIO][State.DELIVERED] == before[TWILIO][State.ACCEPTED]
    assert after[SENDGRID][State.DELIVERED] == before[SENDGRID][State.ACCEPTED]
    forged = replace(request, body=request.body.replace(b"delivered", b"undelivered"))
    with pytest.raises(Forged):
        receive(told.kit, TWILIO, forged)
    assert by_provider(told) == after


def test_no_address_is_kept_beside_what_the_providers_said(told, providers):
    kept = ask(told, select(DeliveryOutcome.raw)) + ask(told, select(AcceptedRun.answers))
    raw = " ".join(json.dumps(one) for (one,) in kept)
    for address in [*providers.fcm.devices, *(to for _, to in providers.sendgrid.people)]:
        assert address not in raw
