"""Predictions with their exact derivatives by numbers of the junction, where these are cheaper than differences.

Without axial symmetry one solution holds the derivatives of dwell times and means by any number of parameters; with it
a solution takes a millisecond, and one-sided differences ask for fewer of them. For pulses it is the other way round:
along an axis the derivatives take the same eliminations as the probabilities, and elsewhere two solutions each.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys import fokker_planck
from mtjphys.bias import Bias
from mtjphys.calibration.forward.exact import (
    RTOL,
    answered,
    log_dwell_times,
    logit_occupation,
    mean_resistance,
    switching,
)
from mtjphys.calibration.forward.kept import Unanswered, kept
from mtjphys.junction import MTJ
from mtjphys.junction.spin import resolve

Floats = NDArray[np.float64]
Names = tuple[str, ...]

EMPTY = 1e-9
"""Probability of a state below which its derivative is lost in rounding."""


class Linear(NamedTuple):
    """What a junction says, and its derivatives by some of the junction's numbers.

    Attributes
    ----------
    value : array (n,)
        On the scale of the likelihoods.
    slopes : array (n, names)
        In units of the value over those of the number, SI.
    """

    value: Floats
    slopes: Floats


def axial(junction: MTJ, bias: Bias) -> bool:
    """Return whether a junction is symmetric about an axis under a bias."""
    return answered(resolve, junction, bias).axis is not None


@kept(lambda found: Linear(np.array(found[0]), np.array(found[1])))
def linear_dwell_times(junction: MTJ, bias: Bias, names: Names) -> Linear:
    """Return ln of the mean dwell times, (parallel, antiparallel), with their derivatives.

    Raises
    ------
    Unanswered
        If there is no second well, or the solver cannot do it.
    """
    states = ("parallel", "antiparallel")
    found = answered(fokker_planck.sensitivities, junction, bias, names, states, rtol=RTOL)
    value = np.array(log_dwell_times(junction, bias))
    return Linear(value, np.array([found[state].derivatives / found[state].value for state in states]))


@kept(lambda found: Linear(np.array(found[0]), np.array(found[1])))
def linear_occupation(junction: MTJ, bias: Bias, names: Names) -> Linear:
    """Return logit of the probability of m.p < 0 with its derivatives."""
    found = answered(fokker_planck.sensitivities, junction, bias, names, ("occupation",), rtol=RTOL)["occupation"]
    spread = found.value * (1.0 - found.value)
    if not spread > EMPTY:
        raise Unanswered(f"the occupation {found.value:g} has no derivative above rounding")
    return Linear(np.array([logit_occupation(junction, bias)]), found.derivatives[None, :] / spread)


@kept(lambda found: Linear(np.array(found[0]), np.array(found[1])))
def linear_resistance(junction: MTJ, bias: Bias, names: Names) -> Linear:
    """Return the mean of the resistance over the stationary distribution, ohm, with its derivatives."""
    found = answered(fokker_planck.sensitivities, junction, bias, names, ("resistance",), rtol=RTOL)["resistance"]
    return Linear(np.array([mean_resistance(junction, bias)]), found.derivatives[None, :])


def linear_switching(junction: MTJ, bias: Bias, durations: Floats, initial: str, names: Names) -> Linear:
    """Return logit of the probabilities that pulses switch the junction, with their derivatives."""
    return Linear(*switching(junction, bias, tuple(float(time) for time in durations), initial, names))
