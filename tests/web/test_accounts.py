"""Letting people in: passwords, sessions, tokens, roles, guesses."""

from datetime import timedelta

import pytest
from argon2 import extract_parameters

from incidents.foundation.errors import BadInput, Refused
from incidents.record.actor import ActorRole
from tests.web.conftest import PASSWORD, csrf_of
from web.accounts.accounts import (
    check_token,
    deactivate,
    find_account,
    make_account,
    make_token,
    password_digest,
    revoke_token,
)


def test_a_password_is_kept_as_argon2_and_never_short(kit, person):
    account = person("responder")
    assert account.password.startswith("$argon2id$")
    with kit.begin() as tx, pytest.raises(BadInput, match="12 characters"):
        make_account(tx, "Short", "short@house.example", [ActorRole.AUDITOR], "too short", clock=kit.clock)


def test_a_guess_costs_what_owasp_asks_at_least():
    # 19 MiB twice, or more; https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
    said = extract_parameters(password_digest(PASSWORD))
    assert said.memory_cost >= 19 * 1024
    assert said.time_cost >= 2


def test_one_address_has_one_account(kit, person):
    person("responder")
    with kit.begin() as tx, pytest.raises(Refused, match="already"):
        make_account(tx, "Again", "RESPONDER@house.example ", [ActorRole.AUDITOR], PASSWORD, clock=kit.clock)


def test_whoever_signs_in_sees_the_console_and_nobody_else_does(app, browser):
    assert app.test_client().get("/console/").status_code == 302
    assert "Incidents" in browser("responder").get("/console/").text


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(app, person):
    account = person("responder")
    said = []
    for address in (account.email, "nobody@house.example"):
        client = app.test_client()
        form = {"email": address, "password": "not this one", "csrf_token": csrf_of(client.get("/login").text)}
        said.append(client.post("/login", data=form).text.split("<label")[0].split("alert")[1])
    assert said[0] == said[1]


def test_guessing_is_slowed_down(app, person):
    account = person("responder")
    client = app.test_client()
    token = csrf_of(client.get("/login").text)
    form = {"email": account.email, "password": "a guess", "csrf_token": token}
    numbers = [client.post("/login", data=form).status_code for _ in range(11)]
    assert numbers[0] == 200
    assert numbers[-1] == 429


def test_a_form_without_its_token_is_refused(app, browser):
    client = browser("responder").client
    assert client.post("/console/incidents", data={"title": "x"}).status_code == 400


def test_a_token_opens_the_api_until_it_ends(kit, person, clock):
    account = person("responder", "approver")
    with kit.begin() as tx:
        made = make_token(tx, account, "laptop", clock=clock, valid_for=timedelta(days=1))
        assert made.text not in str([vars(row) for row in tx.identity_map.values()])
        assert check_token(tx, made.text, clock=clock) == account.as_actor()
        assert check_token(tx, made.text + "x", clock=clock) is None
        clock.tick(timedelta(days=1))
        assert check_token(tx, made.text, clock=clock) is None


def test_a_revoked_token_and_a_closed_account_open_nothing(kit, person, clock):
    account = person("responder")
    with kit.begin() as tx:
        mine = find_account(tx, account.id)
        first, second = (make_token(tx, mine, "one", clock=clock) for _ in range(2))
        revoke_token(tx, mine, first.id, clock=clock)
        assert check_token(tx, first.text, clock=clock) is None
        deactivate(mine)
        tx.flush()
        assert check_token(tx, second.text, clock=clock) is None


def test_closing_an_account_ends_its_sessions(kit, browser):
    here = browser("responder")
    with kit.begin() as tx:
        deactivate(find_account(tx, "responder@house.example"))
    assert here.get("/console/").status_code == 302


def test_only_an_administrator_lets_people_in(browser):
    form = {"name": "New", "email": "new@house.example", "roles": "auditor", "password": PASSWORD}
    assert browser("responder").send("/console/accounts", form).status_code == 403
    assert browser("administrator").send("/console/accounts", form).status_code == 303


def test_the_cookie_and_the_headers_are_strict(app):
    answer = app.test_client().get("/login")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_command_line_finds_the_actor_of_a_token(app, kit, person):
    account = person("compliance")
    with kit.begin() as tx:
        text = make_token(tx, account, "shell", clock=kit.clock).text
    actor_of = app.extensions["tocsin.actor_of"]
    assert actor_of(text) == account.as_actor()
    with pytest.raises(Refused, match="fits nobody"):
        actor_of("toc_wrong")
