"""No SMS or push looks like a swindler's: no link, no code to enter, no request to log in, in three languages."""

import pytest

from notifiers.unsafe import Unsafe, unsafe_in_short

LINK, DOMAIN, CODE, LOG_IN = Unsafe.LINK, Unsafe.DOMAIN, Unsafe.CODE_TO_ENTER, Unsafe.LOG_IN_REQUEST


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://moqi.example/notice for more.", {LINK, DOMAIN}),
        ("See moqi.com for more.", {DOMAIN}),
        ("See MOQI．COM", {DOMAIN}),
        ("详情见 moqi。com", {DOMAIN}),
        ("详情见莫奇.中国", {DOMAIN}),
        ("详情见莫奇.公司/通知", {DOMAIN}),
        ("အသေးစိတ် မြန်မာ.ကုမ္ပဏီ တွင်", {DOMAIN}),
        ("write to mya@mmso.example", {DOMAIN}),
        ("go to moqi[.]com", {DOMAIN}),
        ("go to moqi dot com", {DOMAIN}),
        ("go to mo\u200bqi.c\u200bom", {DOMAIN}),
        ("visit www.moqi", {LINK, DOMAIN}),
        ("visit 10.20.30.40", {DOMAIN}),
        ("visit xn--fiqs8s.xn--55qx5d", {DOMAIN}),
        ("Please enter the code 123456.", {CODE}),
        ("Reply with your PIN to confirm.", {CODE}),
        ("请输入验证码 1234", {CODE}),
        ("请回复您收到的动态码。", {CODE}),
        ("ကုဒ်ကို ထည့်ပါ", {CODE}),
        ("Please log in to the app.", {LOG_IN}),
        ("Open the app and sign in.", {LOG_IN}),
        ("请尽快登录查看详情", {LOG_IN}),
        ("အကောင့်ဝင်ပါ", {LOG_IN}),
    ],
)
def test_what_a_swindler_would_write_is_found(text, found):
    assert set(unsafe_in_short(text)) == found


@pytest.mark.parametrize(
    "text",
    [
        "Moqi: your phone number was seen by a stranger. Open the app, or type the address you know. Ref MQ-7K3Q-9FMX.",
        "From 9 p.m. on 6 March, about 1.5 million rows, e.g. orders, were read (v2.0).",
        "Never give anyone a code or password. We will not ask you to log in.",
        "Your log-in details were not among them.",
        "墨奇：您的手机号被他人读取。请打开应用查看通知，编号 MQ-7K3Q-9FMX。请勿向任何人提供验证码或密码。",
        "泄露的数据包括登录记录和订单。我们不会要求您登录。",
        "သင့်ဖုန်းနံပါတ်ကို သူစိမ်းက ဖတ်ခဲ့သည်။ အက်ပ်ကို ဖွင့်ပါ။ ကိုးကား MQ-7K3Q-9FMX။",
        "ကုဒ်ကို မည်သူ့ကိုမျှ မပေးပါနှင့်။",
    ],
)
def test_honest_advice_may_go_out(text):
    assert unsafe_in_short(text) == []


def test_every_finding_says_what_to_write_instead():
    assert all(word.sentence.startswith("A short message") for word in Unsafe)
