"""The act of a small case: declared, assessed, recorded and, where nothing else is owed, closed."""

from typing import Any

from pydantic import AwareDatetime, Field

from incidents.record.declare import Declaration
from incidents.record.incident import Kind
from incidents.respond import play
from incidents.review.small import Small, open_small, settle_small
from packs import BadInput, Strict
from policies.categories import DataCategory
from policies.facts import Place
from policies.vocabulary import Role
from web.acts.act import Visit, act


class SmallBody(Strict):
    """A small case as one person tells it."""

    title: str
    company: str = Field(description="Id of the house whose people and policy it concerns.")
    became_aware_at: AwareDatetime
    people: int = Field(description="How many people's data it is; twenty at most.")
    residence: Place = Field(description="Where they live: a country or a part of it, such as DE or US-CA.")
    categories: tuple[DataCategory, ...] = Field((), description="Which kinds of their data.")
    answers: tuple[str, ...] = Field((), description="Texts of the form fact=yes, fact=no or fact=unknown.")
    because: str = Field(description="What was done about it, and why nobody need be told if so.")
    decide: bool = Field(False, description="Sign that nobody is notified where a fact stays open. Compliance only.")
    kind: Kind = Kind.MISDIRECTED_MESSAGE
    role: Role = Role.CONTROLLER
    is_drill: bool = False


@act("/small-cases", page="close_page", said="Assessed and recorded. What is still owed, if anything, stands here.")
def settle_small_case(visit: Visit, body: SmallBody) -> dict[str, Any]:
    """Declare, assess and record a small case in one act, and close it where nothing else is owed."""
    visit.kit.packs.must_know(body.company)
    said = Declaration(
        body.title, body.company, body.became_aware_at, kind=body.kind, role=body.role, is_drill=body.is_drill
    )
    small = Small(body.people, body.residence, body.categories)
    incident = open_small(visit.tx, said, small, keys=visit.kit.keys, **visit.hands)
    play.open_chosen(visit.tx, incident, kit=visit.kit.of(incident), by=visit.by)
    done = settle_small(
        visit.tx,
        incident,
        read_answers(body.answers),
        because=body.because,
        decide=body.decide,
        packs=visit.kit.packs,
        signer=visit.kit.signer,
        **visit.hands,
    )
    return {"reference": incident.reference, "closed": done.closed, "left": list(done.left)}


def read_answers(texts: tuple[str, ...]) -> dict[str, str]:
    """Texts of the form fact=answer; what is left empty is not said. Raises BadInput for any other."""
    found = {}
    for text in texts:
        fact, sign, said = (part.strip() for part in text.partition("="))
        if not (fact and sign):
            raise BadInput(f"answers: '{text}' is not of the form fact=answer.")
        if said:
            found[fact] = said
    return found
