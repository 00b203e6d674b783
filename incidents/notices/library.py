"""The wording of all notices, found by walking templates/notices/, with what each borrows from another resolved."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

from jinja2 import TemplateSyntaxError, meta

from incidents.notices.files import (
    PIECES,
    SHORT_FORMATS,
    BlocksFile,
    Filler,
    Format,
    FormatFile,
    NoticeFile,
    OrderFile,
    Placeholder,
    Purpose,
    Reviewed,
    ThemesFile,
    WordsFile,
)
from incidents.notices.reading import language_read
from incidents.notices.sandbox import SANDBOX
from packs import BadInput, read_pack
from policies.vocabulary import ContentElement

TEMPLATES = Path(__file__).parents[2] / "templates" / "notices"
SHELL = "email.mjml"
_NO_LANGUAGE = frozenset({"themes", "order"})


@dataclass(frozen=True)
class Blocks:
    """One notice in one language: every block's text, the headings, and the files they came from."""

    language: str
    texts: Mapping[str, str]
    headings: Mapping[str, str]
    words: WordsFile
    reviews: tuple[Reviewed, ...]
    digest: str  # SHA-256 over the bytes of every file that this wording is made of

    @property
    def reviewed(self) -> bool:
        """Whether a named person of the house stands for every file of this wording."""
        return all(file.reviewed_by.strip() and file.reviewed_on for file in self.reviews)


@dataclass(frozen=True)
class NoticeWording:
    """One notice with what it borrows: which block fulfils which element, in which form, and who fills what."""

    id: str
    own: NoticeFile
    elements: Mapping[ContentElement, str]
    always: tuple[ContentElement, ...]
    formats: Mapping[Format, FormatFile]
    placeholders: Mapping[str, Placeholder]
    languages: Mapping[str, Blocks]

    @property
    def purpose(self) -> Purpose:
        return self.own.purpose

    def in_language(self, language: str) -> Blocks:
        """The blocks in `language`. Raises BadInput where there is no such wording."""
        if language not in self.languages:
            raise BadInput(f"{self.id}: there is no wording in '{language}'; there are {', '.join(self.languages)}.")
        return self.languages[language]

    def block_of(self, element: ContentElement, form: Format) -> str | None:
        """The block that fulfils `element` in this form, or None where it carries none."""
        file = self.formats[form]
        block = file.carries.get(element, self.elements.get(element))
        return block if block in {name for names in file.pieces.values() for name in names} else None

    def holes(self, blocks: Blocks) -> list[str]:
        """The placeholders that the blocks really use, as notice.yaml orders them."""
        names = {name for file in self.formats.values() for listed in file.pieces.values() for name in listed}
        used = {hole for name in names for hole in holes_in(blocks.texts[name])}
        return [hole for hole in self.placeholders if hole in used]


@dataclass(frozen=True)
class Wording:
    """Everything under templates/notices/."""

    root: Path
    notices: Mapping[str, NoticeWording]
    words: Mapping[str, WordsFile]
    themes: ThemesFile
    shell: str
    order: OrderFile

    @cached_property
    def theme_of(self) -> Mapping[str, str]:
        """Kind of data -> theme."""
        return {kind: theme for theme, kinds in self.themes.themes.items() for kind in kinds}

    def read_by(self, wanted: str | None, written: Collection[str], *, else_in: str) -> str:
        """In which of the languages `written` somebody is told whose own is `wanted`."""
        return language_read(wanted, written, self.order.falls_back, else_in=else_in)

    def notice(self, notice_id: str) -> NoticeWording:
        """The wording of one notice. Raises BadInput for an unknown one."""
        if notice_id not in self.notices:
            raise BadInput(f"there is no notice '{notice_id}'; there are {', '.join(sorted(self.notices))}.")
        return self.notices[notice_id]


def load_wording(root: Path = TEMPLATES) -> Wording:
    """All wording, read again whenever a file changed. Raises BadInput naming the file that does not fit in."""
    stats = sorted((str(path), path.stat()) for path in root.rglob("*") if path.is_file())
    return _load(root, tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats))


@lru_cache(maxsize=4)
def _load(root: Path, _state: tuple[tuple[str, int, int], ...]) -> Wording:
    words = {path.stem: read_pack(path, WordsFile) for path in _files(root / "words") if path.stem not in _NO_LANGUAGE}
    themes = read_pack(root / "words" / "themes.yaml", ThemesFile)
    order = read_pack(root / "words" / "order.yaml", OrderFile)
    for path in (root / "words" / f"{language}.yaml" for language in words):
        _check_words(path, words[path.stem], themes)
    files = {path.parent.name: read_pack(path, NoticeFile) for path in sorted(root.glob("*/notice.yaml"))}
    notices = {notice: _resolve(root, notice, files, words) for notice in files}
    for wording in notices.values():
        _check(root, wording)
    return Wording(root, notices, words, themes, (root / SHELL).read_text(encoding="utf-8"), order)


@lru_cache(maxsize=4096)
def holes_in(text: str) -> frozenset[str]:
    """The placeholders that a block names. Raises TemplateSyntaxError for one that cannot be read."""
    return frozenset(meta.find_undeclared_variables(SANDBOX.parse(text)))


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))


