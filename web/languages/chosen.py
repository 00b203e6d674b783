"""In which language a page of the console speaks: as its reader chose, else as the browser asks, else as written."""

from typing import Any

from flask import Flask, g, has_request_context, request

from web.languages.catalogs import SOURCE, Language, languages, translations

COOKIE = "tocsin-language"
_SPEAK = {"console", "security"}  # blueprints for people of the house; a program is answered in the source language


def spoken() -> Language:
    """The language of this page."""
    if not has_request_context() or request.blueprint not in _SPEAK:
        return languages()[SOURCE]
    if "spoken" not in g:
        g.spoken = languages().get(request.cookies.get(COOKIE, "")) or _asked()
    found: Language = g.spoken
    return found


def N_(message: str) -> str:  # noqa: N802 - the name by which translators' tools know it
    """The message itself: it is said elsewhere, in the language of whoever reads it then."""
    return message


def gettext(message: str, **values: object) -> str:
    """The message in the reader's language, with `%(name)s` filled in where values are given."""
    said = translations(spoken().language).gettext(message)
    return said % values if values else said


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The message for so many things, by the plural rule of the reader's language."""
    said = translations(spoken().language).ngettext(one, many, count)
    return said % values if values else said


def pgettext(context: str, message: str) -> str:
    """The message as it is meant in this context."""
    return translations(spoken().language).pgettext(context, message)


def speak(app: Flask) -> None:
    """Let the templates of `app` speak: `_`, `ngettext`, `pgettext`, and which language it is."""
    env: Any = app.jinja_env
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(gettext, ngettext, newstyle=True, pgettext=pgettext)
    env.globals.update(spoken=spoken, offered=lambda: languages().values())


def _asked() -> Language:
    # Browsers ask for zh-CN where we offer zh-Hans, so the first part of a tag decides.
    firsts = {one.partition("-")[0]: language for one, language in languages().items()}
    asked = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality)
    return next((firsts[one] for one in asked if one in firsts), languages()[SOURCE])
