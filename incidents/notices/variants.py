"""Who of a notice's readers get one and the same text: by language, kinds of data, zone, and age known or not."""

from collections.abc import Iterable, Iterator, Sequence

from incidents.notices.house import written_languages
from incidents.notices.library import Wording
from incidents.notices.needs import NoticeNeed
from incidents.notices.values import Variant, zone_of
from policies.facts import CohortFacts, Span
from policies.load import Packs
from policies.vocabulary import AgeBand, Audience


def variants_of(need: NoticeNeed, *, packs: Packs, wording: Wording) -> list[Variant]:
    """The variants of a notice, in a stable order."""
    notice = wording.notice(need.wording)
    spoken = written_languages(packs, need.party, notice)
    zone = packs.zone_of(need.party)
    if need.audience is Audience.CONTROLLER:
        return [*_for_controllers(need, spoken, zone)]
    if need.audience is Audience.PUBLIC:
        categories = _kinds(need.cohorts)
        return [Variant(one, categories, zone, _ids(need.cohorts)) for one in spoken]
    grouped: dict[Variant, list[CohortFacts]] = {}
    for cohort in need.cohorts:
        language = wording.read_by(cohort.language, notice.languages, else_in=spoken[0])
        unknown = cohort.age_band is AgeBand.UNKNOWN
        like = Variant(language, _kinds([cohort]), zone_of(wording, cohort.residence, zone), (), unknown)
        grouped.setdefault(like, []).append(cohort)
    made = [
        Variant(one.language, one.categories, one.zone, _ids(cohorts), one.age_unknown)
        for one, cohorts in grouped.items()
    ]
    return sorted(made, key=lambda one: one.key)


def _for_controllers(need: NoticeNeed, spoken: Sequence[str], zone: str) -> Iterator[Variant]:
    # Who speaks for a controller is looked up when the sending is planned; every language it may be is written now.
    for controller in sorted({cohort.controller for cohort in need.cohorts}):
        slice_ = [cohort for cohort in need.cohorts if cohort.controller == controller]
        by_kinds = {_kinds([cohort]): [one for one in slice_ if _kinds([one]) == _kinds([cohort])] for cohort in slice_}
        groups = tuple((kinds, *_people(members)) for kinds, members in sorted(by_kinds.items()))
        for language in spoken:
            yield Variant(
                language,
                _kinds(slice_),
                zone,
                _ids(slice_),
                people=_people(slice_),
                groups=groups,
                subject=controller,
            )


def _people(cohorts: Iterable[CohortFacts]) -> tuple[int, int | None]:
    spans: list[Span] = [cohort.people for cohort in cohorts]
    most = [span.max for span in spans]
    return sum(span.min for span in spans), None if None in most else sum(one or 0 for one in most)


def _kinds(cohorts: Iterable[CohortFacts]) -> tuple[str, ...]:
    return tuple(sorted({str(kind) for cohort in cohorts for kind in cohort.categories}))


def _ids(cohorts: Iterable[CohortFacts]) -> tuple[str, ...]:
    return tuple(sorted(cohort.id for cohort in cohorts))
