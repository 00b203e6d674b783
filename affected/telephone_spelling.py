"""How people write a telephone number: what stands round it is taken off, slips are put right, two in a cell parted."""

import re
import unicodedata
from collections.abc import Iterator

import phonenumbers

_SPACING = re.compile("[\\s\\-\u2010-\u2015\u2212().,\u00b7/_~\"']+")
_USUAL = re.compile(r"\s*\+?[\d\s()-]*\d\s*", re.ASCII)  # nothing to take off but spacing
_FORMULA = re.compile(r'^="?([^"]*)"?$')
_DECIMAL = re.compile(r"^(\d+)\.0$")
_EXPONENT = re.compile(r"^(\d)\.(\d+)e\+?(\d+)$", re.IGNORECASE)
_EXTENSION = re.compile(r"(?:[,;]?\s*(?:ext(?:ension|n)?|x|转|轉|ต่อ|#)|;ext=)[.:]?\s*\d{1,7}$", re.IGNORECASE)
_INNER_EXTENSION = re.compile(r"^(.*\d{7,8})-\d{2,5}$")
_REMARK = re.compile(r"\s*\([^()\d]*\)$|(?<=\d)[\s/]+[^\W\d][^\d+]*$|[\s,;/#、၊။]+$")
_LABEL = re.compile(r"^[^\d+(]+")
_PARTING = re.compile(r"[/、၊,;|\n]|\s(?:or|oder|ou|and|und|et|&)\s|或|หรือ|သို့မဟုတ်", re.IGNORECASE)
_ON_KEYS = re.compile(r"^[\d\s().+-]*[A-Z]{3,}[A-Z\d\s-]*$")
_CODE_TWICE = re.compile(r"^\+?(?:00)?(\d{1,3}?)(?:\+|00|0)?\1(\d{6,12})$")
_EXIT = re.compile(r"^0[01]1")
# Letters that eyes and scanners take for a digit; WA is written for the Burmese zero.
_LOOKALIKES = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "\u101d": "0"})
_ENOUGH = 6  # digits: the shortest numbers with an area code (Myanmar's landlines without their zero)


def bare(raw: str) -> str:
    """`raw` without label, remark, extension, spacing and a spreadsheet's marks; what is left may still be no number.

    Digits of any script become ASCII; letters on the keys of a North American telephone become their digits (ITU-T
    E.161) where too few digits stand before them to be a number.
    """
    if _USUAL.fullmatch(raw):
        return _tight(raw)
    text = "".join(_plain(each) for each in raw if unicodedata.category(each) != "Cf").strip()
    text = _whole_number(_FORMULA.sub(r"\1", text).strip().removeprefix("'"))
    text = _EXTENSION.sub("", text)
    if _ON_KEYS.match(text.upper()) and 3 <= _count(text) < _ENOUGH:
        text = phonenumbers.convert_alpha_characters_in_number(text)
    label = _LABEL.match(text)
    # A letter that touches the first digit may belong to it: A1234567 is no telephone number.
    if label and not (label.group()[-1].isascii() and label.group()[-1].isalpha()) and _count(text):
        text = text.removeprefix(label.group())
    while _count(text) and _REMARK.search(text):
        text = _REMARK.sub("", text)
    return _tight(text)


def repairs(raw: str) -> Iterator[str]:
    """What a spelling that reads as no number may have been meant to be, likeliest first, each as bare() has it."""
    text = bare(raw)
    if _count(text) >= _ENOUGH - 1:
        yield text.translate(_LOOKALIKES)
    if code := _CODE_TWICE.match(text):
        yield f"+{code[1]}{code[2]}"
    if _EXIT.match(text):
        yield "+" + text[3:]
    if inner := _INNER_EXTENSION.match(raw.strip()):
        yield bare(inner[1])


def parts(raw: str) -> list[str]:
    """The numbers that a cell names beside each other, as written; empty where it names fewer than two."""
    found = [part for part in _PARTING.split(raw) if _count(bare(part)) >= _ENOUGH]
    return found if len(found) > 1 else []


def _plain(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _whole_number(text: str) -> str:
    """What a spreadsheet has made a number is written out again, unless it has rounded the digits away."""
    if decimal := _DECIMAL.match(text):
        return decimal[1]
    exponent = _EXPONENT.match(text)
    return exponent[1] + exponent[2] if exponent and len(exponent[2]) == int(exponent[3]) else text


def _tight(text: str) -> str:
    tight = _SPACING.sub("", text)
    return tight[:1] + tight[1:].replace("+", "") if tight.startswith("+") else tight


def _count(text: str) -> int:
    return sum(each.isdecimal() for each in text)
