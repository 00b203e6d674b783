"""Turns the facts that conditions missed into questions for a person, with what each answer would change."""

from policies.deadlines import phrase
from policies.docket import Docket
from policies.load import Packs
from policies.outcome import Question
from policies.vocabulary import AnchorName

PLACED = {
    "established_in": "Is {party} established in {where}?",
    "offers_to": "Does {party} offer its services to people in {where}?",
    "stores_in": "Does {party} handle or store the data in {where}?",
}
PLAIN = {
    "people_count": "How many people are concerned, within closer bounds?",
    "who_is_affected": "Who is affected? Nobody has been counted yet.",
    "cohort_residence": "In which country do these people live?",
    "cohort_region": "In which part of the country do these people live?",
    "cohort_age_band": "How old are these people: under 14, 14 to 17, or adult?",
    "cohort_standing": "Where do these people's accounts stand?",
    "cohort_category": "Which kinds of data of these people were exposed?",
    "cohort_facet": "Which kinds of data of these people were exposed?",
}


def asked(docket: Docket) -> tuple[Question, ...]:
    """One question a fact and party, those that change the most first."""
    questions = [
        Question(
            fact, party, question(docket.packs, fact, party), tuple(sorted(changes.items())), _stands(docket, fact)
        )
        for (fact, party), changes in docket.asks.items()
    ]
    return tuple(sorted(questions, key=lambda one: (-len(one.changes), one.party, one.fact)))


def _stands(docket: Docket, fact: str) -> bool:
    return fact in docket.packs.standing or fact.partition(":")[0] in PLACED


def question(packs: Packs, fact: str, party: str) -> str:
    """The sentence that asks a person for a fact about this party; the fact's own id where no pack has words for it."""
    kind, _, rest = fact.partition(":")
    if kind == "anchor":
        return f"When did the moment '{phrase(AnchorName(rest))}' come for {party}, and who says so?"
    if kind in PLACED:
        return PLACED[kind].format(party=party, where=rest.replace("+", " or "))
    if fact.startswith("breach_"):
        return f"Was the {fact.removeprefix('breach_')} of the data lost?"
    words = packs.words.get(fact)
    return words.ask if words else PLAIN.get(fact, fact)
