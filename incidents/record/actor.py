"""Who acts: an opaque id with the name and roles the person had at the time. Accounts themselves live in web/."""

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum

from incidents.foundation.errors import Refused


class ActorRole(StrEnum):
    """What a person of the house may do."""

    RESPONDER = "responder"  # opens and runs incidents, collects evidence, scopes
    COMMUNICATIONS = "communications"  # writes notices, watches the fan-out
    COMPLIANCE = "compliance"  # answers legal facts, decides, files, waives
    APPROVER = "approver"  # approves notices and filings that another person wrote
    AUDITOR = "auditor"  # reads everything, changes nothing
    ADMINISTRATOR = "administrator"  # accounts, keys, settings; no say in an incident


@dataclass(frozen=True)
class Actor:
    """A person, or the machine itself where no person acts (`TOCSIN`)."""

    id: str
    name: str
    roles: Set[ActorRole]

    def must_be(self, *roles: ActorRole) -> None:
        """Raises Refused unless the person holds one of `roles`."""
        if not self.roles & set(roles):
            wanted = " or ".join(roles)
            raise Refused("role_missing", f"This needs the role {wanted}; {self.name} does not hold it.")


TOCSIN = Actor("tocsin", "Tocsin", frozenset())
