"""From facts to obligations: every law that touches a party is asked, and every open fact becomes a question."""

from collections.abc import Callable, Iterator

from policies.docket import Docket
from policies.duties import obligations
from policies.facts import Facts, PartyFacts, Truth
from policies.load import Packs
from policies.outcome import Effect, Evaluation, Obligation, SetAside
from policies.pack import Law
from policies.questions import asked
from policies.scope import Scope, tied
from policies.vocabulary import Decision, LawState, Role

ASLEEP = {
    LawState.PROPOSED: "it is a proposal and binds nobody.",
    LawState.SUPERSEDED: "it binds no more.",
    LawState.PENDING: "it does not bind yet.",
}


def evaluate(packs: Packs, facts: Facts) -> Evaluation:
    """Who owes what to whom by when under all of `packs`, and which unknown facts would change that."""
    docket = Docket(packs, facts)
    found: list[Obligation] = []
    aside: list[SetAside] = []
    for party in docket.parties():
        for law_id, law in _laws_over(packs, party):
            reason = _reason_to_set_aside(docket, law, party)
            if reason:
                docket.note(_which_part(docket, law, party), party.id, law_id, Effect.DECIDES)
                aside.append(SetAside(law_id, party.id, reason))
                continue
            for article in packs.articles[law_id]:
                found.extend(obligations(docket, party, article))
    questions = asked(docket)
    return Evaluation(tuple(found), questions, tuple(_warnings(docket, found)), tuple(aside))


def _laws_over(packs: Packs, party: PartyFacts) -> Iterator[tuple[str, Law]]:
    yield from packs.laws.items()
    # A shop or a team owes no promise that its processor made.
    house = packs.house.get(party.id)
    if house is not None:
        yield f"house/{party.id}", house


def _reason_to_set_aside(docket: Docket, law: Law, party: PartyFacts) -> str | None:
    scope = docket.scope(party, law, docket.cohorts(party, Role))
    for holds, reason in _REASONS:
        if holds(law, scope):
            return f"{law.title}: {reason(law, scope)}"
    return None


def _mentioned(law: Law, scope: Scope) -> bool:
    return law.applies_if is None or any(scope.mentions(fact) for fact in law.applies_if.facts())


def _touches(area: str, scope: Scope) -> bool:
    return tied(area, scope) or any(scope.areas.inside(place, (area,)) is Truth.YES for place in scope.lived_in)


def _which_part(docket: Docket, law: Law, party: PartyFacts) -> tuple[str, ...]:
    """The question that would bring in the law of a part of a country, where only the country of people is known."""
    if law.area is None or "-" not in law.area or law.state in ASLEEP:
        return ()
    scope = docket.scope(party, law, docket.cohorts(party, Role))
    known = scope.lived_in - {"unknown"}
    open_ended = any(scope.areas.inside(place, (law.area,)) is Truth.UNKNOWN for place in known)
    return ("cohort_region",) if open_ended else ()


def _warnings(docket: Docket, found: list[Obligation]) -> Iterator[str]:
    nowhere = [cohort for cohort in docket.facts.cohorts if cohort.residence == "unknown"]
    if nowhere:
        most = [cohort.people.max for cohort in nowhere]
        total = "an unknown number of" if None in most else f"up to {sum(one or 0 for one in most):,}"
        yield f"The country of {total} people is unknown: laws of places where they may live have not been asked."
    parted = {law.area.split("-", 1)[0] for law in docket.packs.laws.values() if law.area and "-" in law.area}
    for country in sorted({cohort.place for cohort in docket.facts.cohorts} & parted):
        yield f"Of people in {country} it is not known in which part: the laws of its parts have not been asked."
    if not docket.facts.cohorts:
        yield "Nobody has been counted yet: whatever hangs on who is affected is unknown."
    for one in found:
        if one.decision is Decision.POSSIBLE:
            yield f"{one.id} ({one.party}): owed if the upper end of the count is true; treat it as due now."


# Why a law is not asked of a party: (whether it holds, the sentence), the first that holds is said.
_REASONS: tuple[tuple[Callable[[Law, Scope], bool], Callable[[Law, Scope], str]], ...] = (
    (lambda law, _: law.state in ASLEEP, lambda law, _: ASLEEP[law.state]),
    (
        lambda law, scope: law.effective_from is not None and scope.on < law.effective_from,
        lambda law, scope: f"not in force on {scope.on}; it begins on {law.effective_from}.",
    ),
    (
        lambda law, scope: law.effective_to is not None and scope.on >= law.effective_to,
        lambda law, scope: f"no longer in force on {scope.on}; it ended on {law.effective_to}.",
    ),
    (
        lambda law, scope: law.area is not None and not _touches(law.area, scope),
        lambda law, scope: f"nobody affected is known to live in {law.area}, and nothing ties {scope.party.id} to it.",
    ),
    (
        lambda law, scope: law.area is None and not _mentioned(law, scope),
        lambda _, scope: f"nothing is said of {scope.party.id} that would bring it in.",
    ),
)
