"""Live junctions: one for each unit, or shared as behind a multiplexer."""

import math

import numpy as np
import pytest
from live_noise import BIAS, FAST, SOURCES, STIFF, TWO, two_state
from noise_checks import check_source

import mtjphys as mp
from mtjphys import learning
from mtjphys.core.errors import ParameterError
from mtjphys.junction import Spread
from mtjphys.learning import JunctionNoise


@pytest.mark.parametrize("kind", ["live", "surrogate", "unlike"])
def test_a_unit_has_its_own_junction_whatever_the_others(kind):
    few, many = SOURCES[kind]().volts(50, 3), SOURCES[kind]().volts(50, 8)
    np.testing.assert_array_equal(few, many[:, :3])
    assert len({column.tobytes() for column in many.T}) == 8


@pytest.mark.parametrize("lanes", [1, 3, 7, 20])
def test_units_share_junctions_as_behind_a_multiplexer(lanes):
    volts = JunctionNoise(TWO, BIAS, 5e-9, seed=2, lanes=lanes, settle=5).volts(6, 7)
    rounds = -(-42 // lanes)
    table = mp.surrogate.TwoStateSimulator(
        TWO, BIAS, sample_interval=5e-9, replicas=lanes, seed=2, record=("voltage",)
    ).advance(5 + rounds)["voltage"]
    naive = [[table[(s * 7 + u) % lanes, 5 + (s * 7 + u) // lanes] for u in range(7)] for s in range(6)]
    np.testing.assert_array_equal(volts, np.array(naive, np.float32))


def test_shared_junctions_feed_any_number_of_units():
    source, serial = SOURCES["shared"](), SOURCES["shared"]().volts(1, 22)[0]
    np.testing.assert_array_equal(np.concatenate([source.volts(2, 5).ravel(), source.volts(3, 4).ravel()]), serial)


def test_sharing_correlates_the_units_as_the_junction_remembers():
    # Unit u + 1 reads the junction one interval after unit u: exp(-2 interval/dwell) with equal dwell times.
    volts = JunctionNoise(TWO, BIAS, 1e-9, seed=3, lanes=1).volts(1, 40_000)[0]
    state = np.where(volts > volts.mean(), 1.0, -1.0)
    for k in (1, 5, 10):
        expected = math.exp(-2.0 * k * 1e-9 / 10e-9)
        # 40000/(2 tau) = 4000 independent samples at tau = 5 intervals: 5 sigma.
        assert abs((state[k:] * state[:-k]).mean() - expected) < 5.0 / math.sqrt(4_000)


def test_another_number_of_units_is_refused():
    source = SOURCES["surrogate"]()
    source.volts(2, 3)
    with pytest.raises(ParameterError, match="n_units=4, but this source already feeds 3"):
        source.volts(2, 4)
    with pytest.raises(ParameterError, match="at least 1"):
        source.volts(0, 3)


def test_junction_reads_the_divider_or_the_read_current():
    divided = JunctionNoise(TWO, BIAS, 1e-8, seed=1).volts(20, 3)
    np.testing.assert_allclose(np.unique(divided), 0.1 * np.array([6e3 / 16e3, 9e3 / 19e3]), rtol=1e-6)
    driven = JunctionNoise(TWO, STIFF, 1e-8, seed=1, read_current=1e-6).volts(20, 3)
    np.testing.assert_allclose(np.unique(driven), [6e-3, 9e-3], rtol=1e-6)
    resistances = JunctionNoise(TWO, STIFF, 1e-8, seed=1).resistances(20, 3)
    np.testing.assert_allclose(resistances, driven / 1e-6, rtol=1e-6)


def test_one_junction_for_each_unit():
    slow = two_state(dwell=1.0)
    volts = JunctionNoise([TWO, slow, TWO], BIAS, 1e-8, seed=1, settle=64).volts(30, 3)
    assert np.ptp(volts[:, 0]) > 0.0
    assert np.ptp(volts[:, 1]) == 0.0
    with pytest.raises(ParameterError, match="3 junctions for 4 units"):
        JunctionNoise([TWO] * 3, BIAS, 1e-9).volts(4, 4)
    with pytest.raises(ParameterError, match="3 junctions for 2 lanes"):
        JunctionNoise([TWO] * 3, BIAS, 1e-9, lanes=2).volts(4, 4)


def test_unlike_junctions_are_those_of_the_spread():
    spread = Spread(barrier=0.2, resistance=0.1, seed=9)
    by_hand = JunctionNoise(spread.junctions(FAST, 5), BIAS, 2e-10, seed=4, settle=4)
    np.testing.assert_array_equal(SOURCES["unlike"]().volts(6, 5), by_hand.volts(6, 5))


def test_a_network_learns_from_unlike_live_junctions():
    data = learning.digits()
    junction = mp.presets.schnitzspan_2023().with_parameters({"heating": None})
    noise = JunctionNoise(junction, BIAS, 1e-10, seed=2, spread=Spread(barrier=0.2, seed=1))
    training = learning.Training(
        learning.Network([64, 20, 10], decorrelated=True, seed=1),
        learning.DANP(),
        data,
        learning.Adam(5e-3),
        epochs=8,
        noise=noise,
        decorrelation=learning.Decorrelation(1e-3),
    )
    history = training.run(progress=False)
    assert history.train_accuracy[-1] > 0.6
    assert noise.usage.readings >= 8 * 2 * len(data.train.inputs) * 30
    assert 0.0 < noise.usage.energy < 30 * noise.usage.device_time * 0.1**2 / 1e4


def test_it_is_a_source_that_files_call_junction():
    table = {"kind": "junction", "preset": "safranski_2021", "voltage": 0.1, "series_resistance": 1e4}
    check_source(
        lambda: JunctionNoise(FAST, BIAS, 2e-10, seed=4, settle=4, spread=Spread(barrier=0.2, seed=9)),
        table | {"sample_interval": 2e-10, "settle": 4, "spread": {"barrier": 0.2, "seed": 9}},
    )
