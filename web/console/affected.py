"""The page of who is affected: versions, cohorts, differences with who was told, reviews, one person looked up."""

from flask import request

from affected.words import Rule
from incidents.deliveries.people import look_up
from incidents.deliveries.told import compared
from incidents.record.incident import find
from incidents.snapshots import opened
from incidents.snapshots.standing import by_cohort
from web.console.door import by_htmx, console, here, page
from web.kit import kit
from web.pages import affected as pages
from web.pages.reviews import reviews, waiting


@console.get("/incidents/<reference>/affected")
def affected(reference: str) -> str:
    with kit().begin(reading=True) as tx:
        one = find(tx, reference)
        versions = opened.versions(tx, one.id)
        number = request.args.get("version", type=int)
        found = reviews(tx, one.id)
        shown = opened.version(tx, one.id, number) if number else (versions[-1] if versions else None)
        return page(
            "affected.html",
            incident=one,
            tab="affected",
            versions=versions,
            shown=shown,
            cohorts=pages.cohorts(tx, shown) if shown else [],
            reviewed=by_cohort(tx, shown) if shown else {},
            **(pages.counts(tx, shown) if shown else {}),
            items=pages.items(tx, shown) if shown else [],
            reviews=found,
            waiting=waiting(found),
            rules=[word.value for word in Rule if word is not Rule.REVIEWED],
            has_directory=one.company in kit().directories,
        )


@console.get("/incidents/<reference>/affected/difference/<int:older>/<int:newer>")
def difference_page(reference: str, older: int, newer: int) -> str:
    # To open two versions takes seconds at a million people, so it is shown when it is asked for.
    k = kit()
    with k.begin(reading=True) as tx:
        one = find(tx, reference)
        pair = (opened.version(tx, one.id, older), opened.version(tx, one.id, newer))
        found = compared(tx, *pair, keys=k.keys, home=k.home).as_json()
        shown = {"incident": one, "found": found, "older": older, "newer": newer}
        return page("told.html", tab="affected", whole=not by_htmx(), **shown)


@console.post("/incidents/<reference>/affected/<int:number>/person")
def person_page(reference: str, number: int) -> str:
    # By POST and without a redirect, because no person's id belongs into an address.
    k = kit()
    with k.begin() as tx:
        one = find(tx, reference)
        snapshot = opened.version(tx, one.id, number)
        said = look_up(tx, snapshot, request.form.get("person", ""), by=here(), kit=k)
        titles = {item["id"]: item["title"] for item in pages.items(tx, snapshot)}
        return page("person.html", tab="affected", incident=one, said=said, titles=titles, whole=not by_htmx())
