"""Reads one YAML pack into a checked model; whatever is wrong with it is one sentence with file, line and field."""

import re
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

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
    tree, plain = _read(text, name)
    if not isinstance(tree, yaml.MappingNode):
        raise BadInput(f"{name}:1: expected a mapping of fields, found {_KINDS[type(tree)]}.")
    try:
        return model.model_validate(plain)
    except ValidationError as error:
        raise BadInput(_sentence(name, tree, error)) from None


def tree_of(text: str, name: str) -> yaml.Node | None:
    """The nodes of YAML `text`, which know their lines. Raises BadInput naming `name` and line."""
    return _read(text, name)[0]


def line_of(tree: yaml.Node | None, path: Sequence[int | str]) -> int:
    """The 1-based line on which the node at `path` (or its nearest parent) stands."""
    line = 1
    for step in path:
        found = _child(tree, step)
        if found is None:
            break
        line, tree = found
    return line


def as_yaml(tree: Any) -> str:
    """Plain data as YAML text, keys in their order; words such as yes are quoted for readers of YAML 1.1."""
    return str(yaml.dump(tree, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=118))


class _Core(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # the parser in C, where it was built
    """YAML 1.2's core schema, where yes and no are words, with the timestamps of YAML 1.1; no key stands twice."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key.value}' is written twice", key.start_mark
                )
            seen.add(key.value)
        return dict(super().construct_mapping(node, deep=deep))

    def whole_number(self, node: yaml.ScalarNode) -> int:
        """010 is ten here, and 0o10 is eight."""
        said = str(node.value)
        return int(said, 0) if said[:2] in ("0o", "0x") else int(said)


class _Dumper(yaml.SafeDumper):
    """Lists stand two in from their key, and an object that occurs twice is written twice."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - PyYAML's words
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's words
        return True


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    (
        "timestamp",
        r"\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?([Tt]|[ \t]+)\d\d?:\d\d:\d\d(\.\d*)?([ \t]*(Z|[-+]\d\d?(:\d\d)?))?",
        "0123456789",
    ),
):
    _Core.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))
_Core.add_constructor("tag:yaml.org,2002:int", _Core.whole_number)

_KINDS = {type(None): "nothing", yaml.SequenceNode: "a list", yaml.ScalarNode: "one word"}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file.") from None
    except IsADirectoryError:
        raise BadInput(f"{path}: this is a folder, not a file.") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 at byte {error.start}.") from None


def _read(text: str, name: str) -> tuple[yaml.Node | None, Any]:
    """The nodes, which know their lines, and the plain data in them."""
    try:
        loader = _Core(text)
        node = loader.get_single_node()
        return node, loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        raise BadInput(_unreadable(name, error)) from None
    except ValueError as error:  # a date such as 2026-02-30
        raise BadInput(f"{name}: not readable as YAML: {error}.") from None


def _unreadable(name: str, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = (getattr(error, "problem", None) or str(error)).split("\n")[0]
    return f"{name}:{mark.line + 1 if mark else 1}: not readable as YAML: {problem}."


def _child(tree: yaml.Node | None, step: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(tree, yaml.MappingNode):
        for key, value in tree.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(tree, yaml.SequenceNode) and isinstance(step, int) and step < len(tree.value):
        node = tree.value[step]
        return node.start_mark.line + 1, node
    return None


def _sentence(name: str, tree: yaml.Node, error: ValidationError) -> str:
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
