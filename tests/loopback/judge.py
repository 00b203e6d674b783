"""Judges a request by the contract its provider published, where the folder of contracts is present."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest

_ROOT = Path(__file__).parents[2]


def contracts() -> Path:
    """The folder of published contracts (TOCSIN_CONTRACTS); skips the test where it is absent."""
    folder = Path(os.environ.get("TOCSIN_CONTRACTS", _ROOT.parent / "shared" / "contracts"))
    if not folder.is_dir():
        pytest.skip("The providers' published contracts are not here; set TOCSIN_CONTRACTS.")
    return folder / "providers"


@cache
def _openapi(name: str) -> OpenAPI:
    return OpenAPI.from_dict(json.loads((contracts() / name).read_text()))


def judge_openapi(name: str, host: str, request: dict[str, Any]) -> None:
    """Raises what openapi-core raises when `request` breaks the contract `name`."""
    judged = MockRequest(
        host,
        request["method"],
        request["path"],
        args=request.get("args"),
        headers=request["headers"],
        data=request["body"],
        content_type=request["headers"]["Content-Type"].partition(";")[0],
    )
    _openapi(name).validate_request(judged)


@cache
def _discovery(name: str) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads((contracts() / name).read_text())
    return tree


def judge_discovery(name: str, schema: str, value: Any) -> list[str]:
    """Where `value` breaks the schema of a Google discovery document: unknown names and wrong types, by path."""
    return list(_walk(_discovery(name)["schemas"], _discovery(name)["schemas"][schema], value, schema))


_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}


def _walk(schemas: dict[str, Any], schema: dict[str, Any], value: Any, path: str):
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    kind = schema.get("type", "any")
    if kind != "any" and not isinstance(value, _TYPES[kind]):
        yield f"{path}: not of type {kind}"
    elif "enum" in schema and str(value).upper() not in schema["enum"]:
        yield f"{path}: {value} is not in the contract"
    elif kind == "array":
        for number, item in enumerate(value):
            yield from _walk(schemas, schema["items"], item, f"{path}[{number}]")
    elif kind == "object":
        yield from _members(schemas, schema, value, path)


def _members(schemas: dict[str, Any], schema: dict[str, Any], value: dict[str, Any], path: str):
    for name, item in value.items():
        # The API takes both the JSON name and the name of the protocol buffer's field.
        inner = schema.get("properties", {}).get(_camel(name)) or schema.get("additionalProperties")
        if inner is None:
            yield f"{path}.{name}: not in the contract"
        else:
            yield from _walk(schemas, inner, item, f"{path}.{name}")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
