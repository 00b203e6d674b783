"""What every provider of every channel keeps, tested for each that the registry finds; a new one needs only a stage."""

import importlib
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from urllib.parse import unquote_plus

import pytest
from werkzeug import Response

from incidents.deliveries.settle import settles_at
from notifiers import registry
from notifiers.message import Address, Inquiry, Message
from notifiers.outcome import Outcome, Reason, Receipt, Unanswered
from notifiers.provider import Asks, Forged, Provider
from notifiers.verdict import UNKNOWN
from packs import BadInput
from tests.notifiers.samples import Stage

PROVIDERS = sorted(registry.entries())
TEXTS = {
    "short": "Moqi: 请打开应用。",
    "title": "Notice",
    "body": "Open the app.",
    "subject": "通知",
    "plain": "Hello.",
    "spoken": "您好，这里是墨奇。",
}
AT = datetime.fromtimestamp(1772802000, UTC)


def sample_of(provider_id: str) -> ModuleType:
    channel, _, name = provider_id.partition("/")
    file = name if registry.entry_of(provider_id).about.rehearsal else f"{channel}_{name}"
    return importlib.import_module(f"tests.notifiers.samples.{file}")


@pytest.fixture(params=PROVIDERS)
def provider_id(request) -> str:
    return str(request.param)


@pytest.fixture
def stage(provider_id, tmp_path) -> Iterator[Stage]:
    made = sample_of(provider_id).stage(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def provider(provider_id, stage) -> Provider:
    return open_at(provider_id, stage)


def open_at(provider_id: str, stage: Stage) -> Provider:
    opened = registry.open_provider(provider_id, stage.environment, callback_url="https://house.example/hooks/x")
    if hasattr(opened, "_setup"):
        opened._setup = replace(opened._setup, now=lambda: AT)
    return opened


def message(provider_id: str, stage: Stage, reference: str = "dlv_1") -> Message:
    channel = registry.channels()[registry.entry_of(provider_id).channel]
    texts = {piece: TEXTS[piece] for piece in channel.pieces}
    return Message(reference, Address(channel.address, stage.address), texts, "Moqi", "zh-Hans")


def test_a_provider_describes_every_setting_and_what_it_can_prove(provider_id):
    entry = registry.entry_of(provider_id)
    assert entry.about.label
    assert entry.about.proof in {Outcome.ACCEPTED, Outcome.DELIVERED, Outcome.READ}
    assert entry.about.batch >= 1
    assert len({f.name for f in entry.about.fields}) == len(entry.about.fields)
    assert all(f.sentence.endswith(".") and f.name.isidentifier() for f in entry.about.fields)
    for word in ("password", "token", "key", "secret"):
        assert all(f.secret for f in entry.about.fields if f.name.endswith(word) and f.name != "webhook_key")


def test_what_is_declared_of_receipts_follows_from_the_settings(provider_id, stage):
    """Whole as the stage sets it up; without what its receipts need nobody waits for them, and all are refused."""
    entry = registry.entry_of(provider_id)
    whole = open_at(provider_id, stage)
    assert (whole.about.signed_receipts, whole.about.proof) == (entry.about.signed_receipts, entry.about.proof)
    assert whole.about.signed_receipts or entry.about.receipts_need == ()
    for name in entry.about.receipts_need:
        environment = {key: value for key, value in stage.environment.items() if key != entry.prefix + name.upper()}
        bare = registry.open_provider(provider_id, environment)
        assert not bare.about.signed_receipts
        assert bare.about.proof is entry.about.proof_alone
        assert bare.about.proof is Outcome.ACCEPTED or isinstance(bare, Asks)
        assert settles_at(bare, AT) == AT + entry.about.asked_after, "nobody in doubt waits for a receipt"


def test_a_provider_without_credentials_names_the_settings_that_are_missing(provider_id):
    entry = registry.entry_of(provider_id)
    needed = [f for f in entry.about.fields if f.default is None]
    if not needed:
        assert registry.open_provider(provider_id, {}).about == entry.about
        return
    with pytest.raises(BadInput) as refused:
        registry.open_provider(provider_id, {})
    assert all(entry.prefix + f.name.upper() in str(refused.value) for f in needed)
    assert str(refused.value).count(".") == 1


@pytest.mark.parametrize("name", ["keep", "per_second", "timeout"])
def test_a_number_that_is_none_is_one_sentence_when_the_provider_is_opened(provider_id, stage, name):
    entry = registry.entry_of(provider_id)
    if name not in {field.name for field in entry.about.fields}:
        return
    setting = entry.prefix + name.upper()
    with pytest.raises(BadInput, match=f"{setting}: must be a") as refused:
        registry.open_provider(provider_id, {**stage.environment, setting: "soon"})
    assert str(refused.value).count(".") == 1


def test_a_message_is_accepted_and_judged_by_the_published_contract(provider_id, provider, stage):
    sent = list(provider.send([message(provider_id, stage)]))
    assert [s.reference for s in sent] == ["dlv_1"]
    assert sent[0].outcome in {Outcome.ACCEPTED, Outcome.DELIVERED}
    assert sent[0].reason is None
    if stage.judge is not None:
        assert stage.judge() == 1


def test_every_message_of_a_batch_gets_one_outcome(provider_id, provider, stage):
    references = [f"dlv_{number}" for number in range(25)]
    sent = list(provider.send([message(provider_id, stage, reference) for reference in references]))
    assert sorted(s.reference for s in sent) == sorted(references)


def test_a_provider_of_one_country_refuses_other_numbers_for_good_and_asks_nobody(provider_id, provider, stage):
    if not provider.about.numbers:
        return
    assert stage.address.startswith(provider.about.numbers)
    abroad = Address(registry.channels()[registry.entry_of(provider_id).channel].address, "+6591234567")
    (sent,) = provider.send([replace(message(provider_id, stage), to=abroad)])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.NOT_PERMITTED, True)
    assert stage.web is not None
    assert stage.web.requests == []


