"""The desk: what a door needs to work on a filing, looked up once: its form, its incident, the records as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from incidents.filings.answers import gaps
from incidents.filings.dossier import Dossier, Owed
from incidents.filings.filing import content_of, digest, handed_in, is_released
from incidents.filings.forms import Form, Stage, find_form, read_forms
from incidents.filings.gather import gather
from incidents.filings.owed import owed_by, owed_of, stage_of, unit_of
from incidents.filings.prepare import prepare
from incidents.filings.render import Format, render
from incidents.filings.tables import Filing
from incidents.foundation.clock import Clock
from incidents.foundation.errors import Refused
from incidents.obligations.tables import LedgerEntry
from incidents.record.actor import Actor
from incidents.record.tables import Incident
from policies.load import Packs


@dataclass(frozen=True)
class Wish:
    """What a person asks for when they begin a report; what is left out follows from the obligation and its form."""

    form: str | None = None
    stage: Stage | None = None
    language: str | None = None
    also: Sequence[str] = ()


@dataclass(frozen=True)
class Desk:
    """Forms, packs and clock; `forms` is read from the templates unless it is handed in."""

    packs: Packs
    clock: Clock
    forms: Mapping[str, Form] | None = None

    def form(self, wanted: str) -> Form:
        """One form. Raises NotFound."""
        return find_form(wanted, read_forms() if self.forms is None else self.forms)

    def begin(self, tx: Session, row: LedgerEntry, wish: Wish, *, by: Actor) -> Filing:
        """Prepare a report for an obligation. Raises Refused where it names no form and the person none either."""
        name = wish.form or row.form
        if name is None:
            raise Refused("no_form", f"{row.duty} names no form; name one.")
        form = self.form(name)
        incident = tx.get_one(Incident, row.incident_id)
        stage = wish.stage or stage_of(
            row, form, is_first=not handed_in(tx, incident.id, row.party, row.subject, form.form)
        )
        owed = owed_of(tx, row, stage=stage, form=form, packs=self.packs, also=wish.also)
        dossier = self._gather(tx, incident, owed)
        return prepare(
            tx,
            incident,
            owed,
            form=form,
            stage=stage,
            dossier=dossier,
            by=by,
            clock=self.clock,
            language=wish.language,
        )

    def dossier(self, tx: Session, filing: Filing) -> Dossier:
        """The records as they are now, for this filing."""
        return self._gather(tx, tx.get_one(Incident, filing.incident_id), owed_by(tx, filing))

    def view(self, tx: Session, filing: Filing) -> dict[str, Any]:
        """The filing as it stands, with its gaps and the digest that an approval must name."""
        form = self.form(filing.form)
        return {
            "id": filing.id,
            "content": content_of(tx, filing, form),
            "digest": digest(tx, filing, form),
            "gaps": [
                {"question": gap.question, "fulfils": list(gap.fulfils), "ask": gap.ask, "why": gap.why}
                for gap in gaps(tx, filing, form)
            ],
            "released": is_released(tx, filing, form),
            "channels": [channel.model_dump(mode="json") for channel in form.channels],
        }

    def paper(self, tx: Session, filing: Filing, to: Format, *, language: str | None = None) -> bytes:
        """The filing as a file; marked a draft until somebody released it."""
        form = self.form(filing.form)
        content = content_of(tx, filing, form)
        released = is_released(tx, filing, form)
        return render(content, form, to, language=language or filing.language, released=released)

    def _gather(self, tx: Session, incident: Incident, owed: Owed) -> Dossier:
        return gather(tx, incident, owed, unit=unit_of(owed.party, self.packs), clock=self.clock)
