"""Reads the catalogs of each language, found by walking templates/console/words; nothing is compiled beforehand."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from packs import Strict, read_pack

SOURCE = "en"  # the language in which the templates are written
FOLDER = Path(__file__).parents[2] / "templates" / "console" / "words"


class Language(Strict):
    """A language in which the console speaks; `reviewed_by` is empty while nobody stands for its wording."""

    language: str  # as HTML names it: zh-Hans
    name: str  # as its own speakers call it
    reviewed_by: str
    reviewed_on: date | None = None

    @property
    def locale(self) -> Locale:
        """Babel's data of it."""
        return Locale.parse(self.language, sep="-")


@cache
def languages() -> Mapping[str, Language]:
    """language -> what is known of it, the source first. Raises BadInput naming file and line."""
    found = [read_pack(path, Language) for path in sorted(FOLDER.glob("*/language.yaml"))]
    return {one.language: one for one in sorted(found, key=lambda one: one.language != SOURCE)}


@cache
def translations(language: str) -> NullTranslations:
    """The catalogs of one language as gettext reads them; a message that none holds stays as it is written."""
    whole = NullTranslations()
    for path in sorted((FOLDER / language).glob("*.po")):
        compiled = BytesIO()
        with path.open("rb") as stream:
            write_mo(compiled, read_po(stream, locale=languages()[language].locale))
        compiled.seek(0)
        one = Translations(compiled)
        one.add_fallback(whole)
        whole = one
    return whole
