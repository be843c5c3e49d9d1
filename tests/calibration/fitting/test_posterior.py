"""Plausible junctions."""

import numpy as np
from laboratories import fitted

from mtjphys.calibration.fitting.posterior import draws


def test_draws_have_the_spread_of_the_fit() -> None:
    fit = fitted()
    found = draws(fit.problem, fit.surface, np.zeros(3), 1.0, 3)
    np.testing.assert_array_equal(found, draws(fit.problem, fit.surface, np.zeros(3), 1.0, 3))
    assert np.all(np.abs(found.mean(axis=0)) < 0.5)
    assert np.all(np.abs(found.std(axis=0) - 1.0) < 0.35)
    wide = draws(fit.problem, fit.surface, np.zeros(3), 4.0, 3)
    assert np.all(wide.std(axis=0) > 1.4)
