"""What a house has ready to tell its people with: providers, their settings and places, and wording by language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from incidents.deliveries.closed import Why
from incidents.deliveries.reach import unable
from incidents.deliveries.regions import Regions
from incidents.notices.files import Format, Purpose
from incidents.notices.house import languages_of, named_channels, routes_for
from incidents.notices.library import NoticeWording, Wording
from incidents.notices.render import render
from notifiers.provider import About, Prepared, Stands, missing
from notifiers.registry import Entry, channels, entries
from policies.vocabulary import Audience

HERE = "here"


@dataclass(frozen=True)
class Setting:
    """One provider of a channel that the house names. `missing` are settings; `lacks` is what the provider itself says
    is not prepared; `region` is None where nobody attested one, which counts as outside. `receipts_need` are settings
    without which none of its receipts can come or be believed."""

    id: str
    label: str
    channel: str
    set_up: bool
    missing: tuple[str, ...]
    lacks: tuple[str, ...]
    region: str | None
    signed_receipts: bool
    proof: str
    webhook: str
    receipts_need: tuple[str, ...]


@dataclass(frozen=True)
class Worded:
    """The notices in one of the house's languages: `lacking` have no wording, `unreviewed` nobody stands for yet."""

    language: str
    lacking: tuple[str, ...]
    unreviewed: tuple[str, ...]
    sender_name: str


@dataclass(frozen=True)
class Ready:
    """All of it, and a sentence for each thing that is missing."""

    providers: tuple[Setting, ...]
    wording: tuple[Worded, ...]
    findings: tuple[str, ...]


def look(kit: Any, company: str, ladders: Sequence[Mapping[str, Any]], regions: Regions, wording: Wording) -> Ready:
    """What stands ready for the channels of `ladders`. It is asked of the settings; nothing is sent."""
    named = named_channels(ladders)
    spoken = languages_of(kit.packs, company)
    real = [one for one in entries().values() if one.channel in named and not one.about.rehearsal]
    rehearsed = [one for one in entries().values() if one.channel in named and one.id in kit.providers]
    shown = {one.id: one for one in (*real, *rehearsed)}
    providers = tuple(_setting(one, kit, company, regions, wording) for _, one in sorted(shown.items()))
    worded = tuple(_worded(kit, company, one, wording) for one in spoken)
    findings = (*_about_channels(named, providers), *_about_apps(named, kit, company), *_about_words(company, worded))
    return Ready(providers, worded, findings)


def worded_channels(wording: Wording) -> set[str]:
    """The channels for which every notice to affected people has wording."""
    forms = set(Format).intersection(*(set(one.formats) for one in _to_people(wording)))
    return {name for name, channel in channels().items() if channel.form in forms}


def region(about: About, provider: str, regions: Regions) -> str | None:
    """Where the provider is attested to process data; "here" for this installation, None for outside."""
    return HERE if regions.is_here(about) else regions.of(provider)


def _setting(entry: Entry, kit: Any, company: str, regions: Regions, wording: Wording) -> Setting:
    opened = kit.providers.get(entry.id)
    about = opened.about if opened else entry.about
    # A provider that is half set up ends the start, so what is not open has none of its settings.
    lacking = () if opened else tuple(missing(about, {}, prefix=entry.prefix))
    lacks = tuple(dict.fromkeys(_lacks(opened, entry.id, kit, company, wording)))
    address = f"{kit.settings.public_url.rstrip('/')}/receipts/{entry.id}" if about.signed_receipts else ""
    return Setting(
        entry.id,
        about.label,
        entry.channel,
        opened is not None,
        lacking,
        lacks,
        region(about, entry.id, regions),
        about.signed_receipts,
        about.proof.value,
        address,
        # Its declaration as a whole says that receipts come; as it was opened, it does not.
        _names(entry, about.receipts_need) if entry.about.signed_receipts and not about.signed_receipts else (),
    )


def _names(entry: Entry, fields: Sequence[str]) -> tuple[str, ...]:
    return tuple(entry.prefix + name.upper() for name in fields)


def unable_in(kit: Any, company: str, wording: Wording, language: str, provider: str) -> Why | None:
    """Why this provider could not send every notice to affected people in this language; None where it could."""
    opened, sender = kit.providers[provider], kit.packs.house[company].sender_names.get(language, "")
    told = _to_people(wording)
    lacks = any(_unsaid(opened, provider, one, language, sender=sender, wording=wording) for one in told)
    return unable(opened, company, lacks)


def _lacks(opened: Any, provider: str, kit: Any, company: str, wording: Wording) -> Iterator[str]:
    """What the provider has not prepared of any text that may have to go out by it, a sentence each."""
    for notice in _going_by(provider.partition("/")[0], kit, company, wording):
        for language in languages_of(kit.packs, company):
            sender = kit.packs.house[company].sender_names.get(language, "")
            found = _unsaid(opened, provider, notice, language, sender=sender, wording=wording)
            yield from (f"{notice.id}, {language}{_ONLY.get(forms, '')}: {one}" for one, forms in found.items())


