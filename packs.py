"""Reads one YAML pack into a checked model; whatever is wrong with it is one sentence with file, line and field."""

from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

Model = TypeVar("Model", bound=BaseModel)


class BadInput(ValueError):
    """What a person handed in cannot be read; the text is one sentence naming file, line or field.

    Doors turn it into exit status 2 or a 422 problem document.
    """


class Strict(BaseModel):
    """A model that refuses a key it does not know and cannot be changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_pack(path: Path, model: type[Model]) -> Model:
    """Read `path` as `model`. Raises BadInput naming `file:line` and the field."""
    return parse_pack(_text(path), model, name=str(path))


def parse_pack(text: str, model: type[Model], *, name: str) -> Model:
    """Read YAML `text`, called `name` in errors, as `model`."""
    tree = _tree(text, name)
    if not isinstance(tree, Mapping):
        raise BadInput(f"{name}:1: expected a mapping of fields, found {_kind(tree)}.")
    try:
        return model.model_validate(_plain(tree))
    except ValidationError as error:
        raise BadInput(_sentence(name, tree, error)) from None


def line_of(tree: Any, path: Sequence[int | str]) -> int:
    """The 1-based line on which the node at `path` (or its nearest parent) stands."""
    line = 1
    for step in path:
        here = _line(tree, step)
        if here is None:
            break
        line = here
        tree = tree[step]
    return line


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file.") from None
    except IsADirectoryError:
        raise BadInput(f"{path}: this is a folder, not a file.") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 at byte {error.start}.") from None


def _tree(text: str, name: str) -> Any:
    reader = YAML(typ="rt", pure=True)
    try:
        return reader.load(StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = (error.problem or "cannot be read").split("\n")[0]
        raise BadInput(f"{name}:{line}: not readable as YAML: {problem}.") from None


def _line(tree: Any, step: int | str) -> int | None:
    if isinstance(tree, CommentedMap) and step in tree:
        return int(tree.lc.key(step)[0]) + 1
    if isinstance(tree, CommentedSeq) and isinstance(step, int) and step < len(tree):
        return int(tree.lc.item(step)[0]) + 1
    return None


def _plain(node: Any) -> Any:
    # ruamel's round-trip scalars carry formatting that pydantic's strict types refuse.
    if isinstance(node, Mapping):
        return {_plain(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    for plain in (bool, int, float, str):
        if isinstance(node, plain):  # bool first: a bool is an int by descent, and would become 1
            return plain(node)
    return node


def _kind(tree: Any) -> str:
    return "nothing" if tree is None else f"a {type(tree).__name__.removeprefix('Commented').lower()}"


def _sentence(name: str, tree: Any, error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    path = [step for step in first["loc"] if _is_step(step)]
    field = ".".join(str(step) for step in path) or "the file"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    said = {
        "extra_forbidden": f"unknown key '{path[-1] if path else '?'}'",
        "missing": f"'{path[-1] if path else '?'}' is missing",
    }.get(first["type"], str(first["msg"]).removeprefix("Value error, "))
    return f"{name}:{line_of(tree, path)}: {field}: {said}{more}."


def _is_step(step: int | str) -> bool:
    # pydantic names the branch of a union in the path; such a name is no place in the file.
    return isinstance(step, int) or step.replace("_", "").replace("-", "").replace(".", "").isalnum()
