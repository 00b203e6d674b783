"""The switch of the console's language; the choice is kept in a cookie, for whoever is signed in or not yet."""

from datetime import timedelta

from flask import abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from web.console.door import console
from web.languages.catalogs import languages
from web.languages.chosen import COOKIE

_KEPT = timedelta(days=365)


@console.post("/language")
def choose_language() -> ResponseReturnValue:
    chosen, back = request.form.get("language", ""), request.form.get("back", "")
    if chosen not in languages():
        abort(404)
    # Only to a page of this house: an address with a host, or what a browser would read as one, is not followed.
    own = back.startswith("/") and not back.startswith(("//", "/\\"))
    answer = redirect(back if own else url_for("console.incidents"), 303)
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    answer.set_cookie(COOKIE, chosen, max_age=_KEPT, secure=secure, httponly=True, samesite="Lax")
    return answer
