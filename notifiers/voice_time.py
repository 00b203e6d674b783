"""How long a text takes to be said, estimated from its letters, so that a call's cost is known before it is made.

A script that writes syllables (Chinese, Burmese, Thai, Japanese, Korean) is counted by syllables, any other by words.
"""

import math
import re
import unicodedata

# Mandarin, read aloud: Pellegrino, Coupé and Marsico, "A cross-language perspective on speech information rate",
# Language 87(3), 2011. Nobody's figure for Burmese is known to us; it is taken to be as slow.
_SYLLABLES = 5.18  # a second
# The lower end of `speech-rate: medium`, 180 to 200 words a minute: W3C, CSS 2.1, appendix A.
_WORDS = 3.0  # a second
_PAUSE = 0.5  # seconds at each full stop and line; ours
_ASIDE = 45.0  # seconds for whoever answers, the greeting, the questions for two keys and the wait for them; ours
SAID = 2  # how often a call says the notice

_ASAT = "\u103a"  # it closes a Burmese syllable, so the consonant under it begins none
_WORD = re.compile(r"\d|[^\W\d_]+")
_STOP = re.compile(r"[.!?。！？။\n]+")


def seconds(text: str) -> float:
    """The seconds that `text` takes to be said once."""
    syllables = sum(map(_is_syllable, text)) - text.count(_ASAT)
    words = len(_WORD.findall("".join(" " if _is_syllable(one) else one for one in text)))
    return max(0, syllables) / _SYLLABLES + words / _WORDS + len(_STOP.findall(text)) * _PAUSE


def minutes(text: str) -> int:
    """The minutes that a call with `text` begins, which is what telephone companies bill."""
    return math.ceil((SAID * seconds(text) + _ASIDE) / 60)


def _is_syllable(one: str) -> bool:
    return unicodedata.category(one) == "Lo"
