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
    start = np.empty((walkers, size))
    for k in range(walkers):
        share = 1.0
        while not made.inside(place := best + share * stream.standard_normal(size)):
            share *= 0.8
        start[k] = place
    sampler = emcee.EnsembleSampler(walkers, size, log_probability)
    # emcee takes its random numbers from the old kind of generator.
    sampler.random_state = np.random.MT19937(int(stream.integers(2**31))).state
    sampler.run_mcmc(start, BURNED + THINNED * KEPT)
    return np.asarray(sampler.get_chain(discard=BURNED, thin=THINNED, flat=True))