def test_no_more_messages_are_asked_for_than_the_window_holds_beyond_the_outcomes_given(provider_id, provider, stage):
    window, asked, given = provider.about.window, 0, 0

    def messages() -> Iterator[Message]:
        nonlocal asked
        one = message(provider_id, stage)
        for number in range(window + 50):
            asked += 1
            assert asked - given <= window
            yield replace(one, reference=f"dlv_{number}")

    for _ in provider.send(messages()):
        given += 1
    assert given == asked == window + 50


def test_a_refusal_for_good_is_permanent_and_has_a_reason(provider_id, provider, stage):
    if stage.refuse is None:
        assert registry.entry_of(provider_id).about.processes_in is not None
        return
    stage.refuse()
    (sent,) = provider.send([message(provider_id, stage)])
    assert (sent.outcome, sent.permanent) == (Outcome.REFUSED, True)
    assert sent.reason is not None


def test_a_throttled_message_may_be_tried_again_later(provider_id, provider, stage):
    if stage.throttle is None:
        assert registry.entry_of(provider_id).about.processes_in is not None
        return
    stage.throttle()
    (sent,) = provider.send([message(provider_id, stage)])
    # Where the limit is one person's, nobody else waits: it is refused for now.
    of_one = (sent.outcome, sent.reason) == (Outcome.REFUSED, Reason.RATE_LIMITED)
    assert sent.outcome is Outcome.THROTTLED or of_one
    assert not sent.permanent
    assert sent.retry_after is not None
    assert sent.retry_after > 0


def test_a_dead_line_is_never_reported_as_taken_nor_as_refused_for_good(provider_id, stage):
    if registry.entry_of(provider_id).about.processes_in is not None:
        return
    provider = open_at(provider_id, stage)
    stage.stop()
    (sent,) = provider.send([message(provider_id, stage)])
    assert sent.outcome in {Outcome.REFUSED, Outcome.IN_DOUBT}
    assert not sent.permanent


def test_a_forged_webhook_is_refused(provider, stage):
    for request in stage.forged:
        with pytest.raises(Forged) as refused:
            provider.receipts(request)
        assert stage.address not in str(refused.value)


def test_a_receipt_told_twice_has_the_same_event_id_and_knows_its_message(provider_id, provider, stage):
    taken = {sent.provider_reference: sent.reference for sent in provider.send([message(provider_id, stage)])}
    for request in stage.receipts("dlv_1"):
        once, twice = provider.receipts(request), provider.receipts(request)
        assert [r.event_id for r in once] == [r.event_id for r in twice]
        # By our reference, or by the provider's own where it carries none of ours.
        assert all(r.event_id and (r.reference or taken[r.provider_reference]) == "dlv_1" for r in once)
        assert all(r.outcome in Outcome for r in once)


