"""Short messages to mainland China: no words but the approved ones, no number but the mainland's."""

import json
import re

import pytest

from notifiers.http import Lines
from notifiers.mainland import Filled, Templates, exchange, fitted
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason, Sent
from packs import BadInput
from tests.loopback import approved

NAMED = re.compile(r"\$\{(\w+)\}")
INDIVIDUALS = "我们发生安全事件，可能涉及您的个人信息。请自行打开我们的应用。编号INC-7"


def templates(folder, *more):
    file = approved.write(folder, "named")
    tree = json.loads(file.read_text(encoding="utf-8"))
    tree["templates"] += more
    file.write_text(json.dumps(tree), encoding="utf-8")
    return Templates(str(file), NAMED)


def template(id_="SMS_9", text="x", **more):
    return {"id": id_, "signature": approved.SIGNATURE, "language": "zh-Hans", "text": text, **more}


def sms(number="+8613800138000", text="Moqi: 请打开应用。"):
    return Message("dlv_1", Address(AddressKind.PHONE, number), {"short": text})


@pytest.mark.parametrize(
    "text",
    [
        "Moqi: 请打开应用。",
        "【墨奇】Moqi: 请打开应用。",
        INDIVIDUALS,
        f"【墨奇】{INDIVIDUALS}",
        "请忽略编号A1的通知，请看编号B2，不看编号A1。",
    ],
)
def test_what_the_template_renders_is_the_text_to_the_letter(tmp_path, text):
    found = templates(tmp_path).find(text)
    assert found is not None
    rendered = approved.render(approved.texts("named")[found.id], found.values)
    assert rendered.removeprefix("【墨奇】") == text.removeprefix("【墨奇】")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Moqi: 请打开应用",
        "Moqi: 请打开应用。 ",
        "Moqi: 请打开应用。\n",
        "moqi: 请打开应用。",
        "【渺刻】Moqi: 请打开应用。",
        "【墨奇】【墨奇】Moqi: 请打开应用。",
        "您好。Moqi: 请打开应用。",
        INDIVIDUALS.removesuffix("INC-7"),
        "请忽略编号A1的通知，请看编号B2，不看编号A2。",
    ],
)
def test_one_letter_that_nobody_approved_is_enough_to_be_refused(tmp_path, text):
    assert templates(tmp_path).find(text) is None
    refusal = fitted(sms(text=text), templates(tmp_path))
    assert isinstance(refusal, Sent)
    assert (refusal.outcome, refusal.reason, refusal.permanent) == (Outcome.REFUSED, Reason.CONTENT_REFUSED, True)
    assert not text or text not in repr(refusal)


def test_of_two_templates_that_render_a_text_the_one_with_less_left_open_is_taken(tmp_path):
    wide, fixed = template("SMS_A", "通知：${words}"), template("SMS_B", "通知：请打开应用。")
    found = templates(tmp_path, wide, fixed).find("通知：请打开应用。")
    assert (found.id, found.values) == ("SMS_B", {})


def test_the_last_line_break_of_a_block_is_no_part_of_the_words(tmp_path):
    assert templates(tmp_path, template(text="再见。\n")).find("再见。").id == "SMS_9"


def test_what_fills_a_template_shows_in_no_repr(tmp_path):
    assert "INC-7" not in repr(templates(tmp_path).find(INDIVIDUALS))


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+85251234567", Reason.NOT_PERMITTED),
        ("+95912345678", Reason.NOT_PERMITTED),
        ("+861012345678", Reason.INVALID_ADDRESS),  # a line of an office
        ("+86138001380001", Reason.INVALID_ADDRESS),
        ("13800138000", Reason.INVALID_ADDRESS),
        ("+8613800138000,+8613800138001", Reason.INVALID_ADDRESS),
        ("+86138001380０0", Reason.INVALID_ADDRESS),
        ("", Reason.INVALID_ADDRESS),
    ],
)
def test_a_number_that_is_not_of_the_mainland_is_refused_for_good(tmp_path, number, reason):
    refusal = fitted(sms(number), templates(tmp_path))
    assert isinstance(refusal, Sent)
    assert (refusal.outcome, refusal.reason, refusal.permanent) == (Outcome.REFUSED, reason, True)
    assert not number or number not in repr(refusal)


def test_a_mobile_number_of_the_mainland_may_be_written_to(tmp_path):
    assert isinstance(fitted(sms(), templates(tmp_path)), Filled)


def test_before_any_incident_one_sentence_says_which_text_nobody_approved(tmp_path):
    known = templates(tmp_path)
    assert known.lacks({"short": INDIVIDUALS}, "zh-Hans") == []
    (said,) = known.lacks({"short": "别的话。"}, "zh-Hans")
    assert said.endswith("renders the short text in zh-Hans; of zh-Hans it holds SMS_1001, SMS_1002, SMS_1003.")
    assert str(tmp_path) in said
    (said,) = known.lacks({"short": "Something else."}, "my")
    assert said.endswith("in my; it holds none of my.")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("templates:\n  - id: A\n    signature: 墨奇\n    text: x\n", "language"),
        ("templates:\n  - {id: A, signature: 墨奇, language: en, text: ''}\n", "text"),
        ("templates:\n  - {id: A, signature: 【墨奇】, language: en, text: x}\n", "signature"),
        ("templates:\n  - {id: A, signature: 墨奇, language: en, text: 【墨奇】x}\n", "text"),
        ("templates:\n  - {id: A, signature: 墨奇, language: en, text: x, url: y}\n", "url"),
        (
            "templates:\n  - {id: A, signature: 墨奇, language: en, text: x}\n"
            "  - {id: A, signature: 墨奇, language: en, text: y}\n",
            "the template A is written twice",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence_that_names_it(tmp_path, text, says):
    file = tmp_path / "templates.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as refusal:
        Templates(str(file), NAMED)
    assert str(file) in str(refusal.value)
    assert says in str(refusal.value)
    with pytest.raises(BadInput):
        Templates(str(tmp_path / "nowhere.yaml"), NAMED)


def test_refusals_made_here_are_given_before_more_is_asked_for():
    asked = given = 0

    def messages():
        nonlocal asked
        for _ in range(100):
            asked += 1
            assert asked - given <= 5
            yield sms()

    def refuse(message, *_answer) -> Sent:
        return Sent(message.reference, Outcome.REFUSED)

    for _ in exchange(Lines(in_flight=4), messages(), refuse, refuse, most=4):
        given += 1
    assert given == asked == 100
