"""What is counted and averaged while simulating is that of every step."""

import math

import naive
import numpy as np
import pytest
from ensembles import ALL, FAST, MANY, STEP, run, same
from scipy.constants import Boltzmann

import mtjphys as mp
from mtjphys.core.streams import Use, states
from mtjphys.kernels.recording import DWELL_BINS
from mtjphys.simulation import Simulator
from mtjphys.simulation.simulator import dwell_edges


def every_step(device, bias, **options):
    return run(device, bias, sample_interval=STEP, samples=7 * 40, **ALL | options)


@pytest.mark.parametrize("name", ["stiff", "divided", "driven", "heated"])
@pytest.mark.parametrize("replicas", [1, 18])
def test_samples_are_those_of_every_step_thinned(name, replicas):
    device, bias = MANY[name]
    _, fine = every_step(device, bias, replicas=replicas)
    _, coarse = run(device, bias, replicas=replicas, **ALL)
    fine = {key: values[:, 6::7] for key, values in fine.items()}
    if name == "driven":  # the source is that of the time of the sample, in which the last bit is rounded
        for key in ("resistance", "voltage"):
            np.testing.assert_allclose(coarse.pop(key), fine.pop(key), rtol=1e-14, err_msg=key)
    same(coarse, fine)


@pytest.mark.parametrize("name", ["stiff", "divided", "driven", "heated"])
@pytest.mark.parametrize("replicas", [1, 18])
def test_averages_are_means_over_every_step(name, replicas):
    device, bias = MANY[name]
    _, fine = every_step(device, bias, replicas=replicas, average=True)  # of one step each
    _, averaged = run(device, bias, replicas=replicas, average=True, **ALL)
    for key, values in fine.items():
        boxes = values.reshape(replicas, 40, 7, *values.shape[2:]).mean(axis=2)
        np.testing.assert_allclose(averaged[key], boxes, rtol=1e-13, atol=1e-14, err_msg=key)


@pytest.mark.parametrize("name", ["stiff", "divided", "driven"])
@pytest.mark.parametrize("replicas", [1, 18])
def test_moments_are_those_of_every_step(name, replicas):
    device, bias = MANY[name]
    # Averages over one step, in which a source that varies has its mean, as in the moments.
    simulator, fine = every_step(device, bias, replicas=replicas, average=True)
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
    before = start.lanes.state[:3, :replicas].T @ FAST.reference_direction
    p = FAST.lane_parameters()
    spread = 2.0 * p.damping * p.gyromagnetic_ratio * Boltzmann * 300.0 / p.moment * STEP / (1.0 + p.damping**2)
    keys = states(simulator.seed, range(replicas), Use.CROSSING)[0]
    edges, crossings = dwell_edges(), 0
    for lane in range(replicas):
        cosine = np.append(before[lane], fine["m"][lane] @ np.array(FAST.reference_direction))
        steps, into, dwells = naive.telegraph(cosine, low, high, int(before[lane] > 0.0), spread, keys[lane])
        assert statistics["parallel_share"][0, 0, lane] == pytest.approx(steps / samples, rel=1e-12)
        assert statistics["transitions_into"][0, 0, lane].tolist() == into[::-1]
        for state in range(2):
            counts, _ = np.histogram(dwells[1 - state], edges)
            assert statistics["dwell_histogram"][0, 0, lane, state].tolist() == counts.tolist()
        crossings += sum(into)
    assert crossings > 5 * replicas


def uniaxial(field, barrier, damping):
    """Return a macrospin with its axis along z and p, and anisotropy field (T) and barrier (kT at 300 K)."""
    density = 0.5e6 * field
    layer = {
        "saturation_magnetisation": 1e6,
        "volume": barrier * Boltzmann * 300.0 / density,
        "damping": damping,
        "demagnetising_factors": (0.0, 0.0, 0.0),
        "uniaxial_anisotropy": (density, (0.0, 0.0, 1.0)),
    }
    return mp.MTJ(free_layer=layer)


DWELLING = {
    "hayakawa_2021": (mp.presets.hayakawa_2021(), (-0.5, 0.5)),
    "low barrier": (uniaxial(0.02, 1.0, 0.5), (-0.5, 0.5)),
    "close thresholds": (uniaxial(0.02, 1.0, 0.5), (-0.1, 0.1)),
}


@pytest.mark.parametrize(("name", "fraction"), [*((name, 1) for name in DWELLING), ("low barrier", 8)])
def test_dwell_times_by_counters_are_exact_at_any_step(name, fraction):
    """Within 1 %, of which 5 sigma are at most 0.8; crossings at the ends of steps alone were 4 to 140 % long."""
    device, thresholds = DWELLING[name]
    expected = sum(mp.fokker_planck.dwell_times(device, thresholds=thresholds, rtol=1e-3)[:2])
    options = {"replicas": 512, "thresholds": thresholds, "record": (), "seed": 7}
    chosen = Simulator(device, sample_interval=0.1 * expected, **options).step
    simulator = Simulator(device, sample_interval=chosen, step=chosen / fraction, **options)
    simulator.settle(3.0 * expected)
    simulator.advance(round((2500.0 if name == "close thresholds" else 1200.0) * expected / chosen))
    into = simulator.statistics()["transitions_into"][1].reshape(-1, 2).sum(axis=1)
    cycles = 0.5 * float(into.mean())
    found = simulator.steps_done * simulator.step / cycles
    error = float(into.std()) / 2.0 / math.sqrt(into.size) / cycles
    assert 5.0 * error < 0.008
    assert found == pytest.approx(expected, rel=0.01)


def test_dwell_edges_are_four_a_factor_of_two():
    edges = dwell_edges()
    assert edges.size == DWELL_BINS + 1
    assert edges[:9].tolist() == [0.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0]
    assert np.all(np.diff(edges) > 0.0) and edges[-1] == 2.0**50
