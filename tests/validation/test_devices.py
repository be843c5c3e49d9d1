"""The Boltzmann integrals of the macrospins that the cases use."""

import pytest

from validation.devices import macrospin


def test_boltzmann_integral_of_the_devices():
    assert macrospin(3.0, 0.1).boltzmann(lambda m: m[:, 2] ** 2) == pytest.approx(0.62619, abs=5e-6)
    hot = macrospin(3.0, 0.1, temperature=450.0, curie=(900.0, 1.0, 2.0))
    # Half way to the Curie point Ms is at 0.75 of its value at 300 K, K at 0.75^2: Delta = 3 * 0.75^2/1.5.
    barrier = 0.5 * hot.matrix[2, 2] / hot.thermal_field
    assert barrier == pytest.approx(3.0 * 0.75**2 / 1.5, rel=1e-12)
