"""One sentence on bad input, before anything is simulated."""

import numpy as np
import pytest
from ensembles import (
    INTERVAL,
    LANES,
    MODULE,
    PLAIN,
    STEP,
    STIFF,
    run,
)

import mtjphys as mp
from mtjphys.simulation import Simulator, simulate

WRONG = {
    "junction of another kind": ({"device": "mtj"}, r"'mtj' is not a preset"),
    "no junction": ({"device": []}, r"junction=\[\] is not MTJ"),
    "a list with a stranger": ({"device": [PLAIN, 3]}, r"junction\[1\]=3 is not MTJ"),
    "bias of another kind": ({"bias": 0.2}, r"bias=0.2 is not Bias"),
    "replicas zero": ({"replicas": 0}, r"replicas=0 is not a whole number of at least 1"),
    "replicas fractional": ({"replicas": 2.5}, r"replicas=2.5 is not a whole number"),
    "replicas true": ({"replicas": True}, r"replicas=True is not a whole number"),
    "seed negative": ({"seed": -1}, r"seed=-1 is not a whole number of at least 0"),
    "seed a string": ({"seed": "x"}, r"seed='x' is not a whole number"),
    "threads zero": ({"threads": 0}, r"threads=0 is not a whole number of at least 1"),
    "first lane negative": ({"first_lane": -3}, r"first_lane=-3 is not a whole number"),
    "integrator": ({"integrator": "euler"}, r"integrator='euler' is unknown; give one of"),
    "initial name": ({"initial": "up"}, r"initial='up' is unknown"),
    "initial shape": ({"initial": (1.0, 0.0)}, r"initial of shape \(2,\) does not broadcast"),
    "initial zero": ({"initial": (0.0, 0.0, 0.0)}, r"zero or not finite"),
    "initial nan": ({"initial": (np.nan, 0.0, 1.0)}, r"zero or not finite"),
    "record unknown": ({"record": ("m", "current")}, r"record=.* is not a sequence of names out of"),
    "record a string": ({"record": "m"}, r"record='m' is not a sequence of names"),
    "telegraph swapped": ({"thresholds": (0.5, -0.5)}, r"of m.p must be two numbers with -1 < low < high < 1"),
    "telegraph beyond": ({"thresholds": (-2.0, 0.5)}, r"of m.p must be"),
    "telegraph nan": ({"thresholds": (np.nan, 0.5)}, r"of m.p must be"),
    "telegraph a number": ({"thresholds": 0.5}, r"thresholds=0.5 of m.p must be"),
    "sample interval zero": ({"sample_interval": 0.0}, r"sample_interval=0.0 s is outside"),
    "sample interval nan": ({"sample_interval": np.nan}, r"sample_interval=nan s is outside"),
    "sample interval text": ({"sample_interval": "1 ns"}, r"sample_interval='1 ns'"),
    "step not a fraction": ({"step": 2e-12}, r"not a whole number of steps"),
    "step nan": ({"step": np.nan}, r"step=nan s is outside"),
    "step text": ({"step": "1 ps"}, r"step='1 ps'"),
    "record none": ({"record": None}, r"record=None is not a sequence"),
    "initial text in a list": ({"initial": ["x", 0, 1]}, r"initial"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_give_one_sentence(name):
    changes, message = WRONG[name]
    with pytest.raises(mp.ParameterError, match=message) as error:
        run(**changes)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"duration": 0.0}, r"duration=0.0 s is outside"),
        ({"duration": np.inf}, r"duration=inf s is outside"),
        ({"duration": -1e-9}, r"duration=-1e-09 s is outside"),
        ({"settle": -1e-9}, r"settle=-1e-09 s is outside"),
        ({"sample_interval": 2e-9}, r"sample_interval=2e-09 s is longer than duration=1e-09 s"),
    ],
)
def test_wrong_times_give_one_sentence(changes, message):
    with pytest.raises(mp.ParameterError, match=message):
        simulate(PLAIN, **{"duration": 1e-9} | changes)


def test_too_large_steps_are_refused_or_warned_about():
    with pytest.raises(mp.SimulationError, match=r"use at most .* s, or step=None"):
        Simulator(PLAIN, sample_interval=1e-9, step=1e-9)
    limit = Simulator(PLAIN, sample_interval=1e-6).step
    with pytest.warns(mp.MtjphysWarning, match=r"0\.5 %; use at most") as caught:
        simulate(PLAIN, duration=2.0 * limit, sample_interval=2.0 * limit, step=2.0 * limit)
    assert caught[0].filename == __file__


