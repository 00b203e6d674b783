"""The phases of a response, each mapped to NIST SP 800-61r3 (CSF 2.0 categories) and to ISO/IEC 27035-1.

The names of both are general knowledge here, not read in the text: NIST SP 800-61r3 (April 2025) is a community profile
of CSF 2.0 and has no phase names of its own; ISO/IEC 27035-1:2023 has five.
"""

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """What a step is for, in the order in which a response mostly runs."""

    PREPARE = "prepare"
    DETECT = "detect"
    ASSESS = "assess"
    CONTAIN = "contain"
    NOTIFY = "notify"
    ERADICATE = "eradicate"
    RECOVER = "recover"
    LEARN = "learn"


@dataclass(frozen=True)
class PhaseNames:
    """What one of our phases is called elsewhere; `sentence` says what belongs in it."""

    csf: str
    iso27035: str
    sentence: str


NAMES: dict[Phase, PhaseNames] = {
    Phase.PREPARE: PhaseNames("GV, ID, PR", "plan and prepare", "Everything that is done before there is an incident."),
    Phase.DETECT: PhaseNames("DE.AE, RS.MA", "detect and report", "Somebody notices, says so, and the clocks start."),
    Phase.ASSESS: PhaseNames("RS.AN", "assess and decide", "What happened, to whose data, and what follows from it."),
    Phase.CONTAIN: PhaseNames("RS.MI", "respond", "Stop it from getting worse, without destroying what proves it."),
    Phase.NOTIFY: PhaseNames("RS.CO, RC.CO", "respond", "Tell the people, the controllers and the authorities."),
    Phase.ERADICATE: PhaseNames("RS.MI", "respond", "Remove the cause."),
    Phase.RECOVER: PhaseNames("RC.RP", "respond", "Bring service and data back, and check that they are right."),
    Phase.LEARN: PhaseNames("ID.IM", "learn lessons", "Look back, change something, close the case."),
}
