"""The page of the end: what stands in the way of closing, the lessons, and the proof bundle."""

from flask import Response
from flask.typing import ResponseReturnValue

from incidents.foundation.signing import fingerprint
from incidents.record.incident import find
from incidents.review import close, lessons
from incidents.review.bundle import make_bundle
from incidents.review.lessons import LessonKind
from web.console.door import console, here, page
from web.kit import kit


@console.get("/incidents/<reference>/close")
def close_page(reference: str) -> str:
    with kit().begin(reading=True) as tx:
        one = find(tx, reference)
        return page(
            "close.html",
            incident=one,
            tab="close",
            in_the_way=close.in_the_way(tx, one, clock=kit().clock),
            lessons=lessons.lessons(tx, one.id),
            lesson_kinds=LessonKind,
            fingerprint=fingerprint(kit().signer.public_key),
        )


@console.post("/incidents/<reference>/bundle")
def bundle(reference: str) -> ResponseReturnValue:
    k = kit()
    with k.begin() as tx:
        one = find(tx, reference)
        made = make_bundle(tx, one, by=here(), clock=k.clock, signer=k.signer)
    headers = {"Content-Disposition": f'attachment; filename="{one.reference}.zip"', "Cache-Control": "no-store"}
    return Response(made, content_type="application/zip", headers=headers)
