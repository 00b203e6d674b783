"""The shipped statements keep to the portable surface, and every engine's words can be made of them."""

from datetime import date

import pytest
import sqlglot
from sqlglot import exp

from affected.mapping import Mapping, read_mapping
from affected.statements import (
    ANSWERS,
    KEY_PERSON,
    KINDS,
    NAMELESS,
    ODD,
    STEPS,
    heard_statement,
    rendered,
    verdict_statement,
)
from affected.views import concerned_statement, people_views, person_statement, views
from tests.affected.small import directory_of

# What sqlglot renders rightly for every engine we know of; no regular expression, no try-cast (docs/affected.md).
ALLOWED = {
    exp.Select, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Union, exp.Distinct, exp.Subquery, exp.Table,
    exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Case, exp.If,
    exp.Coalesce, exp.And, exp.Or, exp.Not, exp.Paren, exp.Is, exp.In, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT,
    exp.GTE, exp.Add, exp.Sub, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseOrAgg, exp.Count, exp.Sum, exp.Min, exp.Max,
    exp.Star, exp.Cast, exp.DataType, exp.DataTypeParam, exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Concat,
    exp.DPipe, exp.Substring, exp.Replace, exp.Translate,
}  # fmt: skip


@pytest.fixture
def statements(tmp_path):
    directory_of(tmp_path, [{"uid": "u1"}])
    mapping = read_mapping(tmp_path / "moqi.yaml")
    bits = {name: bit for bit, name in enumerate(sorted(mapping.categories))}
    merged = mapping.model_copy(update={"merged_into": mapping.person_id})
    shown = views(merged, date(2026, 3, 6), bits) | {"no alias": views(mapping, date(2026, 3, 6), bits)["alias"]}
    shown |= people_views(merged, date(2026, 3, 6), bits, source="concerned", front="concerned_")
    shown["concerned"] = concerned_statement(merged)
    shown |= {f"schemed {name}": said for name, said in views(_schemed(mapping), date(2026, 3, 6), bits).items()}
    asked = {"kinds": KINDS, "odd": ODD, "nameless": NAMELESS, "heard": heard_statement(["phone", "email"])}
    asked |= {"verdict": verdict_statement(1, "role = 'student'"), "key_person": KEY_PERSON}
    return asked | STEPS | ANSWERS | shown


def _schemed(mapping):
    """The same with a column that says whose each token is, and a second column of tokens."""
    said = {"column": "push", "scheme_from": {"column": "state", "values": {"a1": ["X", "y"], "": ["z"]}}}
    token = said | {"then": [{"column": "mail", "scheme": "b1"}]}
    plain = mapping.model_dump(exclude_unset=True)
    return Mapping.model_validate(plain | {"contact": plain["contact"] | {"device_token": token}})


def test_every_node_of_every_statement_is_portable(statements):
    for name, statement in statements.items():
        found = {type(node) for node in sqlglot.parse_one(statement, read="duckdb").walk()}
        assert found <= ALLOWED, (name, found - ALLOWED)


@pytest.mark.parametrize("dialect", ["postgres", "spark", "duckdb"])
def test_every_statement_is_rendered_for_the_engines_to_come(statements, dialect):
    for statement in statements.values():
        again = sqlglot.parse_one(rendered(statement, dialect), read=dialect)
        assert again.find(exp.Select) is not None


def test_a_column_name_cannot_leave_its_quotes(tmp_path):
    text = 'directory: moqi\nperson_id: {column: "x\\" FROM t; DROP TABLE t --"}\n'
    (tmp_path / "m.yaml").write_text(text, encoding="utf-8")
    statement = person_statement(read_mapping(tmp_path / "m.yaml"), date(2026, 3, 6), {})
    assert len(sqlglot.parse(statement, read="duckdb")) == 1
    assert '"x"" FROM t; DROP TABLE t --"' in statement
