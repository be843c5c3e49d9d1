"""Named results, settling, initial states."""

import math

import numpy as np
import pytest
import xarray as xr
from ensembles import ALL, CURRENT, CURRENT_LAW, DIVIDED, HEATED, PLAIN, STEP, STIFF, junction, run, same

import mtjphys as mp
from mtjphys.kernels.parameters import flattened
from mtjphys.kernels.tiles import TILE
from mtjphys.simulation import Simulator, simulate
from mtjphys.simulation.lanes import dataset
from mtjphys.simulation.stepping import centred


def test_lane_order_is_device_bias_replica():
    simulator, samples = run([PLAIN, CURRENT_LAW], [STIFF, DIVIDED], replicas=2)
    shaped = samples["voltage"].reshape(2, 2, 2, -1)
    np.testing.assert_allclose(shaped[:, 0], 0.2, rtol=1e-12)
    assert np.all(shaped[:, 1] < 0.3)
    result = dataset(simulator, samples, 0, 40)
    assert result.lane.values.ravel().tolist() == list(range(8))


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
