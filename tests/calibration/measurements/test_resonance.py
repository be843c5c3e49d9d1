"""Resonances."""

import numpy as np
import pytest
from laboratories import perpendicular

from mtjphys import calibration as cal
from mtjphys.core.errors import ParameterError


def test_frequency_and_width_are_kittels() -> None:
    junction = perpendicular(4e4, 0.0)
    record = cal.Resonance(field=(0, 0, 0.1), frequency=1e9, error=1e7, linewidth=1e8, linewidth_error=1e7)
    unit = junction.free_layer.gyromagnetic_ratio * 0.18 / (2.0 * np.pi)  # B + B_k along the axis
    np.testing.assert_allclose(record.predictor(junction), [unit, 2.0 * 0.02 * unit], rtol=1e-9)
    other = cal.Resonance(field=(0, 0, 0.05), frequency=1e9, error=1e7, state="antiparallel")
    np.testing.assert_allclose(other.predictor(junction), [unit / 0.18 * 0.03], rtol=1e-9)


def test_a_linewidth_needs_its_error() -> None:
    with pytest.raises(ParameterError, match="go together"):
        cal.Resonance(frequency=1e9, error=1e7, linewidth=1e8)


def test_gigahertz_are_recognised() -> None:
    with pytest.raises(ParameterError, match="looks like gigahertz"):
        cal.Resonance(frequency=12.0, error=1e7)
