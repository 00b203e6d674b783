"""The sample's people of the house: one a role, with a deputy for approvals, so that two people can always act."""

from dataclasses import dataclass

from incidents.record.actor import ActorRole


@dataclass(frozen=True)
class Colleague:
    """One log-in of the sample."""

    name: str
    email: str
    roles: tuple[ActorRole, ...]


STAFF = (
    Colleague("Responder", "responder@tocsin.example", (ActorRole.RESPONDER,)),
    Colleague("Communications", "communications@tocsin.example", (ActorRole.COMMUNICATIONS,)),
    Colleague("Compliance", "compliance@tocsin.example", (ActorRole.COMPLIANCE,)),
    Colleague("Approver", "approver@tocsin.example", (ActorRole.APPROVER,)),
    Colleague("Deputy approver", "deputy@tocsin.example", (ActorRole.APPROVER, ActorRole.COMPLIANCE)),
    Colleague("Auditor", "auditor@tocsin.example", (ActorRole.AUDITOR,)),
    Colleague("Administrator", "administrator@tocsin.example", (ActorRole.ADMINISTRATOR,)),
)
