"""The call as a whole: files, units, digitised records, the derived table of the paper, wrong calls."""

import math
from pathlib import Path

import numpy as np
import pytest

from mtjphys import telegraph
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.laboratory.traces import Trace

DATA = Path(__file__).parent / "data"


def test_derived_table_of_the_paper():
    table = np.genfromtxt(DATA / "koenders2025_fig2_dwell_times.csv", delimiter=",", skip_header=2)
    for seed, (_, p_high, tau_c, dwell_high, dwell_low) in enumerate(table):
        trace = telegraph.sample(1e3 / dwell_low, 1e3 / dwell_high, 25e-6, 200_000, (36.2e-3, 48e-3), 0.9e-3, seed)
        result = telegraph.analyse(trace)
        assert result.occupation.value == pytest.approx(p_high, abs=0.02)
        assert result.tau_c.value == pytest.approx(tau_c * 1e-3, rel=0.04)
        assert result.autocorrelation.time == pytest.approx(tau_c * 1e-3, rel=0.08)


@pytest.mark.parametrize("noise", [0.0, 1e-9])
def test_noise_free_and_digitised_signals(noise):
    trace = telegraph.sample(0.05, 0.05, 1.0, 20_000, noise=noise, seed=7)
    result = telegraph.analyse(trace)
    np.testing.assert_array_equal(result.states[0], trace.values > 0.5)
    assert all(math.isfinite(x) for _, value, _, i in result.summary() for x in (value, *(i or ())))
    rough = telegraph.sample(0.05, 0.05, 1.0, 20_000, noise=0.1, seed=7)
    digitised = telegraph.analyse(np.round(rough.values / 0.15) * 0.15, sample_interval=1.0)
    assert digitised.quality.two_level
    assert digitised.rate_up.low < 0.05 < digitised.rate_up.high


def test_units_and_offsets_do_not_matter():
    trace = telegraph.sample(0.05, 0.03, 1.0, 5000, noise=0.15, seed=8)
    one = telegraph.analyse(trace)
    other = telegraph.analyse(trace.values * 1e-9 + 1e-6, sample_interval=1e-9)
    assert other.rate_up.value == pytest.approx(1e9 * one.rate_up.value, rel=1e-4)
    assert other.rate_up.high == pytest.approx(1e9 * one.rate_up.high, rel=1e-3)
    mirrored = telegraph.analyse(-trace.values, sample_interval=1.0)
    assert mirrored.rate_down.value == pytest.approx(one.rate_up.value, rel=1e-4)


def test_csv_end_to_end(tmp_path):
    trace = telegraph.sample(2e3, 2.5e3, 25e-6, 20_000, (36.2e-3, 48e-3), 0.9e-3, seed=1)
    time = 25e-6 * np.arange(20_000)
    np.savetxt(
        tmp_path / "t.csv",
        np.c_[time * 1e3, trace.values * 1e3],
        delimiter=",",
        header="time (ms),V (mV)",
        comments="",
    )
    result = telegraph.analyse(tmp_path / "t.csv")
    assert (result.unit, result.name) == ("V", "V")
    assert result.rate_up.low < 2e3 < result.rate_up.high
    assert result.levels == pytest.approx((36.2e-3, 48e-3), rel=1e-3)


SQUARE = np.arange(500) // 50 % 2
THRESHOLD = {"sample_interval": 1.0, "method": "threshold"}


