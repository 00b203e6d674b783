"""Identifiers as people write them: five spellings of a telephone number, mixed case, and what is no identifier."""

import numpy as np

from sample.recipe import PhonePlan

WIDE = str.maketrans("0123456789+", "０１２３４５６７８９＋")
PHONE_SPELLINGS = 5
BROKEN = (
    "138****{n:04d}", "138{n:02d}", "#N/A", "NULL", "无", "电话见备注", "0{n:04d}", "139123456789012{n:04d}",
    "13.8E+{n:02d}", "un{n}known", "—",
)  # fmt: skip


def phone(number: str, plan: PhonePlan, spelling: int, *, domestic: bool) -> str:
    """`number` (E.164) in one of PHONE_SPELLINGS spellings; without the country code only where that is `domestic`.

    0 plain, 1 with + and spaces, 2 with 00 and hyphens, 3 in full-width digits, 4 grouped with spaces or hyphens.
    """
    inner = number.removeprefix(plan.call)
    home = plan.trunk + inner if domestic else number
    if spelling == 1:
        return f"{plan.call} {inner[:3]} {inner[3:7]} {inner[7:]}".strip()
    if spelling == 2:
        return f"00{plan.call[1:]}-{inner[:3]}-{inner[3:7]}-{inner[7:]}".rstrip("-")
    if spelling == 3:
        return home.translate(WIDE)
    if spelling == 4:
        cut = len(home) - len(inner) + 3
        return (" " if int(inner[-1]) % 2 else "-").join(part for part in (home[:cut], home[cut:-4], home[-4:]) if part)
    return home


def email(address: str, rng: np.random.Generator) -> str:
    """`address` in mixed case, sometimes with a blank around it."""
    at = int(rng.integers(0, 4))
    local, _, domain = address.partition("@")
    return (f"{local.title()}@{domain}", f"{local.upper()}@{domain.title()}", f" {address}", f"{address.upper()} ")[at]


def broken(number: int) -> str:
    """Something that stands where a telephone number should and is none; `number` varies it."""
    return BROKEN[number % len(BROKEN)].format(n=number)
