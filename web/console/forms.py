"""Reads a submitted form into the model of an act; a date and time comes with the zone chosen beside it."""

import json
import types
from base64 import b64encode
from datetime import datetime
from typing import Any, TypeVar, Union, get_args, get_origin
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AwareDatetime, BaseModel, ValidationError
from werkzeug.datastructures import FileStorage, MultiDict

from incidents.foundation.errors import BadInput
from web.languages import gettext as _
from web.problems import unread

Model = TypeVar("Model", bound=BaseModel)


class Unread(BadInput):
    """A form that cannot be read, said in the language of whoever sent it."""


def read_form(model: type[Model], form: MultiDict[str, str], files: MultiDict[str, FileStorage] | None = None) -> Model:
    """The form as `model`; what was left empty counts as not said. Raises BadInput naming the field."""
    said = {name: _value(form, name, field.annotation) for name, field in model.model_fields.items()}
    for name, file in (files or MultiDict()).items():
        # A small paper travels as the API takes it; evidence has a streamed way of its own.
        if name in model.model_fields and file.filename:
            said[name] = b64encode(file.stream.read())
    try:
        return model.model_validate({name: value for name, value in said.items() if value not in (None, "", [])})
    except ValidationError as error:
        raise _unread(error) from None


def _value(form: MultiDict[str, str], name: str, kind: Any) -> Any:
    kinds = _kinds(kind)
    if AwareDatetime in kinds:
        return _moment(form.get(name, ""), form.get(f"{name}_zone", ""), name)
    if any(get_origin(one) in (list, tuple) for one in kinds):
        return [value for value in form.getlist(name) if value]
    text = form.get(name, "").strip()
    if text.startswith("{") and any(get_origin(one) is dict for one in kinds):
        return _json(text, name)
    if int in kinds and text.isdigit():
        return int(text)
    if bool in kinds:
        return text in ("on", "yes", "true")
    return text


def _kinds(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(inner for one in get_args(kind) for inner in _kinds(one))
    return (kind,)


def _moment(text: str, zone: str, name: str) -> datetime | str:
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unread(_("%(field)s: '%(text)s' is not a date and time.", field=name, text=text)) from None
    if moment.tzinfo is not None:
        return moment
    if zone not in available_timezones():
        raise Unread(_("%(field)s: choose the time zone in which this was said.", field=name))
    return moment.replace(tzinfo=ZoneInfo(zone))


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise Unread(_("%(field)s: this is not readable as JSON.", field=name)) from None


def _unread(error: ValidationError) -> BadInput:
    # What a form can get wrong by itself has words of its own; what a model says of a value stands in English.
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(step) for step in first["loc"])
    known = {
        "missing": _("%(field)s: this is needed.", field=field),
        "int_parsing": _("%(field)s: this is not a whole number.", field=field),
        "json_invalid": _("%(field)s: this is not readable as JSON.", field=field),
        "enum": _("%(field)s: choose one of what is offered.", field=field),
        "literal_error": _("%(field)s: choose one of what is offered.", field=field),
    }
    said = known.get(first["type"])
    return Unread(said) if said else unread(error)
