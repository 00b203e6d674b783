"""What the writer of the cast writes, in the three languages: the sentences of the drill's own script."""

from collections.abc import Mapping

from sample.script import script

WORDS: Mapping[str, Mapping[str, str]] = script().words
