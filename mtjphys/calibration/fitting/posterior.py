"""Junctions that are plausible after a fit: a walk over the likelihood within the ranges."""

from __future__ import annotations

import numpy as np

from mtjphys.calibration.fitting.problem import Floats, Problem
from mtjphys.calibration.fitting.surface import Surface
from mtjphys.core.errors import MtjphysError
from mtjphys.core.streams import Use, generator

WALKERS_EACH = 4
THINNED = 20
BURNED = 300
KEPT = 25
TRIES = 50


def draws(problem: Problem, made: Surface, best: Floats, dispersion: float, seed: int) -> Floats:
    """Return coordinates on a surface drawn from the likelihood and flat ranges, (draws, parameters).

    By the affine-invariant ensemble sampler of Goodman and Weare, Comm. App. Math. Comp. Sci. 5, 65 (2010).

    Raises
    ------
    MtjphysError
        If emcee is not installed.
    """
    size = best.size
    if not size:
        return np.zeros((1, 0))
    try:
        import emcee
    except ImportError:
        raise MtjphysError("plausible junctions need emcee: pip install 'mtjphys[fit]'") from None

    def log_probability(v: Floats) -> float:
        if not made.inside(v):
            return -np.inf
        return problem.log_likelihood(made.predict(v)) / dispersion

    stream = generator(seed, 0, Use.CALIBRATION_POSTERIOR)
    walkers = max(WALKERS_EACH * size, 12)
    start = np.array([_start(made, best, stream) for _ in range(walkers)])
    sampler = emcee.EnsembleSampler(walkers, size, log_probability)
    # emcee takes its random numbers from the old kind of generator.
    sampler.random_state = np.random.MT19937(int(stream.integers(2**31))).state
    sampler.run_mcmc(start, BURNED + THINNED * KEPT)
    return np.asarray(sampler.get_chain(discard=BURNED, thin=THINNED, flat=True))


def _start(made: Surface, best: Floats, stream: np.random.Generator) -> Floats:
    """Return coordinates within the ranges where a walker starts, from the shape of the fit.

    At a corner of the ranges hardly any of that shape may be inside, however near: then each number by itself, as far
    as it is known when the others are, reflected at the ends of its range.
    """
    for _ in range(TRIES):
        place = best + stream.standard_normal(best.size)
        if made.inside(place):
            return place
    low, high = made.bounds
    alone = 1.0 / np.linalg.norm(np.linalg.inv(made.axes), axis=0)
    while True:
        position = made.position(best) + np.minimum(alone, 0.1 * (high - low)) * stream.standard_normal(best.size)
        position = np.where(position < low, 2.0 * low - position, position)
        place = made.coordinates(np.where(position > high, 2.0 * high - position, position))
        if made.inside(place):
            return place
