"""Ensembles: the same bits however they are cut, right statistics, named results, one sentence on bad input."""

import json
import math
import sys

import naive
import numpy as np
import pytest
import xarray as xr

import mtjphys as mp
from mtjphys.kernels.parameters import flattened
from mtjphys.kernels.recording import DWELL_BINS
from mtjphys.kernels.tiles import TILE
from mtjphys.simulation import Simulator, simulate
from mtjphys.simulation.lanes import dataset
from mtjphys.simulation.simulator import dwell_edges
from mtjphys.simulation.stepping import centred

MODULE = sys.modules["mtjphys.simulation.simulator"]
LANES = sys.modules["mtjphys.simulation.lanes"]


def junction(**changes):
    """Return a superparamagnet that crosses between its states within a few nanoseconds."""
    layer = {
        "saturation_magnetisation": 1.1e6,
        "diameter": 22e-9,
        "thickness": 1.3e-9,
        "interfacial_anisotropy": 0.83e-3,
        "damping": 0.05,
    }
    barrier = {
        "resistance_area_product": 5e-12,
        "tunnel_magnetoresistance": 1.2,
        "half_voltage": 0.5,
        "voltage_anisotropy": 30e-15,
        "field_like_ratio": 0.2,
    }
    return mp.MTJ(
        free_layer=layer | changes.pop("free_layer", {}),
        barrier=barrier | changes.pop("barrier", {}),
        **changes,
    )


HOT = {
    "free_layer": {"curie_temperature": 1453.0, "bloch_exponent": 1.06},
    "heating": {"thermal_resistance": 3e6, "time_constant": 5e-10},
}
PLAIN, HEATED = junction(), junction(**HOT)
CURRENT_LAW = junction(barrier={"torque_law": "current", "voltage_anisotropy": 0.0}, free_layer={"damping": 0.08})
# A barrier of 2 kT and strong damping: crosses every nanosecond.
FAST = mp.MTJ(
    free_layer={
        "saturation_magnetisation": 1e6,
        "volume": 3.3e-25,
        "damping": 0.3,
        "demagnetising_factors": (0.0, 0.0, 0.0),
        "uniaxial_anisotropy": (2.5e4, (0.0, 0.0, 1.0)),
    }
)
STIFF = mp.Bias(voltage=0.2, field=(0.0, 0.0, 0.01))
DIVIDED = mp.Bias(voltage=0.4, series_resistance=10e3)
CURRENT = mp.Bias(current=10e-6)
DRIVEN = mp.Bias(
    voltage=mp.Sine(amplitude=0.3, frequency=3e8),
    field=(mp.Step(final=0.03, time=0.7e-9), 0.0, 0.0),
    series_resistance=3000.0,
)
WARMING = mp.Bias(voltage=0.2, temperature=mp.Ramp(initial=250.0, final=350.0, duration=2e-9))
STEP = 1e-12
INTERVAL = 7e-12  # 7 steps: not in step with the tiles of 32


def run(device=PLAIN, bias=STIFF, samples=40, **options):
    """Return the Simulator after `samples`, and the samples."""
    options = {"sample_interval": INTERVAL, "step": STEP, "seed": 5, "replicas": 3} | options
    simulator = Simulator(device, bias, **options)
    return simulator, simulator.advance(samples)


def same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def same_statistics(a, b):
    a, b = a.statistics(), b.statistics()
    same({name: value[1] for name, value in a.items()}, {name: value[1] for name, value in b.items()})


MANY = {
    "stiff": (PLAIN, STIFF),
    "divided": (PLAIN, DIVIDED),
    "current source": (PLAIN, CURRENT),
    "current law": (CURRENT_LAW, STIFF),
    "driven": (PLAIN, DRIVEN),
    "heated": (HEATED, DIVIDED),
    "warming": (HEATED, WARMING),
    "mixed": (
        [PLAIN, HEATED, CURRENT_LAW],
        [STIFF, DIVIDED, DRIVEN, WARMING, CURRENT, mp.Bias(temperature=0.0)],
    ),
}
ALL = {
    "record": ("m", "resistance", "voltage", "temperature"),
    "moments": True,
    "thresholds": (-0.3, 0.3),
}


# The same bits


@pytest.mark.parametrize("name", MANY)
@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize("alone", [False, True])
def test_threads_and_chunks_leave_the_bits_alone(name, average, alone, monkeypatch):
    device, bias = MANY[name]
    options = ALL | {"average": average, "replicas": 1 if alone else 6 if name == "mixed" else 37}
    reference, expected = run(device, bias, threads=1, **options)
    for threads, chunk in ((2, None), (3, None), (1, 1.0), (2, 3000.0), (1, 11111.0)):
        with monkeypatch.context() as patch:
            if chunk is not None:
                patch.setattr(MODULE, "CHUNK", chunk)
            simulator, samples = run(device, bias, threads=threads, **options)
        same(samples, expected)
        same_statistics(simulator, reference)