def test_a_provider_that_can_be_asked_answers_for_what_it_was_sent(provider_id, provider, stage):
    if not isinstance(provider, Asks):
        return
    sent = list(provider.send([message(provider_id, stage)]))  # type: ignore[attr-defined]
    # Whoever asks knows the message; some providers can be asked by number only.
    asked = [
        Inquiry("dlv_1", sent[0].provider_reference, message(provider_id, stage)),
        Inquiry("dlv_1", None, message(provider_id, stage)),
    ]
    for inquiry in (Inquiry("dlv_1", sent[0].provider_reference), *asked):
        assert all(receipt.reference == "dlv_1" for receipt in provider.ask([inquiry]) if isinstance(receipt, Receipt))
    if stage.judge is not None:
        found = asked[:1] if registry.entry_of(provider_id).about.asked_by_id_only else asked
        assert [r.reference for r in provider.ask(asked)] == ["dlv_1"] * len(found)


def test_a_provider_that_says_so_names_whatever_it_tells_later_by_our_reference(provider_id, provider, stage):
    """Webhooks and answers alike; only then may acceptances be recorded in runs, in which no provider's id is found."""
    if not provider.about.carries_reference:
        return
    (sent,) = provider.send([message(provider_id, stage)])
    told = [receipt for request in stage.receipts("dlv_1") for receipt in provider.receipts(request)]
    if isinstance(provider, Asks):
        asked = provider.ask([Inquiry("dlv_1", sent.provider_reference, message(provider_id, stage))])
        told += [one for one in asked if isinstance(one, Receipt)]
    assert [one.reference for one in told] == ["dlv_1"] * len(told)
    speaks = provider.about.signed_receipts or isinstance(provider, Asks)
    assert told or not speaks or provider.about.rehearsal, "push rehearses what push is: nobody tells what became of it"


ANSWERS = [
    pytest.param(provider_id, verdict, said, id=f"{provider_id}-{'-'.join(map(str, said))}")
    for provider_id in PROVIDERS
    for verdict, answers in getattr(sample_of(provider_id), "ANSWERS", {}).items()
    for said in answers
]


@pytest.mark.parametrize(("provider_id", "verdict", "said"), ANSWERS)
def test_each_answer_says_what_it_means_for_this_message(provider_id, verdict, said, stage):
    answer = sample_of(provider_id).answer
    stage.web.script = lambda request: answer(request, *said)
    (sent,) = open_at(provider_id, stage).send([message(provider_id, stage)])
    assert (sent.outcome, sent.reason, sent.permanent) == verdict
    assert (sent.retry_after is None) is (sent.permanent or sent.outcome is Outcome.IN_DOUBT)


def test_a_provider_of_the_web_says_how_each_kind_of_answer_is_read(stage, provider_id):
    """Every table is tested with what is for good, what is ours, what passes, and what nobody knows."""
    if stage.web is None:
        return
    verdicts = set(sample_of(provider_id).ANSWERS)
    assert any(verdict.permanent for verdict in verdicts)
    assert any(verdict.reason.is_ours for verdict in verdicts)
    assert UNKNOWN in verdicts


UNHEARD_OF = [
    (body, status) for body in ("", "{}", "<html>", '{"error": {"code": "x"}}') for status in (400, 402, 418, 451)
]


def test_an_answer_that_nobody_knows_is_the_end_for_nobody(stage, provider_id):
    if stage.web is None:
        return
    provider = open_at(provider_id, stage)
    for body, status in UNHEARD_OF:
        stage.web.script = lambda _request, body=body, status=status: Response(body, status)
        (sent,) = provider.send([message(provider_id, stage)])
        assert sent.outcome in {Outcome.REFUSED, Outcome.IN_DOUBT}
        assert not sent.permanent, (body, status)


SILENT = [("", 500), ("", 502), ("<html>", 200), ("{}", 200), ("{}", 403), ("", 404), ('{"code": 404}', 404), ("", 429)]


