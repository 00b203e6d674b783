"""What the cast does with reports to authorities: prepare, answer the gaps, approve, hand in, acknowledge."""

from io import BytesIO
from typing import Any

from incidents.filings import approve as approving
from incidents.filings.desk import Desk, Wish
from incidents.filings.filing import find
from incidents.filings.fill import fill, leave_unknown
from incidents.filings.forms import Stage
from incidents.filings.render import Format
from incidents.filings.submit import Answered, HandedIn, acknowledge, submit
from tests.drills.cast import APPROVER, COMPLIANCE, Drill

SAID = {
    "en": "A partner's access point was open to the outside and was read. It is closed.",
    "zh-Hans": "合作方接口对外开放并被读取，现已关闭。",
}


def desk(drill: Drill) -> Desk:
    """What a person needs to work on a report."""
    return Desk(drill.kit.packs, drill.clock)


def prepare(drill: Drill, duty: str, *, stage: Stage | None = None) -> str:
    """Compliance begins the report that a duty asks for; gives back its reference."""
    (row, *_) = [row for row in drill.ledger(duty) if row.duty == duty]
    with drill.kit.begin() as tx:
        return desk(drill).begin(tx, row, Wish(stage=stage), by=COMPLIANCE).reference


def view(drill: Drill, reference: str) -> dict[str, Any]:
    """The report as it stands: content, digest, gaps."""
    with drill.kit.begin() as tx:
        shown: dict[str, Any] = desk(drill).view(tx, find(tx, reference))
        return shown


def answer_the_gaps(drill: Drill, reference: str) -> int:
    """Compliance answers what the records do not know: in words, or by saying that it is not known yet."""
    gaps = view(drill, reference)["gaps"]
    with drill.kit.begin() as tx:
        filing = find(tx, reference)
        form = desk(drill).form(filing.form)
        for gap in gaps:
            hands: dict[str, Any] = {"form": form, "by": COMPLIANCE, "clock": drill.clock}
            if form.question(gap["question"]).free:
                fill(tx, filing, gap["question"], SAID[filing.language], **hands)
            else:
                leave_unknown(tx, filing, gap["question"], because="still being looked into", **hands)
    return len(gaps)


def approve(drill: Drill, reference: str) -> None:
    """A second person approves what they read."""
    seen = view(drill, reference)["digest"]
    with drill.kit.begin() as tx:
        filing, at = find(tx, reference), desk(drill)
        dossier, form = at.dossier(tx, filing), at.form(filing.form)
        approving.approve(tx, filing, seen, dossier=dossier, form=form, by=APPROVER, clock=drill.clock)


def hand_in(drill: Drill, reference: str, *, number: str | None = None) -> bool:
    """Compliance hands the paper over and records it, and the number that the authority gave; whether it was late."""
    with drill.kit.begin() as tx:
        filing, at = find(tx, reference), desk(drill)
        form = at.form(filing.form)
        paper = at.paper(tx, filing, Format.JSON)
        hands: dict[str, Any] = {
            "by": COMPLIANCE, "clock": drill.clock, "vault": drill.kit.vault, "keys": drill.kit.keys,
        }  # fmt: skip
        way = form.channels[0].id
        handed = HandedIn(way, drill.clock.now(), BytesIO(paper), "the partner answered late")
        done = submit(tx, filing, handed, form=form, **hands)
        if number:
            acknowledge(tx, done, Answered(drill.clock.now(), number=number), **hands)
        return bool(done.is_late)


def report(drill: Drill, duty: str, *, stage: Stage | None = None, number: str | None = None) -> str:
    """The whole way of one report."""
    reference = prepare(drill, duty, stage=stage)
    answer_the_gaps(drill, reference)
    approve(drill, reference)
    hand_in(drill, reference, number=number)
    return reference
