"""Every page of the console in each language, after a drill: no English is left but what is marked."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from sqlalchemy import inspect, text

import sample
from incidents.deliveries import preflight_asked
from incidents.deliveries.preflight_tables import AskedPreflight
from incidents.foundation.settings import Settings
from incidents.record.actor import Actor, ActorRole
from notifiers.registry import entries
from sample.drill import carry
from sample.people import mapping_path
from tests.clock import FrozenClock
from tests.web.conftest import PASSWORD, csrf_of
from tests.web.opened import opened
from web.accounts.accounts import make_account
from web.console.zones import ZONES
from web.database import db
from web.languages import gather
from web.languages.catalogs import FOLDER, SOURCE, languages

TRANSLATED = [one for one in languages().values() if one.language != SOURCE]
PAGES = (
    *("", "declare", "small-case", "reports", "companies", "companies/moqi", "companies/moqi/readiness"),
    *("providers", "accounts", "account", "holding"),
)
TABS = (
    *("", "record", "evidence", "affected", "owed", "playbook", "notices", "deliveries", "calls", "filings"),
    *("timeline", "close", "affected/difference/1/2"),
)
SPOKEN = {"title", "aria-label", "placeholder", "alt"}  # attributes that are read out
VOID = {"meta", "link", "img", "input", "br", "hr"}
WORDS = re.compile(r"[A-Za-z]+(?:[’'-][A-Za-z]+)*(?: [A-Za-z]+(?:[’'-][A-Za-z]+)*)*")
NAMES = {"Tocsin", "UTC", "SHA", "PDF", "DOCX", "JSON", "KiB", "MiB", "USD", "TOCSIN"}


class Page(HTMLParser):
    """What a page says in each language: (language, text), by the nearest `lang`; code and references are no words."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = [("", "")]
        self.says: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attrs):
        given, above = dict(attrs), self.open[-1][1]
        silent = tag in {"script", "style", "code", "pre"} or "reference" in (given.get("class") or "") or above == "-"
        language = "-" if silent else given.get("lang") or above
        self.says += [(language, given[name]) for name in SPOKEN if given.get(name)]
        if tag not in VOID:
            self.open.append((tag, language))

    def handle_endtag(self, tag):
        while self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        self.says.append((self.open[-1][1], data))

    def in_language(self, language: str) -> Iterator[str]:
        """Every run of Latin words that is said in this language, without tokens such as ids, names and addresses."""
        for spoken, said in self.says:
            if spoken == language:
                plain = re.sub(r"\S*[_/@\d:]\S*", " · ", " ".join(said.split()))
                yield from (found for found in WORDS.findall(plain) if re.search("[a-z]{3}", found))


@pytest.fixture(scope="module")
def drilled(tmp_path_factory):
    """A signed-in client of a house whose sample incident was carried through the drill, and the incident's path."""
    home = tmp_path_factory.mktemp("languages") / "home"
    for made in sample.make(home / "sample", people=300, only=["moqi"]).directories:
        made.path.with_suffix(".yaml").write_bytes(mapping_path(made.company).read_bytes())
    clock = FrozenClock()
    with opened(Settings(mode="test", home=home), clock=clock) as app:
        yield _drilled(app, clock)


def _drilled(app, clock):
    kit = app.extensions["tocsin"]
    done = carry(kit, say=lambda _: None, wait=lambda seconds: clock.tick(timedelta(seconds=seconds)))
    with kit.begin() as tx:
        make_account(tx, "Rana", "rana@house.example", list(ActorRole), PASSWORD, clock=clock)
        preflight_asked.ask(tx, "moqi", by=Actor("acc_rana", "Rana", frozenset(ActorRole)), kit=kit)
    preflight_asked.count.run(kit, "moqi")
    client = app.test_client()
    form = {"email": "rana@house.example", "password": PASSWORD, "csrf_token": csrf_of(client.get("/login").text)}
    assert client.post("/login", data=form).status_code == 302
    return app, client, f"/console/incidents/{done.reference}"


def paths(client, at) -> list[str]:
    """Every page by its address, and two of each kind that a page of the incident leads to."""
    found = [f"/console/{page}" for page in PAGES] + [f"{at}/{tab}" for tab in TABS]
    kinds: dict[str, list[str]] = {}
    for tab in TABS:
        for link in re.findall(rf'href="({at}/[^"#]+)"', client.get(f"{at}/{tab}").text):
            one = link.replace("&amp;", "&")
            kinds.setdefault(re.sub(r"(fan|call)_\w+|\b[A-Z0-9-]{9,}", "", one.removeprefix(at)), []).append(one)
    return sorted({*found, *(one for links in kinds.values() for one in links[:2] if "/paper" not in one)})


def on_record(app) -> str:
    """Whatever the record and the environment say, on which a page may draw in the language in which it was said."""
    with app.app_context(), db.engine.connect() as line:
        # What was counted before any incident is drawn in each language, and nobody said it in one.
        tables = set(inspect(line).get_table_names()) - {AskedPreflight.__tablename__}
        rows = [str(tuple(row)) for table in tables for row in line.execute(text(f'SELECT * FROM "{table}"'))]
    packs = app.extensions["tocsin"].packs
    houses = [*packs.house, *(str(house.sender_names) for house in packs.house.values())]
    labels = [one.about.label for one in entries().values()]
    return "\n".join((*rows, *houses, *ZONES, *entries(), *labels))


def of_translators(language) -> str:
    """Latin words that the translations themselves use, such as the name of a format."""
    found = [gather.strings(path, language) for path in (FOLDER / language.language).glob("*.po")]
    names = [*language.locale.languages.values(), *(one.name for one in languages().values())]
    return "\n".join((*(str(said) for one in found for said in one.values()), *names))


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda one: one.language)
def test_no_page_leaves_english_unmarked(drilled, language):
    app, client, at = drilled
    known = on_record(app) + of_translators(language)
    client.set_cookie("tocsin-language", language.language)
    left, pages = set(), paths(client, at)
    assert len(pages) >= 30
    for path in pages:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert f'<html lang="{language.language}">' in answer.text, path
        page = Page()
        page.feed(answer.text)
        said = page.in_language(language.language)
        left |= {(one, path.removeprefix(at)) for one in said if one not in NAMES and one not in known}
    assert left == set()


def test_a_forgotten_word_would_be_seen():
    page = Page()
    page.feed('<html lang="my"><p>မြန်မာ</p><p>Because <b lang="en">the law</b> <code>says so</code></p></html>')
    assert list(page.in_language("my")) == ["Because"]
