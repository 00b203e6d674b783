"""Hangs every act on the API as POST, with its body and its one sentence in the OpenAPI document."""

import re
from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, make_response
from flask_openapi3 import Tag
from pydantic import BaseModel, create_model

from web.acts import acts
from web.acts.act import Act, Caller, Nothing
from web.api.door import api, asking
from web.kit import kit

_NAME = re.compile(r"<(?:\w+:)?(\w+)>")


def path_model(path: str) -> type[BaseModel]:
    """A model with one text field for each placeholder of a path."""
    names = _NAME.findall(path)
    fields: dict[str, Any] = dict.fromkeys(names, (str, ...))
    title = "".join(name.title().replace("_", "") for name in names) + "Path"
    return _PATHS.setdefault(title, create_model(title, **fields))


def carry_out(act: Act, body: Any, ids: dict[str, str]) -> Any:
    """Do an act and give back what it says."""
    reference = ids.pop("reference", None)
    return act.do(Caller(kit(), asking(), reference), body, ids)


def _door(act: Act) -> Callable[..., Response]:
    def view(path: Any = None, body: Any = None) -> Response:
        said = carry_out(act, body or Nothing(), dict(path or {}))
        return make_response(jsonify(said), 201)

    view.__name__ = act.name
    view.__annotations__ = {}
    if _NAME.search(act.path):
        view.__annotations__["path"] = path_model(act.path)
    if act.body is not Nothing:
        view.__annotations__["body"] = act.body
    return view


_PATHS: dict[str, type[BaseModel]] = {}

for _act in acts().values():
    _tag = Tag(name=_act.path.split("/")[1] if _act.path.count("/") < 3 else _act.path.split("/")[3])
    api.post(_act.path, summary=_act.summary, tags=[_tag], operation_id=_act.name)(_door(_act))
