"""In which language somebody is told: their own, or what stands in for it where nothing is written in their own."""

from collections.abc import Collection, Iterator, Mapping, Sequence


def language_read(
    wanted: str | None, written: Collection[str], falls_back: Mapping[str, Sequence[str]], *, else_in: str
) -> str:
    """The language of `written` for somebody whose own is the tag `wanted` (BCP 47, "_" for "-" is understood; None and
    "" are unknown): their own, that with its last parts left out one by one (RFC 4647 section 3.4), what those fall
    back to in order, and `else_in` where none of them is written."""
    known = {one.lower(): one for one in written}
    tried = list(_shorter(wanted or ""))
    instead = {tag.lower(): others for tag, others in falls_back.items()}
    tried += [other.lower() for tag in tried for other in instead.get(tag, ())]
    return next((known[tag] for tag in tried if tag in known), else_in)


def _shorter(tag: str) -> Iterator[str]:
    parts = tag.replace("_", "-").lower().split("-")
    while parts and parts[0]:
        yield "-".join(parts)
        parts.pop()
        if parts and len(parts[-1]) == 1:  # a single letter only opens what came after it
            parts.pop()
