"""The page of what is owed: every obligation with its reason and clock, and the questions that would settle more."""

from incidents.obligations import ledger, severity
from incidents.record.incident import find
from policies.load import everything
from policies.scales import scales
from web.console.door import console, page
from web.kit import kit
from web.pages import owed as pages


@console.get("/incidents/<reference>/owed")
def owed(reference: str) -> str:
    with kit().begin(reading=True) as tx:
        one = find(tx, reference)
        return page(
            "owed.html",
            incident=one,
            tab="owed",
            assessment=ledger.newest_assessment(tx, one.id),
            groups=pages.owed(tx, one, kit()),
            questions=pages.questions(tx, one.id),
            titles={name: law.title for name, law in everything(kit().packs).items()},
            severities=severity.severities(tx, one.id),
            scales=scales(),
            units={name: words.unit for name, words in kit().packs.words.items() if words.unit},
        )
