"""The feed of the company's app: what stands for one account, signed, to whoever its backend signed a header for."""

from datetime import datetime
from typing import Any

from flask import Response, json, request
from flask.typing import ResponseReturnValue

from incidents.deliveries.in_app import Page, fetched, standing
from incidents.foundation.errors import BadInput
from incidents.foundation.signing import sign
from notifiers.provider import Forged, Stands, WebhookRequest
from web.kit import kit
from web.limits import limiter
from web.problems import Problem, problem_of
from web.public.door import place, public

KIND = "application/vnd.tocsin.in-app+json"
ASK_AGAIN = 3600  # seconds
# Nobody keeps an answer, not even the app: what stands now is what may be shown, and it is one person's.
_HEADERS = {"Cache-Control": "no-store"}


@public.get("/<company>/in-app")
@limiter.limit("1200 per minute")
def in_app(company: str) -> ResponseReturnValue:
    """One page of the notices of the account that Tocsin-Signature names; nobody's account has none. What is not signed
    by this company is refused before anything is looked up."""
    k, where = kit(), place(company)
    try:
        name = _asked(k.providers, where.company)
        with k.begin(reading=True) as tx:
            found = standing(tx, where.company, name, kit=k, older=request.args.get("older", ""))
    except Forged:
        return Problem(
            403, "forged", f"This request is not signed by the backend of {where.company}'s app, or is old."
        ).response()
    except BadInput as error:
        return problem_of(error).response()
    if request.method == "GET" and any(one.is_new for one in found.notices):  # HEAD hands nothing over
        with k.begin() as tx:
            fetched(tx, found.notices, kit=k)
    envelope = sign(k.signer, _payload(where.company, name, found, k.clock.now()), kind=KIND)
    return Response(json.dumps(envelope), content_type="application/json", headers=_HEADERS)


def _asked(providers: Any, company: str) -> str:
    """The name of the account that is asked for. Raises Forged where nothing signed asks for one."""
    for provider in providers.values():
        if isinstance(provider, Stands):
            return provider.asked(company, WebhookRequest(request.full_path, dict(request.headers), b""))
    raise Forged("no feed is set up")


def _payload(company: str, name: str, found: Page, at: datetime) -> bytes:
    """What is signed. `for` is the name that was asked for: the app sees that the answer is its own."""
    notices = [
        {
            "id": one.id,
            "reference": one.reference,
            "language": one.language,
            "published_at": one.published_at.isoformat(),
        }
        | one.texts
        for one in found.notices
    ]
    said: dict[str, Any] = {"company": company, "for": name, "at": at.isoformat(), "notices": notices}
    said |= {"older": found.older, "ask_again_seconds": ASK_AGAIN}
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
