"""Judges one duty of one law for one party: per cohort group, per subject, with its deadline."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from policies.article import Article
from policies.counting import Counting
from policies.deadlines import Anchored, Deadline, Reading, settle
from policies.delays import held_back
from policies.docket import Docket
from policies.facts import CohortFacts, PartyFacts, Span, Truth
from policies.grouping import subjects
from policies.judge import Finding, both, judge
from policies.outcome import Effect, Instead, Obligation, Reasoned
from policies.pack import Case, Substitute, Timing
from policies.scope import Scope
from policies.vocabulary import Decision

DECISIONS = {
    Truth.YES: Decision.OWED,
    Truth.POSSIBLE: Decision.POSSIBLE,
    Truth.UNKNOWN: Decision.UNKNOWN,
    Truth.NO: Decision.NOT_OWED,
}
STRENGTH = {Decision.OWED: 3, Decision.POSSIBLE: 2, Decision.UNKNOWN: 1, Decision.NOT_OWED: 0}


@dataclass(frozen=True)
class Judged:
    """One group of cohorts that a duty cannot tell apart, judged."""

    decision: Decision
    cohorts: tuple[CohortFacts, ...]
    finding: Finding
    release_asks: frozenset[str] = frozenset()


def obligations(docket: Docket, party: PartyFacts, article: Article) -> Iterator[Obligation]:
    """What `party` owes under `article`, one obligation a subject; none where it holds no role that owes it."""
    duty, law = article.duty, article.law
    cohorts = docket.cohorts(party, duty.owed_by)
    if not cohorts and not docket.may_hold(party, duty.owed_by):
        return
    scope = docket.scope(party, law, cohorts)
    if (duty.effective_from and scope.on < duty.effective_from) or (
        duty.effective_to and scope.on >= duty.effective_to
    ):
        return
    asked = docket.concerned(law, scope)
    if cohorts and not asked:
        return  # it holds people in this role, and none of them may live where the law asks
    scope = scope if asked is scope.cohorts else replace(scope, cohorts=asked)
    for subject, members in subjects(law, duty, scope, docket.seats(law)).items():
        # The people of one subject are counted by themselves: a controller's slice, an authority's residents.
        seen = replace(scope, cohorts=members, found={})
        judged = [
            _judge(article, replace(seen, cohort=group[0] if group else None), group)
            for group in docket.groups(members, article.fields)
        ]
        yield _obligation(docket, article, seen, subject, judged)


def _judge(article: Article, scope: Scope, group: tuple[CohortFacts, ...]) -> Judged:
    found = both(tuple(judge(one, scope) for one in article.asked))
    if found.truth is Truth.NO:
        return Judged(Decision.NOT_OWED, group, found)
    open_asks: frozenset[str] = frozenset()
    for exemption in article.duty.exempt_if:
        release = judge(exemption.if_, scope)
        if release.truth is Truth.YES:
            said = Finding(Truth.NO, f"Released by {exemption.cite}.", (release,))
            return Judged(Decision.NOT_OWED, group, said)
        # Unknown releases nobody: the duty stands until the exemption is shown, and the question is asked.
        open_asks |= release.asks
    return Judged(DECISIONS[found.truth], group, found, open_asks)


def _obligation(docket: Docket, article: Article, scope: Scope, subject: str, judged: list[Judged]) -> Obligation:
    law, duty, party = article.law, article.duty, scope.party.id
    decision = max((one.decision for one in judged), key=STRENGTH.__getitem__)
    deadline, to, deadline_asks = _deadline(docket, scope, article)
    for one in judged:
        docket.note(one.finding.asks, party, article.id, Effect.DECIDES)
        docket.note(one.release_asks, party, article.id, Effect.MAY_RELEASE)
    if decision is not Decision.NOT_OWED:
        waiting = {f"anchor:{name}" for name in deadline.waiting_for}
        docket.note(waiting | deadline_asks, party, article.id, Effect.FIXES_DEADLINE)
    return Obligation(
        id=article.id,
        law=article.law_id,
        duty=duty.id,
        party=party,
        roles=duty.owed_by,
        owed_to=duty.owed_to,
        subject=subject,
        does=duty.does if to is None else f"{duty.does} ({to})",
        decision=decision,
        reasoned=tuple(_reasoned(judged)),
        people=_people(cohort for one in judged if one.decision is decision for cohort in one.cohorts),
        citation=f"{law.title}, {duty.cite}",
        known=duty.known,
        to_confirm=article.unconfirmed,
        state=law.state,
        deadline=deadline,
        contents=duty.contents,
        later_contents=duty.later_contents,
        forbidden=duty.forbidden,
        methods=duty.methods,
        substitute=_instead(duty.substitute, scope) if duty.substitute else None,
        form=duty.form,
        phase=duty.phase,
        follows=article.follows,
        note=duty.note,
    )


def _instead(substitute: Substitute, scope: Scope) -> Instead:
    """Its condition is asked of all the people of the duty at once: laws count them, and name a cost of telling all."""
    found = judge(substitute.if_, scope) if substitute.if_ else Finding(Truth.YES, "No condition stands before it.")
    return Instead(
        ways=substitute.ways,
        min_days=substitute.min_days,
        cite=substitute.cite,
        known=substitute.known,
        holds=found.truth,
        because=tuple(dict.fromkeys(found.reasons())),
        asks=tuple(sorted(found.asks)),
    )


def _reasoned(judged: list[Judged]) -> Iterator[Reasoned]:
    for one in judged:
        because = tuple(dict.fromkeys(one.finding.reasons())) or ("No condition stands before it.",)
        yield Reasoned(one.decision, tuple(cohort.id for cohort in one.cohorts), because, one.finding.tree())


def _deadline(docket: Docket, scope: Scope, article: Article) -> tuple[Deadline, str | None, frozenset[str]]:
    timing, anchors, reading = article.duty.deadline, _anchors(scope.party, article), _reading(docket, scope, article)
    wait = partial(
        held_back,
        law=article.law,
        owed_to=article.duty.owed_to,
        requests=scope.party.police_requests,
        by=reading.by,
        areas=scope.areas,
    )
    if not timing.cases:
        return wait(settle(timing, anchors, reading)), None, frozenset()
    cases, asks = _cases(timing.cases, scope)
    options = [(wait(settle(_in_case(timing, case), anchors, reading, limits=case.limits)), case.to) for case in cases]
    deadline, to = min(options, key=lambda option: (option[0].due_at is None, option[0].due_at or scope.facts.as_of))
    if len(cases) == 1:
        return deadline, to, asks
    said = f"{deadline.sentence} The strictest of {len(options)} cases, until it is known which of them this is."
    return replace(deadline, sentence=said, provisional=True), to, asks


def _in_case(timing: Timing, case: Case) -> Timing:
    return timing.model_copy(update={"pace": case.pace}) if case.pace else timing


def _reading(docket: Docket, scope: Scope, article: Article) -> Reading:
    timing, house = article.duty.deadline, docket.packs.house.get(scope.party.id)
    place = docket.days_off(scope.party, timing.holidays)
    return Reading(
        on=scope.on,
        by=Counting(timing.zone or scope.party.zone or article.law.zone, place, docket.packs.calendars),
        targets=house.targets_hours if house else {},
        stretch=timing.stretch is not None and judge(timing.stretch.if_, scope).truth is Truth.YES,
    )


def _anchors(party: PartyFacts, article: Article) -> Anchored:
    """The party's anchors; for a duty that follows another, the moments of having done a duty are those of that one."""
    if article.follows is None:
        return party.anchors
    recorded = {name for moments in party.done.values() for name in moments}
    own = {name: at for name, at in party.anchors.items() if name not in recorded}
    return own | party.done.get(article.follows, {})


def _cases(cases: tuple[Case, ...], scope: Scope) -> tuple[list[Case], frozenset[str]]:
    candidates: list[Case] = []
    asks: frozenset[str] = frozenset()
    for case in cases:
        found = judge(case.if_, scope) if case.if_ else Finding(Truth.YES, "")
        asks |= found.asks
        if found.truth is not Truth.NO:
            candidates.append(case)
        if found.truth is Truth.YES:
            break
    return candidates or [cases[-1]], asks


def _people(cohorts: Iterable[CohortFacts]) -> Span:
    spans = [cohort.people for cohort in cohorts]
    known = [span.max for span in spans if span.max is not None]
    return Span(min=sum(span.min for span in spans), max=sum(known) if len(known) == len(spans) else None)
