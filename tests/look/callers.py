"""The call list and one call with its script, in each language of the console: of a house that is made for it."""

import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app import create_app
from incidents.foundation.database import Base
from incidents.foundation.settings import Settings
from tests.look.browser import THEMES, WIDTHS, chromium, take
from tests.look.pages import House, open_house, sign_in, window_of
from tests.web.called import listed
from web.database import db
from web.languages.catalogs import languages


def call_list(folder: Path) -> None:
    """What a caller sees: the list, and the call with number, script and what can be written down."""
    with chromium() as browser:
        for language in languages():
            with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as home:
                patch.setenv("TOCSIN_CALL_LIST_TRIES", "3")
                app = create_app(Settings(mode="test", home=Path(home), log_level="error"))
                with app.app_context():
                    Base.metadata.create_all(db.engine)
                reference = listed(app.extensions["tocsin"], patch, language=language)
                with open_house(app) as house:
                    _show(browser, house, f"/console/incidents/{reference}/calls", language, folder)


def _show(browser: Browser, house: House, at: str, language: str, folder: Path) -> None:
    state = sign_in(browser, house)
    page = window_of(browser, house, state, language, WIDTHS[0], THEMES[0]).new_page()
    page.goto(at)
    take(page, folder / f"list-{language}")
    page.locator(f"form:has(input[name=language][value={language}]) button").click()
    page.wait_for_selector(".number-to-dial")
    for width in WIDTHS:
        for theme in THEMES:
            again = window_of(browser, house, state, language, width, theme).new_page()
            again.goto(page.url)
            take(again, folder / f"call-{language}-{width}-{theme}")
