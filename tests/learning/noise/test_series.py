"""Live junctions in series: levels, rates, and what each sees of the others."""

import math

import numpy as np
import pytest
from live_noise import BIAS, FAST, TWO, two_state
from noise_checks import check_source

import mtjphys as mp
from mtjphys.core.errors import ParameterError
from mtjphys.junction import Spread
from mtjphys.learning import JunctionNoise, SeriesNoise


def test_a_chain_of_one_is_a_junction():
    for bias in (BIAS, mp.Bias(current=1e-5)):
        chain, one = (cls(j, bias, 2e-10, seed=1) for cls, j in ((SeriesNoise, [FAST]), (JunctionNoise, FAST)))
        np.testing.assert_allclose(chain.volts(20, 4), one.volts(20, 4), rtol=3e-7)
        assert chain.usage == pytest.approx(one.usage, rel=1e-12)


def levels(chain, bias):
    return np.unique(SeriesNoise(chain, bias, 2e-8, seed=1).volts(200, 5).astype(float).round(7))


def test_a_chain_has_the_levels_of_the_paper():
    # n + 1 for equal junctions, 2^n for unlike ones.
    def divided(resistance):
        return 0.1 * resistance / (resistance + 1e4)

    alike = [3 * 6e3 + k * 3e3 for k in range(4)]
    np.testing.assert_allclose(levels([TWO] * 3, BIAS), divided(np.array(alike)), rtol=2e-6)
    ratios = (0.5, 0.25, 0.125)
    unlike = [
        18e3 + 6e3 * sum(r * b for r, b in zip(ratios, (k & 1, k >> 1 & 1, k >> 2), strict=True)) for k in range(8)
    ]
    chain = [two_state(ratio=ratio) for ratio in ratios]
    np.testing.assert_allclose(levels(chain, BIAS), np.sort(divided(np.array(unlike))), rtol=2e-6)
    np.testing.assert_allclose(levels(chain, mp.Bias(current=1e-6)), np.sort(unlike) * 1e-6, rtol=2e-5)


def test_a_chain_switches_at_the_sum_of_the_rates():
    dwells, interval, n = (10e-9, 20e-9, 40e-9), 0.5e-9, 200_000
    chain = [two_state(dwell, ratio=ratio) for dwell, ratio in zip(dwells, (0.5, 0.25, 0.125), strict=True)]
    volts = SeriesNoise(chain, BIAS, interval, seed=3, lanes=1).volts(n, 1)[:, 0]
    changes = np.count_nonzero(np.diff(volts))
    # An odd number of flips in an interval shows; of junctions with equal dwell times it does not depend on the state.
    seen = [0.5 * -math.expm1(-2.0 * interval / dwell) for dwell in dwells]
    share = 1.0 - math.prod(1.0 - p for p in seen)
    assert share == pytest.approx(interval * sum(1.0 / dwell for dwell in dwells), rel=0.1)
    assert abs(changes - share * (n - 1)) < 5.0 * math.sqrt(share * (1.0 - share) * n)  # binomial, 5 sigma


def test_a_chain_draws_the_current_of_all():
    chain = SeriesNoise([TWO] * 3, BIAS, 1e-8, seed=1, settle=1)
    volts = chain.volts(500, 2).astype(float)
    # V = U R/(R + R_s), and the source delivers U (U - V)/R_s.
    mean = (0.1 * (0.1 - volts) / 1e4).mean()
    assert chain.usage.energy == pytest.approx(2 * 501 * 1e-8 * mean, rel=1e-3)


def test_each_junction_of_a_chain_sees_the_mean_of_the_others():
    other = FAST.with_parameters({"barrier.tunnel_magnetoresistance": 0.5})
    strong = mp.Bias(voltage=0.6, series_resistance=1e3)
    total = 0.0
    for place, (junction, rest) in enumerate([(FAST, other), (other, FAST)]):
        mean = 0.5 * (rest.resistance_parallel + rest.resistance_antiparallel)
        bias = mp.Bias(voltage=0.6, series_resistance=1e3 + mean)
        simulator = mp.Simulator(junction, bias, sample_interval=1e-9, replicas=3, seed=2, first_lane=place * 2**26)
        total = total + simulator.advance(6)["resistance"][:, 2:].T
    chain = SeriesNoise([FAST, other], strong, 1e-9, seed=2, settle=2)
    np.testing.assert_allclose(chain.resistances(4, 3), total, rtol=1e-9)


def test_junctions_of_a_chain_are_devices_of_their_own():
    spread, bias, total = Spread(resistance=0.2, seed=1), mp.Bias(current=1e-6), 0.0
    for first in (0, 2**26):
        chip = spread.junctions(FAST, 3, first=first)
        simulator = mp.Simulator(chip, bias, sample_interval=1e-9, seed=2, first_lane=first)
        total = total + simulator.advance(6)["resistance"][:, 2:].T
    chain = SeriesNoise([FAST, FAST], bias, 1e-9, seed=2, settle=2, spread=spread)
    np.testing.assert_allclose(chain.resistances(4, 3), total, rtol=1e-9)


def test_junctions_of_a_chain_have_streams_of_their_own():
    chain = SeriesNoise([TWO, TWO], mp.Bias(current=1e-6), 1e-7, seed=1)
    first = JunctionNoise(TWO, mp.Bias(current=1e-6), 1e-7, seed=1)
    second = chain.volts(4000, 2).astype(float) - first.volts(4000, 2)
    correlation = np.corrcoef(np.hstack([second, first.volts(4000, 2)]).T)
    assert np.unique(second.round(5)).size == 2  # what is left is one junction
    # The first calls of `first` are those inside the chain, the later ones are independent: 5.5 sigma of 4000 samples.
    assert np.abs(correlation[np.triu_indices(4, 1)]).max() < 5.5 / math.sqrt(4000)


def test_a_chain_is_a_list():
    for junction in (TWO, [], [TWO] * 33):
        with pytest.raises(ParameterError, match="is not a chain: give a list of 1 to 32 junctions"):
            SeriesNoise(junction, BIAS, 1e-9)


def test_it_is_a_source_that_files_call_series():
    table = {"kind": "series", "preset": ["safranski_2021"] * 2, "voltage": 0.1, "series_resistance": 1e4}
    check_source(
        lambda: SeriesNoise([FAST] * 2, BIAS, 2e-10, seed=4, settle=4),
        table | {"sample_interval": 2e-10, "settle": 4},
    )
