"""The act of a pre-flight: have a company's people counted, by whom and how each could be told."""

from typing import Any

from incidents.deliveries import preflight_asked
from web.acts.act import Visit, act


@act("/companies/<company>/readiness", page="readiness_page", said="It is being counted; this page will show it.")
def count_readiness(visit: Visit, company: str) -> dict[str, Any]:
    """Have a company's whole directory counted: who could be told how, and what is missing."""
    row = preflight_asked.ask(visit.tx, company, by=visit.by, kit=visit.kit)
    return {"company": company, "asked_at": row.asked_at.isoformat()}