@pytest.mark.parametrize(
    ("trace", "options", "error", "message"),
    [
        (np.ones(500), {"sample_interval": 1.0}, DataError, "every sample is 1"),
        (np.ones((2, 500)), {"sample_interval": 1.0}, DataError, "every sample is the same"),
        (np.arange(50.0), {"sample_interval": 1.0}, DataError, "holds 50 samples; expected at least 100"),
        (np.full(500, np.nan), {"sample_interval": 1.0}, DataError, "holds 0 samples"),
        (np.r_[np.inf, np.arange(500)], {"sample_interval": 1.0}, DataError, "sample 0 is inf"),
        (np.arange(500) % 2.0, {}, DataError, "pass the sampling interval in s"),
        (np.arange(500) % 2.0, {"sample_interval": 1.0}, DataError, "sample faster than every sample_interval=1 s"),
        (np.arange(500) // 250.0, {"sample_interval": 1.0}, DataError, "switches up 1 and down 0 times"),
        (Trace(np.ones(500), 1.0), {}, DataError, "every sample is 1"),
        ("missing.csv", {}, DataError, "missing.csv: no such file"),
        ("missing.nc", {}, DataError, "missing.nc: no such file"),
        (SQUARE, {"sample_interval": 1.0, "method": "magic"}, ParameterError, "method='magic'"),
        (SQUARE, {"sample_interval": 1.0, "hysteresis": 1.5}, ParameterError, "hysteresis=1.5"),
        (SQUARE, {"sample_interval": 1.0, "thresholds": (0.2, 0.8)}, ParameterError, "thresholds=.0.2, 0.8. are for"),
        (SQUARE, THRESHOLD | {"thresholds": (0.8, 0.2)}, ParameterError, "low at most high"),
        (SQUARE, THRESHOLD | {"thresholds": 0.5}, ParameterError, "not two numbers"),
        (SQUARE, THRESHOLD | {"thresholds": (0.2, 0.8), "hysteresis": 0.5}, ParameterError, "give one of them"),
        (SQUARE, {"sample_interval": 1.0, "confidence": 95}, ParameterError, "confidence=95"),
        (SQUARE, {"sample_interval": 1.0, "dead_time": -1.0}, ParameterError, "dead_time=-1.0 s"),
        (SQUARE, {"sample_interval": 1.0, "dead_time": 60.0}, DataError, "switches up 0"),
        (SQUARE, {"sample_interval": 1.0, "max_lag": 1e9}, ParameterError, "max_lag="),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::mtjphys.core.errors.MtjphysWarning")
def test_bad_calls(trace, options, error, message):
    with pytest.raises(error, match=message) as caught:
        telegraph.analyse(trace, **options)
    assert "\n" not in str(caught.value)


def test_same_trace_same_result():
    trace = telegraph.sample(0.05, 0.05, 1.0, 5000, seed=3)
    assert telegraph.analyse(trace).summary() == telegraph.analyse(trace).summary()
    again = telegraph.sample(0.05, 0.05, 1.0, 5000, seed=3)
    np.testing.assert_array_equal(trace.values, again.values)


def test_gaps_are_gaps():
    """A piece that was not measured costs information and nothing else; the stays that it cuts are cut."""
    trace = telegraph.sample(0.05, 0.08, 1.0, 20_000, noise=0.2, seed=3)
    values = trace.values.copy()
    rng = np.random.default_rng(1)
    for start in rng.integers(0, 19_000, 10):
        values[start : start + 300] = np.nan
    values[rng.integers(0, 20_000, 200)] = np.nan
    missing = np.isnan(values)
    for method in ("hmm", "threshold"):
        result = telegraph.analyse(values, 1.0, method=method, confidence=0.999)
        assert np.all(result.states[0][missing] == -1)
        truth = telegraph.sample(0.05, 0.08, 1.0, 20_000, noise=0.0, seed=3).values
        assert np.mean(result.states[0][~missing] == truth[~missing]) > 0.99
        assert result.rate_up.low < 0.05 < result.rate_up.high
        assert result.rate_down.low < 0.08 < result.rate_down.high
        rows = [row for row in result.summary() if row[0] != "log_likelihood" or method == "hmm"]
        assert all(math.isfinite(x) for _, value, _, i in rows for x in (value, *(i or ())))
        assert result.autocorrelation.time == pytest.approx(1 / 0.13, rel=0.1)
    whole = telegraph.analyse(trace)
    assert result.dwell_low.count < whole.dwell_low.count
    assert result.dwell_low.censored > 100


def test_series_and_missing_values():
    import pandas

    trace = telegraph.sample(0.05, 0.08, 1.0, 3000, noise=0.2, seed=3)
    series = pandas.Series(1e3 * trace.values, index=1e-6 * np.arange(3000.0), name="V (mV)")
    series.iloc[5:50] = None
    result = telegraph.analyse(series)
    assert (result.unit, result.name, result.origin) == ("V", "V", "Series")
    assert result.rate_up.low < 0.05e6 < result.rate_up.high


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"levels": 1}, "levels=1 is outside 2..8"),
        ({"levels": 9}, "levels=9 is outside 2..8"),
        ({"levels": "two"}, "levels='two' are not 2 to 8 rising values"),
        ({"levels": (1.0, 0.0)}, "are not 2 to 8 rising values"),
        ({"levels": 3, "method": "threshold", "thresholds": (0.2, 0.8)}, "part 2 levels, not 3"),
        ({"levels": 3, "dead_time": 3.0}, "it is corrected for two levels, and there are 3"),
    ],
)
def test_bad_levels(options, message):
    rates = np.array([[0.0, 0.02, 0.0], [0.02, 0.0, 0.02], [0.0, 0.02, 0.0]])
    trace = telegraph.sample_levels(rates, 1.0, 4000, [0.0, 1.0, 2.0], noise=0.1, seed=2)
    with pytest.raises(ParameterError, match=message):
        telegraph.analyse(trace, **options)
