"""House rules as tests: lazy imports, docstrings that match, a project that says what it is."""

import importlib
import importlib.metadata
import importlib.util
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest

import mtjphys

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# What runs when it is imported is left out, and what needs an extra that is not installed.
LEFT_OUT = (
    ("mtjphys.__main__",)
    if importlib.util.find_spec("torch")
    else ("mtjphys.__main__", "mtjphys.learning.torch.", "mtjphys.datasets.torch")
)
MODULES = ["mtjphys"] + [
    info.name for info in pkgutil.walk_packages(mtjphys.__path__, "mtjphys.") if not info.name.startswith(LEFT_OUT)
]


def loaded_after(statement: str, candidates: set[str]) -> set[str]:
    """Return which of `candidates` a fresh interpreter has loaded after `statement`."""
    code = f"import sys\n{statement}\nprint(*(set({sorted(candidates)!r}) & set(sys.modules)))"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(process.stdout.split())


def test_import_mtjphys_loads_nothing_heavy() -> None:
    heavy = {"numba", "scipy.stats", "scipy.optimize", "xarray", "h5netcdf", "h5py", "matplotlib", "pandas"}
    heavy |= {"pyarrow", "sklearn", "torch", "tqdm", "typer", "sdeint", "hmmlearn"}
    assert loaded_after("import mtjphys", heavy) == set()


def test_modules_import_optional_and_slow_packages_only_where_used() -> None:
    lazy = {"xarray", "h5netcdf", "h5py", "matplotlib", "pandas", "pyarrow", "sklearn", "torch", "dask", "distributed"}
    lazy |= {"sdeint", "hmmlearn", "cmtj", "iminuit", "emcee", "zarr"}
    # These derive from classes of scikit-learn, xarray and PyTorch, and are imported when they are asked for.
    derived = (
        "mtjphys.learning.estimators",
        "mtjphys.simulation.checked",
        "mtjphys.learning.torch.",
        "mtjphys.datasets.torch",
    )
    modules = [name for name in MODULES if not name.startswith(derived)]
    assert loaded_after("import " + ", ".join(modules), lazy) == set()


def public_callables() -> Iterator[tuple[str, Any]]:
    """Yield the public functions, classes and methods that mtjphys defines, by dotted name."""
    for module_name in MODULES:
        if any(part.startswith("_") for part in module_name.split(".")):
            continue
        module = importlib.import_module(module_name)
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", None) != module_name:
                continue
            thing = getattr(thing, "py_func", thing)
            if inspect.isfunction(thing) or inspect.isclass(thing):
                yield f"{module_name}.{name}", thing
            if inspect.isclass(thing):
                for method_name, method in list(vars(thing).items()):
                    method = getattr(method, "__func__", method)
                    if not method_name.startswith("_") and inspect.isfunction(method):
                        yield f"{module_name}.{name}.{method_name}", method


def documented_parameters(docstring: str) -> list[str] | None:
    """Return the names in the numpydoc section Parameters, or None where there is none.

    >>> documented_parameters("Do.\\n\\nParameters\\n----------\\na, b : float\\n    In m.\\n")
    ['a', 'b']
    """
    lines = inspect.cleandoc(docstring).splitlines()
    underlined = [i for i in range(len(lines) - 1) if re.fullmatch("-{3,}", lines[i + 1])]
    for i in underlined:
        if lines[i] == "Parameters":
            end = min((j for j in underlined if j > i), default=len(lines))
            heads = [line for line in lines[i + 2 : end] if line and not line[0].isspace()]
            names = ",".join(head.split(" : ")[0] for head in heads).split(",")
            return [name.strip().lstrip("*") for name in names]
    return None


def is_tag(annotation: Any) -> bool:
    """Return whether only one value is legal, as for the `kind` of a waveform."""
    return get_origin(annotation) is Literal and len(get_args(annotation)) == 1


def actual_parameters(thing: Any) -> list[str]:
    """Return the names of the arguments; of a pydantic model, its fields but the tag of a union."""
    if hasattr(thing, "model_fields"):
        fields = thing.model_fields.items()
        return [name for name, field in fields if not is_tag(field.annotation)]
    signature = inspect.signature(thing)
    return [name for name in signature.parameters if name not in ("self", "cls")]


def mismatch(thing: Any) -> str:
    """Return what is wrong with the Parameters section of `thing`, or an empty string."""
    documented = documented_parameters(thing.__doc__ or "")
    if documented is None or documented == (actual := actual_parameters(thing)):
        return ""
    # What is given by keyword only, a dataclass inherits in an order that no reader needs.
    parameters = {} if hasattr(thing, "model_fields") else inspect.signature(thing).parameters
    keywords = {name for name, parameter in parameters.items() if parameter.kind == parameter.KEYWORD_ONLY}
    ordered = [name for name in documented if name not in keywords] == [n for n in actual if n not in keywords]
    if ordered and sorted(documented) == sorted(actual):
        return ""
    return f"documents {documented}, takes {actual}"


