"""The page of inbound reports: what people outside told the company, who was answered, and by when."""

from incidents.record import inbound
from incidents.record.actor import ActorRole
from notifiers.burmese import is_misordered
from web.console.door import console, here, page
from web.kit import kit
from web.languages import gettext as _
from web.pages import record


@console.get("/reports")
def reports() -> str:
    # The words of a report are personal data: they are opened for those who handle it and for nobody else.
    handles = bool(here().roles & {ActorRole.RESPONDER, ActorRole.COMPLIANCE})
    with kit().begin(reading=True) as tx:
        opened = [(row, inbound.read(tx, row, keys=kit().keys) if handles else None) for row in record.reports(tx)]
        rows = [(row, said, is_misordered(said.text if said else "")) for row, said in opened]
        open_ones = record.incidents(tx, closed_too=False)
        names = {one.id: one.reference for one in record.incidents(tx)}
        return page("reports.html", title=_("Inbound reports"), rows=rows, open_incidents=open_ones, names=names)
