"""What each role of a person of the house may do, in one sentence, and the shape Flask-Security wants it in."""

from dataclasses import dataclass

from flask_security.core import RoleMixin

from incidents.record.actor import ActorRole

SENTENCES = {
    ActorRole.RESPONDER: "Opens and runs incidents, collects evidence, finds out who is affected.",
    ActorRole.COMMUNICATIONS: "Writes notices and watches them go out.",
    ActorRole.COMPLIANCE: "Answers legal questions, decides, files reports, waives.",
    ActorRole.APPROVER: "Approves notices and reports that another person wrote.",
    ActorRole.AUDITOR: "Reads everything and changes nothing.",
    ActorRole.ADMINISTRATOR: "Keeps accounts, keys and settings; has no say in an incident.",
}


@dataclass(frozen=True)
class GrantedRole(RoleMixin):  # type: ignore[misc]  # Flask-Security is not typed for us
    """A role as Flask-Security reads one."""

    name: str
    permissions: None = None