@pytest.mark.parametrize("name", MANY)
def test_one_lane_alone_has_the_bits_it_has_among_others(name):
    devices, biases = (value if isinstance(value, list) else [value] for value in MANY[name])
    _, together = run(devices, biases, initial="random", **ALL)
    lane = 0
    for device in devices:
        for bias in biases:
            for _ in range(3):
                _, alone = run(device, bias, replicas=1, first_lane=lane, initial="random", **ALL)
                same(alone, {key: values[lane : lane + 1] for key, values in together.items()})
                lane += 1


@pytest.mark.parametrize("name", MANY)
@pytest.mark.parametrize("cuts", [(1, 39), (20, 20), (5, 7, 28)])
@pytest.mark.parametrize("replicas", [1, 3])
def test_calls_of_advance_leave_the_bits_alone(name, cuts, replicas):
    device, bias = MANY[name]
    options = ALL | {"replicas": replicas}
    reference, expected = run(device, bias, **options)
    simulator, _ = run(device, bias, samples=0, **options)
    parts = [simulator.advance(n) for n in cuts]
    same({key: np.concatenate([p[key] for p in parts], axis=1) for key in expected}, expected)
    same_statistics(simulator, reference)


@pytest.mark.parametrize("name", ["driven", "warming", "mixed"])
def test_saved_state_continues_with_the_same_bits(name, monkeypatch):
    device, bias = MANY[name]
    options = ALL | {"average": True}
    reference, expected = run(device, bias, **options)
    first, before = run(device, bias, samples=13, **options)
    saved = first.save_state()
    first.advance(3)
    second, _ = run(device, bias, samples=0, **options)
    second.load_state(saved)
    after = second.advance(27)
    same({key: np.concatenate([before[key], after[key]], axis=1) for key in expected}, expected)
    same_statistics(second, reference)


@pytest.mark.parametrize("replicas", [1, 20])
def test_saved_state_keeps_transitions_and_dwell_times(replicas):
    options = ALL | {"replicas": replicas, "sample_interval": 100 * STEP}
    reference, _ = run(FAST, mp.Bias(), samples=1200, **options)
    assert reference.statistics()["dwell_histogram"][1].sum() > 5 * replicas
    first, _ = run(FAST, mp.Bias(), samples=600, **options)
    second, _ = run(FAST, mp.Bias(), samples=0, **options)
    second.load_state(first.save_state())
    second.advance(600)
    same_statistics(second, reference)


@pytest.mark.parametrize("replicas", [1, 20])
def test_a_stop_in_the_middle_of_a_sample_and_of_a_tile(monkeypatch, replicas):
    options = ALL | {"average": True, "replicas": replicas}
    reference, expected = run(PLAIN, DRIVEN, **options)
    monkeypatch.setattr(MODULE, "CHUNK", 32.0 * 17)
    first, _ = run(PLAIN, DRIVEN, samples=0, **options, threads=1)
    for done, arrays in first.run(40):  # noqa: B007
        if first.steps_done > 100:
            break
    assert first.steps_done % 7 and first.steps_done % TILE
    second, _ = run(PLAIN, DRIVEN, samples=0, **options)
    second.load_state(first.save_state())
    after = second.advance(40 - done)
    same({key: np.concatenate([arrays[key][:, :done], after[key]], axis=1) for key in expected}, expected)
    same_statistics(second, reference)


@pytest.mark.parametrize("name", ["stiff", "divided", "current source"])
@pytest.mark.parametrize("replicas", [1, 20])
def test_specialised_kernels_have_the_bits_of_the_general_one(name, replicas, monkeypatch):
    """Without statistics the fast kernels run; with them, or with another circuit around, the general one."""
    device, bias = MANY[name]
    _, plain = run(device, bias, replicas=replicas)
    _, general = run(device, bias, replicas=replicas, **ALL)
    same(plain, {key: general[key] for key in plain})
    cut, _ = run(device, bias, replicas=replicas, samples=0)
    parts = [cut.advance(n) for n in (3, 37)]
    same({key: np.concatenate([p[key] for p in parts], axis=1) for key in plain}, plain)
    monkeypatch.setattr(MODULE, "CHUNK", 1000.0)
    same(run(device, bias, replicas=replicas, threads=2)[1], plain)


