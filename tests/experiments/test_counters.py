"""Mean dwell times from the counters of a run: their intervals, cut stays, and the exact values beside them."""

import json

import numpy as np
import pytest
import xarray as xr
from spins import perpendicular
from waveform_checks import check_refused

import mtjphys as mp
from mtjphys.core.errors import ParameterError
from mtjphys.simulation.simulator import dwell_edges

THRESHOLDS = (-0.5, 0.5)


def counters(devices, duration, start):
    """Return what `simulate` counts of two-state lanes, from the stays (device, lane, number) of each."""
    devices = np.asarray(devices, dtype=float)
    n, lanes, _ = devices.shape
    share, into = np.zeros((n, 1, lanes)), np.zeros((n, 1, lanes, 2), dtype=int)
    histogram, edges = np.zeros((n, 1, lanes, 2, 200), dtype=int), dwell_edges() * 1e-3
    for device, lane in np.ndindex(n, lanes):
        time, state = 0.0, start
        for k, stay in enumerate(devices[device, lane]):
            share[device, 0, lane] += (state == 0) * min(stay, duration - time) / duration
            time += stay
            if time >= duration:
                break
            histogram[device, 0, lane, state, np.searchsorted(edges, stay) - 1] += k > 0
            state = 1 - state
            into[device, 0, lane, state] += 1
        assert time >= duration
    dimensions = ("device", "bias", "replica")
    return xr.Dataset(
        {
            "parallel_share": (dimensions, share),
            "transitions_into": ((*dimensions, "state"), into),
            "dwell_histogram": ((*dimensions, "state", "dwell_bin"), histogram),
            "dwell_bin_start": ("dwell_bin", edges[:-1]),
            "dwell_bin_stop": ("dwell_bin", edges[1:]),
        },
        attrs={"duration": duration, "thresholds": json.dumps(THRESHOLDS)},
    )


def test_stays_that_the_end_cuts_off_count_with_their_time():
    """Lanes of 2 s with stays of 1 s and 3 s: completed stays alone would say 0.7 s of the latter."""
    stream, lanes = np.random.default_rng(1), 4000
    means = np.array([1.0, 3.0])
    stays = stream.standard_exponential((lanes, 40)) * np.tile(means, 20)
    times = mp.dwell_times(counters(stays[None], 2.0, start=0), exact=False).squeeze()
    np.testing.assert_allclose(times.time_in_state.sum(), 2.0 * lanes)
    assert (times.stays > 900).all()
    # A stay that ended within the run is short; over these T/n is right, and n is Poisson: 5 sigma.
    deviations = (times.dwell_time.values / means - 1.0) * np.sqrt(times.stays.values)
    assert (np.abs(deviations) < 5.0).all()
    assert "exact" not in times


def test_the_interval_holds_the_mean_as_often_as_it_says():
    trials = 1000
    stays = np.random.default_rng(2).standard_exponential((trials, 3, 60))
    times = mp.dwell_times(counters(stays, 5.0, start=0), exact=False, confidence=0.9)
    held = int(((times.dwell_time_low <= 1.0) & (times.dwell_time_high >= 1.0)).sum())
    # 2000 intervals of some 7 stays each, which hold at least 0.9; 5 standard errors of 0.0067 below that.
    assert 0.9 - 5 * np.sqrt(0.09 / (2 * trials)) < held / (2 * trials) < 0.97


def test_a_state_that_was_never_left_has_a_lower_end_alone():
    times = mp.dwell_times(counters([[[10.0], [10.0]]], 2.0, start=0), exact=False).squeeze()
    # No event in 4 s: exp(-4/tau) >= 2.5 % down to 4/ln 40.
    assert float(times.dwell_time_low[0]) == pytest.approx(4.0 / np.log(40.0))
    assert np.isinf(times.dwell_time[0]) and np.isinf(times.dwell_time_high[0])
    assert np.isnan(times.dwell_time[1]) and float(times.dwell_time_low[1]) == 0.0


def test_counters_of_a_junction_agree_with_the_exact_times():
    """Two biases of opposite torque: the states would be seen swapped."""
    junction, biases = perpendicular(1.5e4), [mp.Bias(voltage=0.005), mp.Bias(voltage=-0.005)]
    run = mp.simulate(
        junction, biases, duration=1e-6, sample_interval=1e-6, replicas=256, settle=2e-7, seed=1,
        step=5e-12, thresholds=THRESHOLDS, record=(), initial="random",
    )  # fmt: skip
    times = mp.dwell_times(run)
    assert times.dwell_time.dims == ("device", "bias", "state") and times.dwell_time.attrs["units"] == "s"
    assert float(times.exact[0, 0, 0] / times.exact[0, 0, 1]) > 1.5
    np.testing.assert_allclose(times.exact[0, 1], times.exact[0, 0, ::-1], rtol=1e-6)
    assert times.sel(applied_voltage=0.005).identical(times.isel(bias=0))
    for bias, voltage in enumerate(biases):
        expected = mp.fokker_planck.dwell_times(junction, voltage, THRESHOLDS)
        np.testing.assert_allclose(times.exact[0, bias], expected[:2])
    # About 1e3 stays each: 5 standard errors of their spread, and 2 % for crossings within a step.
    error = times.exact * times.variation / np.sqrt(times.stays)
    assert (np.abs(times.dwell_time - times.exact) < 5.0 * error + 0.02 * times.exact).all()
    assert (times.stays > 300).all()


def test_over_a_low_barrier_the_interval_is_wider_than_that_of_exponential_stays():
    """Runs of the same junction: their times spread as the intervals say, 1.4 times a Poisson number's."""
    junction = mp.presets.schnitzspan_2023()
    run = mp.simulate(
        junction, duration=2e-7, sample_interval=2e-7, replicas=2048, settle=1e-7, seed=3,
        thresholds=THRESHOLDS, record=(), initial="random",
    )  # fmt: skip
    parts = [mp.dwell_times(run.isel(replica=slice(16 * k, 16 * k + 16)), exact=False) for k in range(128)]
    assert (mp.dwell_times(run, exact=False).variation > 1.2).all()
    times = xr.concat(parts, "part")
    spread = np.log(times.dwell_time).std("part").mean()
    # The standard deviation of 256 logarithms has a relative error of 4.4 %, five times that in all; a Poisson number's
    # would be 0.7 of it.
    for end in (times.dwell_time_high / times.dwell_time, times.dwell_time / times.dwell_time_low):
        assert 0.78 < float(np.log(end).mean() / 1.96 / spread) < 1.28


def test_what_there_is_no_exact_time_of_says_why():
    heated, bias = mp.presets.schnitzspan_2023(), mp.Bias(voltage=0.1)
    run = mp.simulate(heated, bias, duration=1e-8, sample_interval=1e-8, thresholds=THRESHOLDS, record=())
    times = mp.dwell_times(run)
    assert np.isnan(times.exact).all() and "device 0, bias 0: heating" in times.exact.attrs["note"]


def test_bad_input():
    run = mp.simulate(perpendicular(), duration=1e-10, sample_interval=1e-10)
    check_refused(ParameterError, "no counters", lambda: mp.dwell_times(run))
    check_refused(ParameterError, "confidence=1.0", lambda: mp.dwell_times(run, confidence=1.0))
