"""Demagnetising factors against independent integrals, closed forms and printed tables."""

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special

from mtjphys.core.errors import ParameterError
from mtjphys.macrospin import magnetostatics
from mtjphys.macrospin.magnetostatics import disc_demagnetising_factors, ellipsoid_demagnetising_factors


def naive_disc(a, b, t):
    """N_x, N_y, N_z from the Fourier-space double integral over (q, phi), by brute force.

    The integral over q of J1^2/q [1 - (1 - exp(-x q))/(x q)] runs over the half periods of the
    Bessel function; the tail uses the mean J1^2 -> 1/(pi q).
    """
    last = 1500
    edges = np.concatenate([[0.0], np.arange(1, last + 1) * math.pi])
    nodes, weights = np.polynomial.legendre.leggauss(20)
    half = 0.5 * np.diff(edges)[:, None]
    q = 0.5 * (edges[1:] + edges[:-1])[:, None] + half * nodes

    def radial(x):
        value = np.sum(half * weights * special.j1(q) ** 2 / q * (1 + np.expm1(-x * q) / (x * q)))
        end = edges[-1]
        return value + 1 / (math.pi * end) - 1 / (2 * math.pi * x * end**2)

    def factor(phi, which):
        in_x, in_y = math.cos(phi) ** 2 / a**2, math.sin(phi) ** 2 / b**2
        total = in_x + in_y
        return (in_x, in_y)[which] / total * radial(t * math.sqrt(total))

    x, y = (4 / math.pi * integrate.quad(factor, 0, math.pi / 2, args=(k,), epsabs=1e-9)[0] for k in (0, 1))
    return x, y, 1 - x - y


@pytest.mark.parametrize("shape", [(25.0, 25.0, 3.0), (60.0, 30.0, 1.7), (75.0, 25.0, 40.0)])
def test_disc_against_brute_force(shape):
    a, b, t = shape
    factors = disc_demagnetising_factors(2e-9 * a, 2e-9 * b, 1e-9 * t)
    assert factors == pytest.approx(naive_disc(a, b, t), abs=2e-7)


@pytest.mark.parametrize("aspect", [0.02, 0.1, 0.14, 0.15, 0.5, 1.0, 2.0, 30.0])
def test_circular_disc_is_josephs_closed_form(aspect):
    # Elliptic integrals as in Joseph (1966), here without any care for cancellation.
    m = 1 / (1 + aspect**2)
    k, e = special.ellipk(m), special.ellipe(m)
    root = math.sqrt(1 + aspect**2)
    closed = 1 + 4 / (3 * math.pi * aspect) * (1 - root * (aspect**2 * k + (1 - aspect**2) * e))
    x, y, z = disc_demagnetising_factors(1e-7, 1e-7, aspect * 1e-7)
    assert z == pytest.approx(closed, abs=1e-11)
    assert x == pytest.approx(0.5 * (1 - closed), abs=1e-11)
    assert y == pytest.approx(x, abs=1e-14)


@pytest.mark.parametrize(("ratio", "printed"), [(0.1, 0.7967), (0.5, 0.4745), (1, 0.3116), (2, 0.1819)])
def test_circular_disc_against_printed_table(ratio, printed):
    # Magnetometric factors at zero susceptibility, Chen, Brug, Goldfarb, IEEE Trans. Magn. 27,
    # 3601.
    assert disc_demagnetising_factors(1e-7, 1e-7, ratio * 1e-7).z == pytest.approx(printed, abs=6e-5)


def test_thin_limit():
    # 1 - N_z -> (2/pi) tau (ln(4/tau) - 1/2) with tau = t/d, from the expansion of K and E.
    tau = 1e-5
    expected = 2 * tau / math.pi * (math.log(4 / tau) - 0.5)
    share = 1 - disc_demagnetising_factors(1e-6, 1e-6, tau * 1e-6).z
    assert share == pytest.approx(expected, rel=1e-7)


def test_long_limit_is_the_elliptic_cylinder():
    # An infinite elliptic cylinder has N_x = b/(a + b).
    x, y, z = disc_demagnetising_factors(3e-8, 1e-8, 3e-1)
    assert (x, y, z) == pytest.approx((0.25, 0.75, 0.0), abs=1e-6)


def test_extreme_aspect_ratio_converges():
    x, y, z = disc_demagnetising_factors(1e-5, 1e-8, 2e-9)
    refined = naive_disc(5000.0, 5.0, 2.0)
    assert (x, y, z) == pytest.approx(refined, abs=1e-6)


lengths = st.floats(1e-9, 1e-6)


@given(lengths, lengths, lengths, st.floats(0.01, 100.0))
def test_symmetry_scale_and_sum(a, b, t, scale):
    x, y, z = disc_demagnetising_factors(a, b, t)
    assert min(x, y, z) > 0
    assert x + y + z == pytest.approx(1.0, abs=1e-14)
    assert disc_demagnetising_factors(b, a, t) == pytest.approx((y, x, z), abs=1e-11)
    scaled = disc_demagnetising_factors(scale * a, scale * b, scale * t)
    assert scaled == pytest.approx((x, y, z), abs=1e-11)
    if a > 1.001 * b:
        assert x < y


@given(lengths, lengths, lengths)
def test_ellipsoid_sum_and_order(a, b, c):
    factors = ellipsoid_demagnetising_factors(a, b, c)
    assert sum(factors) == pytest.approx(1.0, abs=1e-12)
    # Where two axes are as good as equal, so are their factors.
    assert factors[np.argmin((a, b, c))] == pytest.approx(max(factors), rel=1e-12)


def test_spheroids_have_osborns_closed_forms():
    m = 3.0
    root = math.sqrt(m**2 - 1)
    prolate = (m / root * math.log(m + root) - 1) / root**2
    oblate = (m**2 / root**2) * (1 - math.asin(root / m) / root)
    assert ellipsoid_demagnetising_factors(1, 1, 3).z == pytest.approx(prolate, rel=1e-12)
    assert ellipsoid_demagnetising_factors(3, 3, 1).z == pytest.approx(oblate, rel=1e-12)


def test_disc_and_ellipsoid_differ():
    disc = disc_demagnetising_factors(120e-9, 60e-9, 1.7e-9)
    ellipsoid = ellipsoid_demagnetising_factors(120e-9, 60e-9, 1.7e-9)
    assert disc.y - disc.x > 1.5 * (ellipsoid.y - ellipsoid.x)


@pytest.mark.parametrize("wrong", [(0.0, 1e-7, 1e-9), (1e-7, -1e-7, 1e-9), (1e-7, 1e-7, math.nan)])
def test_bad_lengths(wrong):
    for function in (disc_demagnetising_factors, ellipsoid_demagnetising_factors):
        with pytest.raises(ParameterError, match="metres"):
            function(*wrong)


def test_mixed_units_are_noticed():
    with pytest.raises(ParameterError, match="factor 1e8"):
        disc_demagnetising_factors(50.0, 50.0, 1e-9)


def test_doctests():
    assert doctest.testmod(magnetostatics).failed == 0
