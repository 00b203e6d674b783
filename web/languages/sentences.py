"""Finds the sentences that the hall says in English: refusals anywhere, and every line of modules that a page shows.

A sentence with values in it is gathered as a message with holes, `{company} is established in {place}.`: what stands in
an f-string's braces gives each hole its name; two holes side by side are one. phrases.py reads such a sentence back.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from web.languages.phrases import REFUSAL, SENTENCE

# Modules whose own lines pages show: why a law binds, how a deadline was counted, what a message costs, what lacks.
_SHOWN = (
    "affected/explain.py",
    "affected/outlook.py",
    "affected/evidence/bulk.py",
    "affected/evidence/log_notes.py",
    "affected/evidence/sandbox.py",
    *(
        f"policies/{one}.py"
        for one in ("conditions", "deadlines", "delays", "docket", "duties", "evaluate", "judge", "questions")
    ),
    *("policies/scales/*.py", "playbooks/progress.py", "playbooks/conditions.py"),
    *(f"incidents/{one}/*.py" for one in ("deliveries", "filings", "notices", "obligations", "record")),
    *(f"incidents/{one}/*.py" for one in ("respond", "review", "snapshots")),
    *("notifiers/*.py", "notifiers/*/__init__.py", "web/pages/reviews.py"),
)
# Where a refusal's sentence stands: the name of the call -> the place of the argument.
_REFUSALS = {"Refused": 1, "BadInput": 0, "__init__": 0}
_WORD = re.compile(r"(?<![\w./'-])[A-Za-z][a-z]+(?![\w/'-])")
# Patterns, markup, statements, types, fonts, columns, and what is wrong with a setting: no page shows these.
_NO_SENTENCE = re.compile(
    r"\n|\w[\[(]|\(\?|^<|://|=[\",]|\{[\" ]|\bPRAGMA\b|^TOCSIN_|^[A-Z]\w+ [A-Z]\w+(?: |$)|\| None|"
    r"(?:^| )[a-z]{2,}_[a-z]\w*(?: .*[^.])?$"
)
Sentence = tuple[str | None, str]  # the context and the message: without holes, or those of a line or a refusal


def sentences(root: Path, room: str) -> Iterator[Sentence]:
    """Each sentence of one room below `root`."""
    shown = {path for glob in _SHOWN for path in root.glob(glob)}
    for path in sorted((root / room).rglob("*.py")):
        if "cli" not in path.parts:
            tree = ast.parse(path.read_text())
            refusals = list(_refusals(tree))
            yield from (said for node in refusals for said in _sentence(node, REFUSAL))
            if path in shown:
                yield from _lines(tree, besides=refusals)


def _refusals(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            place = _REFUSALS.get(getattr(node.func, "attr", getattr(node.func, "id", "")))
            if place is not None and len(node.args) > place:
                yield node.args[place]


def _lines(tree: ast.AST, *, besides: list[ast.AST]) -> Iterator[Sentence]:
    skip = {id(part) for node in ast.walk(tree) for part in _no_lines(node)} | {id(node) for node in besides}
    for node in ast.walk(tree):
        if id(node) not in skip:
            yield from _sentence(node, SENTENCE)


def _no_lines(node: ast.AST) -> Iterator[ast.AST]:
    # Docstrings, parts of an f-string, and what only a programmer or an operator of this code is told.
    if isinstance(node, ast.Expr):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from (part for part in node.values if isinstance(part, ast.Constant))
    elif isinstance(node, ast.Attribute) and node.attr == "split":
        yield node.value
    elif _is_inside(node):
        yield from ast.walk(node)


def _is_inside(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise):
        return "ValueError" in ast.unparse(node)
    if isinstance(node, ast.Call):  # a row as plain data, by the names of its columns
        return getattr(node.func, "id", "") == "plain"
    return isinstance(node, ast.keyword) and node.arg in ("help", "description", "pattern")


def _sentence(node: ast.AST, kind: str) -> Iterator[Sentence]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        said, fewest = node.value, 1 if "{" in node.value else 2
    elif isinstance(node, ast.JoinedStr):
        said, fewest = _with_holes(node), 2
    else:
        return
    bare = re.sub(r"\{\w*\}", "", said)
    if len(_WORD.findall(bare)) >= fewest and not _NO_SENTENCE.search(bare):
        # What stands before a sentence of its own is another one.
        yield kind if bare != said else None, re.sub(r"^\{\w+\} (?=[A-Z])", "", said.strip())


def _with_holes(node: ast.JoinedStr) -> str:
    names: Counter[str] = Counter()
    parts: list[str] = []
    for before, part in zip((None, *node.values), node.values, strict=False):
        if not isinstance(part, ast.FormattedValue):
            parts.append(str(getattr(part, "value", "")).replace("{", "{{").replace("}", "}}"))
        elif not isinstance(before, ast.FormattedValue):
            name = _name(part.value)
            names[name] += 1
            parts.append(f"{{{name}{names[name] if names[name] > 1 else ''}}}")
    return "".join(parts)


def _name(value: ast.expr) -> str:
    if isinstance(value, ast.Call):
        inner = value.args[0] if value.args else value.func
        return _name(inner)
    name = value.id if isinstance(value, ast.Name) else value.attr if isinstance(value, ast.Attribute) else "value"
    return name.strip("_").lower() or "value"
