"""Switching while the field is swept."""

import math

import numpy as np
import pytest
from closed_forms import ALPHA, FIELD
from scipy.integrate import quad
from waveform_checks import check_refused

from mtjphys import theory
from mtjphys.core.errors import MtjphysWarning, ParameterError


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0])
def test_survival_is_the_integral_of_the_rate(exponent):
    delta, start, attempt = 30.0, 0.2, 1e9

    def rate(b):
        return attempt * math.exp(-delta * max(1 - b / start, 0.0) ** exponent)

    for field in (0.06, 0.1, 0.14, 0.2, 0.21):
        hazard = sum(quad(rate, *ends, epsabs=0.0)[0] for ends in ((-0.6, -0.2), (-0.2, min(field, 0.2))))
        hazard += attempt * max(field - start, 0.0)
        ours = theory.swept_survival(field, hazard, delta, start, attempt, exponent)
        assert -math.log(ours) == pytest.approx(1.0, rel=1e-7)


def test_the_field_is_the_inverse():
    for survival in (0.999, 0.5, 1e-3):
        field = theory.swept_field(survival, 0.1, 40.0, 0.3, 1e9, 1.5)
        assert theory.swept_survival(field, 0.1, 40.0, 0.3, 1e9, 1.5) == pytest.approx(survival)
    for sweep in (1e-4, 1.0, 1e4):  # the scale of a Gumbel law, from its quartiles
        fields = np.array([theory.swept_field(s, sweep, 60.0, 0.3, 1e9) for s in (0.75, 0.5, 0.25)])
        ratio = math.log(math.log(0.25) / math.log(0.75))
        u = 60.0 * (1 - fields[1] / 0.3) ** 2
        assert (fields[2] - fields[0]) / ratio == pytest.approx(0.3 * math.sqrt(u / 60.0) / (2 * u + 1), rel=0.01)


@pytest.mark.parametrize("barrier", [40.0, 100.0])
def test_the_law_against_browns_rate(barrier):
    """The hazard of Brown's rate, which depends on the field, reaches ln 2 up to 0.023 B_k later."""
    attempt = theory.uniaxial_escape_rates(barrier, FIELD, ALPHA).parallel * math.exp(barrier)

    def rate(h):
        return float(theory.uniaxial_escape_rates(barrier, FIELD, ALPHA, h).antiparallel)

    for h in (0.1, 0.3, 0.5):
        sweep = quad(rate, -0.3, h, epsabs=0.0, limit=200)[0] / math.log(2)  # of h, in 1/s
        law = theory.swept_field(0.5, sweep, barrier, 1.0, attempt)
        assert h - (0.0014 if h == 0.1 else 0.023) < law < h


def test_bad_input():
    check_refused(ParameterError, "sweep_rate=0", lambda: theory.swept_survival(0.1, 0.0, 40.0, 0.3, 1e9))
    check_refused(ParameterError, "survival=1.5", lambda: theory.swept_field(1.5, 1.0, 40.0, 0.3, 1e9))
    check_refused(ParameterError, "exponent=3", lambda: theory.swept_field(0.5, 1.0, 40.0, 0.3, 1e9, 3.0))
    with pytest.warns(MtjphysWarning, match="beyond B_0"):
        assert theory.swept_field(0.5, 1e12, 40.0, 0.3, 1e9) == 0.3
