"""The expansion about the best fit."""

import numpy as np
from laboratories import fitted

from mtjphys.calibration.fitting.surface import refit, worst


def test_predictions_beside_the_best_fit_are_those_of_the_solver() -> None:
    fit = fitted()
    assert worst(fit.problem, fit.surface) < 0.05
    v = np.array([0.7, -0.4, 0.9])
    exact = fit.problem.predict(fit.surface.position(v))
    np.testing.assert_allclose(fit.surface.predict(v), exact, atol=2e-3)
    np.testing.assert_allclose(fit.surface.coordinates(fit.surface.position(v)), v, rtol=1e-9)


def test_the_jacobian_is_the_slope() -> None:
    made = fitted().surface
    v, step = np.array([0.3, 0.1, -0.2]), 1e-5
    for k, unit in enumerate(np.eye(3)):
        slope = (made.predict(v + step * unit) - made.predict(v - step * unit)) / (2 * step)
        np.testing.assert_allclose(made.jacobian(v)[:, k], slope, rtol=1e-6, atol=1e-9)


def test_the_best_place_on_it_is_the_origin() -> None:
    fit = fitted()
    v, deviance = refit(fit.problem, fit.surface)
    assert np.abs(v).max() < 1e-2
    np.testing.assert_allclose(deviance, fit.maximum.deviance, atol=1e-4)
