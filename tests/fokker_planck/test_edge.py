"""Integrals of functions that jump at m.p = 0."""

import numpy as np
import pytest
from numpy.polynomial import legendre

from mtjphys.fokker_planck.basis import basis, harmonic_sum
from mtjphys.fokker_planck.edge import EdgeRule


@pytest.mark.parametrize("tilt", [0.0, 1e-3, 0.3, 0.7853981633974483, 1.2, 1.57, 1.5707963267948966])
@pytest.mark.parametrize("orders", [3, 20])
def test_harmonics_over_half_the_sphere_are_those_of_the_addition_theorem(tilt, orders):
    """The half m.p > 0 has the coefficients ``2 pi Y(p) int_0^1 P_l(x) dx``."""
    p = np.array([np.sin(tilt) * np.cos(0.4), np.sin(tilt) * np.sin(0.4), np.cos(tilt)])
    harmonics = basis(20, orders)
    rule = EdgeRule(harmonics.degree, harmonics.order, p)
    assert rule.areas.sum() == pytest.approx(4 * np.pi, rel=1e-13)
    inside = rule.nodes @ p > 0
    x, w = legendre.leggauss(40)
    halves = [float(w @ legendre.legval(0.5 + 0.5 * x, row)) / 2 for row in np.eye(21)]
    expected = [
        2 * np.pi * halves[degree] * float(harmonic_sum(harmonics.degree, harmonics.order, row, p[None])[0])
        for degree, row in zip(harmonics.degree, np.eye(harmonics.degree.size), strict=True)
    ]
    steep = np.exp(2.0 * rule.nodes @ np.array([0.3, -0.2, 0.5]))
    half, smooth = rule.project(inside.astype(float), steep)
    np.testing.assert_allclose(half, expected, rtol=0, atol=1e-12)
    if orders == 20:
        found = harmonic_sum(harmonics.degree, harmonics.order, smooth, np.eye(3))
        np.testing.assert_allclose(found, np.exp(2.0 * np.array([0.3, -0.2, 0.5])), rtol=1e-12)
