"""Plausible junctions."""

from dataclasses import replace

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


def test_a_best_fit_in_a_corner_of_the_ranges_has_draws_too() -> None:
    fit = fitted()
    # Two numbers that are known by their sum alone, and both at their least: of the shape of the fit next to nothing is
    # inside.
    origin = fit.surface.origin
    axes = np.array([[1.0, 1e-3, 0.0], [-1.0, 1e-3, 0.0], [0.0, 0.0, 1.0]])
    corner = replace(fit.surface, axes=axes, bounds=(origin, origin + 3.0))
    found = corner.position(draws(fit.problem, corner, np.zeros(3), 1.0, 3)) - origin
    assert np.all(found >= 0.0)
    assert np.linalg.matrix_rank(found - found.mean(axis=0), tol=1e-6) == 3
