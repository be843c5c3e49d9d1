"""Whether a junction explains the data."""

import numpy as np
import pytest
from laboratories import FREE, dwell_times, fitted, perpendicular

from mtjphys import calibration as cal


def test_data_of_the_model_pass() -> None:
    goodness = fitted().goodness
    assert goodness.degrees == 3
    assert goodness.p_value > 1e-3
    assert "explains all that was measured" in goodness.sentence
    assert goodness.parts == {"1. dwell_times 'telegraph'": (pytest.approx(goodness.statistic, rel=1e-3), 6)}


def test_data_of_no_macrospin_fail_where_they_are_wrong() -> None:
    table = dwell_times(perpendicular(), 0)
    factor = np.array([1.0, 1.0, 1.5])
    fit = cal.calibrate(table.with_data(parallel=table.parallel * factor), perpendicular(), FREE[:2], starts=1)
    goodness = fit.goodness
    assert goodness.p_value < 1e-3
    assert goodness.dispersion > 5.0
    assert "No macrospin" in goodness.sentence
    assert "telegraph" in goodness.sentence
    assert "voltage 0.01 V" in goodness.sentence
