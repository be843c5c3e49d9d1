"""Resistances with Gaussian errors."""

import numpy as np
import pytest

from mtjphys import calibration as cal
from mtjphys.core.errors import ParameterError


def test_residuals_are_in_units_of_the_error() -> None:
    record = cal.Resistance(resistance=[6e3, 7e3], error=[10.0, 20.0])
    np.testing.assert_allclose(record.likelihood.residuals([6010.0, 6980.0]), [-1.0, 1.0])
    value, low, high = record.observed()
    np.testing.assert_allclose(high - low, [20.0, 40.0])
    assert value.tolist() == [6e3, 7e3]


def test_kilo_ohms_are_recognised() -> None:
    with pytest.raises(ParameterError, match="outside"):
        cal.Loop(resistance=-6.0, error=1.0, dwell=1.0)