def _chain(root: Path, notice: str, files: Mapping[str, NoticeFile]) -> list[str]:
    chain = [notice]
    while (borrowed := files[chain[-1]].borrows) is not None:
        if borrowed not in files or borrowed in chain:
            raise BadInput(f"{root / chain[-1] / 'notice.yaml'}: borrows '{borrowed}', which is no other notice.")
        chain.append(borrowed)
    return chain


def _resolve(root: Path, notice: str, files: Mapping[str, NoticeFile], words: Mapping[str, WordsFile]) -> NoticeWording:
    chain = _chain(root, notice, files)
    elements: dict[ContentElement, str] = {}
    formats: dict[Format, FormatFile] = {}
    placeholders: dict[str, Placeholder] = {}
    always: tuple[ContentElement, ...] = ()
    for name in reversed(chain):  # what is nearer wins
        file = files[name]
        elements = {key: block for key, block in elements.items() if key not in file.drops} | file.elements
        placeholders = {key: hole for key, hole in placeholders.items() if key not in file.drops} | file.placeholders
        formats = {form: one for form, one in (formats | file.formats).items() if form not in file.leaves_out}
        always = file.always or always
    wording = NoticeWording(notice, files[notice], elements, always, formats, placeholders, {})
    written = [one for one in sorted(words) if all((root / name / one / "blocks.yaml").exists() for name in chain)]
    return replace(wording, languages={one: _blocks(root, chain, one, words[one]) for one in written})


def _blocks(root: Path, chain: list[str], language: str, words: WordsFile) -> Blocks:
    paths = [root / name / language / "blocks.yaml" for name in reversed(chain)]
    files = [read_pack(path, BlocksFile) for path in paths]
    for path, file in zip(paths, files, strict=True):
        if file.language != language:
            raise BadInput(f"{path}: language: this folder is {language}, the file says {file.language}.")
    texts = {name: text for file in files for name, text in file.blocks.items()}
    headings = dict(words.headings) | {name: text for file in files for name, text in file.headings.items()}
    made_of = [*paths, *(path.parents[1] / "notice.yaml" for path in paths)]
    made_of += [root / "words" / f"{language}.yaml", root / "words" / "themes.yaml", root / SHELL]
    return Blocks(language, texts, headings, words, (*files, words), _digest(root, made_of))


def _digest(root: Path, paths: list[Path]) -> str:
    whole = hashlib.sha256()
    for path in sorted(paths):
        content = path.read_bytes()
        whole.update(f"{path.relative_to(root)}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()


def _check_words(path: Path, words: WordsFile, themes: ThemesFile) -> None:
    kinds = {kind for named in themes.themes.values() for kind in named}
    for field, wanted in (("categories", kinds), *((name, set(themes.themes)) for name in _BY_THEME)):
        missing = sorted(wanted ^ set(getattr(words, field)))
        if missing:
            raise BadInput(
                f"{path}: {field}: these stand in only one of this file and themes.yaml: {', '.join(missing)}."
            )


_BY_THEME = ("harms", "advice", "harms_young", "advice_young")


def _check(root: Path, wording: NoticeWording) -> None:
    for form, file in wording.formats.items():
        if tuple(file.pieces) != PIECES[form]:
            raise BadInput(f"{root / wording.id / 'notice.yaml'}: formats.{form}: needs {', '.join(PIECES[form])}.")
    used = [name for file in wording.formats.values() for names in file.pieces.values() for name in names]
    for language, blocks in wording.languages.items():
        for name in used:
            _check_block(f"{root / wording.id / language / 'blocks.yaml'}: {name}", blocks.texts.get(name), wording)
        for name in _glimpsed(wording):
            _check_lock_screen(f"{root / wording.id / language / 'blocks.yaml'}: {name}", name, wording, blocks)


def _check_block(where: str, text: str | None, wording: NoticeWording) -> None:
    if text is None:
        raise BadInput(f"{where}: this block is missing.")
    try:
        holes = holes_in(text)
    except TemplateSyntaxError as error:
        raise BadInput(f"{where}: cannot be read: {error.message}.") from None
    unknown = sorted(holes - set(wording.placeholders))
    if unknown:
        raise BadInput(f"{where}: notice.yaml declares no placeholder {', '.join(unknown)}.")


def _glimpsed(wording: NoticeWording) -> set[str]:
    # The blocks that a lock screen shows: all of a short form, and of an e-mail the subject.
    pieces = [(form, *one) for form, file in wording.formats.items() for one in file.pieces.items()]
    return {name for form, piece, names in pieces for name in names if form in SHORT_FORMATS or piece == "subject"}


def _check_lock_screen(where: str, block: str, wording: NoticeWording, blocks: Blocks) -> None:
    # What a cohort has in common (its kinds of data) and free text have no place where others can read along.
    for hole in sorted(holes_in(blocks.texts[block])):
        if wording.placeholders[hole].by in {Filler.COHORT, Filler.WRITER}:
            raise BadInput(f"{where}: '{hole}' could tell a lock screen something about its owner.")
