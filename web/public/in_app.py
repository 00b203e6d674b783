"""The feed of the company's app: what stands for one account, signed, to whoever sends the account's key."""

from collections.abc import Sequence
from datetime import datetime

from flask import Response, json, request
from flask.typing import ResponseReturnValue

from incidents.deliveries.in_app import Standing, fetched, key_digest, standing
from incidents.foundation.signing import sign
from web.kit import kit
from web.limits import limiter
from web.problems import Problem
from web.public.door import place, public

KIND = "application/vnd.tocsin.in-app+json"


@public.get("/<company>/in-app")
@limiter.limit("1200 per minute")
def in_app(company: str) -> ResponseReturnValue:
    """The notices of the account whose key is in Authorization. A key that fits nobody has none."""
    k, where, key = kit(), place(company), _key()
    if not key:
        return Problem(401, "no_key", "Send the account's key as Authorization: Bearer <key>.").response()
    with k.begin(reading=True) as tx:
        found = standing(tx, where.company, key, clock=k.clock)
    if request.method == "GET" and any(one.is_new for one in found):  # HEAD hands nothing over
        with k.begin() as tx:
            fetched(tx, found, kit=k)
    envelope = sign(k.signer, _payload(where.company, key, found, k.clock.now()), kind=KIND)
    return Response(json.dumps(envelope), content_type="application/json", headers={"Cache-Control": "no-store"})


def _key() -> str:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip()[:200] if scheme.lower() == "bearer" else ""


def _payload(company: str, key: str, found: Sequence[Standing], at: datetime) -> bytes:
    """What is signed. `for` is the digest of the key: the app sees that the answer is its own, and nobody else's."""
    notices = [
        {
            "id": one.id,
            "reference": one.reference,
            "language": one.language,
            "published_at": one.published_at.isoformat(),
        }
        | one.texts
        for one in found
    ]
    said = {"company": company, "for": key_digest(key), "at": at.isoformat(), "notices": notices}
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
