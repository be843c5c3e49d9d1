"""Points that know nothing of each other: residuals smooth through the best value, and what is refused."""

import numpy as np
import pytest
from waveform_checks import check_refused

from mtjphys.calibration.likelihoods import Binomial, Exponential
from mtjphys.calibration.likelihoods.independent import NEAR, as_points
from mtjphys.core.errors import DataError, ParameterError


@pytest.mark.parametrize("likelihood", [Binomial([3.0], [1e9]), Exponential.of_means([2e-9], [1e8])])
def test_residuals_are_linear_next_to_the_best_value(likelihood):
    """r = -sqrt(J) d to the first order, where the difference of two log-likelihoods has no digit left."""
    best = likelihood.best
    root = np.sqrt(likelihood.curvatures(best))
    for d in (1e-9, -1e-9, 0.0):
        np.testing.assert_allclose(likelihood.residuals(best + d), -d * root, rtol=1e-6, atol=1e-18)
        np.testing.assert_allclose(likelihood.slopes(best + d), -root, rtol=1e-6)


@pytest.mark.parametrize("likelihood", [Binomial([3.0], [17.0]), Exponential.of_means([2e-9], [5])])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_both_forms_of_the_residuals_meet(likelihood, side):
    inside, outside = likelihood.best + side * NEAR * (1 - 1e-9), likelihood.best + side * NEAR * (1 + 1e-9)
    np.testing.assert_allclose(likelihood.residuals(inside), likelihood.residuals(outside), rtol=1e-8)
    np.testing.assert_allclose(likelihood.slopes(inside), likelihood.slopes(outside), rtol=1e-8)


def test_bad_input():
    check_refused(DataError, r"counts\[1\]=nan", lambda: as_points("counts", [1.0, np.nan], ""))
    check_refused(DataError, r"shape \(1, 2\)", lambda: as_points("counts", [[1.0, 2.0]], ""))
    check_refused(ParameterError, r"shape \(2,\); expected \(1,\)", lambda: Binomial(1, 2).residuals([0.0, 0.0]))
    check_refused(ParameterError, r"eta\[0\]=nan", lambda: Binomial(1, 2).log_likelihood([np.nan]))
