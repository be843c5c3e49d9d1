"""More than two levels: as many as there are, told from correlated noise, and ties."""

import numpy as np
import pytest
from chains import quiet, told

from mtjphys import telegraph
from mtjphys.core.errors import DataError

IN_SERIES = np.array([[0.0, 200.0, 0.0], [100.0, 0.0, 150.0], [0.0, 300.0, 0.0]])


def in_series(separation, seed=1, samples=20_000):
    """Three levels, of which the outer ones are reached through the middle."""
    return telegraph.sample_levels(IN_SERIES, 1e-4, samples, [0.0, 1.0, 2.0], noise=1 / separation, seed=seed)


@pytest.mark.parametrize("separation", [2.0, 2.7])
def test_three_levels_are_three(separation):
    trace = in_series(separation)
    result, remarks = told(trace, levels=None)
    assert remarks == ""
    assert result.levels == pytest.approx((0.0, 1.0, 2.0), abs=0.03)
    assert result.quality.distinct
    assert not result.quality.two_level
    truth = in_series(1e6).values.round()
    assert np.mean(result.states[0] == truth) > 0.97
    inside = (result.rates.low <= IN_SERIES) & (result.rates.high >= IN_SERIES)
    assert inside[~np.eye(3, dtype=bool)].sum() >= 5
    # some 120 flips each: 3 sigma
    for place in ((0, 1), (1, 0), (1, 2), (2, 1)):
        assert result.rates[place].value == pytest.approx(IN_SERIES[place], rel=0.3)
    assert result.rates[0, 2].value < 20
    remarks = told(trace, levels=2)[1]
    assert "3 levels describe the record better than 2" in remarks


def test_two_levels_are_two():
    for seed, noise in ((1, 0.1), (2, 0.45)):
        trace = telegraph.sample(200.0, 300.0, 1e-4, 10_000, noise=noise, seed=seed)
        assert len(quiet(trace, levels=None).each) == 2


def test_coupled_junctions_have_four():
    rates = np.zeros((4, 4))
    for low, high in ((0, 1), (2, 3), (0, 2), (1, 3)):
        rates[low, high], rates[high, low] = 100.0, 140.0
    trace = telegraph.sample_levels(rates, 1e-4, 8000, [0.0, 1.0, 1.6, 2.6], noise=0.2, seed=5)
    result = quiet(trace, levels=None)
    assert result.levels == pytest.approx((0.0, 1.0, 1.6, 2.6), abs=0.03)
    assert result.quality.separation == pytest.approx(3.0, rel=0.05)
    names = [name for name, *_ in result.summary()]
    assert {"level_0", "noise_3", "occupation_2", "dwell_1", "rate_0_3", "tau_c"} <= set(names)
    assert sum(result.occupations) == pytest.approx(1.0)
    with pytest.raises(DataError, match=r"rate_up is of two levels, and telegraph.sample, seed=5 has 4"):
        _ = result.rate_up


def test_levels_that_are_known_are_kept():
    trace = in_series(2.0)
    result = quiet(trace, levels=(0.0, 1.0, 2.0))
    assert result.levels == (0.0, 1.0, 2.0)
    assert result.level_low.low == result.level_low.high == 0.0
    assert result.rates[0, 1].low < 200.0 < result.rates[0, 1].high


def test_what_is_not_there_is_said():
    trace = telegraph.sample(200.0, 300.0, 1e-4, 4000, noise=0.0, seed=1)
    with pytest.raises(DataError, match="shows 2 levels and not 3"):
        telegraph.analyse(trace, levels=3)


def test_what_is_rare_in_a_long_record_is_found():
    """Visits to the high level that few of the pieces see, on which starts are compared."""
    options = {"sample_interval": 1.0, "samples": 300_000, "seed": 8}
    for up, down in ((3e-5, 3e-5), (2e-5, 1e-3)):
        states = telegraph.sample(up, down, noise=0.0, **options).values
        result = quiet(telegraph.sample(up, down, noise=0.3, **options))
        assert result.dwell_high.count == np.count_nonzero(np.diff(states) < 0)
        assert np.mean(result.states[0] == states) > 0.999
