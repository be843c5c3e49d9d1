"""The easy plane against the Fokker-Planck equation."""

import math

import numpy as np
import pytest
from closed_forms import GAMMA, THERMAL_FIELD, spin
from numpy.testing import assert_allclose
from scipy.optimize import brentq

from mtjphys import fokker_planck as fp
from mtjphys import theory


@pytest.mark.parametrize("damping", [0.02, 0.1])
def test_easy_plane_autocorrelation_against_fokker_planck(damping):
    case = spin([0, 0, 0], [0, 0, -100], damping, reference=[1, 0, 0])
    plane = 100 * THERMAL_FIELD
    tau = theory.easy_plane_correlation_time(plane, THERMAL_FIELD, 0.02)
    time = np.linspace(0, 3, 13) * tau
    ours = theory.easy_plane_autocorrelation(time, plane, THERMAL_FIELD, damping)
    assert_allclose(ours, fp.autocorrelation(case, times=time, rtol=1e-3), atol=0.01)
    assert ours[0] == 1.0


def test_easy_plane_time_and_its_corrections():
    plane, thermal = 0.5, 1e-4
    xi = plane / thermal
    for damping in (1e-5, 1e-3, 4e-3):
        tau = theory.easy_plane_correlation_time(plane, thermal, damping)

        def above(t, damping=damping, tau=tau):
            return theory.easy_plane_autocorrelation(t * tau, plane, thermal, damping) - math.exp(-1)

        correction = damping * (math.sqrt(2 * xi) / 6 - 1 / math.sqrt(2 * xi))
        assert brentq(above, 0.1, 3.0) - 1 == pytest.approx(correction, rel=0.1)
    # The series of small damping times time joins the closed expression.
    edge = 1e-4 / (0.01 * GAMMA * plane)
    below, beyond = theory.easy_plane_autocorrelation([edge * (1 - 1e-9), edge * (1 + 1e-9)], plane, thermal, 0.01)
    assert below == pytest.approx(beyond, rel=1e-10)
