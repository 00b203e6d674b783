"""Where a place lies: countries, their parts, groups of countries; what is not known closely enough stays unknown."""

from collections.abc import Mapping

from policies.facts import Truth


class Areas:
    """Groups of places by name, as areas.yaml lists them. The same question is answered from memory."""

    def __init__(self, groups: Mapping[str, tuple[str, ...]]) -> None:
        self._groups = {name: frozenset(members) for name, members in groups.items()}
        self._answers: dict[tuple[str, tuple[str, ...]], Truth] = {}

    def members(self, area: str | None) -> frozenset[str]:
        """The places of the group `area`; none where it is no group."""
        return self._groups.get(area or "", frozenset())

    def inside(self, place: str, wanted: tuple[str, ...]) -> Truth:
        """Whether `place` lies in one of `wanted` (countries, subdivisions or groups)."""
        key = (place, wanted)
        if key not in self._answers:
            self._answers[key] = self._inside(place, wanted)
        return self._answers[key]

    def _inside(self, place: str, wanted: tuple[str, ...]) -> Truth:
        if place == "unknown":
            return Truth.UNKNOWN
        country = place.split("-", 1)[0]
        if any(one in (place, country) or country in self.members(one) for one in wanted):
            return Truth.YES
        # Only the country is known, and the question is of one of its parts.
        return Truth.UNKNOWN if any(one.startswith(f"{place}-") for one in wanted) else Truth.NO
