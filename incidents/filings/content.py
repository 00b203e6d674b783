"""What a filing says, as plain JSON: this is what is digested, approved, rendered and handed in."""

from collections.abc import Iterable, Mapping
from typing import Any

from policies.words import Word


class AnswerState(Word):
    """What stands behind a question."""

    ANSWERED = "answered", "There is an answer."
    UNKNOWN = "unknown", "A person looked and says, with the reason, that it is not known yet."
    TO_FOLLOW = "to_follow", "It may be empty now and is required at a later stage."
    GAP = "gap", "It is required now and nobody has answered it."
    NOT_ASKED = "not_asked", "It is never required, and nobody has answered it."


def changes(before: Iterable[Mapping[str, Any]], now: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The questions that say something else than in the answers before, with both sides.

    A question asked for the first time counts as changed once it is answered: what was to follow has come.
    """
    earlier = {answer["question"]: answer for answer in before}
    found = []
    for answer in now:
        was = earlier.get(answer["question"], _nothing(answer))
        if _said(was) != _said(answer) and not (_is_empty(was) and _is_empty(answer)):
            found.append({"question": answer["question"], "was": _side(was), "is": _side(answer)})
    return found


def _nothing(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {**answer, "state": AnswerState.NOT_ASKED, "value": None, "because": None}


def _said(answer: Mapping[str, Any]) -> tuple[Any, ...]:
    return answer["state"], answer["value"], answer["because"]


def _is_empty(answer: Mapping[str, Any]) -> bool:
    return answer["state"] in {AnswerState.GAP, AnswerState.TO_FOLLOW, AnswerState.NOT_ASKED}


def _side(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in ("state", "shape", "value", "because")}
