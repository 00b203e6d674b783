"""Tests of the house itself: direction of imports, sizes, names, one place for each kind of thing."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COMPANIONS = {"bench", "docs", "migrations", "tests"}
BANNED = {"util", "utils", "helper", "helpers", "manager", "handler", "service", "common", "misc", "process"}


def sources(*, tests_too: bool = False) -> list[Path]:
    """The project's own Python files, found by asking git (so that an environment in a folder here does not count)."""
    said = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = [ROOT / line for line in said.stdout.splitlines() if (ROOT / line).exists()]
    skipped = {"migrations", "node_modules"} | (set() if tests_too else {"tests"})
    return [file for file in found if file.relative_to(ROOT).parts[0] not in skipped]


FILES = sources()
TREES = {file: ast.parse(file.read_text()) for file in FILES}


def test_imports_run_one_way():
    linted = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout


def test_what_stands_below_all_rooms_imports_none_of_them():
    ours = {file.relative_to(ROOT).parts[0].removesuffix(".py") for file in FILES}
    assert {module.split(".")[0] for module in imported(TREES[ROOT / "packs.py"])} & ours == set()


def test_nothing_else_stands_at_the_top():
    said = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    top = {line.split("/")[0] for line in said.stdout.splitlines()}
    assert top <= {
        *(
            "app.py",
            "kits.py",
            "machine.py",
            "worker.py",
            "packs.py",
            "incidents",
            "affected",
            "policies",
            "playbooks",
            "notifiers",
            "web",
        ),
        *("templates", "tests", "migrations", "sample", "bench", "docs", "tocsin", "Makefile", ".ci", ".gitignore"),
        *(
            "README.md",
            "CHANGELOG.md",
            "NOTICE",
            "LICENSE",
            "pyproject.toml",
            "requirements.txt",
            "requirements-dev.txt",
        ),
    }


def test_no_file_is_longer_than_300_lines():
    assert {str(file.relative_to(ROOT)) for file in FILES if len(file.read_text().splitlines()) > 300} == set()


def test_files_in_c_are_short_and_say_in_one_sentence_what_is_in_them():
    for file in (ROOT / "bench").rglob("*.[ch]"):
        lines = file.read_text().splitlines()
        assert len(lines) <= 300, file
        assert max(map(len, lines)) <= 120, file
        assert re.fullmatch(r"/\* [A-Z].*[.] \*/", lines[0]), file


def test_no_function_is_longer_than_50_lines():
    long = {
        f"{file.relative_to(ROOT)}:{node.lineno} {node.name}"
        for file, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 50
    }
    assert long == set()


def test_the_median_function_is_short():
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    )
    assert lengths[len(lengths) // 2] <= 9


def test_every_file_says_in_one_sentence_what_is_in_it():
    for file in sources(tests_too=True):
        said = ast.get_docstring(ast.parse(file.read_text()))
        assert said, f"{file.relative_to(ROOT)} has no docstring"
        assert said.split("\n")[0].rstrip().endswith((".", ",", ":", ";")), file


def test_no_name_is_a_catch_all():
    for file, tree in TREES.items():
        names = [file.stem, *(n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef))]
        for name in names:
            if name.startswith(
                ("process_bind", "process_result")
            ):  # SQLAlchemy's own names for a column type's two ways
                continue
            words = set(re.findall(r"[a-z]+", re.sub(r"([A-Z])", r"_\1", name).lower()))
            assert not words & BANNED, f"{file.relative_to(ROOT)}: {name}"


EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
OPTIONAL = {re.split(r"[\[>=]", package)[0] for packages in EXTRAS.values() for package in packages}


# Each brings tens of megabytes that hardly any process needs; where it is imported says why.
HEAVY = {
    ("affected/likeness/seek.py", "affected.likeness.matching"),
    ("kits.py", "affected"),
    ("machine.py", "affected.without_pandas"),
    ("policies/calendars.py", "holidays"),
}


def test_no_import_stands_inside_a_function_but_for_an_optional_sdk_or_what_is_heavy():
    for file, tree in TREES.items():
        if file.relative_to(ROOT).parts[0] in {"notifiers", "bench"}:
            continue
        inner = [
            f"{file.relative_to(ROOT)}:{node.lineno}"
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef)
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
            and not {name.split(".")[0] for name in imported(node)} <= OPTIONAL
            and not {(str(file.relative_to(ROOT)), name) for name in imported(node)} <= HEAVY
        ]
        assert inner == []


def test_no_file_of_the_hall_knows_flask():
    for file, tree in TREES.items():
        place = file.relative_to(ROOT)
        if place.parts[0] == "incidents":
            assert not any(module.split(".")[0].startswith("flask") for module in imported(tree)), place


def test_no_verb_of_the_hall_commits():
    for file, tree in TREES.items():
        if file.relative_to(ROOT).parts[0] in {"incidents", "web"} and file.name not in {"database.py"}:
            commits = [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr == "commit"]
            assert commits == [], file.relative_to(ROOT)


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


# One place: what people add often (a provider, a law, a policy, a playbook, a form, a notice) is named nowhere else.


def ids() -> dict[str, str]:
    """id -> the path of its own place, of everything that is found by walking."""
    found = {}
    for pattern, kind in (
        ("policies/laws/*/*.yaml", "law"),
        ("policies/house/*.yaml", "policy"),
        ("playbooks/library/*.yaml", "playbook"),
        ("templates/reports/*/form.yaml", "form"),
        ("notifiers/*/*.py", "provider"),
    ):
        for file in ROOT.glob(pattern):
            name = file.parent.name if kind == "form" else file.stem
            if not name.startswith("_") and len(name) >= 4 and name not in EVERYDAY:
                found[name] = str(file.relative_to(ROOT))
    return found


# Ids that are also plain words of the field; a qualified form of each is still looked for by its own test of the room.
EVERYDAY = {"page", "feed", "ransomware", "line"}


def words(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, word) of every string literal that is no docstring, and of every identifier."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            said = re.sub(
                r"https://\S+", "", node.value
            )  # a source may lie at the site of a company that is also a provider
            yield from ((node.lineno, word) for word in re.split(r"[^A-Za-z0-9_-]+", said))
        elif isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            yield from ((node.lineno, word) for word in (name, *name.split("_")))


def mentions() -> dict[str, list[str]]:
    """word in lower case -> the places (file:line) that say it, outside sample/ and bench/."""
    found: dict[str, list[str]] = {}
    for file, tree in TREES.items():
        place = str(file.relative_to(ROOT))
        if place not in ("app.py", "kits.py") and not place.startswith(("sample/", "bench/")):
            for line, word in words(tree):
                found.setdefault(word.lower(), []).append(f"{place}:{line}")
    return found


MENTIONS = mentions()


@pytest.mark.parametrize("name", sorted(ids()))
def test_a_thing_that_is_found_by_walking_is_named_in_its_own_place_only(name):
    own = ids()[name]
    elsewhere = [place for place in MENTIONS.get(name.lower(), []) if place.split(":")[0] != own]
    assert elsewhere == [], f"{name} has its place in {own}"