def test_more_lanes_than_memory_are_refused(monkeypatch):
    monkeypatch.setattr(MODULE, "available_memory", lambda: 1e6)
    with pytest.raises(mp.SimulationError, match=r"10,000 lanes need .* use fewer replicas"):
        Simulator(PLAIN, sample_interval=1e-9, replicas=10_000)


def test_more_samples_than_memory_are_refused(monkeypatch):
    simulator, _ = run(samples=0)
    monkeypatch.setattr(LANES, "available_memory", lambda: 1e6)
    with pytest.raises(mp.SimulationError, match=r"write to a file with output="):
        simulator.advance(100_000)
    assert simulator.steps_done == 0


def test_results_that_are_not_finite_are_an_error():
    simulator, _ = run(samples=2, replicas=20)
    simulator.lanes.state[0, 4] = np.nan
    with pytest.raises(mp.SimulationError, match=r"lane 4 is no longer finite .* smaller step"):
        simulator.advance(1)


@pytest.mark.parametrize("chunk", [1e9, 100.0])
@pytest.mark.parametrize("samples", [0, 3])
@pytest.mark.parametrize("options", [{}, {"average": True}, {"moments": True, "thresholds": (-0.3, 0.3)}])
def test_after_results_that_are_not_finite_the_state_is_what_it_was(monkeypatch, chunk, samples, options):
    monkeypatch.setattr(MODULE, "CHUNK", chunk)
    for act in ("advance", "settle"):
        simulator, _ = run(samples=samples, replicas=20, **options)
        if act == "settle" and samples:
            continue
        simulator.lanes.state[0, 4] = np.nan
        before = simulator.save_state()
        with pytest.raises(mp.SimulationError, match="lane 4 is no longer finite"):
            simulator.advance(100) if act == "advance" else simulator.settle(1e-9)
        after = simulator.save_state()
        for name, values in before.items():
            np.testing.assert_array_equal(after[name], values, err_msg=name)


def test_what_was_done_before_a_lane_was_not_finite_is_in_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(MODULE, "CHUNK", 100.0)
    path, original, pieces = tmp_path / "run.nc", Simulator.chunk_steps, []

    def spoiling(self):
        pieces.append(self.steps_done)
        if len(pieces) == 4:
            self.lanes.state[0, 1] = np.nan
        return original(self)

    options = {"duration": 1e-9, "sample_interval": INTERVAL, "step": STEP, "replicas": 3, "output": path}
    with monkeypatch.context() as patch:
        patch.setattr(Simulator, "chunk_steps", spoiling)
        with pytest.raises(mp.SimulationError, match="lane 1 is no longer finite"):
            simulate(PLAIN, STIFF, **options | {"duration": 143 * INTERVAL})
    with mp.resume(path, duration=pieces[3] * STEP) as partial:
        expected = simulate(PLAIN, STIFF, **options | {"duration": partial.sizes["time"] * INTERVAL, "output": None})
        assert partial.sizes["time"] > 0
        np.testing.assert_array_equal(partial.m.values, expected.m.values)


def test_settling_after_the_start_and_foreign_states_are_refused():
    simulator, _ = run(samples=2)
    with pytest.raises(mp.SimulationError, match="settle before the first sample"):
        simulator.settle(1e-9)
    other, _ = run(samples=0, replicas=40)
    with pytest.raises(mp.SimulationError, match="the saved state has shape"):
        other.load_state(simulator.save_state())


def test_a_state_that_is_refused_changes_nothing():
    (first, _), (second, _) = run(samples=0), run(samples=0)
    saved = run(samples=5)[0].save_state()
    with pytest.raises(mp.SimulationError, match=r"the saved state lacks \['settled', 'to_settle'\]"):
        first.load_state({name: saved[name] for name in ("state", "random", "steps_done")})
    with pytest.raises(mp.SimulationError, match="the saved random has shape"):
        first.load_state(saved | {"random": saved["random"][:, :1]})
    assert first.steps_done == 0
    for ours, theirs in zip(first.save_state().values(), second.save_state().values(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("samples", [-1, 1.5, "many"])
def test_wrong_numbers_of_samples_are_refused(samples):
    simulator, _ = run(samples=0)
    with pytest.raises(mp.ParameterError, match="n_samples="):
        simulator.advance(samples)
