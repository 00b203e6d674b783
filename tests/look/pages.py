"""Pages of the console and the public pages, found by following their links, and the papers of the reports."""

import logging
import re
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, StorageState
from werkzeug.serving import make_server

from app import create_app
from incidents.foundation.settings import Settings
from incidents.record.actor import ActorRole
from tests.look.browser import THEMES, WIDTHS, Theme, chromium, take
from tests.look.papers import as_pictures
from web.accounts.accounts import make_account
from web.languages.catalogs import languages
from web.public.words import words

PASSWORD, EMAIL = "correct horse battery", "look@tocsin.example"


@dataclass(frozen=True)
class House:
    """Where the copy of a sample is served, and the companies that it knows."""

    address: str
    companies: tuple[str, ...]


@contextmanager
def served(home: Path, copy: Path) -> Iterator[House]:
    """Serve a copy of the sample in `home`."""
    shutil.copytree(home, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("tocsin.db*", "sample", "figures*"))
    with closing(sqlite3.connect(home / "tocsin.db")) as old, closing(sqlite3.connect(copy / "tocsin.db")) as new:
        old.backup(new)
    app = create_app(Settings(home=copy, directories=home / "sample" / "directories", log_level="error"))
    with open_house(app) as house:
        yield house


@contextmanager
def open_house(app: Flask) -> Iterator[House]:
    """Serve an app to somebody who may see everything."""
    kit = app.extensions["tocsin"]
    with kit.begin() as tx:
        make_account(tx, "Onlooker", EMAIL, list(ActorRole), PASSWORD, clock=kit.clock)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield House(f"http://127.0.0.1:{server.server_port}", tuple(kit.packs.house))
    server.shutdown()


def console(house: House, folder: Path) -> None:
    """Every page that a link leads to, in each language, width and theme."""
    with chromium() as browser:
        state = sign_in(browser, house)
        found = _walked(window_of(browser, house, state, "en", WIDTHS[0], THEMES[0]), "/console/")
        for language in languages():
            for width in WIDTHS:
                for theme in THEMES:
                    window = window_of(browser, house, state, language, width, theme)
                    _show(window, found, folder, f"{language}-{width}-{theme}")
                    window.close()


def public(house: House, folder: Path) -> None:
    """What a stranger finds of each company, and what stands where nothing is."""
    with chromium() as browser:
        for width in WIDTHS:
            for theme in THEMES:
                window = window_of(browser, house, None, "en", width, theme)
                for company in house.companies:
                    for language in words():
                        front = f"/public/{company}/{language}/"
                        paths = [front, f"{front}check", f"{front}report", f"{front}nothing-here"]
                        _show(window, paths, folder, f"{company}-{language}-{width}-{theme}")
                window.close()


def reports(house: House, folder: Path) -> None:
    """The papers for the authorities, in every language that each is offered in."""
    with chromium() as browser:
        window = window_of(browser, house, sign_in(browser, house), "en", WIDTHS[0], THEMES[0])
        page = window.new_page()
        seen: set[str] = set()
        for path in _walked(window, "/console/"):
            if "/filings/" in path:
                page.goto(path)
                seen |= {link for link in _links(page) if "/paper" in link and "as=pdf" in link}
        for number, link in enumerate(sorted(seen)):
            paper = folder / f"{number}-{_name(link)}.pdf"
            paper.write_bytes(window.request.get(link).body())
            as_pictures(paper)


def sign_in(browser: Browser, house: House) -> StorageState:
    """The session of whoever may see everything."""
    window = browser.new_context(base_url=house.address)
    page = window.new_page()
    page.goto("/login")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.locator("form[action$='/login'] button, form button[type=submit]").last.click()
    page.wait_for_url("**/console/")
    return window.storage_state()


def window_of(
    browser: Browser, house: House, state: StorageState | None, language: str, width: int, theme: Theme
) -> BrowserContext:
    """A window in which the console speaks this language, of somebody in Yangon."""
    window = browser.new_context(
        base_url=house.address,
        storage_state=state,
        viewport={"width": width, "height": 900},
        color_scheme=theme,
        timezone_id="Asia/Yangon",
    )
    window.add_cookies([{"name": "tocsin-language", "value": language, "url": house.address}])
    return window


def _walked(window: BrowserContext, first: str) -> list[str]:
    """Every page that links lead to from `first`, each kind of query once."""
    page, found = window.new_page(), [first]
    for path in found:
        page.goto(path)
        found += [link for link in _links(page) if link.startswith(first) and "?" not in link and link not in found]
    return found


def _links(page: Page) -> list[str]:
    """Where the page's links lead on this server, without what is no page."""
    seen = page.locator("a[href]").evaluate_all("links => links.map(link => link.href)")
    here = urlsplit(page.url).netloc
    split = [urlsplit(one) for one in seen]
    return list(dict.fromkeys(f"{one.path}?{one.query}".rstrip("?") for one in split if one.netloc == here))


def _show(window: BrowserContext, paths: list[str], folder: Path, kind: str) -> None:
    page = window.new_page()
    for path in paths:
        page.goto(path)
        take(page, folder / f"{_name(path)}-{kind}")
    page.close()


def _name(path: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", path).strip("-")
