"""What a house pack gives to a notice: the sender's names, where to check, how to reach it, and its routes."""

from collections.abc import Mapping, Sequence
from typing import Any

from incidents.notices.library import NoticeWording
from incidents.notices.values import HouseWords, Way
from packs import BadInput
from policies.load import Packs


def house_words(packs: Packs, sender: str) -> HouseWords:
    """The words of `sender` about itself. A shop or a team has no pack: its name is unknown, and a person writes it."""
    house = packs.house_of(sender)
    if house is None:
        return HouseWords()
    verify = tuple(Way(way.kind, way.value) for way in house.verify)
    reach = tuple(Way(kind, value) for kind, value in house.contacts.items())
    # Who answers for a shop's people is the shop; the house that runs the service answers for its own.
    return HouseWords(house.sender_names if sender in packs.house else {}, verify, reach)


def languages_of(packs: Packs, party: str) -> tuple[str, ...]:
    """The languages in which the house of `party` speaks; the first one serves those whose language is unknown."""
    house = packs.house_of(party)
    return house.languages if house else ("en",)


def written_languages(packs: Packs, party: str, notice: NoticeWording) -> list[str]:
    """Those of the house's languages in which this notice is written. Raises BadInput where there is none."""
    found = [one for one in languages_of(packs, party) if one in notice.languages]
    if not found:
        raise BadInput(f"{notice.id} is written in no language of {party} ({', '.join(languages_of(packs, party))}).")
    return found


def routes_for(packs: Packs, party: str, audience: str) -> Mapping[str, Any]:
    """The house's ladders for this audience, as plain JSON; empty where the house names none."""
    house = packs.house_of(party)
    found = [route for route in house.routes if route.audience == audience] if house else []
    return {"ladders": [route.model_dump(mode="json", exclude_none=True, exclude_defaults=True) for route in found]}


def named_channels(ladders: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Every channel that one of these ladders names, in their order."""
    found: dict[str, None] = {}
    for one in ladders:
        last = [one["last"]] if one.get("last") else []
        found |= dict.fromkeys((*one.get("one_by_one", ()), *one.get("beside", ()), *last))
    return tuple(found)
