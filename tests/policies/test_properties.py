"""What holds of every evaluation, whatever the facts, and of every duty that ships."""

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.conditions import Op
from policies.counting import Counting
from policies.deadlines import Reading, settle
from policies.delays import held_back
from policies.evaluate import evaluate
from policies.facts import Facts, PoliceRequest
from policies.load import everything, load
from policies.pack import Join
from policies.vocabulary import AnchorName, Decision

LAWS = everything(load())
ARTICLES = [article for articles in load().articles.values() for article in articles]
FACTS = sorted(load().words)
NUMBERS = {name for name, words in load().words.items() if words.unit}
DEFINED = {name for law in LAWS.values() for name in law.defines}
STRENGTH = {Decision.NOT_OWED: 0, Decision.UNKNOWN: 1, Decision.POSSIBLE: 2, Decision.OWED: 3}
PLACES = [("CN", None), ("DE", None), ("TH", None), ("MM", None), ("unknown", None),
          ("US", None), ("US", "US-CA"), ("US", "US-TX")]  # fmt: skip
KINDS = [[], ["name"], ["health"], ["bank_account", "phone"], ["name", "national_id_number"], ["email", "password"]]
BANDS = ["under_14", "14_to_17", "adult", "unknown"]
# Around the thresholds that laws name, and far from any.
PEOPLE = st.sampled_from([0, 1, 249, 250, 499, 500, 999, 1000, 9_999, 999_999]) | st.integers(0, 3_000_000)
LEARNED = "2026-11-20T21:40:00+08:00"


def answer(name):
    return st.integers(0, 200_000_000) if name in NUMBERS else st.sampled_from(["yes", "no"])


def answers_to(names):
    return st.lists(st.sampled_from(names), unique=True, max_size=12).flatmap(
        lambda picked: st.fixed_dictionaries({name: answer(name) for name in picked})
    ) if names else st.just({})  # fmt: skip


def ties_to(places):
    truths = st.sampled_from(["yes", "no", "unknown"])
    return st.fixed_dictionaries(
        {
            "offers_to": st.dictionaries(st.sampled_from(places), truths, max_size=2),
            "established_in": st.dictionaries(st.sampled_from(places), truths, max_size=2),
        }
    )


def test_whoever_is_established_in_a_group_of_countries_is_judged_and_not_only_in_one_of_them():
    people = [{"controller": "acme", "place": ("DE", None), "people": 12}]
    assert evaluate(load(), facts("acme", {}, people, {"established_in": {"EEA": "yes"}})).obligations


def cohort(controllers, places):
    return st.fixed_dictionaries({
        "controller": st.sampled_from(controllers), "place": st.sampled_from(places),
        "age_band": st.sampled_from(BANDS), "categories": st.sampled_from(KINDS), "people": PEOPLE,
    })  # fmt: skip


def facts(company, said, people, ties, *, more=0):
    """`more`: so many more people in the first cohort."""
    cohorts = [{**one, "id": f"c{number}", "people": one["people"] + (0 if number else more)}
               for number, one in enumerate(people)]  # fmt: skip
    for one in cohorts:
        one["residence"], one["region"] = one.pop("place")
    return Facts.model_validate({
        "as_of": "2026-11-20T22:00:00+08:00", "company": company, "breach": {"kinds": ["confidentiality"]},
        "parties": [{"id": company, "anchors": {"became_aware_at": LEARNED}, **ties}],
        "answers": said, "cohorts": cohorts,
    })  # fmt: skip


COHORTS = st.lists(cohort(["moqi", "mmso", "onami:shop-1", "smo:team-2"], PLACES), min_size=1, max_size=4)
BREACHES = st.tuples(
    st.sampled_from(["moqi", "mmso", "onami", "smo"]), answers_to(FACTS), COHORTS, ties_to(["US", "US-CA", "EEA", "TH"])
)


def asked_facts(law):
    """Every fact that the law asks for, its definitions' too."""
    trees = [law.applies_if, *(one.if_ for one in law.defines.values())]
    for duty in law.duties:
        trees += [duty.owed_if, *(one.if_ for one in duty.exempt_if), *(case.if_ for case in duty.deadline.cases)]
    return sorted({fact for tree in trees if tree for fact in tree.facts()})


