"""Identifiers: opaque ones for rows, and short ones that a person can read aloud."""

import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
_READ_ALOUD = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"  # 31 characters that are not mistaken for one another


def new_id(prefix: str) -> str:
    """An opaque id such as `inc_01jdk5...`: 48 bits of time, so that rows made together lie together, and 80 random."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    return f"{prefix}_{_base32(number, 26)}"


def new_reference(prefix: str) -> str:
    """A short reference such as `MQ-7K3Q-9FMX` with a check character; fit for a telephone call, no secret in it."""
    body = "".join(secrets.choice(_READ_ALOUD) for _ in range(7))
    whole = body + check_character(body)
    return f"{prefix}-{whole[:4]}-{whole[4:]}"


def is_reference(text: str) -> bool:
    """Whether `text` is well formed and its check character fits; says nothing about whether it was ever issued."""
    body = "".join(text.upper().split("-")[-2:])
    return len(body) == 8 and set(body) <= set(_READ_ALOUD) and check_character(body[:-1]) == body[-1]


def check_character(body: str) -> str:
    """One character that catches any single wrong character and any swap of neighbours: 31 is a prime."""
    total = sum(_READ_ALOUD.index(character) * 2**place for place, character in enumerate(body, start=1))
    return _READ_ALOUD[-total % 31]


def _base32(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