def test_more_replicas_add_lanes_and_change_none():
    _, few = run(replicas=5)
    _, many = run(replicas=50)
    same(few, {key: values[:5] for key, values in many.items()})


def test_seeds_and_lanes_differ():
    _, a = run(replicas=20)
    _, b = run(replicas=20, seed=6)
    assert np.unique(np.concatenate([a["m"][:, -1, 0], b["m"][:, -1, 0]])).size == 40


def test_a_run_is_made_again_from_its_provenance():
    options = {"initial": [0.1, 0.2, 0.9], "first_lane": 7, "integrator": "heun", "threads": 1} | ALL
    first, expected = run([PLAIN, HEATED], [DIVIDED, DRIVEN], **options)
    second = Simulator.from_provenance(json.loads(json.dumps(first.provenance())))
    same(second.advance(40), expected)
    same_statistics(second, first)
    assert second.step == first.step and second.shape == first.shape


def test_provenance_of_a_settled_run():
    first, _ = run(samples=0)
    first.settle(3e-10)
    expected = first.advance(10)
    second = Simulator.from_provenance(first.provenance())
    second.settle(first.provenance()["settle"])
    same(second.advance(10), expected)


# What is recorded


def every_step(device, bias, **options):
    return run(device, bias, sample_interval=STEP, samples=7 * 40, **ALL | options)


@pytest.mark.parametrize("name", ["stiff", "divided", "driven", "heated"])
@pytest.mark.parametrize("replicas", [1, 18])
def test_samples_are_those_of_every_step_thinned(name, replicas):
    device, bias = MANY[name]
    _, fine = every_step(device, bias, replicas=replicas)
    _, coarse = run(device, bias, replicas=replicas, **ALL)
    same(coarse, {key: values[:, 6::7] for key, values in fine.items()})


@pytest.mark.parametrize("name", ["stiff", "divided", "driven", "heated"])
@pytest.mark.parametrize("replicas", [1, 18])
def test_averages_are_means_over_every_step(name, replicas):
    device, bias = MANY[name]
    _, fine = every_step(device, bias, replicas=replicas)
    _, averaged = run(device, bias, replicas=replicas, average=True, **ALL)
    for key, values in fine.items():
        boxes = values.reshape(replicas, 40, 7, *values.shape[2:]).mean(axis=2)
        np.testing.assert_allclose(averaged[key], boxes, rtol=1e-13, atol=1e-14, err_msg=key)


@pytest.mark.parametrize("name", ["stiff", "divided", "driven"])
@pytest.mark.parametrize("replicas", [1, 18])
def test_moments_are_those_of_every_step(name, replicas):
    device, bias = MANY[name]
    simulator, fine = every_step(device, bias, replicas=replicas)
    statistics = {key: value[1][0, 0] for key, value in simulator.statistics().items() if value[0][0] == "device"}
    m, g, v = fine["m"], 1.0 / fine["resistance"], fine["voltage"]
    np.testing.assert_allclose(statistics["m_mean"], m.mean(axis=1), atol=1e-13)
    second = np.einsum("rti,rtj->rij", m, m) / m.shape[1]
    np.testing.assert_allclose(statistics["m_second_moment"], second, atol=1e-13)
    # With a divider the moments take the voltage at the middle of the step, the samples that at its end.
    loose = 1e-10 if name == "stiff" else 2e-4
    np.testing.assert_allclose(statistics["conductance_mean"], g.mean(axis=1), rtol=loose)
    np.testing.assert_allclose(statistics["conductance_variance"], g.var(axis=1), rtol=max(50 * loose, 1e-8))
    np.testing.assert_allclose(statistics["voltage_mean"], v.mean(axis=1), rtol=loose, atol=loose * np.abs(v).max())


@pytest.mark.parametrize("replicas", [1, 18])
def test_telegraph_statistics_are_those_of_a_naive_detector(replicas):
    low, high, samples = -0.2, 0.3, 40000
    simulator, fine = run(
        FAST,
        mp.Bias(),
        sample_interval=STEP,
        samples=samples,
        record=("m",),
        thresholds=(low, high),
        replicas=replicas,
        initial="random",
    )
    statistics = {key: value[1] for key, value in simulator.statistics().items()}
    start, _ = run(FAST, replicas=replicas, initial="random", samples=0)
    initial = start.lanes.state[:3, :replicas].T @ FAST.reference_direction > 0.0
    edges, crossings = dwell_edges(), 0
    for lane in range(replicas):
        cosine = fine["m"][lane] @ np.array(FAST.reference_direction)
        steps, into, dwells = naive.telegraph(cosine, low, high, int(initial[lane]))
        assert statistics["parallel_share"][0, 0, lane] == pytest.approx(steps / samples, rel=1e-12)
        assert statistics["transitions_into"][0, 0, lane].tolist() == into[::-1]
        for state in range(2):
            counts, _ = np.histogram(dwells[1 - state], edges)
            assert statistics["dwell_histogram"][0, 0, lane, state].tolist() == counts.tolist()
        crossings += sum(into)
    assert crossings > 5 * replicas


