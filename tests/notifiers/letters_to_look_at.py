"""Prints a sample notice as letters in every language: `python -m tests.notifiers.letters_to_look_at FOLDER`."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from incidents.notices.check import banned_blocks
from incidents.notices.files import Filler, Format
from incidents.notices.library import NoticeWording, load_wording
from incidents.notices.render import Pieces, render
from incidents.notices.texts import complete
from incidents.notices.values import values
from notifiers.message import Address, AddressKind, Message
from notifiers.postal import read_postal
from notifiers.sheets import Letter, Sheet, printed
from tests.templates.said import HOUSE, LANGUAGES, SENDERS, said, variant, written

AT = datetime(2026, 3, 7, 2, tzinfo=UTC)
ADDRESSES = {
    "en": '{"name": "Ann Example", "line_1": "Sample Street 12", "line_2": "#04-05", "postcode": "123456", '
    '"city": "Singapore", "country": "SG"}',
    "zh-Hans": '{"name": "张三", "line_1": "样例路1号2室", "city": "示例市", "state": "样例省", "postcode": "200001", '
    '"country": "CN"}',
    "my": '{"guardian_of": "မောင်နမူနာ", "name": "ဒေါ်နမူနာ", "line_1": "နမူနာလမ်း၊ အမှတ် ၁၂၊ အခန်း ၃", '
    '"city": "နမူနာမြို့", "postcode": "11041", "country": "MM"}',
    "zh-Hant": '{"name": "王小明", "line_1": "範例路1號2樓", "city": "範例區", "state": "台北市", "postcode": "100", '
    '"country": "TW"}',
    "de": '{"guardian_of": "Max Muster", "name": "Erika Muster", "line_1": "Musterstraße 12", "postcode": "10115", '
    '"city": "Berlin", "country": "DE"}',
    "es": '{"name": "Ana Ejemplo", "line_1": "Calle Muestra 12", "postcode": "28001", "city": "Madrid", '
    '"state": "Madrid", "country": "ES"}',
    "fr": '{"name": "Anne Exemple", "line_1": "12 rue de l’Exemple", "postcode": "75001", "city": "Paris", '
    '"country": "FR"}',
    "hi": '{"name": "अनीता उदाहरण", "line_1": "नमूना मार्ग 12", "city": "दिल्ली", "postcode": "110001", '
    '"state": "दिल्ली", "country": "IN"}',
    "id": '{"name": "Ani Contoh", "line_1": "Jalan Contoh 12", "city": "Jakarta Pusat", "postcode": "10110", '
    '"state": "DKI Jakarta", "country": "ID"}',
    "ja": '{"name": "見本 花子", "line_1": "見本町1-2-3", "city": "千代田区", '
    '"state": "東京都", "postcode": "100-0001", "country": "JP"}',
    "ko": '{"name": "김견본", "line_1": "견본로 12", "city": "중구", "state": "서울특별시", "postcode": "04524", '
    '"country": "KR"}',
    "pt": '{"name": "Ana Exemplo", "line_1": "Rua da Amostra, 12", "city": "São Paulo", "state": "SP", '
    '"postcode": "01000-000", "country": "BR"}',
    "th": '{"name": "สมหญิง ตัวอย่าง", "line_1": "12 ถนนตัวอย่าง", "line_2": "แขวงตัวอย่าง", "city": "เขตตัวอย่าง", '
    '"state": "กรุงเทพมหานคร", "postcode": "10200", "country": "TH"}',
    "vi": '{"name": "Nguyễn Thị Mẫu", "line_1": "12 đường Mẫu", "city": "Quận 1", "state": "Thành phố Hồ Chí Minh", '
    '"postcode": "70000", "country": "VN"}',
}
# What a writer wrote in the languages that only notices to people have.
WORDS = {
    "zh-Hant": "合作方的一份匯出資料在九天內可被外人讀取，我們在發現當晚已將其關閉。",
    "de": "Neun Tage lang konnte ein Fremder den Export eines Partners lesen. Er ist gesperrt.",
    "es": "Durante nueve días un extraño pudo leer una exportación de un socio. Ya está cerrada.",
    "fr": "Pendant neuf jours, un inconnu a pu lire un export d’un partenaire. Il a été fermé le soir même.",
    "hi": "नौ दिन तक एक बाहरी व्यक्ति साझेदार की फ़ाइल पढ़ सका। पता चलने की शाम को ही इसे बंद कर दिया गया।",
    "id": "Selama sembilan hari orang luar dapat membaca berkas milik mitra. Berkas itu sudah ditutup.",
    "ja": "提携先のデータを九日間、外部の者が読める状態でした。発見した日の夜に閉じました。",
    "ko": "제휴사의 자료를 아흐레 동안 외부인이 읽을 수 있었습니다. 발견한 날 밤에 차단했습니다.",
    "pt": "Durante nove dias um estranho pôde ler um arquivo de um parceiro. Nós o fechamos na noite da descoberta.",
    "th": "คนนอกอ่านไฟล์ของคู่ค้าได้เป็นเวลาเก้าวัน เราปิดไฟล์นั้นในคืนที่พบ",
    "vi": "Trong chín ngày, người ngoài đọc được tệp của một đối tác. Chúng tôi đã đóng tệp ngay trong tối phát hiện.",
}
SHEET = Sheet("PO Box 1, 200001 Shanghai")


def languages() -> list[str]:
    """Every language in which people are told, those of the console first."""
    return list(dict.fromkeys((*LANGUAGES, *load_wording().notice("individuals").languages)))


def texts(language: str, form: Format) -> Pieces:
    """The notice to individuals in `language` as `form` has it, with something in each of its places."""
    wording = load_wording().notice("individuals")
    house = replace(HOUSE, sender=dict.fromkeys(WORDS, SENDERS["en"]) | SENDERS)
    filling = values(load_wording(), wording.own, said(house=house), variant(language), _written(wording, language))
    without = banned_blocks(wording, frozenset())
    blocks, shell = wording.in_language(language), load_wording().shell
    return render(wording, blocks, form, complete(filling, wording), shell=shell, without=without)


def sample(language: str, reference: str) -> Letter:
    """The notice to individuals as a letter in `language`."""
    to = ADDRESSES[language]
    sender = SENDERS.get(language, SENDERS["en"])
    message = Message(reference, Address(AddressKind.POSTAL, to), texts(language, Format.LETTER), sender, language)
    return Letter(message, read_postal(to, home="CN", language=language))


def _written(wording: NoticeWording, language: str) -> dict[str, str]:
    if language in LANGUAGES:
        return written(wording, language)
    return {name: WORDS[language] for name, hole in wording.placeholders.items() if hole.by is Filler.WRITER}


if __name__ == "__main__":
    for language in languages():
        made = printed([sample(language, "dlv_01kb1x2y3z4a5b6c7d8e9f0g1h-1234")], SHEET, at=AT)
        (Path(sys.argv[1]) / f"letter-{language}.pdf").write_bytes(made.pdf)
