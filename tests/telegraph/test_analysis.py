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
        (np.full(500, np.nan), {"sample_interval": 1.0}, DataError, "sample 0 is nan"),
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
