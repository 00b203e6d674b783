"""Acts of the call list: take the next call, write down what came of it, give the list up."""

from typing import Any

from pydantic import AwareDatetime, Field

from incidents.deliveries import call_ends, call_results, calls, closings
from incidents.deliveries.dispositions import Disposition
from packs import Strict
from web.acts.act import Visit, act
from web.acts.deliveries import BecauseBody, of_fan_out

_ALL = "/incidents/<reference>/calls"


class NextBody(Strict):
    """In which language the caller can speak; in any unless one is named."""

    language: str = ""


class WrittenBody(Strict):
    """What came of the call."""

    disposition: Disposition
    call_back_at: AwareDatetime | None = Field(None, description="When the person wants to be called back.")
    note: str = Field("", description="A few words for whoever calls next; they hold no personal data.")


@act(f"{_ALL}/next", page="call_page", said="This call is yours. Nobody else makes it meanwhile.")
def take_next_call(visit: Visit, body: NextBody) -> dict[str, Any]:
    """Take the next call; the number is shown on the call's page, to whoever took it and to nobody else."""
    one = calls.next_call(visit.tx, visit.incident, language=body.language, by=visit.by, kit=visit.kit)
    held_until = one.held_until_at.isoformat() if one.held_until_at else None
    return {"call_id": one.id, "number_of_calls": one.number, "held_until_at": held_until}


@act(f"{_ALL}/<call_id>/written", page="calls_page", said="Written down.")
def write_call_down(visit: Visit, body: WrittenBody, call_id: str) -> dict[str, Any]:
    """Write down what came of a call that one made."""
    one = calls.find_call(visit.tx, visit.incident, call_id)
    said: dict[str, Any] = {"call_back_at": body.call_back_at, "note": body.note}
    call_results.write_down(visit.tx, one, body.disposition, **said, by=visit.by, kit=visit.kit)
    again_at = one.again_at.isoformat() if one.again_at else None
    return {"call_id": one.id, "disposition": one.disposition, "again_at": again_at}


@act("/incidents/<reference>/fan-outs/<fan_out_id>/calls/give-up", page="calls_page", said="The next route is taken.")
def give_calls_up(visit: Visit, body: BecauseBody, fan_out_id: str) -> dict[str, Any]:
    """Call nobody of a fan-out any more, nor of later rounds of its notice: who waits takes the next route."""
    found = of_fan_out(visit, fan_out_id)
    many = call_ends.give_up(visit.tx, found, because=body.because, by=visit.by, kit=visit.kit)
    return {"id": found.id, "people": many}


@act("/incidents/<reference>/fan-outs/<fan_out_id>/calls/reopen", page="calls_page", said="The list is open again.")
def reopen_calls(visit: Visit, body: BecauseBody, fan_out_id: str) -> dict[str, Any]:
    """Let people be called again from a list that was given up; whoever was sent on keeps the route they took."""
    found = of_fan_out(visit, fan_out_id)
    closings.reopen(visit.tx, found, because=body.because, by=visit.by, kit=visit.kit)
    return {"id": found.id}
