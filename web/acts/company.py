"""The act of a company's standing answers: said once, and every open incident of the company is assessed again."""

from typing import Any

from pydantic import Field

from incidents.obligations.assess import assess_again
from incidents.obligations.facts import must_count
from incidents.record.company import answer_standing, open_incidents
from packs import Strict
from web.acts.act import Visit, act


class StandingBody(Strict):
    """What is true of a company, whatever the incident."""

    name: str = Field(description="A fact that laws ask of a party, or a tie such as offers_to:EEA.")
    value: str | int | dict[str, int | None] = Field(description="yes, no, unknown, a number or {min, max}.")
    because: str


@act("/companies/<company>/answers", page="company_page", said="The answer stands for every incident of the company.")
def answer_for_company(visit: Visit, body: StandingBody, company: str) -> dict[str, Any]:
    """Say what is true of a company, whatever the incident; its open incidents are assessed again."""
    visit.kit.packs.must_know(company)
    must_count(visit.kit.packs, body.name)
    row = answer_standing(visit.tx, company, body.name, body.value, because=body.because, **visit.hands)
    changed = [
        one.reference
        for one in open_incidents(visit.tx, company)
        if assess_again(visit.tx, one, packs=visit.kit.packs, **visit.hands)
    ]
    return {"id": row.id, "company": company, "name": row.name, "value": body.value, "assessed_again": changed}
