"""The mark on a letter: its reference in groups with two check digits, so that a slip of the hand names nobody else."""

import re

from packs import BadInput

_STEM = 26  # characters, before the number within the batch
_LOOKS_LIKE = str.maketrans("oil", "011")  # letters that the references do not have, and the digits they look like


def mark_of(reference: str) -> str:
    """`reference` as it is printed: `dlv 01kb 1x2y 3z4a 5b6c 7d8e 9f0g 1h -12 /47`."""
    prefix, _, rest = reference.rpartition("_")
    stem, dash, number = rest.partition("-")
    groups = [stem[start : start + 4] for start in range(0, len(stem), 4)]
    return " ".join([*filter(None, [prefix]), *groups, *([f"-{number}"] if dash else []), f"/{_check(stem + number)}"])


def reference_of(text: str) -> str:
    """The reference in the mark `text`, scanned from the code or typed. Raises BadInput, without repeating it, where it
    is none, has no check digits or has some that do not fit."""
    bare, slash, digits = text.strip().lower().rpartition("/")
    body, check = _letters(bare or digits), _letters(digits)
    if not slash and len(body) >= _STEM:
        raise BadInput("the two check digits after the slash are missing: scan the code, or type the whole mark")
    if not slash or len(body) < _STEM or not body[_STEM:].isdigit() | (len(body) == _STEM) or _check(body) != check:
        raise BadInput("this is no reference of a letter, or it is mistyped: read it again")
    return f"dlv_{body[:_STEM]}" + (f"-{body[_STEM:]}" if body[_STEM:] else "")


def _letters(text: str) -> str:
    return re.sub(r"[^0-9a-z]", "", text).removeprefix("dlv").translate(_LOOKS_LIKE)


def _check(body: str) -> str:
    """Two digits after ISO 7064 (MOD 97-10), over the number that `body` is in base 36: any one wrong character and any
    swap of neighbours is found, for 97 is a prime greater than 36."""
    number = int(re.sub(r"[^0-9a-z]", "", body.lower()) or "0", 36)
    return f"{98 - number * 100 % 97:02d}"
