"""Push Kit version 3: what a request holds, the token that we sign, whose fault a refusal is, and receipts."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifiers import registry
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from notifiers.provider import Forged, WebhookRequest
from packs import BadInput
from tests.loopback.harmony import ACCOUNT, AUDIENCE, KEY_ID, LoopbackHarmony, not_this_token, signed
from tests.loopback.harmony import write_account as write

WORDS = {"title": "墨奇", "body": "请打开应用查看通知。"}
AT = datetime.fromtimestamp(1772802000, UTC)
TOKEN = "MAAAAL-1"


@pytest.fixture
def server(tmp_path):
    loopback = LoopbackHarmony(tmp_path)
    yield loopback
    loopback.stop()


def push(reference="dlv_1", token=TOKEN):
    return Message(reference, Address(AddressKind.DEVICE_TOKEN, token), WORDS, "MIAOKE-NAME", "zh-Hans")


def opened(server, at=AT, **more):
    provider: Any = registry.open_provider("push/harmony", server.environment() | more)
    provider._setup = replace(provider._setup, now=lambda: at)
    return provider


def test_a_request_holds_token_words_class_and_tag_and_nothing_else_of_the_message(server):
    list(opened(server).send([push()]))
    body = json.loads(server.requests[-1]["body"])
    notification = body["payload"]["notification"]
    assert {name: notification.pop(name) for name in WORDS} == WORDS
    assert notification == {
        "category": "ACCOUNT",
        "clickAction": {"actionType": 0},
        "foregroundShow": True,
        "appMessageId": "dlv_1",
    }
    assert body["pushOptions"] == {"ttl": 259200, "biTag": "dlv_1"}
    assert body["target"] == {"token": [TOKEN]}
    assert not [w for w in ("MIAOKE-NAME", "zh-Hans", "http", "url") if w in json.dumps(body)]
    assert server.judge() == 1


def test_a_token_or_reference_with_quotation_marks_stays_within_its_own(server):
    odd = 'x"],"token":["all\n\\墨'
    list(opened(server, TOCSIN_HARMONY_RECEIPT_ID="RCP1").send([push(odd, odd)]))
    body = json.loads(server.requests[-1]["body"])
    assert body["target"] == {"token": [odd]}
    assert body["pushOptions"] == {"ttl": 259200, "receiptId": "RCP1", "biTag": odd}
    assert "appMessageId" not in body["payload"]["notification"]  # Huawei takes letters, digits and a few signs there


def test_the_token_is_the_service_accounts_and_serves_half_an_hour(server):
    provider = opened(server)
    list(provider.send([push(f"dlv_{n}") for n in range(50)]))
    header, claims = server.tokens[0]
    assert header == {"alg": "PS256", "kid": KEY_ID, "typ": "JWT"}
    assert (claims["iss"], claims["aud"]) == (ACCOUNT, AUDIENCE)
    assert claims["iat"] <= AT.timestamp() < claims["exp"] == claims["iat"] + 3600
    provider._setup = replace(provider._setup, now=lambda: AT + timedelta(seconds=1801))
    list(provider.send([push("dlv_x")]))
    assert len({request["headers"]["Authorization"] for request in server.requests}) == 2
    assert server.tokens[-1][1]["iat"] == claims["iat"] + 1800


def test_a_refusal_of_a_token_hides_it(server):
    server.script = lambda _request: not_this_token("tokenFormatError", TOKEN)
    (sent,) = opened(server).send([push()])
    assert "tokenFormatError" in repr(sent)
    assert TOKEN not in repr(sent)


def test_the_pace_is_the_one_that_is_set_and_unknown_until_then(server):
    assert opened(server).about.pace.per_second == 0
    assert opened(server, TOCSIN_HARMONY_PER_SECOND="900").about.pace.per_second == 900
    with pytest.raises(BadInput, match="TOCSIN_HARMONY_PER_SECOND: must be a number above zero"):
        opened(server, TOCSIN_HARMONY_PER_SECOND="0")


@pytest.mark.parametrize(
    ("result", "outcome", "reason", "permanent"),
    [
        (0, Outcome.DELIVERED, None, False),
        (2, Outcome.BOUNCED, Reason.GONE, True),
        (5, Outcome.BOUNCED, Reason.GONE, True),
        (6, Outcome.BOUNCED, Reason.OPTED_OUT, True),
        (10, Outcome.BOUNCED, Reason.UNREACHABLE, False),
        (22, Outcome.BOUNCED, Reason.UNREACHABLE, False),
        (256, Outcome.BOUNCED, Reason.RATE_LIMITED, False),
        (259, Outcome.BOUNCED, Reason.CONTENT_REFUSED, True),
        (999, Outcome.UNKNOWN, None, False),
    ],
)
def test_each_receipt_says_what_became_of_its_message_and_hides_the_token(server, result, outcome, reason, permanent):
    provider = opened(server)
    (sent,) = provider.send([push()])
    (told,) = provider.receipts(server.call_back(result))
    assert (told.outcome, told.reason, told.permanent) == (outcome, reason, permanent)
    assert (told.reference, told.provider_reference, told.at) == ("dlv_1", sent.provider_reference, AT)
    assert TOKEN not in repr(told)


def test_a_receipt_of_a_card_or_without_a_delivery_says_nothing_that_is_known(server):
    body = b'{"statuses":[{"token":"t","biTag":"dlv_1","requestId":"1","formStatus":{"result":0}},7]}'
    (told,) = opened(server).receipts(WebhookRequest("/", {"X-HUAWEI-CALLBACK-ID": signed(1772802000)}, body))
    assert (told.outcome, told.at) == (Outcome.UNKNOWN, None)


def test_a_receipt_without_a_key_set_here_is_forged(server):
    with pytest.raises(Forged):
        opened(server, TOCSIN_HARMONY_RECEIPT_KEY="").receipts(server.call_back(0, key=""))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"key_id": ""}, "the file must hold project_id, key_id, private_key, sub_account"),
        ({"private_key": "x"}, "no private key in PEM form"),
    ],
)
def test_a_service_account_that_cannot_be_read_is_one_sentence_that_names_the_setting(server, tmp_path, more, says):
    write(tmp_path, **more)
    with pytest.raises(BadInput) as refused:
        opened(server)
    assert "TOCSIN_HARMONY_SERVICE_ACCOUNT" in str(refused.value)
    assert says in str(refused.value)


def test_a_file_that_is_not_there_or_no_json_is_bad_input(server, tmp_path):
    for file in (tmp_path / "nowhere.json", tmp_path):
        with pytest.raises(BadInput):
            opened(server, TOCSIN_HARMONY_SERVICE_ACCOUNT=str(file))
