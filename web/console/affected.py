"""The page of who is affected: versions, cohorts, differences, and the decisions that compliance owes."""

from flask import request

from incidents.record.incident import find
from incidents.snapshots import opened
from incidents.snapshots.opened import Decision
from web.console.door import console, page
from web.kit import kit
from web.pages import affected as pages


@console.get("/incidents/<reference>/affected")
def affected(reference: str) -> str:
    with kit().begin(reading=True) as tx:
        one = find(tx, reference)
        versions = opened.versions(tx, one.id)
        number = request.args.get("version", type=int)
        shown = opened.version(tx, one.id, number) if number else (versions[-1] if versions else None)
        return page(
            "affected.html",
            incident=one,
            tab="affected",
            versions=versions,
            shown=shown,
            cohorts=pages.cohorts(tx, shown) if shown else [],
            unseen=pages.unseen(tx, shown) if shown else [],
            choices=Decision,
            has_directory=one.company in kit().directories,
        )
