"""What is installed: every file of the package, with its types; and every name of the stub is there."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import mtjphys

ROOT = Path(__file__).resolve().parents[2]


def test_every_name_of_the_stub_is_there() -> None:
    stub = ast.parse((ROOT / "mtjphys" / "__init__.pyi").read_text(encoding="utf-8"))
    names = [alias.asname for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert len(names) == len(set(names)) > 20
    assert sorted(names) == sorted(mtjphys.__all__)
    # In a fresh interpreter: here another test may have imported what a name forgets to.
    code = "import mtjphys\nfor name in mtjphys.__all__:\n    getattr(mtjphys, name)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_the_wheel_holds_the_whole_package(tmp_path: Path) -> None:
    build = "from hatchling.build import build_wheel; import sys; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if name.startswith("mtjphys/")}
    files = {path for path in (ROOT / "mtjphys").rglob("*.*") if path.is_file() and path.suffix != ".pyc"}
    files = {path for path in files if "__pycache__" not in path.parts}
    assert inside == {path.relative_to(ROOT).as_posix() for path in files}
    assert {"mtjphys/py.typed", "mtjphys/__init__.pyi"} <= inside
