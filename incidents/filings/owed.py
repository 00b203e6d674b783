"""Between filings and the ledger: which obligations one report fulfils, and telling the ledger it was handed in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from incidents.filings.dossier import Owed, Texts, UnitPart
from incidents.filings.forms import Form, Stage
from incidents.filings.labels import read_labels, report_languages
from incidents.filings.tables import Filing
from incidents.foundation.clock import Clock
from incidents.foundation.errors import Refused
from incidents.obligations.discharge import meet
from incidents.obligations.ledger import entry, live
from incidents.obligations.states import OPEN
from incidents.obligations.tables import LedgerEntry
from incidents.record.actor import Actor
from policies.load import Packs
from policies.vocabulary import Audience

AUTHORITIES = frozenset({Audience.SUPERVISORY_AUTHORITY, Audience.SECTOR_REGULATOR, Audience.POLICE})


def owed_of(tx: Session, row: LedgerEntry, *, stage: Stage, form: Form, packs: Packs, also: Sequence[str] = ()) -> Owed:
    """What a report for `row` at `stage` is to fulfil: that row, every other that wants the same paper from the same
    party for the same authority, and the rows named in `also`.

    Raises Refused for a row that is owed to no authority, or by somebody else.
    """
    if row.owed_to not in AUTHORITIES:
        raise Refused("no_authority", f"{row.duty} is owed to {row.owed_to.replace('_', ' ')}; tell them by a notice.")
    others = [entry(tx, wanted) for wanted in also]
    for each in others:
        if (each.incident_id, each.party) != (row.incident_id, row.party) or each.owed_to not in AUTHORITIES:
            raise Refused("not_this_paper", f"{each.duty} is not owed to an authority by {row.party} in this incident.")
    same = [each for each in live(tx, row.incident_id) if _same_paper(each, row, stage, form)]
    together = {each.id: each for each in (row, *same, *others)}
    limits = [each.due_at for each in together.values() if each.due_at is not None]
    return Owed(
        obligation_ids=tuple(together),
        party=row.party,
        authority=row.subject,
        authority_name=_name(row, packs),
        audience=row.owed_to,
        citation="; ".join(dict.fromkeys(each.citation for each in together.values())),
        due_at=min(limits, default=None),
        contents=tuple(dict.fromkeys(element for each in together.values() for element in each.contents)),
        unconfirmed=tuple(dict.fromkeys(each.citation for each in together.values() if each.to_confirm)),
    )


def owed_by(tx: Session, filing: Filing) -> Owed:
    """What a filing is to fulfil, as the ledger has it now: an answered fact may have moved the limit."""
    return Owed(
        obligation_ids=tuple(filing.obligation_ids),
        party=filing.party,
        authority=filing.authority,
        authority_name=filing.heading["authority_name"],
        audience=filing.audience,
        citation=filing.heading["owed_under"],
        due_at=limit_of(tx, filing.obligation_ids),
        contents=tuple(dict.fromkeys(element for row in _rows(tx, filing.obligation_ids) for element in row.contents)),
    )


def limit_of(tx: Session, obligation_ids: Sequence[str]) -> datetime | None:
    """The earliest limit of these obligations, by the rows that live now."""
    return min((row.due_at for row in _rows(tx, obligation_ids) if row.due_at is not None), default=None)


def _rows(tx: Session, obligation_ids: Sequence[str]) -> list[LedgerEntry]:
    return [row for wanted in obligation_ids for row in _living(tx, entry(tx, wanted))]


def stage_of(row: LedgerEntry, form: Form, *, is_first: bool) -> Stage:
    """The stage that an obligation asks for; where it names none, the first and then the supplementary one."""
    if row.phase in set(Stage):
        return Stage(row.phase)
    return form.first_stage if is_first else Stage.SUPPLEMENTARY


def unit_of(party: str, packs: Packs) -> UnitPart:
    """How the party names itself, by its house policy. A shop or team of a house is another party: nothing is known."""
    house = packs.house.get(party)
    if house is None:
        return UnitPart(party)
    names: Texts = house.sender_names | house.company
    contact = ", ".join(value for kind, value in sorted(house.contacts.items()) if kind != "postal")
    return UnitPart(
        id=party,
        name=names,
        address=_everywhere(house.contacts.get("postal"), names),
        contact=_everywhere(contact, names),
        protection_contact=_everywhere(house.contacts.get("protection") or contact, names),
    )


def settle(
    tx: Session, obligation_ids: Sequence[str], *, ref: str, at: datetime, by: Actor, clock: Clock
) -> list[LedgerEntry]:
    """Meet the obligations that a filing was for, where they stand now; one that was settled before stays as it is.

    An assessment in between writes a row anew, so each is followed to the row that lives.
    """
    found = []
    for wanted in obligation_ids:
        for row in _living(tx, entry(tx, wanted)):
            if row.state in OPEN:
                found.append(meet(tx, row, ref=ref, by=by, clock=clock, at=at))
    return found


def _same_paper(each: LedgerEntry, row: LedgerEntry, stage: Stage, form: Form) -> bool:
    wanted = each.phase or form.first_stage
    same = (each.party, each.subject, each.form) == (row.party, row.subject, form.form)
    return same and wanted == stage and each.state in OPEN and each.owed_to in AUTHORITIES


def _living(tx: Session, then: LedgerEntry) -> list[LedgerEntry]:
    same = (then.party, then.duty, then.subject)
    return [row for row in live(tx, then.incident_id) if (row.party, row.duty, row.subject) == same]


def _name(row: LedgerEntry, packs: Packs) -> Texts:
    authority = packs.authority(row.subject)
    if authority is not None:
        return dict(authority.name)
    return {one.language: one.word("authority", row.owed_to) for one in map(read_labels, report_languages())}


def _everywhere(text: str | None, names: Texts) -> Texts:
    # An address of a house stands in one spelling; it is the same one in every language.
    return dict.fromkeys(names, text) if text else {}
