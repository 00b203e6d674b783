"""What our words are called in OASIS CACAO 2.0 (committee specification 01, 27 November 2023), and back."""

from typing import Any
from uuid import UUID, uuid5

from playbooks.conditions import Condition, FactValue
from playbooks.phases import Phase

SPEC = "cacao-2.0"
# CACAO's pattern for identifiers admits UUID versions 1 to 5 only; a name-based one makes every export the same.
_OURS = UUID("5d6a0a0e-6f0c-5b0f-9a52-7a1f3f0c6b11")

STEP_TYPES = frozenset(
    ["start", "end", "action", "playbook-action", "parallel", "if-condition", "while-condition", "switch-condition"]
)
CARRIED_TOP = {"type", "spec_version", "name", "description", "workflow_start", "workflow", "playbook_extensions"}

TYPES_BY_PHASE = {
    Phase.PREPARE: "prevention",
    Phase.DETECT: "detection",
    Phase.ASSESS: "investigation",
    Phase.CONTAIN: "mitigation",
    Phase.NOTIFY: "notification",
    Phase.ERADICATE: "remediation",
    Phase.RECOVER: "remediation",
    Phase.LEARN: "prevention",
}
PHASE_BY_TYPE = {
    "prevention": Phase.PREPARE,
    "detection": Phase.DETECT,
    "investigation": Phase.ASSESS,
    "mitigation": Phase.CONTAIN,
    "notification": Phase.NOTIFY,
    "remediation": Phase.ERADICATE,
}


def identifier(kind: str, *name: str) -> str:
    """`kind--uuid`, the same for the same name."""
    return f"{kind}--{uuid5(_OURS, '/'.join((kind, *name)))}"


EXTENSION = identifier("extension-definition", "plan")
AUTHOR = identifier("identity", "tocsin")


def extension_definition() -> dict[str, Any]:
    """The definition of the extension that carries what CACAO has no word for."""
    return {
        "type": "extension-definition",
        "name": "Tocsin plan",
        "description": "Step ids, exact dependencies, three-valued conditions, roles, due times from an anchor, "
        "and the verb that a step carries out.",
        "created_by": AUTHOR,
        "schema": "docs/playbooks.md",
        "version": "1",
    }


def variable(fact: str) -> str:
    """The name of the variable that stands for a fact."""
    return f"__{fact}__"


def stix(condition: Condition) -> str:
    """The condition as a STIX comparison in brackets. STIX knows no unknown: an unset variable makes it false."""
    return f"[{_comparison(condition, True)}]"


def _comparison(condition: Condition, wanted: bool) -> str:
    if condition.fact is not None:
        return _test(condition, wanted)
    if condition.not_ is not None:
        return _comparison(condition.not_, not wanted)
    # STIX has no negation of a whole comparison, so it is pushed down (De Morgan).
    joint = " AND " if (condition.all_ is not None) == wanted else " OR "
    return "(" + joint.join(_comparison(part, wanted) for part in condition.parts()) + ")"


def _test(test: Condition, wanted: bool) -> str:
    name = f"{variable(test.fact or '')}:value"
    if test.is_ is not None:
        return f"{name} {'=' if wanted else '!='} '{_constant(test.is_)}'"
    if test.at_least is not None:
        return f"{name} {'>=' if wanted else '<'} {test.at_least}"
    return f"{name} {'<' if wanted else '>='} {test.below}"


def _constant(value: FactValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace("\\", "\\\\").replace("'", "\\'")
