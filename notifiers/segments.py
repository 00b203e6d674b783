"""How many parts an SMS is cut into: GSM-7 where every character allows it, else UCS-2 (all Chinese and Burmese)."""

from dataclasses import dataclass

from smsutil import is_valid_gsm, split


@dataclass(frozen=True)
class Segments:
    """`encoding` is `gsm-7` or `ucs-2`; `units` counts septets or 16-bit units; `forcing` lists the characters that
    made the whole message UCS-2 and so more than twice as long (3GPP TS 23.038 and 23.040)."""

    count: int
    encoding: str
    units: int
    forcing: tuple[str, ...] = ()


def segments(text: str) -> Segments:
    """The parts of `text`: 160 septets or 70 units alone, 153 or 67 each when there are more."""
    if not text:
        return Segments(0, "gsm-7", 0)
    cut = split(text)
    if cut.encoding == "gsm0338":
        return Segments(len(cut.parts), "gsm-7", cut.total_bytes)
    forcing = tuple(dict.fromkeys(character for character in text if not is_valid_gsm(character)))
    return Segments(len(cut.parts), "ucs-2", cut.total_bytes // 2, forcing)
