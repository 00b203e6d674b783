"""The stage of a drill: the kit, who acts in each role, the script, the leak, and where the words go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from incidents.kit import Kit
from incidents.record.actor import Actor, ActorRole
from sample.leaks import Leak
from sample.script import Script

Say = Callable[[str], None]


@dataclass
class Drill:
    """One drill under way: the kit, who acts in each role, the script, the leak, and where its words go."""

    kit: Kit
    crew: Mapping[ActorRole, Actor]
    script: Script
    leak: Leak
    say: Say
    url: str
    wait: Callable[[float], object]
    incident_id: str = ""
    reference: str = ""

    def by(self, role: ActorRole) -> Actor:
        """Who acts in this role."""
        return self.crew[role]

    def page(self, of: str = "") -> str:
        """The console's page of this incident (or of one part of it)."""
        return f"{self.url}/console/incidents/{self.reference}{of}"