def test_dwell_edges_are_four_a_factor_of_two():
    edges = dwell_edges()
    assert edges.size == DWELL_BINS + 1
    assert edges[:9].tolist() == [1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0]
    assert np.all(np.diff(edges) > 0.0) and edges[-1] == 2.0**50


def test_lane_order_is_device_bias_replica():
    simulator, samples = run([PLAIN, CURRENT_LAW], [STIFF, DIVIDED], replicas=2)
    shaped = samples["voltage"].reshape(2, 2, 2, -1)
    np.testing.assert_allclose(shaped[:, 0], 0.2, rtol=1e-12)
    assert np.all(shaped[:, 1] < 0.3)
    result = dataset(simulator, samples, 0, 40)
    assert result.lane.values.ravel().tolist() == list(range(8))


# The Dataset


def test_dataset_has_names_dimensions_units_and_coordinates():
    result = simulate(
        [PLAIN, HEATED],
        [STIFF, DIVIDED, CURRENT],
        duration=2e-10,
        sample_interval=1e-11,
        replicas=2,
        seed=4,
        settle=5e-11,
        **ALL,
    )
    assert isinstance(result, xr.Dataset)
    lanes = ("device", "bias", "replica")
    expected = {
        "m": ((*lanes, "time", "component"), "1"),
        "resistance": ((*lanes, "time"), "ohm"),
        "voltage": ((*lanes, "time"), "V"),
        "temperature": ((*lanes, "time"), "K"),
        "m_mean": ((*lanes, "component"), "1"),
        "m_second_moment": ((*lanes, "component", "component_2"), "1"),
        "conductance_mean": (lanes, "S"),
        "conductance_variance": (lanes, "S2"),
        "voltage_mean": (lanes, "V"),
        "parallel_share": (lanes, "1"),
        "transitions_into": ((*lanes, "state"), "1"),
        "dwell_histogram": ((*lanes, "state", "dwell_bin"), "1"),
        "dwell_bin_start": (("dwell_bin",), "s"),
        "dwell_bin_stop": (("dwell_bin",), "s"),
    }
    assert {name: (v.dims, v.attrs["units"]) for name, v in result.data_vars.items()} == expected
    assert dict(result.sizes) | {"dwell_bin": 0} == {
        "device": 2,
        "bias": 3,
        "replica": 2,
        "time": 20,
        "component": 3,
        "component_2": 3,
        "state": 2,
        "dwell_bin": 0,
    }
    np.testing.assert_allclose(result.time, 1e-11 * np.arange(1, 21), rtol=1e-14)
    assert result.time.attrs["units"] == "s"
    assert result.component.values.tolist() == ["x", "y", "z"]
    assert result.state.values.tolist() == ["parallel", "antiparallel"]
    assert result.attrs["seed"] == 4 and result.attrs["settle"] >= 5e-11
    assert result.attrs["duration"] == pytest.approx(2e-10)
    assert "rotation" in result.attrs["step_reason"]
    again = Simulator.from_provenance(result.attrs)
    again.settle(result.attrs["settle"])
    np.testing.assert_array_equal(again.advance(20)["m"], result.m.values.reshape(12, 20, 3))


def test_default_sample_interval_is_a_thousandth():
    result = simulate(PLAIN, duration=1e-9, record=("resistance",))
    assert result.sizes["time"] == 1000 and set(result.data_vars) == {"resistance"}
    assert float(result.time[-1]) == pytest.approx(1e-9)


def test_settling_is_neither_recorded_nor_counted():
    simulator, _ = run(samples=0, initial="antiparallel", **ALL)
    simulator.settle(1e-9)
    assert simulator.steps_done == 0
    assert simulator.settled == pytest.approx(math.ceil(1e-9 / STEP / TILE) * TILE * STEP)
    assert not np.any(simulator.statistics()["m_mean"][1])
    assert not np.any(simulator.statistics()["transitions_into"][1])
    samples = simulator.advance(10)
    fresh, _ = run(samples=0, initial="antiparallel", **ALL)
    late = fresh.advance(round(simulator.settled / STEP))
    assert late["m"].shape[1] == 1024
    # With a constant bias the settled run is the unsettled one, later.
    plain, every = run(samples=1024 + 70, sample_interval=STEP, initial="antiparallel")
    np.testing.assert_array_equal(samples["m"], every["m"][:, 1024 + 6 :: 7])
    assert plain.steps_done == 1094


