"""Makes accounts and tokens, and tells whose a token is. Used by the doors and by the set-up of the sample."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.foundation.ids import new_id
from incidents.record.actor import Actor, ActorRole
from web.accounts.tables import Account, ApiToken

SHORTEST_PASSWORD = 12  # characters; NIST SP 800-63B-4 asks for 15 where the password stands alone, 8 beside a second
TOKEN_MARK = "toc_"  # noqa: S105 - lets a secret scanner recognise a leaked token
_HASHER = PasswordHasher()


@dataclass(frozen=True)
class MadeToken:
    """A token just made; `text` is shown this once."""

    id: str
    text: str


def make_account(
    tx: Session, name: str, email: str, roles: Iterable[ActorRole], password: str, *, clock: Clock
) -> Account:
    """Make an account. Raises BadInput for a short password or no role, Refused when the address is taken."""
    words = sorted({ActorRole(role) for role in roles})
    address = email.strip().lower()
    if not name.strip() or "@" not in address:
        raise BadInput("email: an account needs a name and an e-mail address.")
    if not words:
        raise BadInput("roles: an account needs at least one role.")
    if tx.scalars(select(Account).where(Account.email == address)).first():
        raise Refused("account_taken", "There is an account with this address already.")
    account = Account(
        id=new_id("acc"),
        email=address,
        name=name.strip(),
        password=password_digest(password),
        active=True,
        fs_uniquifier=secrets.token_hex(32),
        role_words=[str(word) for word in words],
        made_at=clock.now(),
    )
    tx.add(account)
    tx.flush()
    return account


def password_digest(password: str) -> str:
    """The argon2id hash of a password. Raises BadInput when it is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(f"password: at least {SHORTEST_PASSWORD} characters, please.")
    return _HASHER.hash(password)


def set_password(account: Account, password: str) -> None:
    """Give the account another password; every session of it ends."""
    account.password = password_digest(password)
    account.fs_uniquifier = secrets.token_hex(32)


def set_roles(account: Account, roles: Iterable[ActorRole]) -> None:
    """Give the account these roles instead of those it had."""
    words = sorted({ActorRole(role) for role in roles})
    if not words:
        raise BadInput("roles: an account needs at least one role.")
    account.role_words = [str(word) for word in words]


def deactivate(account: Account) -> None:
    """Let nobody in with this account any more: no log-in, no session, no token."""
    account.active = False
    account.fs_uniquifier = secrets.token_hex(32)


def find_account(tx: Session, wanted: str) -> Account:
    """The account with this id or e-mail address. Raises NotFound."""
    by_id = tx.get(Account, wanted)
    found = by_id or tx.scalars(select(Account).where(Account.email == wanted.strip().lower())).first()
    if found is None:
        raise NotFound("account", wanted if wanted.startswith("acc_") else "with this address")
    return found


def by_password(tx: Session, email: str, password: str) -> Account:
    """The account that this address and password open. Raises Refused, with the same words for either slip."""
    found = tx.scalars(select(Account).where(Account.email == email.strip().lower())).first()
    wrong = Refused("wrong_password", "This address and password open no account.")
    try:
        _HASHER.verify(found.password if found else _nobody(), password)
    except VerificationError:
        raise wrong from None
    if found is None or not found.active:
        raise wrong
    return found


def accounts(tx: Session) -> list[Account]:
    """Every account, by name."""
    return list(tx.scalars(select(Account).order_by(Account.name)))


def make_token(
    tx: Session, account: Account, title: str, *, clock: Clock, valid_for: timedelta = timedelta(days=90)
) -> MadeToken:
    """Make a personal token; its text is in the answer and nowhere else."""
    if not title.strip():
        raise BadInput("title: say what the token is for.")
    text = TOKEN_MARK + secrets.token_urlsafe(32)
    now = clock.now()
    token = ApiToken(
        id=new_id("tok"),
        account_id=account.id,
        title=title.strip(),
        digest=_digest(text),
        made_at=now,
        expires_at=now + valid_for,
    )
    tx.add(token)
    tx.flush()
    return MadeToken(token.id, text)


def check_token(tx: Session, text: str, *, clock: Clock) -> Actor | None:
    """The actor whose token this is; None when it is unknown, revoked, expired or its account is closed."""
    token = tx.scalars(select(ApiToken).where(ApiToken.digest == _digest(text))).first()
    if token is None or token.revoked_at is not None or token.expires_at <= clock.now():
        return None
    account = tx.get_one(Account, token.account_id)
    return account.as_actor() if account.active else None


def revoke_token(tx: Session, account: Account, token_id: str, *, clock: Clock) -> None:
    """End a token of this account. Doing it twice is harmless. Raises NotFound for another person's token."""
    token = tx.get(ApiToken, token_id)
    if token is None or token.account_id != account.id:
        raise NotFound("token", token_id)
    token.revoked_at = token.revoked_at or clock.now()


def tokens(tx: Session, account_id: str) -> list[ApiToken]:
    """The tokens of an account, newest first."""
    query = select(ApiToken).where(ApiToken.account_id == account_id).order_by(ApiToken.made_at.desc())
    return list(tx.scalars(query))


@cache
def _nobody() -> str:
    # A hash that no password fits, so that a wrong address costs the same time as a wrong password.
    return _HASHER.hash(secrets.token_hex())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
