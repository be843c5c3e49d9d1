"""The simulator of two states: same bits whatever the calls, files, and where it plugs in."""

import numpy as np
import pytest
from two_state_devices import axial, toy

import mtjphys as mp
from mtjphys import surrogate
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.core.parameters import split_toml
from mtjphys.surrogate import TwoState, lowering

BIASES = [
    mp.Bias(voltage=0.1),
    mp.Bias(voltage=mp.Sine(amplitude=0.15, frequency=3e6), series_resistance=500.0),
    mp.Bias(voltage=mp.PulseTrain(amplitude=0.1, width=2e-8, period=7e-8, rise_time=1e-8)),
]


def test_a_state_that_is_refused_changes_nothing(device):
    first, second = (surrogate.TwoStateSimulator(device, sample_interval=3e-8, seed=k) for k in (1, 2))
    before, saved = first.save_state(), second.save_state()
    with pytest.raises(SimulationError, match=r"the saved state lacks \['flips', 'wells', 'to_settle'\]"):
        first.load_state({name: saved[name] for name in ("state", "steps_done", "settled")})
    with pytest.raises(SimulationError, match="the saved state has shape"):
        first.load_state(saved | {"state": saved["state"][:-1]})
    for name, array in first.save_state().items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.compiles("others")
@pytest.mark.parametrize("small", [False, True])
def test_bits_do_not_depend_on_chunks_threads_or_other_lanes(device, monkeypatch, small):
    if small:  # many drives in a run
        monkeypatch.setattr(lowering, "MOST_PIECES", 256)
    options = {"sample_interval": 3e-8, "seed": 7, "record": surrogate.RECORDS}
    whole = surrogate.TwoStateSimulator(device, BIASES, replicas=3, threads=1, **options).advance(1000)
    parts = surrogate.TwoStateSimulator(device, BIASES, replicas=3, threads=3, **options)
    chunks = [parts.advance(n) for n in (1, 400, 0, 99, 500)]
    other = surrogate.TwoStateSimulator(device, BIASES, replicas=3, **options)
    first = other.advance(333)
    resumed = surrogate.TwoStateSimulator(device, BIASES, replicas=3, **options)
    resumed.load_state(other.save_state())
    rest = resumed.advance(667)
    alone = surrogate.TwoStateSimulator(device, BIASES[1], first_lane=4, **options).advance(1000)
    for name, values in whole.items():
        assert len(np.unique(values)) > 1
        np.testing.assert_array_equal(values, np.concatenate([chunk[name] for chunk in chunks], axis=1))
        np.testing.assert_array_equal(values, np.concatenate([first[name], rest[name]], axis=1))
        np.testing.assert_array_equal(values[4:5], alone[name])


def test_samples_show_the_exact_switching_times(device):
    times = device.switching_times(BIASES[0], duration=1e-4, seed=2, lane=5)
    run = mp.simulate(device, BIASES[0], duration=1e-4, sample_interval=1e-7, seed=2, first_lane=5)
    expected = 1 - np.searchsorted(times, run.time.values, side="right") % 2
    np.testing.assert_array_equal(run.parallel.values.ravel(), expected)
    assert times.size > 10


def test_streams_to_a_file_and_resumes_with_the_same_bits(device, tmp_path):
    options = {"sample_interval": 3e-8, "seed": 7, "replicas": 2}
    path = tmp_path / "run.nc"
    mp.simulate(device, BIASES, duration=6e-6, output=path, **options).close()
    with mp.resume(path, duration=3e-5) as run:
        whole = mp.simulate(device, BIASES, duration=3e-5, **options)
        for name in ("parallel", "resistance", "voltage"):
            np.testing.assert_array_equal(run[name].values, whole[name].values)
            assert run[name].attrs["units"] == whole[name].attrs["units"]
        assert TwoState.from_toml(split_toml("surrogate", run.attrs["surrogates"])[0]).to_toml() == device.to_toml()


