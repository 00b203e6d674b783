"""The kit: what verbs and jobs are handed, bound by kits.py; a drill's kit can reach nobody by its make."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from securesystemslib.signer import CryptoSigner

from incidents.evidence.vault import Vault
from incidents.foundation.clock import Clock
from incidents.foundation.database import Begin
from incidents.foundation.errors import Refused
from incidents.foundation.jobs import Bell
from incidents.foundation.keys import KeyRing
from incidents.foundation.settings import Settings
from incidents.record.tables import Incident


@dataclass(frozen=True)
class Kit:
    """Collaborators by name. `providers` are real ones by id; `drill` is the twin whose providers are rehearsals."""

    settings: Settings
    begin: Begin
    clock: Clock
    keys: KeyRing
    signer: CryptoSigner
    vault: Vault
    bell: Bell
    home: Path
    directories: Mapping[str, Any] = field(default_factory=dict)  # company id -> affected.Directory
    packs: Any = None  # policies.Packs
    playbooks: Mapping[str, Any] = field(default_factory=dict)  # playbook id -> playbooks.Playbook
    providers: Mapping[str, Any] = field(default_factory=dict)  # provider id -> notifiers.Provider
    drill: "DrillKit | None" = None
    pager: Any = None  # respond.alerts.Pager; None: no colleague is alerted. A drill's kit has none

    def of(self, incident: Incident) -> "Kit":
        """The kit for this incident: a drill gets the twin. Raises Refused where this kit must not touch it."""
        if not incident.is_drill:
            return self
        if self.drill is None:
            raise Refused("no_drill_kit", "This machine has no rehearsal providers, so it runs no drill.")
        return self.drill


class DrillKit(Kit):
    """A kit for drills; its providers are rehearsals, and it refuses a real incident."""

    def of(self, incident: Incident) -> Kit:
        if not incident.is_drill:
            raise Refused("drill_kit", "A drill's kit must not touch a real incident.")
        return self
