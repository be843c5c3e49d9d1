"""What the data of a device say of its numbers."""

import numpy as np
import pytest
from laboratories import fitted
from wafers import normal, stays

from mtjphys.calibration.devices.evidence import Evidence, evidence_of


@pytest.mark.parametrize("place", [0.0, 3.0, 30.0])
def test_a_normal_likelihood_is_itself_wherever_it_is_asked(place: float):
    covariance = np.array([[0.04, -0.01, 0.0], [-0.01, 0.09, 0.02], [0.0, 0.02, 0.01]])
    device = normal([1.0, -2.0, 0.5], covariance)
    precision, shift = device.quadratic(device.centre + place * np.array([0.2, 0.3, 0.1]), 0.1 * covariance)
    np.testing.assert_allclose(precision, np.linalg.inv(covariance), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(shift, np.linalg.solve(covariance, device.centre), rtol=1e-6)


def test_a_skewed_likelihood_has_its_slope_and_curvature_where_the_device_is_expected():
    # Of ln tau, -n (ln tau + m/tau) with m = 1 has the slope -n (1 - e^-x) and the curvature -n e^-x.
    device = stays(1.0, 9)
    for place in (-0.3, 0.0, 0.3):
        precision, shift = device.quadratic(np.array([place]), np.array([[1e-3]]))
        assert precision[0, 0] == pytest.approx(9.0 * np.exp(-place), rel=0.08)
        slope = shift[0] - precision[0, 0] * place
        assert abs(slope + 9.0 * (1.0 - np.exp(-place))) < 0.15


def test_what_the_data_do_not_tell_has_no_precision():
    # A valley along the second number, which was fitted in a range: points end there, and ln L is level.
    points = np.random.default_rng(0).uniform(-1.5, 1.5, (120, 2)) * [2.0, 1.0]
    device = Evidence(np.zeros(2), np.diag([0.1, 1.0]), points, -0.5 * points[:, 0] ** 2)
    precision, shift = device.quadratic(np.array([0.0, 5.0]), np.diag([0.01, 0.01]))
    np.testing.assert_allclose(precision, np.diag([100.0, 0.0]), atol=1e-8)
    np.testing.assert_allclose(shift, 0.0, atol=1e-8)


def test_where_hardly_any_place_has_an_answer_it_is_normal():
    device = normal([1.0, 2.0], np.diag([0.1, 0.2]))
    few = Evidence(device.centre, device.axes, device.points[:4], device.log_likelihood[:4])
    precision, shift = few.quadratic(device.centre, device.covariance)
    np.testing.assert_allclose(precision, np.diag([10.0, 5.0]))
    np.testing.assert_allclose(shift, [10.0, 10.0])


def test_the_table_of_a_fit_is_its_likelihood():
    fit = fitted()
    device = evidence_of(fit)
    np.testing.assert_allclose(device.centre, fit.maximum.position, atol=0.02 * fit.problem.widths.max())
    np.testing.assert_allclose(device.covariance, fit.covariance, rtol=1e-8)
    place = device.centre + device.axes @ device.points[7]
    exact = fit.problem.log_likelihood(fit.problem.predict(place)) - fit.problem.log_likelihood(fit.maximum.predicted)
    assert device.log_likelihood[7] == pytest.approx(exact, rel=0.03)
    precision, _ = device.quadratic(device.centre, device.covariance)
    np.testing.assert_allclose(np.sqrt(np.diag(np.linalg.inv(precision))), np.sqrt(np.diag(fit.covariance)), rtol=0.05)


@pytest.mark.parametrize("count", [9, 40])
def test_slope_and_curvature_are_those_expected_under_the_law_of_the_device(count: int):
    # Of x normal with variance 1/n the mean of e^-x is e^(1/2n).
    precision, shift = stays(1.0, count).quadratic(np.array([0.0]), np.array([[1.0 / count]]))
    mean = np.exp(0.5 / count)
    assert precision[0, 0] == pytest.approx(count * mean, rel=0.02)
    assert shift[0] == pytest.approx(count * (mean - 1.0), rel=0.05)