def test_a_question_without_an_answer_is_never_read_as_a_message_that_the_provider_does_not_know(
    provider_id, provider, stage, monkeypatch
):
    """It fails, is between two servers, cannot be read, is not ours to ask, is elsewhere; then the line is dead."""
    if not isinstance(provider, Asks) or registry.entry_of(provider_id).about.rehearsal:
        return
    monkeypatch.setattr(registry.entry_of(provider_id).module, "sleep", lambda _seconds: None, raising=False)
    sent = list(provider.send([message(provider_id, stage)]))  # type: ignore[attr-defined]
    asked = [Inquiry("dlv_1", sent[0].provider_reference, message(provider_id, stage))]
    if not registry.entry_of(provider_id).about.asked_by_id_only:
        asked.append(Inquiry("dlv_2", None, message(provider_id, stage, "dlv_2")))
    unanswered = [Unanswered(inquiry.reference) for inquiry in asked]
    for body, status in SILENT if stage.web is not None else ():
        stage.web.script = lambda _request, body=body, status=status: Response(body, status)
        assert sorted(provider.ask(asked), key=lambda one: str(one.reference)) == unanswered, (body, status)
    stage.stop()
    assert sorted(provider.ask(asked), key=lambda one: str(one.reference)) == unanswered


def test_no_secret_and_no_address_shows_in_a_repr_a_log_or_a_raw_answer(provider_id, provider, stage, caplog):
    caplog.set_level(logging.DEBUG)
    shown = [repr(provider), repr(message(provider_id, stage)), str(message(provider_id, stage).to)]
    shown += [repr(sent) for sent in provider.send([message(provider_id, stage)])]
    for request in stage.receipts("dlv_1"):
        shown += [repr(request), *map(repr, provider.receipts(request))]
    if stage.refuse is not None:
        stage.refuse()
        shown += [repr(sent) for sent in provider.send([message(provider_id, stage)])]
    # The loopback server's own lines are of no concern: only our side and its libraries speak here.
    shown += [record.getMessage() for record in caplog.records if not record.name.startswith(("werkzeug", "mail"))]
    for secret in stage.secrets:
        assert not [line for line in shown if secret in line]


def mirrored(request: dict[str, Any]) -> dict[str, Any]:
    """An answer that says the whole request again, head and body, wherever a provider's error document has words."""
    body = request["body"].decode("utf-8", "replace")[:4000]
    said = "\n".join([request["path"], *map(str, request["args"].items()), *map(str, request["headers"].items()), body])
    said += "\n" + unquote_plus(body)
    error = {"code": 99999, "message": said, "Code": "New", "Message": said, "status": said, "details": [{"why": said}]}
    words = dict.fromkeys(("message", "description", "errmsg", "Message", "msg", "reason", "error_description"), said)
    listed = {"errors": [{"message": said, "field": said}], "Response": {"Error": error, "RequestId": said}}
    return {"error": error, "Code": "New", "errcode": 99999, "code": 99999, **words, **listed}


@pytest.mark.parametrize("status", [200, 400])
def test_whatever_the_other_side_says_again_of_a_request_is_kept_nowhere(
    provider_id, stage, status, caplog, monkeypatch
):
    """The walk over all providers: no secret, no address and no word of the notice comes back from a mirror, in an
    outcome, an answer to a question, an exception or a line of the log; nor from one that a log-in is asked of."""
    if stage.web is None:
        return
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(registry.entry_of(provider_id).module, "sleep", lambda _seconds: None, raising=False)
    one = message(provider_id, stage)
    for spared in (lambda _request: False, lambda request: "token" in request["path"]):
        stage.web.script = lambda request, spared=spared: (
            None if spared(request) else Response(json.dumps(mirrored(request)), status)
        )
        provider = open_at(provider_id, stage)
        shown = [repr(sent) for sent in provider.send([one])]
        if isinstance(provider, Asks):
            shown += [repr(told) for told in provider.ask([Inquiry("dlv_1", "SM1", one), Inquiry("dlv_2", None, one)])]
        shown += [record.getMessage() for record in caplog.records if not record.name.startswith(("werkzeug", "mail"))]
        for secret in (*stage.secrets, *(text for name, text in one.texts.items() if name != "subject")):
            assert not [line for line in shown if secret in line], secret


def test_a_setting_that_cannot_be_read_is_named_and_not_shown(provider_id, stage):
    """Each secret in its turn is nonsense: whatever is raised says which setting it was and not what stood there."""
    entry = registry.entry_of(provider_id)
    for one in entry.about.fields:
        environment = {**stage.environment, entry.prefix + one.name.upper(): "nonsense-of-ours"}
        try:
            shown = repr(registry.open_provider(provider_id, environment))
        except BadInput as refused:
            shown = str(refused)
            assert entry.prefix + one.name.upper() in shown or not one.secret
        assert not one.secret or "nonsense-of-ours" not in shown
