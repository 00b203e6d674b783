"""Pages of accounts: one's own password and tokens, and for administrators everybody's account."""

from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from incidents.foundation.errors import Refused
from incidents.record.actor import ActorRole
from packs import Strict
from web.accounts import accounts as verbs
from web.accounts.roles import SENTENCES
from web.console.door import by_htmx, console, go, here, page
from web.console.forms import read_form
from web.kit import kit
from web.languages import gettext as _


class TokenForm(Strict):
    """A token's purpose and life."""

    title: str
    days: int = 90


class PasswordForm(Strict):
    """The password that was and the one that shall be."""

    old: str
    new: str


class AccountForm(Strict):
    """A person to let in."""

    name: str
    email: str
    roles: list[ActorRole]
    password: str


@console.get("/account")
def account() -> str:
    with kit().begin(reading=True) as tx:
        return page("account.html", title=_("Your account"), tokens=verbs.tokens(tx, here().id), sentences=SENTENCES)


@console.post("/account/tokens")
def make_token() -> ResponseReturnValue:
    said = read_form(TokenForm, request.form)
    with kit().begin() as tx:
        mine = verbs.find_account(tx, here().id)
        made = verbs.make_token(tx, mine, said.title, clock=kit().clock, valid_for=timedelta(days=said.days))
    shown = render_template("console/token.html", token=made)
    return shown if by_htmx() else page("problem.html", token=made, problem=None, back=url_for("console.account"))


@console.post("/account/tokens/<token_id>/revoke")
def revoke_token(token_id: str) -> ResponseReturnValue:
    with kit().begin() as tx:
        verbs.revoke_token(tx, verbs.find_account(tx, here().id), token_id, clock=kit().clock)
    flash(_("The token is revoked."))
    return go(url_for("console.account"))


@console.post("/account/password")
def change_password() -> ResponseReturnValue:
    said = read_form(PasswordForm, request.form)
    with kit().begin() as tx:
        mine = verbs.find_account(tx, here().id)
        try:
            PasswordHasher().verify(mine.password, said.old)
        except VerifyMismatchError:
            raise Refused("wrong_password", "The old password is not right.") from None
        verbs.set_password(mine, said.new)
    return go("/login")


@console.get("/accounts")
def everybody() -> str:
    here().must_be(ActorRole.ADMINISTRATOR)
    with kit().begin(reading=True) as tx:
        return page("accounts.html", title=_("Accounts"), people=verbs.accounts(tx), sentences=SENTENCES)


@console.post("/accounts")
def make_account() -> ResponseReturnValue:
    here().must_be(ActorRole.ADMINISTRATOR)
    said = read_form(AccountForm, request.form)
    with kit().begin() as tx:
        verbs.make_account(tx, said.name, said.email, said.roles, said.password, clock=kit().clock)
    flash(_("The account is made."))
    return go(url_for("console.everybody"))


@console.post("/accounts/<account_id>/deactivate")
def deactivate(account_id: str) -> ResponseReturnValue:
    here().must_be(ActorRole.ADMINISTRATOR)
    if account_id == here().id:
        raise Refused("own_account", "Nobody closes their own account; another administrator does.")
    with kit().begin() as tx:
        verbs.deactivate(verbs.find_account(tx, account_id))
    flash(_("The account is closed; its sessions and tokens are ended."))
    return go(url_for("console.everybody"))
