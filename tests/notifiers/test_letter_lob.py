"""Lob: what is asked of it, how its codes and events are read, and whose webhooks are believed."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from werkzeug import Response

from notifiers import registry
from notifiers.message import Address, AddressKind, Inquiry, Message
from notifiers.outcome import Outcome, Reason
from notifiers.provider import Forged
from packs import BadInput
from tests.loopback.lob import SENDER, LoopbackLob, refusal, signed
from tests.notifiers.samples.letter_lob import ADDRESS, PARTS

AT = datetime.fromtimestamp(1772802000, UTC)


@pytest.fixture
def lob():
    server = LoopbackLob()
    yield server
    server.stop()


def open_at(server, **more):
    opened: Any = registry.open_provider("letter/lob", {**server.environment(), **more})
    opened._setup = replace(opened._setup, now=lambda: AT)
    return opened


def letter(reference="dlv_1", to=ADDRESS, plain="Dear reader\n\nWhat happened\nA stranger read it."):
    return Message(reference, Address(AddressKind.POSTAL, to), {"subject": "Notice", "plain": plain}, "Moqi", "en")


def test_a_letter_goes_under_its_reference_as_key_with_the_address_in_parts_and_a_pdf_of_us_letter(lob):
    (sent,) = open_at(lob).send([letter()])
    assert (sent.outcome, sent.provider_reference) == (Outcome.ACCEPTED, next(iter(lob.letters)))
    (form,) = lob.forms
    assert lob.requests[0]["headers"]["Idempotency-Key"] == "dlv_1"
    assert {name: value for name, value in form.items() if name.startswith("to[")} == {
        "to[name]": "Harry Zhang",
        "to[address_line1]": "210 King St",
        "to[address_city]": "San Francisco",
        "to[address_state]": "CA",
        "to[address_zip]": "94107",
        "to[address_country]": "US",
    }
    assert (form["from"], form["color"], form["use_type"]) == (SENDER, "false", "operational")
    pages = PdfReader(BytesIO(form["file"])).pages
    assert [round(float(side)) for side in pages[0].mediabox[2:]] == [612, 792]
    assert "A stranger read it." in pages[0].extract_text()
    assert "Harry" not in pages[0].extract_text(), "Lob prints the address; the page is the same for everybody"


def test_a_letter_about_a_child_names_the_guardian_to_lob_and_a_township_is_not_lost(lob):
    parts = {"guardian_of": "Aye Aye", "name": "Daw Mya", "line_1": "12 Sample Street", "district": "Kamayut"}
    to = json.dumps(parts | {"city": "Yangon", "country": "MM"})
    (sent,) = open_at(lob).send([letter(to=to)])
    assert sent.outcome is Outcome.ACCEPTED
    (form,) = lob.forms
    assert (form["to[name]"], form["to[company]"]) == ("Daw Mya", "To the parent or guardian of Aye Aye")
    assert form["to[address_line2]"] == "Kamayut"
    (refused,) = open_at(lob).send([letter("dlv_2", to=json.dumps({"name": "Daw Mya", "text": "12 Sample Street"}))])
    assert (refused.reason, refused.permanent) == (Reason.INVALID_ADDRESS, True), "one text is not taken apart"


def test_of_an_acceptance_nothing_is_kept_that_names_the_person(lob):
    (sent,) = open_at(lob).send([letter()])
    assert set(sent.raw) == {"id", "date_created", "expected_delivery_date", "carrier"}


def test_asked_twice_lob_makes_one_letter(lob):
    provider = open_at(lob)
    first, again = [next(provider.send([letter()])) for _ in range(2)]
    assert first.provider_reference == again.provider_reference
    assert len(lob.letters) == 1


@pytest.mark.parametrize("status", [201, 202])
def test_any_answer_of_the_two_hundreds_is_an_acceptance(lob, monkeypatch, status):
    monkeypatch.setattr(lob, "answer", lambda _request: Response(json.dumps({"id": "ltr_1"}), status))
    (sent,) = open_at(lob).send([letter()])
    assert (sent.outcome, sent.provider_reference) == (Outcome.ACCEPTED, "ltr_1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("TIMEOUT", one) for one in ("soon", "0", "nan", "inf", "-1")),
        ("REPLAY_WINDOW", "a day"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named_when_it_is_opened(lob, name, value):
    with pytest.raises(BadInput, match=f"TOCSIN_LOB_{name}"):
        open_at(lob, **{f"TOCSIN_LOB_{name}": value})


@pytest.mark.parametrize(
    ("to", "missing"),
    [
        ("Harry Zhang\n210 King St\nSan Francisco, CA 94107", "address_line1"),
        (json.dumps(PARTS | {"country": "US", "state": ""}), "address_state"),
        (json.dumps({"line_1": "1 High St", "country": "GB"}), "name"),
        (json.dumps(PARTS), "country"),
        (json.dumps(PARTS | {"country": "US", "floor": "2"}), "other parts"),
        ("{no json", "no JSON"),
    ],
)
def test_an_address_that_is_one_text_or_lacks_a_part_is_refused_and_never_guessed_apart(lob, to, missing):
    (sent,) = open_at(lob).send([letter(to=to)])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.INVALID_ADDRESS, True)
    assert missing in sent.raw["letter"]
    assert lob.requests == []


def test_a_letter_that_cannot_go_keeps_no_other_from_going(lob):
    sent = list(open_at(lob).send([letter("dlv_1", "one text"), letter("dlv_2"), letter("dlv_3", "one text")]))
    assert {one.reference: one.outcome for one in sent} == {
        "dlv_1": Outcome.REFUSED,
        "dlv_2": Outcome.ACCEPTED,
        "dlv_3": Outcome.REFUSED,
    }


def test_words_that_no_font_has_are_refused_for_good(lob):
    (sent,) = open_at(lob).send([letter(plain="\ue000")])
    assert (sent.reason, sent.permanent) == (Reason.CONTENT_REFUSED, True)


def test_too_many_requests_wait_until_the_window_that_lob_names(lob):
    lob.script = lambda _request: refusal("rate_limit_exceeded", 429, **{"X-Rate-Limit-Reset": "1772802004"})
    (sent,) = open_at(lob).send([letter()])
    assert sent.retry_after == 4.0


def test_who_is_in_doubt_is_found_by_our_reference(lob):
    provider = open_at(lob)
    list(provider.send([letter("dlv_1"), letter("dlv_2")]))
    (found,) = provider.ask([Inquiry("dlv_2"), Inquiry("dlv_3")])
    assert (found.reference, found.outcome) == ("dlv_2", Outcome.ACCEPTED)
    for one in lob.letters.values():
        one["tracking_events"] = [{"name": "In Transit"}, {"name": "Returned to Sender"}]
    (found,) = provider.ask([Inquiry("dlv_1")])
    assert (found.outcome, found.permanent) == (Outcome.BOUNCED, True)


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        ("letter.mailed", Outcome.ACCEPTED),
        ("letter.re-routed", Outcome.ACCEPTED),
        ("letter.delivered", Outcome.DELIVERED),
        ("letter.certified.delivered", Outcome.DELIVERED),
        ("letter.returned_to_sender", Outcome.BOUNCED),
        ("letter.failed", Outcome.REFUSED),
        ("letter.deleted", Outcome.EXPIRED),
        ("letter.invented_tomorrow", Outcome.UNKNOWN),
    ],
)
def test_each_event_is_read_by_the_table_and_keeps_no_address(lob, event, outcome):
    provider = open_at(lob)
    (sent,) = provider.send([letter()])
    (receipt,) = provider.receipts(lob.call_back(sent.provider_reference, event))
    assert (receipt.outcome, receipt.reference) == (outcome, "dlv_1")
    assert receipt.permanent is (outcome in {Outcome.BOUNCED, Outcome.REFUSED})
    assert "King" not in repr(receipt)
    assert receipt.at == datetime(2026, 3, 6, 12, tzinfo=UTC)


def test_what_is_about_no_letter_on_its_way_out_is_taken_and_left(lob):
    provider = open_at(lob)
    (sent,) = provider.send([letter()])
    for event in ("letter.return_envelope.returned_to_sender", "postcard.delivered"):
        assert provider.receipts(lob.call_back(sent.provider_reference, event)) == []


def test_a_webhook_is_believed_only_signed_and_in_time(lob):
    provider = open_at(lob)
    (sent,) = provider.send([letter()])
    good = lob.call_back(sent.provider_reference, "letter.delivered")
    assert provider.receipts(good)
    assert provider.receipts(lob.call_back(sent.provider_reference, "letter.delivered", stamp="1772802000000"))
    changed = type(good)(good.target, good.headers, good.body.replace(b"delivered", b"mailed"))
    later = type(good)(good.target, {**good.headers, "Lob-Signature-Timestamp": "1772802001"}, good.body)
    late = lob.call_back(sent.provider_reference, "letter.delivered", stamp="1772700000")
    for bad in (changed, later, late):
        with pytest.raises(Forged):
            provider.receipts(bad)
    with pytest.raises(Forged):
        open_at(lob, TOCSIN_LOB_WEBHOOK_SECRET="").receipts(signed(good.body, secret=""))
    with pytest.raises(BadInput):
        provider.receipts(signed(b"no json"))


def test_a_colour_that_is_none_is_refused_by_name(lob):
    with pytest.raises(BadInput, match="TOCSIN_LOB_COLOR"):
        open_at(lob, TOCSIN_LOB_COLOR="red")
