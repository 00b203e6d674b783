"""Telephone keys: what a number surely is by one regular expression, the distinct rest by libphonenumber."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat, ValidationResult

from affected.telephone_spelling import bare, parts, repairs
from affected.words import Key, Malformed, Rule

# A mainland Chinese mobile number is 11 digits from 13 to 19 (Telecommunications Network Numbering Plan, 2017).
CN_MOBILE = r"1[3-9]\d{9}"
_CN_MOBILE_BEGINS = re.compile(r"1[3-9]")  # libphonenumber allows each length that any Chinese number has
_DATE = re.compile(r"\s*(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?!\d)")
# Where eleven digits from 1 are a mobile number of China's, or a long-distance call in North America.
_READ_AT_HOME = {"CN", None, *phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]}
_REASONS = {
    ValidationResult.TOO_SHORT: Malformed.PHONE_TOO_SHORT,
    ValidationResult.TOO_LONG: Malformed.PHONE_TOO_LONG,
    ValidationResult.INVALID_LENGTH: Malformed.PHONE_IMPOSSIBLE,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: Malformed.PHONE_TOO_SHORT,
    ValidationResult.INVALID_COUNTRY_CODE: Malformed.PHONE_UNKNOWN_COUNTRY,
}


@lru_cache(maxsize=1)
def plain_plans() -> tuple[tuple[str, tuple[int, ...]], ...]:
    """(country code, possible lengths after it) of the plans whose `+` numbers libphonenumber gives back unchanged when
    no 0 follows the code, from its own metadata.

    Left out: China's and North America's, which have rules of their own here, countries with an odd trunk prefix, and
    shared codes.
    """
    found = []
    for code, regions in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()):
        plan = PhoneMetadata.metadata_for_region(regions[0]) if code not in {1, 86} else None
        if plan is None or len(regions) > 1 or plan.national_prefix_for_parsing not in {None, "0"}:
            continue
        lengths = tuple(n for n in (plan.general_desc.possible_length if plan.general_desc else ()) if n > 4)
        found.append((str(code), lengths))
    return tuple(found)


@lru_cache(maxsize=1)
def sure_e164() -> str:
    """A RE2 pattern of `+` numbers that libphonenumber would give back unchanged."""
    alternatives = [r"1[2-9]\d{9}", rf"86{CN_MOBILE}"]
    alternatives += [rf"{code}[1-9]\d{{{n - 1}}}" for code, lengths in plain_plans() for n in lengths]
    return rf"\+(?:{'|'.join(alternatives)})"


def phone_keys(raw: str, region: str | None, *, region_is_sure: bool) -> list[Key] | Malformed:
    """The E.164 numbers that `raw` can mean, likeliest first, each with its rule; or why it means none.

    `region` (ISO 3166 alpha-2) is the country in which a number without a country code is read; when it was only
    assumed, whoever is found that way is possible, not certain.
    """
    text = bare(raw)
    if not text:
        return Malformed.EMPTY
    if _DATE.match(raw):
        return Malformed.PHONE_NOT_A_NUMBER
    keys = _read(text, region, region_is_sure)
    if isinstance(keys, Malformed):
        return _repaired(raw, region, region_is_sure) or keys
    return keys


def _read(text: str, region: str | None, region_is_sure: bool) -> list[Key] | Malformed:
    digits = text.removeprefix("+")
    if not digits.isdecimal():
        return Malformed.PHONE_NOT_A_NUMBER
    refusals: list[Malformed] = []
    found: dict[str, Key] = {}
    for written, rule, sure in _readings(text, digits, region, region_is_sure):
        number = _parsed(written, region if not written.startswith("+") else None)
        if isinstance(number, Malformed):
            refusals.append(number)
        else:
            found.setdefault(number, Key("phone", number, rule, sure))
    return list(found.values()) or next(iter(refusals), Malformed.PHONE_UNKNOWN_COUNTRY)


def _repaired(raw: str, region: str | None, region_is_sure: bool) -> list[Key]:
    """The keys of each number that stands in the cell, or else of its first repair that is a number: never sure."""
    several = [phone_keys(part, region, region_is_sure=region_is_sure) for part in parts(raw)]
    if several:
        return [key for keys in several if not isinstance(keys, Malformed) for key in keys]
    tried = (_read(text, region, region_is_sure) for text in repairs(raw))
    keys = next((keys for keys in tried if not isinstance(keys, Malformed)), [])
    return [replace(key, rule=Rule.PHONE_REPAIRED, sure=False) for key in keys]


def _readings(text: str, digits: str, region: str | None, region_is_sure: bool) -> Iterator[tuple[str, Rule, bool]]:
    """The ways to read one spelling, likeliest first: as text for the parser, with the rule, and whether it is sure."""
    if text.startswith("+"):
        yield "+" + digits, Rule.PHONE_INTERNATIONAL, True
        return
    if re.fullmatch(r"(?:00)?86" + CN_MOBILE, digits):
        abroad = text.startswith("00")
        yield "+" + digits.removeprefix("00"), Rule.PHONE_INTERNATIONAL if abroad else Rule.PHONE_NO_PLUS, True
        return  # as keys.py takes it without asking
    if text.startswith("00"):
        yield "+" + digits[2:], Rule.PHONE_INTERNATIONAL, True
    if re.fullmatch(r"0?" + CN_MOBILE, digits) and region in {"CN", None}:
        known = region == "CN"
        yield "+86" + digits.lstrip("0"), Rule.PHONE_NATIONAL if known else Rule.PHONE_ASSUMED_COUNTRY, known
        if known:
            return  # eleven digits from 13 to 19 are nothing else in China
    if region:
        yield digits, Rule.PHONE_NATIONAL if region_is_sure else Rule.PHONE_ASSUMED_COUNTRY, region_is_sure
    yield from _from_abroad(digits, region)


def _from_abroad(digits: str, region: str | None) -> Iterator[tuple[str, Rule, bool]]:
    """What a number without `+` can mean beside the country of its list; never sure."""
    if not digits.startswith("0") and len(digits) > 9:
        yield "+" + digits, Rule.PHONE_NO_PLUS, False
    if re.fullmatch(CN_MOBILE, digits) and region not in _READ_AT_HOME:
        yield "+86" + digits, Rule.PHONE_ASSUMED_COUNTRY, False


def _parsed(written: str, region: str | None) -> str | Malformed:
    try:
        number = phonenumbers.parse(written, region)
    except NumberParseException as error:
        return {
            NumberParseException.INVALID_COUNTRY_CODE: Malformed.PHONE_UNKNOWN_COUNTRY,
            NumberParseException.TOO_LONG: Malformed.PHONE_TOO_LONG,
            NumberParseException.TOO_SHORT_NSN: Malformed.PHONE_TOO_SHORT,
            NumberParseException.TOO_SHORT_AFTER_IDD: Malformed.PHONE_TOO_SHORT,
        }.get(error.error_type, Malformed.PHONE_NOT_A_NUMBER)
    if number.country_code == 86 and _CN_MOBILE_BEGINS.match(said := str(number.national_number)) and len(said) != 11:
        return Malformed.PHONE_TOO_SHORT if len(said) < 11 else Malformed.PHONE_TOO_LONG
    verdict = phonenumbers.is_possible_number_with_reason(number)
    if verdict != ValidationResult.IS_POSSIBLE:
        return _REASONS.get(verdict, Malformed.PHONE_IMPOSSIBLE)
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def residence_guess(number: str) -> str:
    """The country an E.164 number belongs to, as a guess at where its holder lives; 'unknown' for shared codes."""
    region = _region_by_code(number[:4]) or _region_by_number(number)
    return region if region and len(region) == 2 and region.isalpha() else "unknown"


@lru_cache(maxsize=1000)
def _region_by_code(front: str) -> str | None:
    """The region of a number that begins so, where it alone has this country code."""
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    regions = next((codes[code] for n in (1, 2, 3) if (code := int(front[1 : n + 1])) in codes), ())
    return regions[0] if len(regions) == 1 else None


def _region_by_number(number: str) -> str | None:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number, None))
    except NumberParseException:
        return None
