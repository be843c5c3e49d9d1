"""House rules of the layout: sizes of files, tests that mirror the package, no private name of another module."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 500  # lines
FOLDERS = ("mtjphys", "networks", "validation", "tests", ".ci")
# Whose private names have no public one in their place: numba's index of what it has cached, and how often a tensor of
# PyTorch was changed in place.
REACHES_INTO_OTHERS = {
    "mtjphys/kernels/compiling.py": {"_cache", "_cache_file", "_version"},
    "mtjphys/learning/torch/passes.py": {"_version"},
}
SETTERS = ("setattr", "delattr", "getattr", "hasattr")
# What namedtuples, notebooks and the interpreter call so.
PUBLIC = {"_replace", "_asdict", "_fields", "_make", "_exit", "_repr_html_"}


def modules(*folders: str) -> dict[str, str]:
    """Return the text of the Python files below some folders of the project, by name."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def is_private(name: str) -> bool:
    """Return whether a name is its module's own: one underscore before it."""
    return name.startswith("_") and not name.startswith("__") and name not in PUBLIC and name != "_"


def defined(tree: ast.Module) -> set[str]:
    """Return every name that a module gives: functions, classes, variables, fields, and attributes of self."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and of_itself(node.value):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)  # in __slots__ and object.__setattr__
    return found


def of_itself(node: ast.expr) -> bool:
    """Return whether an expression is the object or the class that a method belongs to."""
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def foreign_names(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and name wherever a module uses a private name of another one of ours."""
    tree = ast.parse(source)
    names = defined(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, alias.name) for alias in node.names if is_private(alias.name))
        elif isinstance(node, ast.Attribute):
            if is_private(node.attr) and not of_itself(node.value) and node.attr not in names:
                yield node.lineno, node.attr
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in SETTERS:
            for argument in node.args[:2]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    name = argument.value.rpartition(".")[2]
                    if is_private(name):
                        yield node.lineno, name


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_private_name_of_another_module_is_used(folder: str) -> None:
    found = {}
    for file, text in modules(folder).items():
        allowed = REACHES_INTO_OTHERS.get(file, set())
        if names := [f"{line}: {name}" for line, name in foreign_names(text) if name not in allowed]:
            found[file] = names
    assert not found


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from mtjphys.core.text import _formatter", ["_formatter"]),
        ("import mtjphys as mp\nmp.core._thing()", ["_thing"]),
        ("monkeypatch.setattr(module, '_thing', 1)", ["_thing"]),
        ("monkeypatch.setattr('mtjphys.core.text._thing', 1)", ["_thing"]),
        ("def test(run):\n    assert run._state == 1", ["_state"]),
        ("class A:\n    def f(self, other):\n        self._x = 1\n        return other._x", []),
        ("class A:\n    def f(self):\n        return self._of_a_base", []),
        ("from os import path as _path\npoint._replace(x=1)", []),
        ("def _f():\n    return 1\n_f()", []),
    ],
)
def test_the_rule_of_private_names_can_fail(source: str, names: list[str]) -> None:
    assert [name for _, name in foreign_names(source)] == names


def test_no_file_is_long_without_a_reason() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    reasons = set(re.findall(r"^- `([\w/.]+\.py)`: \S", contributing, re.MULTILINE))
    long = {name for name, text in modules(*FOLDERS).items() if len(text.splitlines()) > LONGEST}
    assert long - reasons == set(), "over 500 lines, without a reason in CONTRIBUTING.md"
    assert reasons - long == set(), "in CONTRIBUTING.md, but not over 500 lines"


def test_the_tests_mirror_the_package() -> None:
    # `core` and the rest of the package; `networks`, `validation` and `project` are outside it.
    packages = {path.parent.name for path in (ROOT / "mtjphys").glob("*/__init__.py")}
    folders = {path.name for path in (ROOT / "tests").iterdir() if any(path.rglob("test_*.py"))}
    assert packages - folders == set()
    assert folders - packages == {"networks", "project", "validation"}
