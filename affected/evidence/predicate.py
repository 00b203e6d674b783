"""Predicates: a condition over the directory's own fields, as a tree or as text, checked and written anew as SQL."""

from datetime import date
from pathlib import Path
from typing import Any, Literal

import sqlglot
from pydantic import Field, ValidationError, model_validator
from sqlglot import exp
from sqlglot.errors import SqlglotError

from affected.evidence.reading import Condition, Evidence, Reading
from affected.mapping import KINDS, Mapping
from affected.words import Rule
from packs import BadInput, Strict, parse_pack

KIND = "predicate"
_FIELDS = {"person_id", "controller", "country", "region", "language", "role", "standing", "age_band", "birth_date"}
_FIELDS |= {f"has_{kind}" for kind in KINDS} | {"has_guardian"}
_LIMIT, _NODES, _DEPTH = 10_000, 500, 20
_SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
# What the text form may be made of; the root is the SELECT that we wrapped around it.
_ALLOWED = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In, exp.Between,
    exp.Like, exp.Is, exp.Null, exp.Literal, exp.Column, exp.Identifier, exp.Boolean, exp.Cast, exp.DataType, exp.Tuple,
)  # fmt: skip


class PredicateReading(Reading):
    """A predicate has no columns to name: its fields are those of the person view."""


READING = PredicateReading
Op = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "is_null", "not_null", "has"]


