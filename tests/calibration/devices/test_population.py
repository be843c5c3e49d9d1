"""How devices differ, from values with errors."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import chi2, t
from wafers import CORRELATION, SPREADS, normal, stays, wafer

from mtjphys.calibration.devices.population import populate
from mtjphys.core.errors import DataError


def equal(spread: float, error: float, devices: int, seed: int) -> tuple[np.ndarray, list]:
    rng = np.random.default_rng(seed)
    values = 2.0 + np.hypot(spread, error) * rng.standard_normal(devices)
    return values, [normal([value], error**2) for value in values]


def test_of_equal_errors_it_is_the_textbook():
    # The variance of the values less that of the errors; the mean by Student's t; the profile of the chi square law.
    values, devices = equal(0.5, 0.2, 12, 1)
    found = populate(devices)
    variance = values.var(ddof=1)
    assert found.spread.value[0] == pytest.approx(math.sqrt(variance - 0.2**2), rel=1e-4)
    assert found.mean.value[0] == pytest.approx(values.mean(), rel=1e-6)
    wide = t.ppf(0.975, 11) * math.sqrt(variance / 12)
    assert found.mean.high[0] - found.mean.value[0] == pytest.approx(wide, rel=1e-4)

    def lost(total: float) -> float:
        return 11.0 * (variance / total - 1.0 + math.log(total / variance)) - float(chi2.ppf(0.95, 1))

    low, high = brentq(lost, 0.1 * variance, variance), brentq(lost, variance, 10.0 * variance)
    assert found.spread.high[0] == pytest.approx(math.sqrt(high - 0.2**2), rel=1e-3)
    assert found.spread.low[0] == pytest.approx(math.sqrt(low - 0.2**2), rel=1e-3)


def test_the_errors_of_the_measurements_are_not_taken_for_a_spread():
    # Devices that are all alike, 40 of them: the standard deviation of the values is that of the errors.
    values, devices = equal(0.0, 0.3, 40, 6)
    found = populate(devices)
    assert values.std(ddof=1) > 0.2
    assert found.spread.low[0] == 0.0
    assert found.spread.value[0] < 0.15
    assert found.spread.value[0] < found.spread.high[0] < 0.3
    values, devices = equal(0.0, 0.3, 40, 5)
    assert values.std(ddof=1) < 0.3  # less than the errors are: there is no spread at all
    assert populate(devices).spread.value[0] == 0.0
    assert 0.0 < populate(devices).spread.high[0] < 0.2


def test_a_skewed_likelihood_counts_as_it_is():
    # Dwell times known by two to fifty stays, against the integral over every device's ln tau on a grid.
    rng = np.random.default_rng(1)
    counts = rng.choice([2, 4, 8, 50], 40)
    means = np.exp(0.5 * rng.standard_normal(40)) * rng.gamma(counts, 1.0 / counts)
    found = populate([stays(mean, count) for mean, count in zip(means, counts, strict=True)])
    x = np.linspace(-8.0, 8.0, 321)

    def restricted(spread: float) -> tuple[float, float]:
        middles = np.linspace(-0.7, 0.5, 61)
        place = middles[:, None, None] + spread * x
        own = -counts[:, None] * (place - np.log(means)[:, None] + means[:, None] * np.exp(-place) - 1.0)
        logs = np.log(np.exp(own - 0.5 * x**2).sum(axis=-1)).sum(axis=-1)
        return np.log(np.exp(logs - logs.max()).sum()) + logs.max(), middles[logs.argmax()]

    spreads = np.linspace(0.4, 0.8, 21)
    table = [restricted(spread) for spread in spreads]
    best = int(np.argmax([value for value, _ in table]))
    assert found.spread.value[0] == pytest.approx(spreads[best], rel=0.06)
    assert abs(found.mean.value[0] - table[best][1]) < 0.03
    alone = populate([normal([math.log(mean)], 1.0 / count) for mean, count in zip(means, counts, strict=True)])
    assert alone.spread.value[0] > 1.15 * spreads[best]  # what a normal law about the best fit would say
    assert alone.mean.value[0] < table[best][1] - 0.08


def test_correlations_and_spreads_are_within_their_intervals():
    found = populate([record.evidence for record in wafer(60, 3).records.values()])
    assert ((found.spread.low < SPREADS) & (found.spread.high > SPREADS)).all()
    assert ((found.correlation.low <= CORRELATION) & (found.correlation.high >= CORRELATION)).all()
    assert found.correlation.high[1, 0] < 0.0
    assert (np.diag(found.correlation.low) == 1.0).all()


def test_weakly_measured_devices_borrow_from_the_others():
    # What they say of the first number helps with the second one, which they do not tell at all.
    rng = np.random.default_rng(5)
    truth = rng.multivariate_normal([0.0, 0.0], [[1.0, 0.9], [0.9, 1.0]], size=40)
    errors = np.full((40, 2), 0.1)
    errors[::4] = [0.1, 5.0]
    values = truth + errors * rng.standard_normal((40, 2))
    found = populate([normal(value, np.diag(error**2)) for value, error in zip(values, errors, strict=True)])
    weak = slice(None, None, 4)
    alone, shared = (np.sqrt(np.mean((guess[weak, 1] - truth[weak, 1]) ** 2)) for guess in (values, found.devices))
    assert shared < 0.7 < 2.0 < alone
    assert np.abs((found.devices - truth) / found.errors).max() < 4.0
    assert 0.3 < found.errors[weak, 1].mean() < 0.7
    strong = np.delete(np.arange(40), weak)
    np.testing.assert_allclose(found.errors[strong], 0.1, rtol=0.1)


def test_a_number_that_no_device_tells_is_refused():
    points = np.random.default_rng(0).uniform(-1.5, 1.5, (120, 2))
    one = normal([0.0, 0.0], np.eye(2))
    level = type(one)(one.centre, one.axes, points, -0.5 * points[:, 0] ** 2)
    with pytest.raises(DataError, match="do not tell every number"):
        populate([level, level, level])
