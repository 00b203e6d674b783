"""The drill's notices: drafted, refused while incomplete, written, approved by a second person, sent and counted."""

from collections import Counter
from collections.abc import Collection

from sqlalchemy.orm import Session

from incidents.deliveries.control import fan_outs
from incidents.deliveries.plan import Terms
from incidents.deliveries.progress import progress
from incidents.deliveries.start import send_notice
from incidents.deliveries.state import State
from incidents.foundation.errors import Refused
from incidents.notices.approve import approve, digests, release, to_confirm
from incidents.notices.audience import Kind
from incidents.notices.draft import draft
from incidents.notices.files import Filler
from incidents.notices.fill import fill
from incidents.notices.house import house_words
from incidents.notices.library import load_wording
from incidents.notices.tables import Notice
from incidents.notices.texts import Sources, languages, notices_of, words_of
from incidents.notices.voids import standing
from incidents.record.actor import ActorRole
from incidents.record.incident import find
from sample.stage import Drill

_AT_ONCE = Terms(soak_minutes=0)  # nobody waits for a drill
_LEFT = (State.ACCEPTED, State.DELIVERED, State.READ)
_OF_HOUSE = {"sender": "sender", "verify_lines": "verify", "reach_lines": "reach"}


def approve_all(drill: Drill) -> None:
    """Draft what is owed, show that an empty draft is refused, write it, and let a second person approve it."""
    sources = Sources(drill.kit.packs, load_wording())
    kit = drill.kit
    with kit.begin() as tx:
        writer = drill.by(ActorRole.COMMUNICATIONS)
        draft(tx, find(tx, drill.incident_id), by=writer, clock=kit.clock, sources=sources)
        waiting = [one for one in notices_of(tx, drill.incident_id) if not standing(tx, one)]
        drill.say(f"Drafted {len(waiting)} notices: {', '.join(sorted(one.wording for one in waiting))}.")
        _say_refusal(tx, drill, waiting, sources)
        texts = 0
        for notice in waiting:
            _write(tx, drill, notice, sources)
            texts += 0 if standing(tx, notice) else _approve(tx, drill, notice, sources)
    approver = drill.by(ActorRole.APPROVER)
    drill.say(f"Written by {writer.name} and approved by {approver.name}: {texts} texts. {drill.page('/notices')}")


def send_all(drill: Drill) -> list[str]:
    """Send every approved notice that is for somebody and is not on its way yet; the ids of these fan-outs."""
    with drill.kit.begin(reading=True) as tx:
        sent = {(one.notice_id, one.language) for one in fan_outs(tx, drill.incident_id)}
        ready = [
            (one.id, approval.language)
            for one in notices_of(tx, drill.incident_id)
            if one.audience["kind"] != Kind.NOBODY
            for approval in standing(tx, one)
            if (one.id, approval.language) not in sent
        ]
    writer = drill.by(ActorRole.COMMUNICATIONS)
    return [send_notice(drill.kit, notice_id, language, by=writer, terms=_AT_ONCE).id for notice_id, language in ready]


def are_told(drill: Drill) -> bool:
    """Whether every fan-out has come to its end."""
    with drill.kit.begin(reading=True) as tx:
        return all(one.ended_at is not None for one in fan_outs(tx, drill.incident_id))


def say_who_was_told(drill: Drill, sent: Collection[str]) -> None:
    """Say how many people the fan-outs `sent` told, by which channels, and who only by the announcement.

    Told are readers one by one: a guardian is one and the child is another, and a page that was published is nobody.
    """
    with drill.kit.begin(reading=True) as tx:
        found = [(one, progress(tx, one)) for one in fan_outs(tx, drill.incident_id) if one.id in sent]
    readers = [counts for one, counts in found if one.audience != Kind.PUBLIC]
    guardians = sum(counts.told for one, counts in found if one.for_guardians)
    by_channel: Counter[str] = Counter()
    for one in readers:
        for channel, states in one.by_channel.items():
            by_channel[channel] += sum(states.get(state, 0) for state in _LEFT)
    ways = ", ".join(f"{channel} {many:,}" for channel, many in sorted(by_channel.items()) if many)
    told, announced = sum(one.told for one in readers), sum(one.announced for one in readers)
    drill.say(
        f"Told in rehearsal: {told:,} readers, {guardians:,} of them guardians ({ways}); {announced:,} by the "
        f"announcement only, {sum(one.not_reached for one in readers):,} not at all, "
        f"{sum(one.maybe_twice for one in readers):,} perhaps twice. Published: {len(found) - len(readers)} pages. "
        f"{drill.page('/deliveries')}"
    )


def _say_refusal(tx: Session, drill: Drill, waiting: list[Notice], sources: Sources) -> None:
    for notice in (one for one in waiting if one.follows_id is None):  # one that follows another has its words already
        try:
            _approve(tx, drill, notice, sources)
        except Refused as refused:
            reason = refused.because[0] if refused.because else refused.sentence
            drill.say(f"An approval before it is written is refused: {reason}")
            return


def _write(tx: Session, drill: Drill, notice: Notice, sources: Sources) -> None:
    wording = sources.wording.notice(notice.wording)
    for language in languages(tx, notice):
        said = words_of(tx, notice, language)
        for name, words in drill.script.words[language].items():
            hole = wording.placeholders.get(name)
            if hole is None or name in said:
                continue
            if hole.by is not Filler.WRITER and _house_says(name, notice, language, sources):
                continue
            # A company without a name in this language goes by the one that it has.
            names = list(house_words(sources.packs, notice.sender).sender.values()) if name == "sender" else []
            by = drill.by(ActorRole.COMMUNICATIONS)
            fill(tx, notice, language, name, [*names, words][0], by=by, clock=drill.kit.clock, sources=sources)


def _house_says(name: str, notice: Notice, language: str, sources: Sources) -> bool:
    """Whether the house pack fills this by itself, or a person may not."""
    if name not in _OF_HOUSE:
        return True
    said = getattr(house_words(sources.packs, notice.sender), _OF_HOUSE[name])
    return language in said if isinstance(said, dict) else bool(said)


def _approve(tx: Session, drill: Drill, notice: Notice, sources: Sources) -> int:
    clock, spoken = drill.kit.clock, languages(tx, notice)
    for language in spoken:
        compliance, because = drill.by(ActorRole.COMPLIANCE), drill.script.because
        if not sources.wording.notice(notice.wording).in_language(language).reviewed:
            release(tx, notice, language, because=because, by=compliance, clock=clock, sources=sources)
        seen = digests(tx, notice, language, sources=sources)
        approve(
            tx,
            notice,
            language,
            seen,
            confirmed=to_confirm(notice),
            by=drill.by(ActorRole.APPROVER),
            clock=clock,
            sources=sources,
        )
    return len(spoken)
