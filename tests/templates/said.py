"""Sample words for notices: a house, an incident, and what a writer wrote in each language."""

from datetime import UTC, datetime

from incidents.notices.files import Filler
from incidents.notices.values import HouseWords, IncidentWords, NoticeWords, Said, Variant, Way

LANGUAGES = ("en", "zh-Hans", "my")
FOUND = datetime(2026, 3, 6, 13, 40, tzinfo=UTC)

WORDS = {
    "en": "A stranger could read a partner's export for nine days. We closed it on the evening we found it.",
    "zh-Hans": "一家合作方的数据导出在九天内可被外人读取，我们在发现当晚已将其关闭。",
    "my": "မိတ်ဖက်တစ်ဦး၏ အချက်အလက်ဖိုင်ကို ပြင်ပလူတစ်ဦးက ကိုးရက်ကြာ ဖတ်နိုင်ခဲ့ပါသည်။ တွေ့ရှိသည့်ညတွင်ပင် ပိတ်ခဲ့ပါသည်။",
}
SENDERS = {"en": "Acme Co., Ltd.", "zh-Hans": "Anke Co., Ltd.", "my": "Acme Co., Ltd."}

HOUSE = HouseWords(
    SENDERS,
    (Way("app", "the messages page"), Way("website", "https://www.acme.example/"), Way("hotline", "400 000 0000")),
    (Way("email", "privacy@acme.example"), Way("hotline", "400 000 0000")),
)


def said(*, possible: bool = False, house: HouseWords = HOUSE) -> Said:
    span = datetime(2026, 2, 25, 3, tzinfo=UTC), datetime(2026, 3, 6, 12, tzinfo=UTC)
    notice = NoticeWords("AC-7K3Q-9FMX", "AC-2222-3333", datetime(2026, 3, 7, 2, tzinfo=UTC))
    return Said(house, IncidentWords(possible, FOUND, *span), notice)


def variant(language: str, *categories: str, **more) -> Variant:
    categories = categories or ("phone", "name", "identity_document")
    people = {"people": (300, 312), "groups": ((("phone", "name"), 200, 212), (("order",), 100, 100))}
    return Variant(language, categories, more.pop("zone", "Asia/Shanghai"), ("c1",), **{**people, **more})


def written(wording, language: str) -> dict[str, str]:
    return {name: WORDS[language] for name, hole in wording.placeholders.items() if hole.by is Filler.WRITER}
