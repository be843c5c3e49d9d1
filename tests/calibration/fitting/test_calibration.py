"""What follows from a fit."""

import numpy as np
import pytest
from laboratories import FREE, fitted, perpendicular

from mtjphys import calibration as cal


def test_what_is_predicted_of_the_same_conditions_is_the_fit() -> None:
    fit = fitted()
    table = fit.predict(fit.measurements[0])
    np.testing.assert_allclose(table.value, np.exp(fit.maximum.predicted), rtol=1e-9)
    assert ((table.low < table.value) & (table.value < table.high)).all()
    assert table.value.attrs["units"] == "s"
    # Three numbers from six means: on average the spread is half the information of the data.
    relative = np.log(table.high / table.low).values / (2 * 1.96)
    assert np.sum(relative**2) * 400 == pytest.approx(3.0, rel=0.25)


def test_plausible_junctions_scatter_as_the_intervals_say() -> None:
    fit = fitted()
    density = [junction.free_layer.uniaxial_anisotropy[0] for junction in fit.samples(200, seed=1)]
    low, high = fit.interval(FREE[0])
    assert 0.88 < np.mean((np.array(density) > low) & (np.array(density) < high)) <= 1.0
    assert fit.samples(2, seed=1)[1] == fit.samples(2, seed=1)[1]


def test_the_most_telling_measurement_comes_first() -> None:
    fit = fitted()
    many = cal.DwellTimes(parallel=1, antiparallel=1, parallel_count=1000, antiparallel_count=1000, label="many stays")
    few = cal.DwellTimes(parallel=1, antiparallel=1, parallel_count=10, antiparallel_count=10, label="few stays")
    table = fit.gain([few, many], hours=[1.0, 2.0])
    assert table.candidate.values.tolist() == ["dwell_times 'many stays'", "dwell_times 'few stays'"]
    assert (table.factor > 1.0).all()
    assert table.per_hour[0] == pytest.approx(float(table.information[0]) / 2.0)


def test_a_fixed_junction_is_judged_too() -> None:
    fit = cal.calibrate(fitted().measurements, perpendicular(), [])
    assert fit.parameters == []
    assert fit.goodness.degrees == 6
    assert fit.goodness.p_value > 1e-4
    assert fit.predict(fit.measurements[0]).low.values == pytest.approx(np.exp(fit.maximum.predicted))
