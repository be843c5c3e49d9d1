"""What the exact Fokker-Planck answers cost, each at a bias that was not asked for before."""

import itertools
from collections.abc import Callable
from typing import Any

import mtjphys as mp
from mtjphys import fokker_planck
from validation.benchmarks import own
from validation.benchmarks.measure import Timing, cores, interleaved

RTOL = 1e-3  # what fits ask for
NAMES = (
    "free_layer.damping",
    "free_layer.thickness",
    "free_layer.saturation_magnetisation",
    "free_layer.interfacial_anisotropy",
    "barrier.tunnel_magnetoresistance",
    "reference.stray_field.x",
    "reference.stray_field.y",
    "reference.stray_field.z",
)
BATCH = 8  # biases at once

Solve = Callable[[Any, mp.Bias], Any]


def junctions() -> dict[str, tuple[Any, dict[str, float]]]:
    """Return junctions with what their bias has beside a field."""
    return {
        "axial": (own.full_junction(), {"voltage": 0.1}),
        "in-plane, 8 ns": (mp.presets.hayakawa_2021(), {}),
        "in-plane, 0.2 ms": (mp.presets.koenders_2025(), {}),
        "the same, spin torque": (mp.presets.koenders_2025(), {"voltage": 0.03}),
        "the same, 10 kohm": (mp.presets.koenders_2025(), {"voltage": 0.1, "series_resistance": 10e3}),
    }


def cases() -> dict[str, Callable[[], int]]:
    """Return what is timed: each returns how many biases it solved."""
    found: dict[str, Callable[[], int]] = {}
    fields = itertools.count(1)

    def rates(junction: Any, given: mp.Bias) -> Any:
        return fokker_planck.dwell_times(junction, given, rtol=RTOL)

    def slopes(junction: Any, given: mp.Bias) -> Any:
        return fokker_planck.sensitivities(junction, given, NAMES, rtol=RTOL)

    def case(solve: Solve, junction: Any, more: dict[str, float]) -> Callable[[], int]:
        def run() -> int:
            along = junction.reference_direction
            step = 1e-8 * next(fields)
            solve(junction, mp.Bias(field=tuple(step * part for part in along), **more))
            return 1

        return run

    for name, (junction, more) in junctions().items():
        found[f"{name}: dwell times"] = case(rates, junction, more)
        found[f"{name}: with {len(NAMES)} derivatives"] = case(slopes, junction, more)

    def batch(threads: int) -> Callable[[], int]:
        def run() -> int:
            junction = mp.presets.hayakawa_2021()
            given = [mp.Bias(field=(1e-8 * next(fields), 0.0, 0.0)) for _ in range(BATCH)]
            fokker_planck.many(fokker_planck.dwell_times, junction, given, threads=threads, rtol=RTOL)
            return BATCH

        return run

    for threads in (1, 2)[: cores()]:
        found[f"in-plane, 8 ns: {BATCH} biases, {threads} thread{'s' * (threads > 1)}"] = batch(threads)
    return found


def report(repetitions: int) -> dict[str, Any]:
    """Time all, print the milliseconds of a bias, and return them."""
    timings: dict[str, Timing] = interleaved(cases(), repetitions)
    print(f"{'ms a bias':48s}{'best':>10s}{'median':>10s}")
    for name, timing in timings.items():
        print(f"{name:48s}{timing.best * 1e3:10.1f}{timing.median * 1e3:10.1f}")
    return {name: timing._asdict() for name, timing in timings.items()}
