"""Prints a sample notice as letters in every language: `python -m tests.notifiers.letters_to_look_at FOLDER`."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from incidents.notices.check import banned_blocks
from incidents.notices.files import Format
from incidents.notices.library import load_wording
from incidents.notices.render import render
from incidents.notices.texts import complete
from incidents.notices.values import values
from notifiers.message import Address, AddressKind, Message
from notifiers.postal import read_postal
from notifiers.sheets import Letter, Sheet, printed
from tests.templates.said import LANGUAGES, SENDERS, said, variant, written

AT = datetime(2026, 3, 7, 2, tzinfo=UTC)
ADDRESSES = {
    "en": '{"name": "Ann Example", "line_1": "Sample Street 12", "line_2": "#04-05", "postcode": "123456", '
    '"city": "Singapore", "country": "SG"}',
    "zh-Hans": '{"name": "张三", "line_1": "样例路1号2室", "city": "示例市", "state": "样例省", "postcode": "200001", '
    '"country": "CN"}',
    "my": '{"guardian_of": "မောင်နမူနာ", "name": "ဒေါ်နမူနာ", "line_1": "နမူနာလမ်း၊ အမှတ် ၁၂၊ အခန်း ၃", '
    '"city": "နမူနာမြို့", "postcode": "11041", "country": "MM"}',
}
SHEET = Sheet("PO Box 1, 200001 Shanghai", "Asia/Shanghai")


def sample(language: str, reference: str) -> Letter:
    """The notice to individuals as a letter in `language`."""
    wording = load_wording().notice("individuals")
    filling = values(load_wording(), wording.own, said(), variant(language), written(wording, language))
    blocks = wording.in_language(language)
    without = banned_blocks(wording, frozenset())
    texts = render(wording, blocks, Format.LETTER, complete(filling, wording), shell="", without=without)
    to = ADDRESSES[language]
    message = Message(reference, Address(AddressKind.POSTAL, to), texts, SENDERS[language], language)
    return Letter(message, read_postal(to, home="CN", language=language))


if __name__ == "__main__":
    for language in LANGUAGES:
        made = printed([sample(language, "dlv_01kb1x2y3z4a5b6c7d8e9f0g1h-1234")], SHEET, at=AT)
        (Path(sys.argv[1]) / f"letter-{language}.pdf").write_bytes(made.pdf)
