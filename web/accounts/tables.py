"""The tables of accounts."""

from datetime import datetime

from flask_security.core import UserMixin
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from incidents.foundation.database import Base
from incidents.record.actor import Actor, ActorRole
from web.accounts.roles import GrantedRole


class Account(Base, UserMixin):  # type: ignore[misc]  # Flask-Security is not typed for us
    """A person of the house. Some column names are those that Flask-Security asks for."""

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password: Mapped[str]  # an argon2id hash
    active: Mapped[bool]
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)  # a new one ends every session of the account
    role_words: Mapped[list[str]]
    made_at: Mapped[datetime]

    @property
    def roles(self) -> list[GrantedRole]:
        """The roles in the shape that Flask-Security asks for."""
        return [GrantedRole(word) for word in self.role_words]

    def as_actor(self) -> Actor:
        """The actor whom the hall sees: id, and the name and roles at this moment."""
        return Actor(self.id, self.name, frozenset(ActorRole(word) for word in self.role_words))


class ApiToken(Base):
    """A personal token for the API and the command line; only its digest is kept."""

    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    title: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)  # SHA-256 of 32 random bytes: nothing to guess, so no slow hash
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
