"""Searches."""

import numpy as np
from laboratories import FREE, dwell_times, fitted, perpendicular

from mtjphys.calibration.fitting import maximum
from mtjphys.calibration.fitting.parameters import as_parameters
from mtjphys.calibration.fitting.problem import Problem


def problem(seed: int = 0) -> Problem:
    start = perpendicular(6e4, 0.0, 0.02)
    return Problem((dwell_times(perpendicular(), seed),), start, as_parameters(start, FREE, None))


def test_a_search_ends_at_the_maximum_from_another_side() -> None:
    one = problem()
    there = fitted().maximum
    found = maximum.search(one, there.position + np.array([0.2, -2e-3, 0.4]))
    np.testing.assert_allclose(found.deviance, there.deviance, atol=1e-5)
