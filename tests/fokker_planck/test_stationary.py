"""Stationary distributions of Fokker-Planck, against closed forms and quadrature."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import cumulative_simpson, simpson
from scipy.optimize import brentq
from spins import THERMAL_FIELD, general, perpendicular, uniaxial

from mtjphys import fokker_planck as fp
from mtjphys.bias import Bias
from mtjphys.fokker_planck.galerkin import Galerkin
from mtjphys.fokker_planck.levels import levels
from mtjphys.junction import ReferenceLayer
from mtjphys.macrospin.series import chebyshev_series


def test_equilibrium_moment():
    spin = uniaxial(3)
    assert_allclose(fp.equilibrium(spin).second_moments[2, 2], 0.62619, atol=5e-6)
    solver = Galerkin(general(uniaxial(3)), 30, 10)
    assert_allclose(solver.mean_of(chebyshev_series(lambda c: c**2)) @ solver.stationary, 0.62619, atol=5e-6)


def test_boltzmann_from_the_null_vector():
    def make():
        return fp.Macrospin([0.01, 0.02, 0.005], np.diag([0.06, 0.0, -0.1]), THERMAL_FIELD, 0.05)

    boltzmann = fp.equilibrium(make())
    solver = next(iter(levels(make())))
    weights, nodes = boltzmann.probabilities, boltzmann.nodes
    assert_allclose(solver.density(nodes), boltzmann.density(nodes), rtol=1e-5)
    assert_allclose(weights.sum(), 1)


def test_langevin_and_occupation():
    x = 3.0
    eq = fp.equilibrium(fp.Macrospin([0, 0, x * 0.01], np.zeros((3, 3)), 0.01, 0.1))
    assert_allclose(eq.projection, 1 / np.tanh(x) - 1 / x, rtol=1e-12)
    assert_allclose(eq.occupation(), (np.exp(x) - 1) / (np.exp(x) - np.exp(-x)), rtol=1e-12)
    assert_allclose(eq.occupation([1, 1, 0]), 0.5, rtol=1e-12)
    assert_allclose(eq.density([0.0, 0.0, 1.0]), x * np.exp(x) / (4 * np.pi * np.sinh(x)))


@pytest.mark.parametrize(
    "bias",
    [
        Bias(voltage=0.05),
        Bias(voltage=0.3, series_resistance=2e4),
        Bias(current=1e-5),
        Bias(voltage=0.02, field=(0.0, 0.0, -0.004)),
    ],
)
def test_junction_in_its_circuit(bias):
    """Along the axis u' = [B_z + a_DL/alpha + B_k c]/b, with the voltage found by bisection."""
    junction = perpendicular()
    lane = junction.lane_parameters()
    b = 1.380649e-23 * 300 / lane.moment

    def volt(c):
        def excess(v):
            r = junction.resistance(c, Bias(voltage=v))
            if bias.current is not None:
                return v / r - bias.current
            return v * (1 + bias.series_resistance / r) - bias.voltage

        return brentq(excess, -1.0, 1.0, xtol=1e-14)

    grid = np.linspace(-1, 1, 101)
    volts = np.array([volt(c) for c in grid])
    u = cumulative_simpson((bias.field[2] + 0.05 * volts / 0.1 + 0.04 * grid) / b, x=grid, initial=0.0)
    weight = np.exp(u - u.max())
    mean = simpson(weight * grid, x=grid) / simpson(weight, x=grid)
    resistances = [junction.resistance(c, Bias(voltage=v)) for c, v in zip(grid, volts, strict=True)]
    ohm = simpson(weight * resistances, x=grid) / simpson(weight, x=grid)
    eq = fp.equilibrium(junction, bias)
    assert_allclose(eq.projection, mean, rtol=1e-4)
    assert_allclose(eq.resistance, ohm, rtol=2e-5)
    rate = fp.relaxation_rate(junction, bias)
    spin = general(fp.macrospin(junction, bias))
    assert_allclose(fp.relaxation_rate(spin), rate, rtol=1e-6)


def test_reference_layer_direction_counts():
    away = perpendicular(reference=ReferenceLayer(direction=(0.0, 0.0, -1.0)))
    bias = Bias(voltage=0.03)
    here, there = (fp.equilibrium(j, bias) for j in (perpendicular(), away))
    assert here.projection > 0.1
    assert_allclose(there.projection, here.projection, rtol=1e-10)
    assert_allclose(there.moments, -here.moments, atol=1e-12)