def about(law_id):
    """Breaches that are about this one law."""
    law = load().laws[law_id]
    area = law.area or "US"
    country = "DE" if area == "EEA" else area.split("-")[0]
    places = [(country, area if "-" in area else None), (country, None), ("unknown", None), ("TH", None)]
    people = st.lists(cohort(["acme", "acme:shop-1"], places), min_size=1, max_size=3)
    breach = st.tuples(st.just("acme"), answers_to(asked_facts(law)), people, ties_to([area, country]))
    return st.tuples(st.just(law_id), breach)


def alone(law_id):
    """All packs but the laws beside this one."""
    return replace(load(), laws={law_id: load().laws[law_id]})


ONE_LAW = st.sampled_from(sorted(load().laws)).flatmap(about)


def decisions(evaluation):
    return {(one.party, one.id, one.subject): one.decision for one in evaluation.obligations}


def grows(packs, breach, more):
    """Whether with more people every obligation is there as before, and as strong at least."""
    company, said, people, ties = breach
    before = decisions(evaluate(packs, facts(company, said, people, ties)))
    after = decisions(evaluate(packs, facts(company, said, people, ties, more=more)))
    weaker = [key for key in before if STRENGTH[after.get(key, Decision.NOT_OWED)] < STRENGTH[before[key]]]
    return before.keys() == after.keys() and not weaker


@settings(max_examples=25, deadline=None)
@given(breach=BREACHES, more=st.integers(1, 10**8))
def test_more_people_never_remove_an_obligation(breach, more):
    assert grows(load(), breach, more)


@settings(max_examples=500, deadline=None)
@given(case=ONE_LAW, more=st.sampled_from([1, 2, 501, 10**6]))
def test_more_people_never_remove_what_one_law_asks_for(case, more):
    assert grows(alone(case[0]), case[1], more)


def test_no_duty_is_written_so_that_more_people_end_it():
    for article in ARTICLES:
        falling = [falls for tree in article.asked for falls in _falling(tree, article.law, 1)]
        falling += [falls for one in article.duty.exempt_if for falls in _falling(one.if_, article.law, -1)]
        assert not any(falling), f"{article.id}: write one duty whose limits are cases"


def _falling(tree, law, sign, seen=()):
    """Of each count of people below `tree`, whether the duty weakens as it grows; `sign` is -1 under a negation."""
    if tree.people is not None:
        yield sign * (1 if tree.op in (Op.GTE, Op.GT) else -1) < 0
    if tree.fact in law.defines and tree.fact not in seen:
        yield from _falling(law.defines[tree.fact].if_, law, sign, (*seen, tree.fact))
    for child in tree.children:
        yield from _falling(child, law, -sign if tree.not_ else sign, seen)


def questions(packs, breach):
    # The part of a country is asked to bring a law in, and no more once a tie brought it in. That somebody was counted
    # is forgotten where all of them live elsewhere; the test below waits for that.
    found = evaluate(packs, facts(*breach)).questions
    return {(one.fact, one.party) for one in found if one.fact not in ("cohort_region", "who_is_affected")}


def test_a_law_of_where_a_clients_people_live_is_not_open_for_a_processor_whose_own_people_live_elsewhere():
    people = [{"controller": "acme", "place": ("TH", None), "people": 9},
              {"controller": "acme:shop-1", "place": ("BA", None), "people": 9}]  # fmt: skip
    found = evaluate(alone("ba/personal-data-protection-law"), facts("acme", {}, people, {}))
    assert "who_is_affected" not in {one.fact for one in found.questions}


def forgets(packs, breach, forgotten):
    """The questions that vanish when one answer or tie is taken back."""
    company, said, people, ties = breach
    fewer = {name: "unknown" if name == forgotten else value for name, value in said.items()}
    looser = {
        kind: {place: "unknown" if place == forgotten else truth for place, truth in known.items()}
        for kind, known in ties.items()
    }
    return questions(packs, breach) - questions(packs, (company, fewer, people, looser))


