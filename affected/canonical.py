"""What is surely a key already, said in the portable SQL surface, so that any engine compares it where it lies.

A spelling for which this says NULL may still be one: it is read by affected.keys, like the evidence. For every spelling
it says no other key than that does; a test holds the two together.
"""

from collections import defaultdict

import phonenumbers
from phonenumbers import PhoneMetadata

from affected.phones import plain_plans

_DIGITS = "0123456789"
_SPACING = " -()"  # a full stop may be a spreadsheet's decimal, so it is left to be read
# The letters of a plain address but for the apostrophe, in which people wrap whole addresses.
_PLAIN = "abcdefghijklmnopqrstuvwxyz0123456789_+&*/=?^{}~-."


def key_of(kind: str, region: str | None) -> str:
    """The key of `raw`, an address of one kind, as an expression over (raw, bare); NULL where it must be read. `region`
    is where a telephone number without a country code is read."""
    if kind == "email":
        return f"CASE WHEN {_only(_PLAIN, 'LOWER(raw)', '@')} THEN LOWER(raw) END"
    if kind == "phone":
        abroad = f"CASE WHEN {_only(_DIGITS, 'SUBSTRING(bare, 2)')} THEN {_case(_international())} END"
        digits = f"WHEN {_only(_DIGITS, 'bare')} THEN {_case(_digits(region))}"
        return f"CASE WHEN {_begins('+')} THEN {abroad} {digits} END"
    return "raw"


def bare(text: str) -> str:
    """A text without the spacing that people put into telephone numbers."""
    for character in _SPACING:
        text = f"REPLACE({text}, '{character}', '')"
    return text


def _only(letters: str, text: str, beside: str = "") -> str:
    return f"TRANSLATE({text}, '{letters}', '') = '{beside}'"


def _case(cases: list[tuple[str, str]]) -> str:
    return f"CASE {' '.join(f'WHEN {condition} THEN {key}' for condition, key in cases)} END"


def _international() -> list[tuple[str, str]]:
    by_length: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for code, lengths in plain_plans():
        for length in lengths:
            by_length[1 + len(code) + length][len(code)].append(f"'+{code}'")
    cases = [("LENGTH(bare) = 14 AND " + _begins("+86") + " AND " + _chinese_mobile(4), "bare")]
    cases += [("LENGTH(bare) = 12 AND " + _begins("+1") + f" AND NOT {_digit(3)} IN ('0', '1')", "bare")]
    for total, by_code in sorted(by_length.items()):
        codes = [
            f"SUBSTRING(bare, 1, {size + 1}) IN ({', '.join(codes)}) AND {_digit(size + 2)} <> '0'"
            for size, codes in sorted(by_code.items())
        ]
        cases.append((f"LENGTH(bare) = {total} AND ({' OR '.join(codes)})", "bare"))
    return cases


def _digits(region: str | None) -> list[tuple[str, str]]:
    """The readings of a number that is all digits, in the order in which affected.phones tries them."""
    cases = [
        (f"LENGTH(bare) = 15 AND {_begins('0086')} AND {_chinese_mobile(5)}", "'+' || SUBSTRING(bare, 3)"),
        (f"LENGTH(bare) = 13 AND {_begins('86')} AND {_chinese_mobile(3)}", "'+' || bare"),
    ]
    if region == "CN":
        cases += [
            (f"LENGTH(bare) = 11 AND {_chinese_mobile(1)}", "'+86' || bare"),
            (f"LENGTH(bare) = 12 AND {_begins('0')} AND {_chinese_mobile(2)}", "'+86' || SUBSTRING(bare, 2)"),
        ]
    return cases + (_national(region) if region else [])


def _national(region: str) -> list[tuple[str, str]]:
    plan = PhoneMetadata.metadata_for_region(region)
    code = str(phonenumbers.country_code_for_region(region))
    if code == "1":
        return [(f"LENGTH(bare) = 10 AND NOT {_digit(1)} IN ('0', '1')", "'+1' || bare")]
    found = next((lengths for plain, lengths in plain_plans() if plain == code), None)
    if plan is None or found is None or region == "CN":
        return []
    sizes = ", ".join(str(length) for length in found)
    begun = " OR ".join(_begins(front) for front in ("0", "19", "20", code))
    cases = [(f"LENGTH(bare) IN ({sizes}) AND NOT ({begun})", f"'+{code}' || bare")]
    if plan.national_prefix_for_parsing == "0":
        sizes = ", ".join(str(length + 1) for length in found)
        whole = f"LENGTH(bare) IN ({sizes}) AND {_begins('0')} AND {_digit(2)} <> '0'"
        cases.append((whole, f"'+{code}' || SUBSTRING(bare, 2)"))
    return cases


def _begins(front: str) -> str:
    return f"SUBSTRING(bare, 1, {len(front)}) = '{front}'"


def _digit(place: int) -> str:
    return f"SUBSTRING(bare, {place}, 1)"


def _chinese_mobile(place: int) -> str:
    return f"{_digit(place)} = '1' AND {_digit(place + 1)} IN ('3', '4', '5', '6', '7', '8', '9')"
