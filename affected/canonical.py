"""What is surely a key already, said in the portable SQL surface, so that any engine compares it where it lies.

A spelling for which this says NULL may still be one: it is read by affected.keys, like the evidence. For every spelling
it says no other key than that does; a test holds the two together.
"""

from collections import defaultdict
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneMetadata

from affected.phones import plain_plans

_DIGITS = "0123456789"
_MOBILE = ("1", "3456789")  # how a mobile number of China's begins, see affected.phones
SPACING = " -()"  # a full stop may be a spreadsheet's decimal, so it is left to be read
# The letters of a plain address but for the apostrophe, in which people wrap whole addresses.
PLAIN = "abcdefghijklmnopqrstuvwxyz0123456789_+&*/=?^{}~-."


@dataclass(frozen=True)
class Shape:
    """Numbers that are all digits: how they begin, of which digits the next are, how long they are in all; `front` and
    what follows the first `drop` digits is their key. None of them begins as `unlike`."""

    begins: str
    next: tuple[str, ...]
    lengths: tuple[int, ...]
    front: str
    drop: int = 0
    unlike: tuple[str, ...] = ()

    def portable(self) -> str:
        """Whether `bare` is of this shape, given that it is all digits."""
        said = [f"LENGTH(bare) IN ({', '.join(map(str, self.lengths))})"]
        said += [_begins(self.begins)] if self.begins else []
        for place, digits in enumerate(self.next, len(self.begins) + 1):
            said.append(f"{_digit(place)} IN ({', '.join(repr(digit) for digit in digits)})")
        unlike = " OR ".join(_begins(front) for front in self.unlike)
        return " AND ".join(said) + (f" AND NOT ({unlike})" if unlike else "")

    def pattern(self) -> str:
        """The same as a regular expression (RE2), but for `unlike`."""
        told = self.begins + "".join(f"[{digits}]" for digits in self.next)
        rest = [rf"\d{{{length - len(self.begins) - len(self.next)}}}" for length in self.lengths]
        return f"{told}(?:{'|'.join(rest)})"

    def key(self, text: str) -> str:
        """The key of a number of this shape, as SQL over `text`."""
        return f"'{self.front}' || {f'SUBSTRING({text}, {self.drop + 1})' if self.drop else text}"


def key_of(kind: str, region: str | None) -> str:
    """The key of `raw`, an address of one kind, as an expression over (raw, bare); NULL where it must be read. `region`
    is where a telephone number without a country code is read."""
    if kind == "email":
        return f"CASE WHEN {_only(PLAIN, 'LOWER(raw)', '@')} THEN LOWER(raw) END"
    if kind == "phone":
        abroad = f"CASE WHEN {_only(_DIGITS, 'SUBSTRING(bare, 2)')} THEN {_case(_international())} END"
        all_digits = _case([(shape.portable(), shape.key("bare")) for shape in shapes(region)])
        digits = f"WHEN {_only(_DIGITS, 'bare')} THEN {all_digits}"
        return f"CASE WHEN {_begins('+')} THEN {abroad} {digits} END"
    return "raw"


def bare(text: str) -> str:
    """A text without the spacing that people put into telephone numbers."""
    for character in SPACING:
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
    own = (Shape("+86", _MOBILE, (14,), ""), Shape("+1", ("23456789",), (12,), ""))
    cases = [(shape.portable(), "bare") for shape in own]
    for total, by_code in sorted(by_length.items()):
        codes = [
            f"SUBSTRING(bare, 1, {size + 1}) IN ({', '.join(codes)}) AND {_digit(size + 2)} <> '0'"
            for size, codes in sorted(by_code.items())
        ]
        cases.append((f"LENGTH(bare) = {total} AND ({' OR '.join(codes)})", "bare"))
    return cases


def shapes(region: str | None) -> list[Shape]:
    """The numbers without `+` that are surely one number, in the order in which affected.phones reads them."""
    found = [Shape("0086", _MOBILE, (15,), "+", 2), Shape("86", _MOBILE, (13,), "+")]
    if region == "CN":
        found += [Shape("", _MOBILE, (11,), "+86"), Shape("0", _MOBILE, (12,), "+86", 1)]
    return found + (_national(region) if region else [])


def _national(region: str) -> list[Shape]:
    plan = PhoneMetadata.metadata_for_region(region)
    code = str(phonenumbers.country_code_for_region(region))
    if code == "1":
        return [Shape("", ("23456789",), (10,), "+1")]
    lengths = next((lengths for plain, lengths in plain_plans() if plain == code), None)
    if plan is None or lengths is None or region == "CN":
        return []
    found = [Shape("", ("123456789",), lengths, f"+{code}", unlike=("19", "20", code))]
    if plan.national_prefix_for_parsing == "0":
        found.append(Shape("0", ("123456789",), tuple(length + 1 for length in lengths), f"+{code}", 1))
    return found


def _begins(front: str) -> str:
    return f"SUBSTRING(bare, 1, {len(front)}) = '{front}'"


def _digit(place: int) -> str:
    return f"SUBSTRING(bare, {place}, 1)"