def test_settling_takes_the_bias_of_time_zero():
    bias = mp.Bias(field=(0.0, 0.0, mp.Step(initial=0.5, final=-0.5, time=1e-12)), temperature=0.0)
    simulator = Simulator(PLAIN, bias, sample_interval=1e-12, step=1e-12, initial=(0.1, 0.0, 1.0), record=("m",))
    simulator.settle(5e-9)
    assert simulator.advance(1)["m"][0, 0, 2] > 0.999


@pytest.mark.parametrize("initial, sign", [("parallel", 1.0), ("antiparallel", -1.0)])
def test_named_initial_states(initial, sign):
    simulator, _ = run([PLAIN, CURRENT_LAW], initial=initial, samples=0)
    np.testing.assert_allclose(simulator.lanes.state[:3, :3].T, sign * np.array([PLAIN.reference_direction] * 3))


def test_random_initial_states_are_uniform_and_from_the_seed():
    simulator, _ = run(initial="random", replicas=4000, samples=0)
    m = simulator.lanes.state[:3, :4000].T
    np.testing.assert_allclose(np.linalg.norm(m, axis=1), 1.0, rtol=1e-12)
    # Mean 0 +- 0.0091, second moment 1/3 +- 0.0047: 5 standard deviations.
    np.testing.assert_allclose(m.mean(axis=0), 0.0, atol=0.046)
    np.testing.assert_allclose((m**2).mean(axis=0), 1.0 / 3.0, atol=0.024)
    again, _ = run(initial="random", replicas=4000, samples=0)
    np.testing.assert_array_equal(again.lanes.state, simulator.lanes.state)
    other, _ = run(initial="random", replicas=4000, samples=0, seed=6)
    assert not np.any(other.lanes.state[0, :4000] == m[:, 0])


def test_initial_vectors_broadcast_and_are_normalised():
    simulator, _ = run(initial=(0.0, 3.0, 4.0), samples=0)
    np.testing.assert_allclose(simulator.lanes.state[:3, :3].T, [[0.0, 0.6, 0.8]] * 3)
    each = np.random.default_rng(0).standard_normal((2, 1, 3, 3))
    simulator, _ = run([PLAIN, CURRENT_LAW], initial=each, samples=0)
    expected = (each / np.linalg.norm(each, axis=-1, keepdims=True)).reshape(6, 3)
    real = simulator.recorder.row >= 0
    order = simulator.recorder.row[real]
    np.testing.assert_allclose(simulator.lanes.state[:3, real].T, expected[order])


def test_without_temperature_nothing_is_random():
    a, b = (run(PLAIN, mp.Bias(temperature=0.0), seed=s, initial=(0.5, 0.0, 1.0))[1] for s in (1, 2))
    same(a, b)
    assert np.ptp(a["m"][:, -1], axis=0).max() == 0.0


def test_heating_follows_the_power_with_its_time_constant():
    tau, resistance, voltage = 5e-10, 3e6, 0.3
    device = junction(heating={"thermal_resistance": resistance, "time_constant": tau})
    bias = mp.Bias(voltage=voltage, field=(0.0, 0.0, 0.5), temperature=300.0)
    _, samples = run(device, bias, samples=400, record=("temperature", "m"), sample_interval=5e-12)
    assert samples["m"][..., 2].min() > 0.8
    t = 5e-12 * np.arange(1, 401)
    power = voltage**2 / device.resistance_parallel
    rise = resistance * power * (1.0 - np.exp(-t / tau))
    assert 20.0 < rise[-1] < 500.0
    # m.p is 0.98 on average, which takes a per cent of the power.
    np.testing.assert_allclose(samples["temperature"] - 300.0, rise[None] + 0.0 * samples["temperature"], rtol=0.04)


def test_the_kernels_have_the_junction_with_its_isotropic_part_taken_out():
    simulator, _ = run(samples=0)
    np.testing.assert_array_equal(simulator.lanes.parameters[:, 0], flattened(centred(PLAIN.lane_parameters())))


def test_the_function_keeps_its_name_after_its_module_is_imported():
    """`mtjphys.simulate` is a function, whatever was imported before."""
    assert mp.Simulator is Simulator
    assert mp.simulate is simulate


# Bad input

WRONG = {
    "junction of another kind": ({"device": "mtj"}, r"junction='mtj' is not MTJ"),
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
    with pytest.raises(mp.SimulationError, match=r"the saved state lacks \['histogram', 'settled'\]"):
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
