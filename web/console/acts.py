"""Hangs every act on the console: a form posts to the act's path and comes back to the page that shows it."""

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, request, url_for
from flask.typing import ResponseReturnValue

from web.acts import acts
from web.acts.act import Act, Caller
from web.console.door import console, go, here
from web.console.forms import read_form
from web.kit import kit
from web.languages import gettext as _


def _door(act: Act) -> Callable[..., ResponseReturnValue]:
    def view(**ids: str) -> ResponseReturnValue:
        reference = ids.pop("reference", None)
        said = act.do(Caller(kit(), here(), reference), read_form(act.body, request.form, request.files), ids)
        flash(_(act.said))
        return go(_next(act, reference or said.get("reference"), ids | {n: str(v) for n, v in said.items()}))

    return view


def _next(act: Act, reference: str | None, ids: dict[str, str]) -> str:
    """The page that shows what came of an act, at the thing it was done to."""
    endpoint = f"console.{act.page}"
    wanted = {"reference": reference} | ids if reference else ids
    rule = next(current_app.url_map.iter_rules(endpoint))
    values: dict[str, Any] = {name: wanted[name] for name in rule.arguments}
    if "language" in request.form:  # whoever worked in one language stays in it
        values["language"] = request.form["language"]
    return url_for(endpoint, **values)


for _act in acts().values():
    console.post(_act.path, endpoint=_act.name)(_door(_act))
