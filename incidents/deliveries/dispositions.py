"""What a caller can write down of a call: closed words, a sentence each, and what each means for the delivery."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from notifiers.outcome import Outcome, Reason


class Disposition(StrEnum):
    """How a call ended, in the order in which a caller looks for it."""

    TOLD_AND_CONFIRMED = "told_and_confirmed"
    TOLD = "told"
    CALL_BACK = "call_back"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    MACHINE = "machine"
    SOMEBODY_ELSE = "somebody_else"
    REFUSES_TO_LISTEN = "refuses_to_listen"
    WRONG_NUMBER = "wrong_number"
    NOT_IN_SERVICE = "not_in_service"
    NOT_CALLED = "not_called"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


D = Disposition
_SENTENCES: Mapping[Disposition, str] = {
    D.TOLD_AND_CONFIRMED: "The person was told all of it and said that they understood.",
    D.TOLD: "The person was told all of it and did not say that they understood.",
    D.CALL_BACK: "The person asked to be called back at a time; nothing of the matter was said yet.",
    D.NO_ANSWER: "Nobody picked up.",
    D.BUSY: "The line was busy.",
    D.MACHINE: "A machine answered; nothing of the matter was left on it.",
    D.SOMEBODY_ELSE: "Somebody else picked up, or would not say who they are; the person is not told.",
    D.REFUSES_TO_LISTEN: "The person does not want to hear it; the next route is taken.",
    D.WRONG_NUMBER: "The number belongs to somebody else; the next route is taken.",
    D.NOT_IN_SERVICE: "The number is not in service; the next route is taken.",
    D.NOT_CALLED: "No call was made; somebody else takes it.",
}


@dataclass(frozen=True)
class Meaning:
    """The outcome that it is at once, or (`vain`) after too many such calls; without either the person waits."""

    outcome: Outcome | None = None
    reason: Reason | None = None
    permanent: bool = False
    vain: bool = False


MEANS: Mapping[Disposition, Meaning] = {
    D.TOLD_AND_CONFIRMED: Meaning(Outcome.READ),
    D.TOLD: Meaning(Outcome.DELIVERED),
    D.CALL_BACK: Meaning(),
    D.NO_ANSWER: Meaning(reason=Reason.NO_ANSWER, vain=True),
    D.BUSY: Meaning(reason=Reason.BUSY, vain=True),
    D.MACHINE: Meaning(reason=Reason.MACHINE, vain=True),
    D.SOMEBODY_ELSE: Meaning(reason=Reason.SOMEBODY_ELSE, vain=True),
    # An opt-out from this way, never from the notice: the ladder goes on.
    D.REFUSES_TO_LISTEN: Meaning(Outcome.REFUSED, Reason.OPTED_OUT, permanent=True),
    D.WRONG_NUMBER: Meaning(Outcome.REFUSED, Reason.INVALID_ADDRESS, permanent=True),
    D.NOT_IN_SERVICE: Meaning(Outcome.REFUSED, Reason.GONE, permanent=True),
    D.NOT_CALLED: Meaning(),
}
VAIN = tuple(word for word, meaning in MEANS.items() if meaning.vain)