class Node(Strict):
    """One node of the tree: all, any or none of some nodes, or a field compared with a value.

    `{field: categories, op: has, value: identity_document}` asks whether the person gave that category.
    """

    all: list["Node"] | None = Field(None)
    any: list["Node"] | None = Field(None)
    none: list["Node"] | None = Field(None)
    field: str | None = None
    op: Op = "eq"
    value: bool | int | str | date | list[str] | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> "Node":
        said = [name for name in ("all", "any", "none", "field") if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError("a node is one of all, any, none or field")
        if self.field is not None:
            _check_comparison(self.field, self.op, self.value)
        elif not (self.all or self.any or self.none):
            raise ValueError(f"{said[0]} needs at least one node")
        return self


def conditions(evidence: Evidence, _cleaned: object, mapping: Mapping, bits: dict[str, int]) -> list[Condition]:
    """The one condition as portable SQL over the person view, unknown where a field is. Raises BadInput."""
    sql = compiled(predicate_text(evidence.path), evidence.path.name, mapping, bits)
    said = evidence.reading
    return [Condition(sql, Rule.PREDICATE, said.presumed, said.first_at, said.last_at)]


def predicate_text(path: Path) -> str:
    """The text of a predicate file, at most 10,000 characters. Raises BadInput."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(_LIMIT + 1)
    except FileNotFoundError:
        raise BadInput(f"{path.name}: there is no such file.") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path.name}: a predicate is UTF-8 text.") from None
    if len(text) > _LIMIT:
        raise BadInput(f"{path.name}: a predicate has at most {_LIMIT:,} characters.")
    if not text.strip():
        raise BadInput(f"{path.name}: the file is empty.")
    return text


def compiled(text: str, name: str, mapping: Mapping, bits: dict[str, int]) -> str:
    """A predicate as YAML or JSON (a tree), or as text, to SQL. Raises BadInput naming `name`."""
    first = text.lstrip()
    if first.startswith("{") or first.split(":")[0].strip() in {"all", "any", "none", "field"}:
        try:
            return compiled_tree(parse_pack(text, Node, name=name), name, mapping, bits)
        except (ValidationError, RecursionError):
            raise BadInput(f"{name}: this predicate is nested too deeply.") from None
    return _from_text(text, name)


def compiled_tree(node: Node, name: str, mapping: Mapping, bits: dict[str, int]) -> str:
    """A predicate as a tree to SQL. Raises BadInput naming `name`."""
    return _sql(node, mapping, bits, name)


def _check_comparison(field: str, op: Op, value: Any) -> None:
    if field == "categories":
        if op != "has" or not isinstance(value, str):
            raise ValueError("categories takes op 'has' and the name of one category")
        return
    if field not in _FIELDS:
        raise ValueError(f"there is no field '{field}'; there are categories, {', '.join(sorted(_FIELDS))}")
    if op in {"is_null", "not_null"}:
        return
    if (op == "in") != isinstance(value, list) or value is None or value == []:
        raise ValueError(f"op '{op}' does not go with this value")
    if field.startswith("has_") and not (op in {"eq", "ne"} and isinstance(value, bool)):
        raise ValueError(f"{field} is compared with true or false")


def _sql(node: Node, mapping: Mapping, bits: dict[str, int], name: str, depth: int = 0) -> str:
    if depth > _DEPTH:
        raise BadInput(f"{name}: this predicate is nested too deeply.")
    for parts, word in ((node.all, " AND "), (node.any, " OR "), (node.none, " OR ")):
        if parts:
            inner = word.join(f"({_sql(part, mapping, bits, name, depth + 1)})" for part in parts)
            return f"NOT ({inner})" if node.none else inner
    return _comparison(node, mapping, bits)


def _comparison(node: Node, mapping: Mapping, bits: dict[str, int]) -> str:
    field = str(node.field)
    if field == "categories":
        category = str(node.value)
        if category not in mapping.categories:
            return "CAST(NULL AS BOOLEAN)"  # the directory does not say: nobody can be ruled out
        return f"(held & {1 << bits[category]}) <> 0"
    if field.startswith("has_"):
        wanted = bool(node.value) == (node.op == "eq")
        columns = ["guardian_phone", "guardian_email"] if field == "has_guardian" else [field.removeprefix("has_")]
        given = " OR ".join(f"NOT {column} IS NULL" for column in columns)
        return given if wanted else f"NOT ({given})"
    if node.op in {"is_null", "not_null"}:
        return f"{field} IS NULL" if node.op == "is_null" else f"NOT {field} IS NULL"
    if node.op == "in":
        return f"{field} IN ({', '.join(_literal(field, value) for value in node.value or [])})"  # type: ignore[union-attr]
    return f"{field} {_SIGNS[node.op]} {_literal(field, node.value)}"


def _literal(field: str, value: Any) -> str:
    if field == "birth_date":
        try:
            return f"CAST('{date.fromisoformat(str(value))}' AS DATE)"
        except ValueError:
            raise BadInput(f"{field}: '{value}' is not a date such as 2012-06-01.") from None
    return exp.Literal.string(str(value)).sql(dialect="duckdb")


def _from_text(text: str, name: str) -> str:
    if "--" in text or "/*" in text or "#" in text:
        raise BadInput(f"{name}: a predicate carries no comments.")
    try:
        statements = sqlglot.parse(f"SELECT 1 FROM person WHERE {text}", read="duckdb")  # noqa: S608 - parsed, never run
    except (SqlglotError, RecursionError):
        raise BadInput(f"{name}: this predicate cannot be parsed.") from None
    root = statements[0] if len(statements) == 1 else None
    if not isinstance(root, exp.Select):
        raise BadInput(f"{name}: a predicate is one condition.")
    extra = {key for key, value in root.args.items() if value} - {"expressions", "from_", "from", "where", "kind"}
    where = root.args.get("where")
    if extra or where is None or len(root.expressions) != 1:
        raise BadInput(f"{name}: a predicate is one condition and nothing after it.")
    _check_tree(where.this, name)
    return where.this.sql(dialect="duckdb")  # type: ignore[no-any-return]


def _check_tree(tree: exp.Expression, name: str) -> None:
    for count, node in enumerate(tree.walk()):
        if count > _NODES:
            raise BadInput(f"{name}: this predicate has more than {_NODES} parts.")
        if type(node) not in _ALLOWED:
            raise BadInput(f"{name}: a predicate cannot hold {type(node).__name__.upper()}.")
        if isinstance(node, exp.Column) and (node.name not in _FIELDS or node.table or node.name.startswith("has_")):
            raise BadInput(f"{name}: there is no field '{node.sql()[:60]}'.")
        if isinstance(node, exp.In) and (node.args.get("query") or node.args.get("unnest")):
            raise BadInput(f"{name}: a predicate holds no query.")
        if isinstance(node, exp.DataType) and node.this not in {exp.DataType.Type.DATE, exp.DataType.Type.TIMESTAMP}:
            raise BadInput(f"{name}: a predicate casts to DATE only.")
