"""What no SMS or push may hold, because swindlers' messages do: a link, a code to enter, a request to log in."""

import re
import unicodedata
from enum import StrEnum


class Unsafe(StrEnum):
    """Why a short text may not go out."""

    LINK = "link"
    DOMAIN = "domain"
    CODE_TO_ENTER = "code_to_enter"
    LOG_IN_REQUEST = "log_in_request"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES = {
    Unsafe.LINK: "A short message bears no link: say which app to open, or that people type the address they know.",
    Unsafe.DOMAIN: "A short message bears no web or mail address, which telephones turn into a link.",
    Unsafe.CODE_TO_ENTER: "A short message asks nobody to enter, send or tell a code or a password.",
    Unsafe.LOG_IN_REQUEST: "A short message asks nobody to log in.",
}

_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u202a-\u202e]")
_LINK = re.compile(r"(?i)\b[a-z][a-z0-9+.-]{1,20}:\s?//|\bhxxps?\b|(?:^|[^\w.])www\d?\s?\.|\b(?:tel|sms|mailto):\S")
# A label, a dot of any script, and two letters or more (RFC 5890: labels may be in any script). "e.g." and "p.m."
# have one letter after the dot; numbers have none.
_LABEL = r"[^\s.。．｡@/:,;!?()<>\[\]{}\"'、，；：！？（）《》「」“”၊။]"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.|．|｡)(?=[^\W\d_](?:[^\W\d_]|[\u0300-\u1fff])|xn--)", re.IGNORECASE)
_LATIN_WITH_STOP = re.compile(r"(?i)[a-z0-9-]。[a-z]{2,}(?![a-z])")
_SPELT = re.compile(r"(?i)[a-z0-9-]\s?(?:\[\.\]|\(\.\)|\[dot\]|\(dot\)|\sdot\s)\s?[a-z]{2,}")
_IP = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")

_NOT_EN = r"(?:never|not|n't|no one|nobody|without|anyone who)\b[^.!?]{0,60}$"
_CODE_EN = re.compile(
    r"(?i)\b(?:enter|type|input|key in|reply with|send (?:us|back)?|tell (?:us)?|text (?:us|back)?|give (?:us)?|"
    r"provide|confirm|submit|share)\b[^.!?]{0,40}\b(?:codes?|otp|one-time|pin|passwords?|passcodes?|verification)\b"
)
_CODE_ZH = re.compile(
    r"(?:输入|填写|提供|回复|回覆|发送|告知|提交|转发)[^。！？]{0,12}(?:验证码|校验码|动态码|密码|口令|代码)"
)
_CODE_MY = re.compile(r"(?:ကုဒ်|စကားဝှက်|လျှို့ဝှက်နံပါတ်|OTP|otp|PIN)[^။]{0,24}(?:ထည့်|ရိုက်|ပို့|ပြော|ပေး)(?P<tail>[^။]{0,12})")
_LOG_IN_EN = re.compile(
    r"(?i)\b(?:log|sign)[ -]?in\s+(?:to|at|on|here|now|with|and|via|again|using|through)\b"
    r"|\b(?:please|must|need to|and|to|then|,)\s+(?:log|sign)\s?-?(?:in|on)\b"
)
_LOG_IN_ZH = re.compile(
    r"(?:请|需|须|立即|马上|尽快|点击|前往|重新|再次|以便)[^。！？，]{0,10}(?:登录|登陆|登入)(?!记录|日志|名|信息|密码|时间|设备|地点)"
    r"|(?:登录|登陆|登入)(?:后|以便|并|查看|我们|官网|网站|您的|你的|账号后|账户后)"
)
_LOG_IN_MY = re.compile(
    r"(?:အကောင့်(?:သို့|ထဲသို့|ထဲ|ကို)?\s?(?:ဝင်ပါ|ဝင်ရောက်ပါ|ဝင်ပြီး|ဝင်ရောက်ပြီး)|(?:လော့ဂ်အင်|လော့ဂ်အင်း|log\s?in|login)\s?(?:ဝင်|လုပ်)(?!ရန်\s?မလို))"
)
_NOT_ZH = re.compile(r"(?:请勿|切勿|不要|不会|勿|无需|不必|绝不|不得|别)[^。！？]{0,16}$")
_NOT_MY = re.compile(r"^[^။]{0,12}(?:နှင့်|နဲ့|မည်\s?မဟုတ်)|^$")


def unsafe_in_short(text: str) -> list[Unsafe]:
    """What in `text` (English, Chinese or Burmese) a short message may not hold; empty when it may go.

    Errs on the side of refusing: a missing blank after a full stop reads as a domain, as it does on a telephone.
    Advice against doing the thing ("never give anyone a code") is allowed.
    """
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    found = []
    if _LINK.search(plain):
        found.append(Unsafe.LINK)
    if any(pattern.search(plain) for pattern in (_DOMAIN, _LATIN_WITH_STOP, _SPELT, _IP)):
        found.append(Unsafe.DOMAIN)
    if _asks(plain, _CODE_EN, _CODE_ZH, _CODE_MY):
        found.append(Unsafe.CODE_TO_ENTER)
    if _asks(plain, _LOG_IN_EN, _LOG_IN_ZH, _LOG_IN_MY):
        found.append(Unsafe.LOG_IN_REQUEST)
    return found


def _asks(text: str, english: re.Pattern[str], chinese: re.Pattern[str], burmese: re.Pattern[str]) -> bool:
    if any(not re.search(_NOT_EN, text[: hit.start()], re.IGNORECASE) for hit in english.finditer(text)):
        return True
    if any(not _NOT_ZH.search(text[: hit.start()]) for hit in chinese.finditer(text)):
        return True
    return any(not _advises_against(text, hit) for hit in burmese.finditer(text))


def _advises_against(text: str, hit: re.Match[str]) -> bool:
    # Burmese negates around the verb: မ ... ပါနှင့် or မ ... ပါ.
    clause = text[hit.start() : hit.end() + 16].partition("။")[0]
    return bool(re.search(r"မ(?:ထည့်|ရိုက်|ပို့|ပြော|ပေး|ဝင်|လုပ်|တောင်း)|နှင့်$|ပါနှင့်|ပါနဲ့", clause))
