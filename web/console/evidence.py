"""The page of evidence: what is in the vault, who had it in hand, and the upload."""

from typing import Any, BinaryIO, cast

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field, Json

from incidents.evidence import collect
from incidents.evidence.collect import Description, EvidenceKind
from incidents.record.incident import find
from packs import Strict
from policies.categories import DataCategory
from web.console.door import console, go, here, page
from web.console.forms import Unread, read_form
from web.console.words import number
from web.kit import kit
from web.languages import gettext as _
from web.pages import record


class UploadForm(Strict):
    """What is said of an uploaded item."""

    title: str
    kind: EvidenceKind
    source: str
    exposed: tuple[DataCategory, ...] = ()
    reading: Json[dict[str, Any]] | None = Field(None)

    def read_as(self) -> dict[str, Any]:
        """How the scoping is to read it: what was ticked, and whatever else was written down."""
        ticked = {"exposed": [str(one) for one in self.exposed]} if self.exposed else {}
        return ticked | (self.reading or {})


@console.get("/incidents/<reference>/evidence")
def evidence(reference: str) -> str:
    with kit().begin(reading=True) as tx:
        one = find(tx, reference)
        items = [record.evidence_item(tx, item) for item in collect.items(tx, one.id, withdrawn_too=True)]
        return page(
            "evidence.html",
            incident=one,
            tab="evidence",
            items=items,
            evidence_kinds=EvidenceKind,
            categories=DataCategory,
        )


@console.post("/incidents/<reference>/evidence")
def collect_evidence(reference: str) -> ResponseReturnValue:
    k, file = kit(), request.files.get("file")
    if file is None or not file.filename:
        raise Unread(_("file: choose the file to put into the vault."))
    said = read_form(UploadForm, request.form)
    description = Description(said.title, said.kind, file.filename, said.source, said.read_as())
    with k.begin() as tx:
        item = collect.collect(
            tx,
            find(tx, reference),
            cast(BinaryIO, file.stream),
            description,
            by=here(),
            clock=k.clock,
            vault=k.vault,
            keys=k.keys,
        )
        size, digest = number(item.size), item.sha256[:16]
        flash(_("In the vault: %(size)s bytes, SHA-256 %(digest)s…", size=size, digest=digest))
    return go(url_for("console.evidence", reference=reference))
