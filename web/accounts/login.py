"""Log-in by session: Flask-Security over our own tables, with safe cookies, CSRF tokens and a limit on guesses."""

from datetime import timedelta
from typing import Any

from flask import Flask
from flask_login import current_user
from flask_security import MailUtil, Security
from flask_security.datastore import Datastore, UserDatastore
from flask_wtf import CSRFProtect
from sqlalchemy import func, select

from incidents.foundation.settings import Settings
from incidents.record.actor import Actor
from web.accounts.roles import GrantedRole
from web.accounts.tables import Account
from web.kit import kit
from web.limits import limiter

GUESSES = "10 per minute"


class AccountStore(Datastore, UserDatastore):  # type: ignore[misc]  # Flask-Security is not typed for us
    """Finds and keeps accounts in the kit's own transactions, so that log-in needs no second session."""

    def __init__(self) -> None:
        Datastore.__init__(self, None)
        UserDatastore.__init__(self, Account, GrantedRole)

    def find_user(self, case_insensitive: bool = False, **named: Any) -> Account | None:
        name, value = named.popitem()
        column = getattr(Account, name)
        same = func.lower(column) == value.lower() if case_insensitive else column == value
        with kit().begin(reading=True) as tx:
            return tx.scalars(select(Account).where(same)).first()

    def find_role(self, role: str) -> GrantedRole:
        return GrantedRole(role)

    def put(self, model: Account) -> Account:
        with kit().begin() as tx:
            return tx.merge(model)

    def commit(self) -> None:
        """Nothing waits: `put` commits."""


class PlainMail(MailUtil):  # type: ignore[misc]  # Flask-Security is not typed for us
    """Takes an address as it stands: an account of the house may live in a domain that public mail refuses."""

    def normalize(self, email: str) -> str:
        return email.strip().lower()

    def validate(self, email: str) -> str:
        return self.normalize(email)


def let_people_in(app: Flask, settings: Settings) -> None:
    """Bind log-in and log-out to `app`. Nobody can register: an administrator makes accounts."""
    app.config.update(_config(settings))
    CSRFProtect(app)
    Security(app, AccountStore(), mail_util_cls=PlainMail)
    login: Any = app.view_functions["security.login"]
    app.view_functions["security.login"] = limiter.limit(GUESSES, methods=["POST"])(login)


def signed_in() -> Actor | None:
    """Who is signed in with this session, frozen as an actor; None for nobody."""
    return current_user.as_actor() if current_user.is_authenticated else None


def _config(settings: Settings) -> dict[str, Any]:
    secure = settings.public_url.startswith("https://")
    return {
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],  # argon2 salts by itself
        "SECURITY_PASSWORD_SALT": "unused",
        "SECURITY_DEPRECATED_PASSWORD_SCHEMES": [],
        "SECURITY_USE_REGISTER_V2": True,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,  # says nothing about which addresses have accounts
        "SECURITY_LOGIN_USER_TEMPLATE": "console/accounts/login.html",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_POST_LOGIN_VIEW": "/console/",
        "SECURITY_POST_LOGOUT_VIEW": "/login",
        "SECURITY_FLASH_MESSAGES": False,
        "SECURITY_CLI_USERS_NAME": "",
        "SECURITY_CLI_ROLES_NAME": "",
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a form left open over a long night still works
        "SESSION_COOKIE_NAME": "__Host-tocsin" if secure else "tocsin",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "REMEMBER_COOKIE_DURATION": timedelta(0),
        "REMEMBER_COOKIE_SECURE": secure,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
    }
