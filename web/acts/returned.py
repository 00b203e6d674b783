"""The act of taking letters that came back."""

from typing import Any

from pydantic import Field

from incidents.deliveries.returned import Why, read_returned, take_returned
from incidents.foundation.errors import Refused
from packs import Strict
from web.acts.act import Visit, act


class ReturnedBody(Strict):
    """Letters that came back by post."""

    letters: str = Field(description="One reference a line, or CSV with reference, reason and returned_on.")
    reason: Why = Field(Why.OTHER, description="Why, where a line does not say it.")


@act("/returned-letters", page="providers", said="Taken. Their people take the next route.")
def take_returned_letters(visit: Visit, body: ReturnedBody) -> dict[str, Any]:
    """Take letters that came back: all of them, or none where one cannot be taken."""
    backs, wrong = read_returned(body.letters, where="letters", why=body.reason)
    taken = take_returned(visit.tx, backs, by=visit.by, kit=visit.kit)
    if unfit := [*wrong, *taken.not_taken]:
        raise Refused("not_all_returned", "Nothing was taken; put these lines right first.", because=tuple(unfit))
    return taken.as_json()
