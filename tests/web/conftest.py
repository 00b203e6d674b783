"""The doors on a temporary home: an app, signed-in browsers without a browser, and tokens."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import json
from flask.testing import FlaskClient

import sample
from incidents.foundation.settings import Settings
from incidents.kit import Kit
from incidents.record.actor import ActorRole
from sample.people import mapping_path
from tests.clock import FrozenClock
from tests.web.opened import opened
from web.accounts.accounts import find_account, make_account, make_token
from web.accounts.tables import Account

PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def leaked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, sample.Leak]:
    """A small sample of one company, and what leaked of it."""
    home = tmp_path_factory.mktemp("leaked") / "sample"
    made = sample.make(home, people=2000, only=["moqi"])
    for directory in made.directories:
        directory.path.with_suffix(".yaml").write_bytes(mapping_path(directory.company).read_bytes())
    return home, sample.leak("moqi", home)


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> Iterator[Any]:
    """An app on an empty home; a module that says WITH_LEAK has the sample's directory, on the day after the leak."""
    settings = Settings(mode="test", home=tmp_path / "home")
    if getattr(request.module, "WITH_LEAK", False):
        home, leak = request.getfixturevalue("leaked")
        settings = Settings(mode="test", home=tmp_path / "home", directories=home / "directories")
        clock = FrozenClock(leak.files[-1].collected_at)
    with opened(settings, clock=clock) as made:
        yield made


@pytest.fixture
def kit(app: Any) -> Kit:
    made: Kit = app.extensions["tocsin"]
    return made


@pytest.fixture
def person(kit: Kit) -> Callable[..., Account]:
    """Make a person with these roles, named after the first of them."""

    def make(*roles: str, name: str = "") -> Account:
        words = [ActorRole(role) for role in roles]
        with kit.begin() as tx:
            address = f"{name or roles[0]}@house.example"
            return make_account(tx, name or roles[0].title(), address, words, PASSWORD, clock=kit.clock)

    return make


class Browser:
    """A signed-in person: reads pages and sends forms with the CSRF token of the page."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def send(self, path: str, form: dict[str, Any] | None = None, *, htmx: bool = False, **more: Any) -> Any:
        token = csrf_of(self.client.get("/console/account").text)
        headers = {"HX-Request": "true"} if htmx else {}
        return self.client.post(path, data={"csrf_token": token, **(form or {})}, headers=headers, **more)


def csrf_of(text: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
    assert found, "the page has no form"
    return found.group(1)


@pytest.fixture
def browser(app: Any, person: Callable[..., Account]) -> Callable[..., Browser]:
    """Sign a person with these roles in."""

    def sign_in(*roles: str, name: str = "") -> Browser:
        account = person(*roles, name=name)
        client = app.test_client()
        token = csrf_of(client.get("/login").text)
        form = {"email": account.email, "password": PASSWORD, "csrf_token": token}
        assert client.post("/login", data=form).status_code == 302
        return Browser(client)

    return sign_in


@pytest.fixture
def asking(app: Any, kit: Kit, person: Callable[..., Account]) -> Callable[..., Any]:
    """Ask the API as a person with these roles: `asking("responder")("get", "/incidents", json=...)`."""

    def ask_as(*roles: str, name: str = "") -> Callable[..., Any]:
        account = person(*roles, name=name)
        with kit.begin() as tx:
            token = make_token(tx, find_account(tx, account.id), "a test", clock=kit.clock).text
        client = app.test_client()

        def ask(method: str, path: str, **more: Any) -> Any:
            headers = {"Authorization": f"Bearer {token}"} | more.pop("headers", {})
            return client.open(f"/api/v1{path}", method=method.upper(), headers=headers, **more)

        return ask

    return ask_as


@pytest.fixture
def scoped(asking: Callable[..., Any], leaked: tuple[Path, sample.Leak]) -> tuple[Callable[..., Any], str]:
    """A drill with the leak's first file in the vault, scoped over the API: who asks, and the incident's path."""
    ask, (_, leak) = asking("responder", "compliance", name="Rana"), leaked
    said = {"title": "An export was read", "company": "moqi", "became_aware_at": leak.found_at.isoformat()}
    at = f"/incidents/{ask('post', '/incidents', json=said | {'is_drill': True}).json['reference']}"
    hand_in(ask, at, leak.files[0])
    answer = ask("post", f"{at}/snapshots")
    assert answer.status_code == 201, answer.text
    return ask, at


def hand_in(ask: Callable[..., Any], at: str, file: sample.LeakFile) -> None:
    """Put one file of the leak into the vault over the API."""
    said = {"title": file.title, "kind": file.kind, "source": file.source, "suffix": file.path.suffix}
    query = said | {"reading": json.dumps(file.reading)}
    body = file.path.read_bytes()
    answer = ask("post", f"{at}/evidence", query_string=query, data=body, content_type="application/octet-stream")
    assert answer.status_code == 201, answer.text