def test_readout_and_analysis_take_it():
    device = toy(fluctuation=(10.0, 20.0), memory_time=1e-6)
    bias = mp.Bias(voltage=0.2, series_resistance=1e3)
    run = mp.simulate(device, bias, duration=0.5, sample_interval=1e-5, seed=1)
    record = mp.readout.measure(run, noise_rms=1e-3)
    rates = device.rates(bias)
    found = mp.telegraph.analyse(record)
    # Positive voltage: the parallel state is the low one.
    for rate, estimate in ((rates.parallel, found.rate_up), (rates.antiparallel, found.rate_down)):
        assert abs(float(estimate) - rate) < 2.6 * (estimate.high - estimate.low) / 2  # 5 sigma of a 95 % interval


def test_noise_source_of_surrogates(device):
    bias = mp.Bias(voltage=0.1, series_resistance=5e3)
    noise = mp.learning.JunctionNoise(device, bias, 1e-6, seed=3, settle=8)
    first = noise.volts(50, 6)
    saved = noise.state_dict()
    rest = noise.volts(50, 6)
    again = mp.learning.JunctionNoise(device, bias, 1e-6, seed=3, settle=8)
    again.load_state_dict(saved)
    np.testing.assert_array_equal(again.volts(50, 6), rest)
    assert first.shape == (50, 6) and 0.04 < first.min() < first.max() < 0.075
    several = mp.learning.JunctionNoise([device, device], bias, 1e-6, seed=3, settle=8)
    assert several.volts(5, 2).shape == (5, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"step": 1e-12}, "step=1e-12 means nothing"),
        ({"moments": True}, "moments=True means nothing"),
        ({"record": ["m"]}, "two states have no other"),
        ({"initial": [0, 0, 1]}, "is unknown"),
        ({"replicas": 0}, "replicas=0"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(device, options, message):
    with pytest.raises(ParameterError, match=message):
        mp.simulate(device, duration=1e-6, **options)
    with pytest.raises(ParameterError, match="is not TwoState"):
        mp.simulate([device, axial()], duration=1e-6)


def test_more_switches_than_can_be_drawn_in_a_sample_are_refused():
    """1e10 of them took minutes, and Ctrl-C waited for their end."""
    fast = surrogate.from_measurement([0.0], [1e-9], [1e-9], resistance_parallel=5e3, resistance_antiparallel=1e4)
    with pytest.raises(
        SimulationError, match=r"sample interval of 10 s holds up to 1e\+10 switches.*at most every 0.1 s"
    ):
        mp.simulate(fast, duration=10.0, sample_interval=10.0)
    with pytest.raises(SimulationError, match="of 400 lanes"):
        surrogate.TwoStateSimulator(fast, sample_interval=1e-3, replicas=400, threads=1)
    assert mp.simulate(fast, duration=1e-3, sample_interval=1e-3, seed=1).parallel.size == 1


def test_a_field_that_leaves_the_line_late_is_refused_before_the_run(monkeypatch):
    """The fifth block of the run is the first off the line."""
    monkeypatch.setattr(lowering, "LARGEST_BLOCK", 256)
    fields = [(b, b, 0.0) for b in (-0.1, 0.0, 0.1)]
    device = surrogate.from_measurement(
        [0.0], [1e-3] * 3, [1e-3] * 3, resistance_parallel=5e3, resistance_antiparallel=1e4, fields=fields
    )
    first, second = (mp.Step(final=0.05, time=time) for time in (1.2e-2, 1.21e-2))
    live = surrogate.TwoStateSimulator(device, mp.Bias(field=(first, second, 0.0)), sample_interval=1e-5)
    with pytest.raises(ParameterError, match="leaves the line of the table by"):
        next(live.run(1500))
    assert live.steps_done == 0
    assert live.advance(1000)["parallel"].shape == (1, 1000)
