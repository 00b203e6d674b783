"""Whether Burmese stands in Unicode's order; what does not was most likely written in the old Zawgyi encoding."""

import re

# Unicode, chapter 16.3: a vowel sign E follows its consonant and medials, and a virama joins two consonants. The old
# Zawgyi font stores both otherwise. Text that obeys Unicode is never caught; this does not claim to know Zawgyi.
_MISORDERED = re.compile(
    "(?<![\u1000-\u102a\u103b-\u103f\u104e\u1050-\u1059\u105a-\u1070\u1075-\u1081\u108e\ua9e0-\uaa7f])\u1031"
    "|\u1039(?![\u1000-\u102a\u1050-\u1055])"
)


def is_misordered(text: str) -> bool:
    """Whether some of it can be no Burmese in Unicode, and would be read as garbage."""
    return _MISORDERED.search(text) is not None
