"""Speed of mtjphys side by side with its peers: ``python -m validation.benchmarks [junction] [learning] ...``.

``junction`` compares with cmtj and sdeint on the same junction in float64: ns per step and lane of the codes side
by side, the equilibrium error of mtjphys and cmtj at given steps, the device time per CPU time at equal
equilibrium error, the cost of the full physics beside its target, and the gain from a second thread.
``learning`` compares a training step with the same recipe in PyTorch; ``fokker_planck`` times exact answers and
their derivatives; ``datasets`` what a set costs beside the simulation of its lanes; ``scaling`` what more workers
gain, what dask's scheduler bears, and what 1,000 cores would do. Without arguments all run, and a peer that is not
installed is left out. Repetitions are interleaved; the best and the median are printed, since other work on the
machine can only slow a run down.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.benchmarks import datasets, fokker_planck, learning, macrospin, own, peers, scaling
from validation.benchmarks.measure import (
    Moment,
    Timing,
    cores,
    interleaved,
    machine,
    relative_error,
)

PARTS = ("junction", "learning", "fokker_planck", "datasets", "scaling")
EVERY = 100  # one sample recorded in so many steps
LANES = 1024
DAMPINGS = (0.1, 0.01)
STEPS = tuple(value * 1e-12 for value in (160, 80, 40, 20, 10, 5, 2, 1))  # s
TOLERANCE = 0.005  # of <mz^2>
PRECISION = 0.0025  # largest standard error at which TOLERANCE can still be judged
LENGTHS = {"cmtj": 1e6, "sdeint": 1e4}  # steps of a timing
WITH_TORQUE = ("cmtj",)
FAST = ("cmtj",)  # enough for the statistics of an error

# A run of one code: (damping, step, number of steps) to mz of shape (lane, time).
Run = Callable[[float, float, int], NDArray[np.float64]]


def side_by_side(scale: float, repetitions: int) -> dict[str, Timing]:
    """Time all codes on the macrospin; mtjphys and cmtj also with spin torque and resistance."""
    cases: dict[str, Callable[[], int]] = {}
    for torque in (False, True):
        label = "torque, resistance" if torque else "macrospin"
        for name, trace in peers.solvers().items():
            package = name.split()[0]
            if torque and package not in WITH_TORQUE:
                continue
            options = {"torque": True} if torque else {}

            def of_peer(trace: peers.Trace = trace, length: float = LENGTHS[package], options: dict = options) -> int:
                steps = int(length * scale)
                trace(0.1, 1e-12, steps, EVERY, **options)
                return steps

            cases[f"{name}, {label}"] = of_peer
        for lanes in (1, LANES):

            def of_own(lanes: int = lanes, torque: bool = torque) -> int:
                steps = int((4e6 if lanes == 1 else 2e4) * scale)
                own.trace(0.1, 1e-12, steps, EVERY, lanes, torque=torque)
                return steps * lanes

            cases[f"mtjphys {lanes} lane{'s' * (lanes > 1)}, {label}"] = of_own
    return interleaved(cases, repetitions)


def variants(scale: float, repetitions: int) -> dict[str, Timing]:
    """Time the full physics, with and without series resistance, and on two threads."""

    def case(lanes: int, series: bool, threads: int) -> Callable[[], int]:
        def run() -> int:
            steps = int((4e6 if lanes == 1 else 2e4 * threads) * scale)
            own.full_physics(steps, EVERY, lanes, series_resistance=series, threads=threads)
            return steps * lanes

        return run

    cases = {
        f"{LANES} lanes, stiff source": case(LANES, False, 1),
        f"{LANES} lanes, series resistance": case(LANES, True, 1),
        "1 lane, stiff source": case(1, False, 1),
        "1 lane, series resistance": case(1, True, 1),
    }
    if cores() > 1:
        cases[f"{LANES} lanes, series resistance, 2 threads"] = case(LANES, True, 2)
    return interleaved(cases, repetitions)


TARGETS = {  # ns per step and lane
    f"{LANES} lanes, stiff source": 9.0,
    f"{LANES} lanes, series resistance": 12.0,
    "1 lane, series resistance": 45.0,
}


def accuracy(run: Run, lane_steps: int, damping: float, steps: tuple[float, ...]) -> dict[float, Moment | None]:
    """Measure the error of <mz^2> from the largest step down to the first within `TOLERANCE`.

    A tenth of the work rejects steps that are clearly too large. None marks a step that the code
    refuses. The scan ends early where the statistics can no longer judge `TOLERANCE`.
    """
    exact = macrospin.boltzmann()
    found: dict[float, Moment | None] = {}
    for step in steps:
        for work in (lane_steps // 10, lane_steps):
            try:
                mz = run(damping, step, work)
            except own.Refused:
                found[step] = None
                break
            settled = mz[:, mz.shape[1] // 5 :]
            moment = found[step] = relative_error(settled**2, exact)
            if abs(moment.error) > TOLERANCE + 5 * moment.uncertainty:
                break
        else:
            if abs(moment.error) <= TOLERANCE or moment.uncertainty > PRECISION:
                break
    return found


def accepted(found: dict[float, Moment | None]) -> float | None:
    """Return the step at which a scan ended within `TOLERANCE`, or None."""
    step, moment = list(found.items())[-1]
    good = moment is not None and moment.uncertainty <= PRECISION and abs(moment.error) <= TOLERANCE
    return step if good else None


def equal_error(seconds: float, speed: dict[str, Timing]) -> list[dict[str, Any]]:
    """Scan the step of each code and return device time per CPU time at equal error.

    Every run has as many steps as the fastest peer does in `seconds`, five times more at low damping, so
    that all codes are judged with the same statistics; a peer in plain Python is too slow for that.
    """
    codes: dict[str, tuple[Run, str]] = {
        "mtjphys": (
            lambda damping, step, work: own.trace(damping, step, work // 16, 20, 16),
            f"mtjphys {LANES} lanes, macrospin",
        )
    }
    for name, trace in peers.solvers().items():
        if name.split()[0] in FAST:
            codes[name] = (
                lambda damping, step, work, trace=trace: trace(damping, step, work, 20),
                f"{name}, macrospin",
            )
    rows = []
    one_step = min((speed[timing].best for name, (_, timing) in codes.items() if name != "mtjphys"), default=2e-7)
    for damping in DAMPINGS:
        work = int(seconds / one_step * (1 if damping >= 0.1 else 5))
        for code, (run, timing) in codes.items():
            found = accuracy(run, work, damping, STEPS)
            step = accepted(found)
            rate = None if step is None else step / speed[timing].best * 1e9
            errors = {f"{key:g}": None if moment is None else moment._asdict() for key, moment in found.items()}
            rows.append(
                {
                    "damping": damping,
                    "code": code,
                    "errors": errors,
                    "step": step,
                    "device_ns_per_cpu_s": rate,
                }
            )
    return rows


def print_timings(timings: dict[str, Timing], targets: dict[str, float]) -> None:
    """Print ns per step and lane, best and median, and the target where there is one."""
    print(f"{'ns per step and lane':48s}{'best':>10s}{'median':>10s}{'target':>8s}")
    for name, timing in timings.items():
        target = f"{targets[name]:8.0f}" if name in targets else ""
        print(f"{name:48s}{timing.best * 1e9:10.1f}{timing.median * 1e9:10.1f}{target}")


def print_equal_error(rows: list[dict[str, Any]]) -> None:
    """Print the errors that each scan met, and the device time per CPU time where it ended."""
    for row in rows:
        print(f"damping {row['damping']:g}, {row['code']}")
        for step, moment in row["errors"].items():
            met = "refused"
            if moment is not None:
                met = f"{moment['error']:+8.2%} +- {moment['uncertainty']:.2%}"
            print(f"    step {float(step) * 1e12:4.0f} ps: {met}")
        if row["step"] is None:
            print(f"    no step shown to be within {TOLERANCE:.1%}")
        else:
            print(f"    {row['device_ns_per_cpu_s']:,.0f} device ns per CPU second at {row['step'] * 1e12:.0f} ps")


def junction(scale: float, repetitions: int, seconds: float) -> dict[str, Any]:
    """Run and print the benchmarks of the junction."""
    print("\nThe same junction, float64, one core, 1 sample in 100 steps recorded")
    speed = side_by_side(scale, repetitions)
    print_timings(speed, {})

    print("\nFull physics: both spin torques, VCMA, TMR(V); heating off")
    full = variants(scale, repetitions)
    print_timings(full, TARGETS)
    one, two = (f"{LANES} lanes, series resistance{end}" for end in ("", ", 2 threads"))
    gain = full[one].best / full[two].best if two in full else None
    if gain is None:
        print("two threads: not measured, one core")
    else:
        print(f"two threads are {gain:.2f} times one (target 1.7)")

    print(f"\nError of <mz^2> = {macrospin.boltzmann():.5f}; largest step within {TOLERANCE:.1%}")
    rows = equal_error(seconds, speed)
    print_equal_error(rows)
    return {
        "side_by_side": {name: timing._asdict() for name, timing in speed.items()},
        "full_physics": {name: timing._asdict() for name, timing in full.items()},
        "targets_ns": TARGETS,
        "two_threads_gain": gain,
        "equal_error": rows,
    }


def main() -> None:
    """Run the benchmarks asked for, print them, and write them to a file if asked."""
    parser = argparse.ArgumentParser(prog="python -m validation.benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=PARTS, help="what is timed; all if not given")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results to FILE")
    parser.add_argument("--repetitions", type=int, default=5, help="runs of each timing")
    parser.add_argument("--scale", type=float, default=1.0, help="length of each timing")
    parser.add_argument("--seconds", type=float, default=5.0, help="CPU time of one error")
    arguments = parser.parse_args()
    parts = arguments.parts or PARTS

    host = machine()
    print(f"{host['processor']}, {host['cores']} cores, load {host['load']}")
    print(", ".join(f"{name} {version}" for name, version in host["packages"].items()))
    results: dict[str, Any] = {"machine": host}
    if "junction" in parts:
        results |= junction(arguments.scale, arguments.repetitions, arguments.seconds)
    if "learning" in parts:
        print(f"\nTraining step, {'-'.join(map(str, learning.SIZES))}, batch {learning.BATCH}, float32")
        results["learning"] = learning.report(arguments.repetitions)
    if "fokker_planck" in parts:
        print(f"\nExact Fokker-Planck answers, rtol={fokker_planck.RTOL:g}")
        results["fokker_planck"] = fokker_planck.report(arguments.repetitions)
    if "datasets" in parts:
        print("\nDatasets, end to end")
        results["datasets"] = datasets.report(arguments.repetitions, arguments.scale)
    if "scaling" in parts:
        print("\nDatasets on more cores")
        results["scaling"] = scaling.report(arguments.repetitions)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
