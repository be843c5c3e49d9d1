"""Break the physics on purpose and see which cases notice: ``python -m validation.mutations``.

Each mutation is an edit of the source of mtjphys, applied to a copy of it in a temporary folder, against which the
quick suite then runs: the cases named with the mutation, or all with ``--all``. The unchanged copy has to pass them.
Exit code 1 if a mutation fails no case.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from validation.running import cores

ROOT = Path(__file__).parents[1]
PACKAGES = ("mtjphys", "validation")
KERNELS = "mtjphys/kernels/"
PASSES = "passes"


class Edit(NamedTuple):
    """A text of one source file, which occurs there once, and what takes its place."""

    file: str
    old: str
    new: str


class Mutation(NamedTuple):
    """Something wrong with the physics, and the cases that are asked by default."""

    name: str
    edits: tuple[Edit, ...]
    cases: tuple[str, ...]


def in_kernel(file: str, old: str, new: str) -> tuple[Edit, ...]:
    """Return the one edit of a law, in a file of the kernels."""
    return (Edit(KERNELS + file, old, new),)


NOISE = "return h * sqrt(variance * (1.0 + p.damping * p.damping))"
STATIC = ("every_torque",)

# One place for each law. What theory shares with the solver is held by cases that write the law down once more.
MUTATIONS = (
    # The thermal field
    Mutation(
        "noise amplitude + 5 %",
        in_kernel("llg.py", NOISE, NOISE.replace("return h", "return 1.05 * h")),
        ("boltzmann_uniaxial", "boltzmann_tilted", "thermometer", "uniaxial_rates"),
    ),
    Mutation(
        "noise variance doubled",
        in_kernel("llg.py", "variance = 2.0 * p.damping * BOLTZMANN", "variance = 4.0 * p.damping * BOLTZMANN"),
        ("boltzmann_uniaxial", "thermometer"),
    ),
    Mutation(
        "wrong kB: two digits swapped",
        in_kernel("temperature.py", "BOLTZMANN = 1.380649e-23", "BOLTZMANN = 1.308649e-23"),
        ("boltzmann_uniaxial", "boltzmann_tilted", "thermometer"),
    ),
    Mutation(
        "two components of the noise share their numbers",
        in_kernel(
            "loop.py", "normal(noise, buffer, k, step, 1, pattern)", "normal(noise, buffer, k, step, 0, pattern)"
        ),
        ("boltzmann_biaxial", "thermometer"),
    ),
    Mutation(
        "1 + alpha^2 dropped in the noise",
        in_kernel("llg.py", NOISE, "return h * sqrt(variance)"),
        ("boltzmann_uniaxial", "thermometer"),
    ),
    # The equation and its steppers
    Mutation(
        "1 + alpha^2 dropped in the precession",
        in_kernel(
            "llg.py",
            "return p.gyromagnetic_ratio * dt / (1.0 + p.damping * p.damping)",
            "return p.gyromagnetic_ratio * dt",
        ),
        ("uniaxial_rates", "switching_time"),
    ),
    Mutation(
        "sign of the damping",
        in_kernel(
            "drive.py",
            "return fma(alpha, cx, bx), fma(alpha, cy, by), fma(alpha, cz, bz)",
            "return fma(-alpha, cx, bx), fma(-alpha, cy, by), fma(-alpha, cz, bz)",
        ),
        ("switching_time", "every_torque"),
    ),
    Mutation(
        "Heun's scheme without its second drift",
        in_kernel("steppers.py", "nx = fma(0.5, dx + fma(wy, ez, -(wz * ey)), mx)", "nx = mx + dx"),
        ("low_damping_step",),
    ),
    Mutation(
        "midpoint rotation from the start of the step",
        in_kernel("steppers.py", "nx, ny, nz = middle(mx, my, mz, wx, wy, wz)", "nx, ny, nz = mx, my, mz"),
        ("step_size", "boltzmann_biaxial"),
    ),
    # Energy terms
    Mutation(
        "sign of the stray field",
        in_kernel("terms/stray_field.py", 'values["stray_field"],\n)', '[-b for b in values["stray_field"]],\n)'),
        STATIC,
    ),
    Mutation(
        "half the shape anisotropy",
        in_kernel("terms/shape.py", "[-stack.polarisation * factor", "[-0.5 * stack.polarisation * factor"),
        STATIC,
    ),
    Mutation(
        "half the uniaxial anisotropy",
        in_kernel("terms/uniaxial_anisotropy.py", "return 2.0 * density", "return density"),
        ("boltzmann_uniaxial", "every_torque"),
    ),
    Mutation(
        "half the interfacial anisotropy",
        in_kernel("terms/interfacial_anisotropy.py", "matrix[2, 2] = 2.0 * values", "matrix[2, 2] = values"),
        STATIC,
    ),
    Mutation(
        "sign of the voltage-controlled anisotropy",
        in_kernel("terms/voltage_anisotropy.py", "matrix[2, 2] = -2.0 * values", "matrix[2, 2] = 2.0 * values"),
        ("circuit_feedback", "every_torque"),
    ),
    Mutation(
        "half the second-order anisotropy",
        in_kernel("terms/second_order_anisotropy.py", "SecondOrder(4.0 * density", "SecondOrder(2.0 * density"),
        ("easy_cone", "every_torque"),
    ),
    Mutation(
        "second-order field without its factor 1 - m_z^2",
        in_kernel("terms/second_order_anisotropy.py", "t.second_order * mz * fma(-mz, mz, 1.0)", "t.second_order * mz"),
        STATIC,
    ),
    # Torques
    Mutation(
        "sign of the damping-like torque",
        in_kernel(
            "torques/spin_transfer.py",
            "return t.damping_like, t.field_like, t.damping_like_quadratic",
            "return -t.damping_like, t.field_like, t.damping_like_quadratic",
        ),
        ("spin_torque_equivalence", "circuit_feedback", "every_torque"),
    ),
    Mutation(
        "sign of the field-like torque",
        in_kernel(
            "torques/spin_transfer.py",
            "return t.damping_like, t.field_like, t.damping_like_quadratic",
            "return t.damping_like, -t.field_like, t.damping_like_quadratic",
        ),
        ("circuit_feedback", "independent_solver", "every_torque"),
    ),
    Mutation(
        "voltage law without 1 + P^2",
        in_kernel(
            "torques/spin_transfer.py",
            "stack.conductance_parallel / (1.0 + polarisation**2)",
            "stack.conductance_parallel",
        ),
        STATIC,
    ),
    Mutation(
        "current law without its angle",
        in_kernel(
            "torques/current_spin_transfer.py", "conductance / fma(t.polarisation_squared, cosine, 1.0)", "conductance"
        ),
        STATIC,
    ),
    Mutation(
        "sign of the spin-orbit torque",
        in_kernel(
            "torques/spin_orbit.py", "return t.damping_like, t.field_like", "return -t.damping_like, t.field_like"
        ),
        STATIC,
    ),
    # Conduction and circuit
    Mutation(
        "P and AP swapped",
        in_kernel("conduction.py", "fma(0.5 - half, antiparallel_share", "fma(0.5 + half, antiparallel_share")
        + in_kernel("conduction.py", "(p, voltage), 0.5 + half)", "(p, voltage), 0.5 - half)"),
        ("circuit_feedback", "every_torque"),
    ),
    Mutation(
        "magnetoresistance that does not fall with voltage",
        in_kernel("conduction.py", "    n = fma(ratio, ratio, 1.0)\n", "    n = fma(0.0 * ratio, ratio, 1.0)\n"),
        ("circuit_feedback", "every_torque"),
    ),
    Mutation(
        "a divider of twice the resistance",
        in_kernel("conduction.py", "    bg = b * p.conductance_parallel", "    bg = 2.0 * b * p.conductance_parallel"),
        ("circuit_feedback", "every_torque"),
    ),
    # Temperature
    Mutation(
        "Ms(T) with the wrong exponent",
        in_kernel(
            "temperature.py",
            "power(temperature * p.inverse_curie_temperature, p.bloch_exponent)",
            "power(temperature * p.inverse_curie_temperature, 1.5)",
        ),
        ("boltzmann_tilted",),
    ),
    Mutation(
        "K(T) as Ms(T)",
        in_kernel("temperature.py", "return power(s, p.anisotropy_exponent)", "return s"),
        ("boltzmann_tilted",),
    ),
    Mutation(
        "half the Joule heat",
        in_kernel("loop.py", "power = square * conductance", "power = 0.5 * square * conductance"),
        STATIC,
    ),
    # What an instrument makes of a telegraph signal
    Mutation(
        "flips within an averaged sample + 20 %",
        in_kernel("averaged_telegraph.py", "half * half + up * down)", "half * half + 1.2 * up * down)"),
        ("averaged_telegraph",),
    ),
    # Many devices
    Mutation(
        "errors of devices taken for their spread",
        (
            Edit(
                "mtjphys/calibration/devices/evidence.py",
                "precision = (vectors * np.maximum(values, 0.0)) @ vectors.T",
                "precision = 100.0 * (vectors * np.maximum(values, 0.0)) @ vectors.T",
            ),
        ),
        ("device_variability",),
    ),
)


def copy(source: Path, folder: Path, edits: Sequence[Edit] = ()) -> None:
    """Copy the package and the suite from `source` to `folder` and edit the copy."""
    for package in PACKAGES:
        shutil.copytree(source / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in edits:
        path = folder / edit.file
        text = path.read_text(encoding="utf-8")
        if text.count(edit.old) != 1:
            raise ValueError(f"{edit.file} has {text.count(edit.old)} times and not once: {edit.old!r}")
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")


def suite(source: Path, edits: Sequence[Edit], cases: Sequence[str]) -> list[dict]:
    """Run the quick suite against an edited copy and return its cases, as in the suite's JSON file.

    One case after the other: they share what is compiled.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy(source, folder, edits)
        numbers = folder / "numbers.json"
        command = [sys.executable, "-m", "validation", *cases, "--quick", "--jobs", "1"]
        command += ["--json", str(numbers), "--output", str(folder / "output")]
        environment = os.environ | {"PYTHONPATH": name, "NUMBA_CACHE_DIR": str(folder / "cache")}
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(f"the suite ended with exit code {done.returncode}\n{done.stdout}")
        return json.loads(numbers.read_text(encoding="utf-8"))["cases"]


