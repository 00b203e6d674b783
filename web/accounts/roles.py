"""What each role of a person of the house may do, in one sentence, and the shape Flask-Security wants it in."""

from dataclasses import dataclass

from flask_security.core import RoleMixin

from incidents.record.actor import ActorRole
from web.languages import N_

SENTENCES = {
    ActorRole.RESPONDER: N_("Opens and runs incidents, collects evidence, finds out who is affected."),
    ActorRole.COMMUNICATIONS: N_("Writes notices and watches them go out."),
    ActorRole.COMPLIANCE: N_("Answers legal questions, decides, files reports, waives."),
    ActorRole.APPROVER: N_("Approves notices and reports that another person wrote."),
    ActorRole.AUDITOR: N_("Reads everything and changes nothing."),
    ActorRole.ADMINISTRATOR: N_("Keeps accounts, keys and settings; has no say in an incident."),
}


@dataclass(frozen=True)
class GrantedRole(RoleMixin):  # type: ignore[misc]  # Flask-Security is not typed for us
    """A role as Flask-Security reads one."""

    name: str
    permissions: None = None
