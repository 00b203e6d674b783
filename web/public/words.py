"""The words of the public pages, one file a language, found by walking templates/public/words."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from packs import Strict, read_pack

_FOLDER = Path(__file__).parents[2] / "templates" / "public" / "words"


class PublicWords(Strict):
    """What the public pages say in one language; `reviewed_by` is empty while nobody stands for the wording."""

    language: str
    name: str
    reviewed_by: str
    reviewed_on: date | None = None
    notices: str
    nothing: str
    published: str
    reference: str
    check: str
    check_says: str
    code: str
    check_button: str
    genuine: str
    taken_back: str
    rehearsed: str
    not_ours: str
    malformed: str
    report: str
    report_says: str
    what: str
    contact: str
    report_button: str
    thanks: str
    keep: str
    other_languages: str
    feeds: str
    ask: str
    back: str
    too_many: str
    missing: str
    missing_says: str
    unread: str


@cache
def words() -> Mapping[str, PublicWords]:
    """language -> its words. Raises BadInput naming file and line for a file that does not fit."""
    found = [read_pack(path, PublicWords) for path in sorted(_FOLDER.glob("*.yaml"))]
    return {one.language: one for one in found}