def noticed(case: dict) -> tuple[bool, str]:
    """Return whether a case noticed something, and what, in a few words.

    An error that mtjphys raises counts; a mutation that merely does not run is not noticed.
    """
    if case["failure"]:
        last = case["failure"].strip().splitlines()[-1]
        raised = last.startswith("mtjphys.core.errors.")
        return raised, last if raised else f"did not run: {last}"
    failed = [row for row in case["rows"] if row["verdict"] in ("FAIL", "INCONCLUSIVE")]
    if not failed:
        return False, PASSES
    row = max(failed, key=share)
    ours = "nan" if row["ours"] is None else f"{row['ours']:.4g}"
    return True, f"{len(failed)} of {len(case['rows'])} rows; {row['quantity']}: {ours}, expected {row['expected']:.4g}"


def share(row: dict) -> float:
    """Return the deviation of a row in units of what is allowed."""
    if row["ours"] is None:
        return float("inf")
    allowed = row["within"] if row["within"] is not None else row["tolerance"] * abs(row["expected"])
    return abs(row["ours"] - row["expected"]) / allowed if allowed else float("inf")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mutations as the command line says and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m validation.mutations", description=__doc__)
    parser.add_argument("mutations", nargs="*", metavar="N", type=int, help="numbers of the mutations; default all")
    parser.add_argument("--list", action="store_true", help="list the mutations and stop")
    parser.add_argument("--all", action="store_true", help="run all cases and not only those named with a mutation")
    parser.add_argument("--jobs", type=int, metavar="N", default=len(cores()), help="mutations at a time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there too")
    options = parser.parse_args(arguments)
    numbers = options.mutations or list(range(1, len(MUTATIONS) + 1))
    if not set(numbers) <= set(range(1, len(MUTATIONS) + 1)):
        parser.error(f"the mutations are numbered 1 to {len(MUTATIONS)}")
    chosen = [MUTATIONS[number - 1] for number in numbers]
    if options.list:
        for number, mutation in zip(numbers, chosen, strict=True):
            print(f"{number:2d} {mutation.name}: {', '.join(mutation.cases)}")
        return 0

    asked = sorted({case for mutation in chosen for case in mutation.cases})
    runs = [Mutation("nothing broken", (), tuple(asked)), *chosen]
    results, survivors = [], []
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(options.jobs) as pool:
        source = Path(name)  # as it is now, whoever edits it meanwhile
        copy(ROOT, source)
        found = pool.map(lambda run: suite(source, run.edits, () if options.all else run.cases), runs)
        for run, cases in zip(runs, found, strict=True):
            seen = {case["name"]: noticed(case) for case in cases}
            results.append({"mutation": run.name, "cases": cases})
            print(run.name)
            for case, (_, text) in seen.items():
                print(f"    {case:<26}{text}", flush=True)
            if not run.edits and any(text != PASSES for _, text in seen.values()):
                print("the suite fails with nothing broken")
                return 1
            if run.edits and not any(failed for failed, _ in seen.values()):
                survivors.append(run.name)
    if options.json is not None:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(
        f"\n{len(chosen) - len(survivors)} of {len(chosen)} mutations are noticed"
        + (f"; not: {', '.join(survivors)}" if survivors else "")
    )
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
