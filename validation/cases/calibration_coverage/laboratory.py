"""One laboratory: a junction is drawn, measured and fitted, and what was found is held against the truth."""

import time
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

import mtjphys as mp
from mtjphys import calibration as cal
from mtjphys.calibration.fitting.parameters import FreeParameter
from mtjphys.calibration.fitting.suspects import EFFECTS, chance, noncentrality
from mtjphys.junction.numbers import value_of
from validation.cases.calibration_coverage.kinds import KINDS, UNKNOWN, Truth

Floats = NDArray[np.float64]
DRAWS = 99  # of the posterior, that ranks are taken among
TESTS = 6  # about as many share the level of the goodness
OFF = 0.1  # share of the ranges by which the start is off the truth


def within(ranges: dict[str, tuple[float, float]], shares: np.ndarray) -> Truth:
    """Return the numbers at shares of their ranges, on the scale of the fit."""
    return {
        name: float(low * (high / low) ** share if low > 0.0 else low + share * (high - low))
        for (name, (low, high)), share in zip(ranges.items(), shares, strict=True)
    }


def deviations_at(fit: cal.Calibration, truth: Floats) -> Floats:
    """Return the standard deviations that the information at the truth allows, above 1e4 ranges where there is none."""
    seen = fit.problem.roots(fit.problem.predict(truth)) @ fit.problem.jacobian(truth, central=False)
    nothing = np.diag([1e-4 / p.width for p in fit.free])
    return np.sqrt(np.diag(np.linalg.inv(seen.T @ seen + nothing @ nothing)))


def right_verdict(p: FreeParameter, verdict: str, truth: float, deviation: float) -> bool | None:
    """Return whether a verdict is what the deviation at the truth says; None where that is unclear."""
    if deviation > 100.0 * p.width:
        return verdict == "not identified"
    low, high = p.bounds
    if 3.92 * deviation < 0.35 * p.width and min(truth - low, high - truth) > 4.0 * deviation:
        return verdict == "identified"
    if 3.92 * deviation > 0.9 * p.width:
        return verdict != "identified"
    return None


def most_powerful(fit: cal.Calibration, truth: Floats, effect: str, size: float) -> float:
    """Return how often the most powerful test of an effect calls out data of this junction that hold it."""
    seen = noncentrality(fit.problem, truth, fit.problem.jacobian(truth, central=False), effect, size)
    return chance(seen, TESTS)


def laboratory(name: str, seed: int, judged: bool = True) -> dict[str, Any]:
    """Return what one laboratory of a kind, by its name in `KINDS` or `UNKNOWN`, found.

    Returns
    -------
    dict
        ``levels``: of each number that the data tell within its range, the level of the smallest interval that holds
        the truth; ``ranks`` of the truth among `DRAWS` draws of the posterior; ``bias`` of the estimates in standard
        deviations; ``verdicts`` that are right, and how many there are; ``p_value`` of the goodness, if it was asked
        for; ``power`` of the most powerful test of an effect that the fit does not know and whether it is ``named``
        among those that such data would hide, where there is one that acts; ``seconds`` of CPU.
    """
    started = time.process_time()
    kind = (KINDS | UNKNOWN)[name]
    stream = np.random.default_rng((seed, sum(name.encode()), 81))
    shares = stream.uniform(size=len(kind.ranges))
    numbers = within(kind.ranges, shares)
    truth = kind.junction(numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mp.MtjphysWarning)  # of what the fit does not know, and of the expansion
        measured = kind.measurements(truth, stream)
        start = kind.junction(within(kind.ranges, shares + np.where(shares > 0.5, -OFF, OFF)))
        fit = cal.calibrate(measured, start, list(kind.ranges), ranges=kind.ranges, starts=1, seed=seed)
        place = np.array([p.inner(numbers[p.name]) for p in fit.free])
        allowed = deviations_at(fit, place)
        known = {p.name: numbers[p.name] for p, deviation in zip(fit.free, allowed, strict=True) if deviation < p.width}
        both = truth.thermal_stability()
        known["thermal_stability"] = 0.5 * (both.parallel + both.antiparallel)
        levels = {one: fit.level(one, value) for one, value in known.items()}
        plausible = fit.samples(DRAWS, seed=seed)
        ranks = {one: sum((value_of(draw, one) or 0.0) < numbers[one] for draw in plausible) for one in kind.ranges}
        deviations = np.sqrt(np.diag(fit.covariance))
        bias = dict(zip(kind.ranges, (fit.maximum.position - place) / deviations, strict=True))
        right = {
            p.name: right_verdict(p, fit.verdicts[p.name], float(place[k]), float(allowed[k]))
            for k, p in enumerate(fit.free)
        }
        goodness = fit.goodness if judged else None
        power = named = None
        if kind.effect is not None and any(np.any(one.voltage) for one in measured):  # they all act by it
            power = most_powerful(fit, place, *kind.effect)
            named = any(one.effect == EFFECTS[kind.effect[0]].words for one in fit.unseen)
    return {
        "kind": name,
        "seed": seed,
        "levels": levels,
        "ranks": ranks,
        "bias": bias,
        "verdicts": {one: verdict for one, verdict in right.items() if verdict is not None},
        "p_value": None if goodness is None else goodness.p_value,
        "power": power,
        "named": named,
        "seconds": time.process_time() - started,
    }
