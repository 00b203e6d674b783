"""WeChat mini-programs: an approved template filled and never cut, one log-in for many, and what each code means."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from werkzeug import Response

from notifiers import registry
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from packs import BadInput
from tests.loopback.weixin import TEMPLATE, LoopbackWeixin, refusal

NOTICES = Path(__file__).parents[2] / "templates" / "notices"
WORDS = {"title": "墨奇通知", "body": "请打开应用查看通知。"}


@pytest.fixture
def weixin():
    server = LoopbackWeixin("wechat_mini")
    yield server
    server.stop()


def push(reference="dlv_1", openid="oABCD-1", words=WORDS):
    return Message(reference, Address(AddressKind.DEVICE_TOKEN, openid), words, "MIAOKE-NAME", "zh-Hans")


def opened(server, **more):
    provider: Any = registry.open_provider("push/wechat_mini", server.environment() | more)
    provider._setup = replace(provider._setup, now=lambda: datetime(2026, 3, 6, 16, 5, tzinfo=UTC))
    return provider


def sends(server):
    return [json.loads(r["body"]) for r in server.requests if r["path"].endswith("/send")]


def only_messages(code):
    return lambda request: None if "stable_token" in request["path"] else refusal(code)


def test_a_request_holds_openid_template_and_words_and_nothing_else_of_the_message(weixin):
    list(opened(weixin).send([push()]))
    assert sends(weixin) == [
        {
            "touser": "oABCD-1",
            "template_id": TEMPLATE,
            "miniprogram_state": "formal",
            "lang": "zh_CN",
            "data": {
                "thing1": {"value": WORDS["title"]},
                "thing2": {"value": WORDS["body"]},
                "time3": {"value": "2026年3月7日 00:05"},
            },
        }
    ]
    assert weixin.judge() == 1


@pytest.mark.parametrize(
    ("words", "reason", "field"),
    [
        ({"title": "墨奇通知", "body": "一" * 21}, Reason.TOO_LONG, "thing2"),
        ({"title": "x" * 21, "body": "请打开应用"}, Reason.TOO_LONG, "thing1"),
        ({"title": "墨奇通知", "body": "请打开\n应用"}, Reason.CONTENT_REFUSED, "thing2"),
        ({"title": "墨奇通知", "body": ""}, Reason.CONTENT_REFUSED, "thing2"),
    ],
)
def test_words_that_the_template_has_no_room_for_are_refused_for_good_and_never_cut(weixin, words, reason, field):
    provider = opened(weixin)
    messages = [push("dlv_1"), push("dlv_2", words=words), push("dlv_3", words=words), push("dlv_4")]
    sent = {s.reference: s for s in provider.send(messages)}
    assert {(sent[r].outcome, sent[r].reason, sent[r].permanent) for r in ("dlv_2", "dlv_3")} == {
        (Outcome.REFUSED, reason, True)
    }
    assert sent["dlv_2"].raw == {"field": field, "most": 20}
    assert {sent["dlv_1"].outcome, sent["dlv_4"].outcome} == {Outcome.ACCEPTED}
    assert len(sends(weixin)) == 2
    assert len(provider.lacks(words, "zh-Hans")) == 1
    assert field in provider.lacks(words, "zh-Hans")[0]


def test_words_of_twenty_characters_fit_to_the_last(weixin):
    words = {"title": "一" * 20, "body": "二" * 20}
    provider = opened(weixin)
    assert provider.lacks(words, "zh-Hans") == []
    (sent,) = provider.send([push(words=words)])
    assert sent.outcome is Outcome.ACCEPTED
    assert sends(weixin)[0]["data"]["thing2"] == {"value": "二" * 20}


SPREAD = "thing1 title, thing2 body, thing4 body, thing5 body"


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (
            "有一条重要的安全通知，请您自行打开应用查看。编号MQ-7K3Q",
            ["有一条重要的安全通知，", "请您自行打开应用查看。", "编号MQ-7K3Q"],
        ),
        ("有通知，请看应用，谢谢，别急。编号MQ-7K3Q", ["有通知，请看应用，谢谢，", "别急。", "编号MQ-7K3Q"]),
        ("一" * 15 + "，" + "二" * 15 + "，三，四", ["一" * 15 + "，", "二" * 15 + "，三，", "四"]),
        ("Open the app. Read it. Ref MQ-7.3Q", ["Open the app.", "Read it.", "Ref MQ-7.3Q"]),
    ],
)
def test_words_for_several_fields_are_spread_over_them_in_whole_clauses(weixin, body, parts):
    words, provider = {"title": "墨奇通知", "body": body}, opened(weixin, TOCSIN_WECHAT_MINI_FIELDS=SPREAD)
    assert provider.lacks(words, "zh-Hans") == []
    (sent,) = provider.send([push(words=words)])
    assert sent.outcome is Outcome.ACCEPTED
    data = sends(weixin)[0]["data"]
    assert [data[name]["value"] for name in ("thing2", "thing4", "thing5")] == parts


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("一" * 15 + "，" + "二" * 15 + "，" + "三" * 15 + "，" + "四" * 15, Reason.TOO_LONG),
        ("一" * 15 + "，" + "二" * 21 + "，三", Reason.TOO_LONG),
        ("只有一句，两句", Reason.CONTENT_REFUSED),
    ],
)
def test_words_that_leave_a_clause_over_or_a_field_empty_are_refused(weixin, body, reason):
    words, provider = {"title": "墨奇通知", "body": body}, opened(weixin, TOCSIN_WECHAT_MINI_FIELDS=SPREAD)
    (sent,) = provider.send([push(words=words)])
    assert (sent.reason, sent.permanent, sends(weixin)) == (reason, True, [])
    assert len(provider.lacks(words, "zh-Hans")) == 1


def test_every_push_text_in_chinese_fits_a_template_with_three_fields_for_it(weixin):
    provider = opened(weixin, TOCSIN_WECHAT_MINI_FIELDS=SPREAD)
    found = {}
    for file in NOTICES.glob("*/zh-Han?/blocks.yaml"):
        blocks = yaml.safe_load(file.read_text())["blocks"]
        if "push_body" in blocks:
            body = blocks["push_body"].replace("{{ reference }}", "MQ-7K3Q-9FMX")
            found[str(file)] = provider.lacks({"title": "墨奇：重要通知", "body": body}, "zh-Hans")
    assert len(found) > 10
    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize(
    ("fields", "words", "reason"),
    [
        ("phrase1 title, thing2 body", {"title": "数据泄露了吗", "body": "看应用"}, Reason.TOO_LONG),
        ("phrase1 title, thing2 body", {"title": "Moqi", "body": "看应用"}, Reason.CONTENT_REFUSED),
        ("character_string1 title, thing2 body", {"title": "墨奇", "body": "看应用"}, Reason.CONTENT_REFUSED),
        ("character_string1 title, thing2 body", {"title": "Moqi " * 6, "body": "看应用"}, None),
    ],
)
def test_each_type_of_field_has_its_own_limit(weixin, fields, words, reason):
    (sent,) = opened(weixin, TOCSIN_WECHAT_MINI_FIELDS=fields).send([push(words=words)])
    assert sent.reason is reason


@pytest.mark.parametrize(
    "fields",
    [
        "thing1 title",
        "thing1 title, thing2 name",
        "number1 title, thing2 body",
        "thing1 title, thing2 body, thing3 now",
        "thing1 title, thing2 body, thing2 body",
    ],
)
def test_a_template_that_cannot_be_filled_is_named_before_any_message(weixin, fields):
    with pytest.raises(BadInput, match="TOCSIN_WECHAT_MINI_FIELDS"):
        opened(weixin, TOCSIN_WECHAT_MINI_FIELDS=fields)


@pytest.mark.parametrize("status", [200, 500, 502])
def test_an_answer_that_is_not_wechats_own_leaves_the_message_in_doubt(weixin, status):
    weixin.script = lambda r: None if "stable_token" in r["path"] else Response("<html>gateway</html>", status)
    (sent,) = opened(weixin).send([push()])
    assert (sent.outcome, sent.permanent) == (Outcome.IN_DOUBT, False)


def test_one_log_in_serves_many_until_wechat_says_that_its_token_has_ended(weixin):
    provider = opened(weixin)
    sent = [*provider.send([push(f"dlv_{n}", f"o-{n}") for n in range(200)]), *provider.send([push()])]
    assert ({s.outcome for s in sent}, weixin.logins) == ({Outcome.ACCEPTED}, 1)
    weixin.logins = 7
    assert [s.reason for s in provider.send([push()])] == [Reason.LOG_IN_ENDED]
    assert [s.outcome for s in provider.send([push()])] == [Outcome.ACCEPTED]


def test_a_wrong_secret_refuses_all_for_now_and_is_shown_nowhere(weixin):
    sent = list(opened(weixin, TOCSIN_WECHAT_MINI_APP_SECRET="another secret").send([push("dlv_1"), push("dlv_2")]))
    assert {(s.outcome, s.reason, s.permanent) for s in sent} == {(Outcome.REFUSED, Reason.CREDENTIALS, False)}
    assert "another secret" not in repr(sent)


def test_in_no_day_do_more_go_out_than_the_account_may_send(weixin):
    pace = opened(weixin, TOCSIN_WECHAT_MINI_PER_DAY="1000").about.pace
    assert pace.burst + pace.per_second * 86_400 == 1000