def test_docstring_parameters_match_signatures() -> None:
    wrong = {name: mismatch(thing) for name, thing in public_callables() if mismatch(thing)}
    assert not wrong


def test_public_functions_document_their_parameters() -> None:
    names = [name for name in dir(mtjphys) if not name.startswith("_")]
    functions = {name: getattr(mtjphys, name) for name in names}
    bare = [
        name
        for name, function in functions.items()
        if inspect.isfunction(function)
        and actual_parameters(function)
        and documented_parameters(function.__doc__ or "") is None
    ]
    assert not bare


def _right(a: float, b: float) -> None:
    """Do.

    Parameters
    ----------
    a : float
        In m.
    b : float
        In s.

    Returns
    -------
    None
    """


def _stale(a: float, c: float) -> None:
    _right(a, c)


_stale.__doc__ = _right.__doc__


@pytest.mark.parametrize(("function", "wrong"), [(_right, False), (_stale, True)])
def test_the_docstring_rule_can_fail(function: Callable[..., None], wrong: bool) -> None:
    assert bool(mismatch(function)) is wrong


def test_makefile_has_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    assert targets >= {"demo", "test", "lint", "bench", "validate", "mutations", "docs", "constraints", "clean"}
    assert targets >= {"test-newest", "test-lowest", "test-kernels"}
    assert targets == set(re.findall(r"^#   ([a-z-]+) {2,}\S", makefile, flags=re.MULTILINE)), "the help on top"
    installed = set(re.findall(r"\.venv/installed-([a-z]+)", makefile))
    assert installed <= set(PYPROJECT["project"]["optional-dependencies"])


def test_ci_runs_lint_quick_validation_and_tests() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    commands = re.findall(r"^make --no-print-directory (.+)$", script.read_text(encoding="utf-8"), re.MULTILINE)
    assert commands == ["lint", "validate ARGS=--quick", "test-torch", "test-readers", "test"]
    subprocess.run(["bash", "-n", str(script)], check=True)


def project_files() -> list[Path]:
    """Return the files that git tracks or would track; without git, those of the source tree."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if listing.returncode == 0:
        return [ROOT / name for name in listing.stdout.split("\0") if name]
    folders = ("mtjphys", "networks", "validation", "tests", "notebooks")
    return [path for folder in folders for path in (ROOT / folder).rglob("*.*")]


def test_no_file_names_a_path_of_one_machine() -> None:
    machine_path = re.compile(r"(?<![\w.:/<}-])/(?:home|Users|root|work|tmp|opt|mnt)/\w+")
    found = {}
    for path in project_files():
        if not path.is_file() or path.stat().st_size > 1_000_000:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if hits := machine_path.findall(text):
            found[str(path.relative_to(ROOT))] = hits
    assert not found


def test_one_version() -> None:
    assert importlib.metadata.version("mtjphys") == mtjphys.__version__
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "\n## [Unreleased]\n" in changelog


def test_license_is_bsd_three_clause() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("BSD 3-Clause License\n\nCopyright (c) 2026, the mtjphys authors\n")
    assert [clause in text for clause in ("\n1. Redis", "\n2. Redis", "\n3. Neither")] == [True] * 3
    assert PYPROJECT["project"]["license"] == "BSD-3-Clause"


def requirement_names(requirements: list[str]) -> set[str]:
    """Return the distribution names of a list of requirements."""
    return {re.split(r"[\[<>=~! ]", requirement)[0] for requirement in requirements}


def test_approx_does_not_take_small_quantities_for_each_other() -> None:
    assert pytest.approx(2e-20) != 1e-20
    assert pytest.approx((2e-13, 1.0)) != (1e-13, 1.0)


def test_constraints_hold_a_version_of_every_dependency_and_no_place() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9_.-]+==[\w.]+", line)] == []
    pinned = {line.split("==")[0].replace("_", "-") for line in lines}
    wanted = sum(PYPROJECT["project"]["optional-dependencies"].values(), PYPROJECT["project"]["dependencies"])
    assert {name.replace("_", "-") for name in requirement_names(wanted)} - pinned == {"mtjphys"}


def test_lowest_versions_are_the_bounds_of_the_project() -> None:
    command = [sys.executable, str(ROOT / ".ci" / "versions.py"), "lowest"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    bounds = [bound.replace(">=", "==") for bound in PYPROJECT["project"]["dependencies"]]
    assert set(bounds) <= set(lines)


def test_copyleft_and_peers_are_never_installed_with_mtjphys() -> None:
    project = PYPROJECT["project"]
    core = "numpy numba scipy matplotlib xarray pandas h5netcdf h5py pydantic typer tqdm threadpoolctl"
    core += " lazy_loader pooch tomli-w"
    assert requirement_names(project["dependencies"]) == set(core.split())
    for extra, requirements in project["optional-dependencies"].items():
        names = requirement_names(requirements)
        assert extra == "test" or not names & {"sdeint", "hmmlearn"}
        assert extra == "bench" or "cmtj" not in names
