"""Crossings of thresholds within a step: the Brownian bridge between the cosines at its ends.

A trace that is looked at after every step misses those that come back, and its states seem to last too long: as if the
thresholds were 0.58 standard deviations of a step further apart (D. Siegmund, Adv. Appl. Probab. 11, 701 (1979)).
Whatever m does otherwise, the polar angle x about p diffuses with the variance s^2 of the thermal rotation. A bridge
from x_0 to x_1 touches b, then a, then b again ... with the probability

    exp(-(d^2 - (x_1 - x_0)^2)/(2 s^2))

where d is the length of the way from x_0 over these points to x_1, by reflection; where it has to come by anyway, with
certainty. That it touches the first n contains that it touches the first n + 1: one random number tells how many.
"""

import math

import numpy as np

from mtjphys.kernels.compiling import inline

# Typed constants: numba would turn uint64 with a plain int into float64.
_GOLDEN, _MIX1, _MIX2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_11, _27, _30, _31 = (np.uint64(n) for n in (11, 27, 30, 31))

REACH = 18.0
"""Products of the distances to a threshold, in units of s^2, from which it is not touched: exp(-36) is the chance."""

MOST_CROSSINGS = 1000
"""In one step, where thresholds are closer than a thousandth of it."""


@inline
def uniform(key, step):  # type: ignore[no-untyped-def]
    """Return number `step` of the random numbers in [0, 1) that belong to `key`.

    SplitMix64 of G. L. Steele, D. Lea and C. H. Flood, Proc. OOPSLA 2014, 453: any of its numbers can be had alone.
    """
    z = key + np.uint64(step) * _GOLDEN
    z = (z ^ (z >> _30)) * _MIX1
    z = (z ^ (z >> _27)) * _MIX2
    return float((z ^ (z >> _31)) >> _11) * 2.0**-53


@inline
def crossings(parallel, before, cosine, low, high, spread, chance):  # type: ignore[no-untyped-def]
    """Return how often the state changes in a step from cosine `before` to `cosine`.

    Parameters
    ----------
    parallel : bool
        The state at the start.
    before, cosine : float
        m.p at the ends of the step.
    low, high : float
        Thresholds; the next one is that which `parallel` waits for.
    spread : float
        Variance of the thermal rotation in the step, rad^2.
    chance : float
        Uniform random number.
    """
    goal = low if parallel else high
    beyond = cosine < low if parallel else cosine > high
    # Angles are no closer than their cosines.
    if not beyond and not chance < math.exp(-2.0 * (goal - before) * (goal - cosine) / spread):
        return 0
    start = math.acos(max(-1.0, min(1.0, before)))
    end = math.acos(max(-1.0, min(1.0, cosine)))
    low_angle, high_angle = math.acos(low), math.acos(high)
    direct = (end - start) * (end - start)
    way, here = 0.0, start
    count = 0
    while count < MOST_CROSSINGS:
        goal = low_angle if parallel else high_angle
        way += abs(goal - here)
        here = goal
        beyond = cosine < low if parallel else cosine > high
        if not beyond:
            length = way + abs(end - goal)
            if not (spread > 0.0 and chance < math.exp(-0.5 * (length * length - direct) / spread)):
                break
        parallel = not parallel
        count += 1
    return count