def forgettable(said, ties):
    # What a law works out from other facts may be settled by them when a person's own word is gone; so is a tie to a
    # part of a country by what is said of the whole.
    places = {place for known in ties.values() for place in known}
    settled = {place for place in places if place.partition("-")[0] in places - {place}}
    return sorted({*said} - DEFINED) + sorted({*ties["offers_to"], *ties["established_in"]} - settled)


@settings(max_examples=25, deadline=None)
@given(breach=BREACHES, data=st.data())
def test_an_answer_taken_back_never_leaves_fewer_questions(breach, data):
    known = forgettable(breach[1], breach[3])
    if known:
        assert forgets(load(), breach, data.draw(st.sampled_from(known))) == set()


@settings(max_examples=500, deadline=None)
@given(case=ONE_LAW, data=st.data())
def test_an_answer_taken_back_never_leaves_fewer_questions_of_one_law(case, data):
    law_id, breach = case
    known = forgettable(breach[1], breach[3])
    if known:
        assert forgets(alone(law_id), breach, data.draw(st.sampled_from(known))) == set()


@settings(max_examples=40, deadline=None)
@given(breach=BREACHES)
def test_what_is_open_is_asked_and_what_is_decided_says_why(breach):
    found = evaluate(load(), facts(*breach))
    asked = {changed for one in found.questions for changed, _ in one.changes}
    for one in found.obligations:
        assert all(group.because for group in one.reasoned)
        assert one.citation
        if one.decision in (Decision.UNKNOWN, Decision.POSSIBLE):
            assert one.id in asked
        for at in (one.deadline.due_at, one.deadline.target_at):
            assert at is None or at > datetime.fromisoformat(LEARNED)


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
CLOCKS = st.dictionaries(st.sampled_from(list(AnchorName)), MOMENTS)


def readings(clock):
    """Each set of limits of each duty that ships, as it is settled with these moments."""
    on = min((at.date() for at in clock.values()), default=date(2026, 11, 20))
    for article in ARTICLES:
        timing = article.duty.deadline
        place = None if timing.holidays == "seat" else timing.holidays
        reading = Reading(on=on, by=Counting(timing.zone or article.law.zone, place, load().calendars))
        for limits in [case.limits for case in timing.cases] or [timing.limits]:
            yield article, limits, reading, settle(timing, clock, reading, limits=limits)


@settings(max_examples=30, deadline=None)
@given(clock=CLOCKS, asked=MOMENTS, ends=MOMENTS | st.none())
def test_no_deadline_of_any_duty_that_ships_is_before_its_anchor_whether_the_police_ask_to_wait_or_not(
    clock, asked, ends
):
    request = PoliceRequest(agency="police", form="written", requested_at=asked, ends_at=ends)
    for article, limits, reading, found in readings(clock):
        named = {*article.duty.deadline.anchor, *(name for limit in limits for name in limit.anchor)} & clock.keys()
        first = min((clock[name] for name in named), default=datetime.max.replace(tzinfo=UTC))
        waited = held_back(found, article.law, article.duty.owed_to, [request], by=reading.by, areas=load().areas)
        for one in (found, waited):
            assert one.due_at is None or one.due_at >= clock[one.anchor] >= first, article.id
            assert one.target_at is None or one.target_at >= first, article.id
        # Waiting never brings anything forward.
        assert waited.due_at is None or found.due_at is None or waited.due_at >= found.due_at, article.id


@settings(max_examples=30, deadline=None)
@given(clock=CLOCKS)
def test_of_several_limits_the_strictest_known_one_binds_and_of_those_that_wait_for_each_other_the_last(clock):
    for article, limits, reading, found in readings(clock):
        alone = {limit: settle(article.duty.deadline, clock, reading, limits=(limit,)).due_at for limit in limits}
        lapsed = [limit for limit, due in alone.items() if limit.lapses_if_after in clock and due
                  and clock[limit.lapses_if_after] > due]  # fmt: skip
        ends = [due for limit, due in alone.items() if limit not in lapsed or len(lapsed) == len(limits)]
        known = [due for due in ends if due is not None]
        in_force = [limit for limit in limits if limit.n.on(reading.on) is not None]
        if article.duty.deadline.join is Join.FIRST:
            wanted = min(known, default=None)
        else:
            wanted = max(known) if len(known) == len(in_force) > 0 else None
        assert found.due_at == wanted, article.id