def _unsaid(
    opened: Any, provider: str, notice: NoticeWording, language: str, *, sender: str, wording: Wording
) -> dict[str, tuple[bool, ...]]:
    """What keeps the provider from sending this notice in this language -> in which forms of it. A text may have two,
    that data is concerned and that it may be, and each must be prepared."""
    carried = channels()[provider.partition("/")[0]]
    found: dict[str, tuple[bool, ...]] = {}
    if isinstance(opened, Prepared) and language in notice.languages and carried.form in set(notice.formats):
        for possible in (False, True):
            pieces = _stand_in(notice, language, carried.form, wording, sender=sender, possible=possible)
            texts = {name: text for name, text in pieces.items() if name in (*carried.pieces, *carried.optional)}
            for sentence in opened.lacks(texts, language):
                found[sentence] = (*found.get(sentence, ()), possible)
    return found


# In which form of its text something is lacking, where it is in one only.
_ONLY: Mapping[tuple[bool, ...], str] = {(False,): ", said as certain", (True,): ", said as possible"}
_ONE_BY_ONE = {Purpose.TELLING, Purpose.HOLDING, Purpose.CORRECTION, Purpose.RECALL}


def _going_by(channel: str, kit: Any, company: str, wording: Wording) -> list[NoticeWording]:
    """The notices that may have to go out on this channel: a first word, what puts one right or takes it back, and what
    tells an audience that the house tells by it."""
    told = {one for one in Audience if channel in named_channels(routes_for(kit.packs, company, one)["ladders"])}
    mine = [one for one in wording.notices.values() if one.purpose in _ONE_BY_ONE]
    return [one for one in mine if not one.own.audiences or told & set(one.own.audiences)]


def _stand_in(
    notice: NoticeWording, language: str, form: str, wording: Wording, *, sender: str, possible: bool
) -> Mapping[str, str]:
    """The notice in the name of `sender`, with every other placeholder's name in its place: before an incident nobody
    knows more."""
    values: dict[str, Any] = {hole: f"[{hole}]" for hole in notice.placeholders}
    values |= dict.fromkeys(("reference", "wrong_reference"), "AA-AAAA-AAAA")
    values |= {"possible": possible} | ({"sender": sender} if sender else {})
    return render(notice, notice.in_language(language), Format(form), values, shell=wording.shell)


def _worded(kit: Any, company: str, language: str, wording: Wording) -> Worded:
    told = [one for one in wording.notices.values() if one.purpose is not Purpose.SCRIPT]
    lacking = tuple(one.id for one in told if language not in one.languages)
    unreviewed = tuple(one.id for one in told if language in one.languages and not one.in_language(language).reviewed)
    house = kit.packs.house[company]
    return Worded(language, lacking, unreviewed, house.sender_names.get(language, ""))


def _to_people(wording: Wording) -> list[NoticeWording]:
    told = [one for one in wording.notices.values() if one.purpose is Purpose.TELLING]
    return [one for one in told if Audience.AFFECTED_INDIVIDUALS in one.own.audiences]


def _about_channels(named: Sequence[str], providers: Sequence[Setting]) -> Iterator[str]:
    for name in named:
        mine = [one for one in providers if one.channel == name]
        if not mine:
            yield f"{name}: the house names this channel, and nothing here sends on it."
        elif not any(one.set_up for one in mine):
            ways = " or ".join(one.id for one in mine)
            yield f"{name}: no provider is set up. Set what is missing for {ways}."
        yield from (f"{one.id}: {said}" for one in mine for said in one.lacks)
        for one in (one for one in mine if one.receipts_need):
            needs = " and ".join(one.receipts_need)
            yield f"{one.id}: no receipt can come, so it proves no more than {one.proof}. They need {needs}."


def _about_apps(named: Sequence[str], kit: Any, company: str) -> Iterator[str]:
    for name, provider in sorted(kit.providers.items()):
        if name.partition("/")[0] in named and isinstance(provider, Stands) and company not in provider.companies:
            yield f"{name}: {company} has no secret there, so its app could fetch nothing."


def _about_words(company: str, worded: Sequence[Worded]) -> Iterator[str]:
    for one in worded:
        if one.lacking:
            yield f"{one.language}: there is no wording of {', '.join(one.lacking)}."
        if one.unreviewed:
            yield f"{one.language}: nobody has reviewed the wording of {', '.join(one.unreviewed)}."
        if not one.sender_name:
            yield f"{one.language}: {company} has no name as a sender in this language."
