"""Constraints for pip: the newest versions that go together, or the lowest that pyproject.toml allows.

``versions.py newest`` asks pip for all that an installation with every extra would bring, installs nothing, and prints
one ``name==version`` a line. ``versions.py lowest`` turns every lower bound of pyproject.toml into such a line; what
mtjphys does not itself depend on stays free.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# What some tests need beside every extra. Of torch pip takes the CPU build where there is one beside the index.
BESIDE = ("torch==2.13.0", "mlcroissant==1.1.1", "datasets==5.2.0")
HEAD = """\
# Versions that passed the tests together, for every extra; the targets of the Makefile install these.
# `make constraints` renews them, on the oldest Python that mtjphys supports.
"""


def newest() -> list[str]:
    """Return the versions that pip finds now; on the oldest Python, since newer ones run what it runs."""
    oldest = re.findall(r"\d+", PROJECT["requires-python"])
    if list(map(str, sys.version_info[:2])) != oldest:
        wanted = ".".join(oldest)
        sys.exit(f"the constraints are those of Python {wanted}; give PYTHON=python{wanted}")
    extras = ",".join(PROJECT["optional-dependencies"])
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--quiet"]
        subprocess.run([*command, "--report", str(report), f"{ROOT}[{extras}]", *BESIDE], check=True)
        found = [item["metadata"] for item in json.loads(report.read_text(encoding="utf-8"))["install"]]
    return [
        f"{each['name'].lower()}=={each['version'].split('+')[0]}" for each in found if each["name"] != PROJECT["name"]
    ]


def lowest() -> list[str]:
    """Return the lower bounds as versions; where several bounds name a package, the highest of them."""
    bounds: dict[str, list[int]] = {}
    for requirement in sum(PROJECT["optional-dependencies"].values(), PROJECT["dependencies"]):
        name, bound = re.match(r"([\w.-]+)(?:\[.*\])?(?:>=([\d.]+))?", requirement).groups()
        if name != PROJECT["name"]:
            if bound is None:
                sys.exit(f"{requirement!r} in pyproject.toml has no lower bound: write {name}>=...")
            bounds[name] = max(bounds.get(name, []), [int(part) for part in bound.split(".")])
    return [f"{name}=={'.'.join(map(str, bound))}" for name, bound in bounds.items()]


if __name__ == "__main__":
    lines = {"newest": newest, "lowest": lowest}[sys.argv[1]]()
    print(HEAD * (sys.argv[1] == "newest") + "\n".join(sorted(lines)))
