"""Chains of unequal devices against the rate equation and the divider."""

import math

import matplotlib
import numpy as np
import pytest
from scipy.constants import Boltzmann
from scipy.linalg import expm

import mtjphys as mp
from mtjphys.core.errors import ParameterError
from mtjphys.junction import Spread
from mtjphys.learning import (
    Effects,
    TelegraphNoise,
    TwoLevelDevice,
)
from mtjphys.learning.noise.chains import ChainLaw, occupations

matplotlib.use("Agg")


NOMINAL = TelegraphNoise()


TESLA = TwoLevelDevice().tesla


def chains(spread=None, n=4000, flips=(0.0809, 0.0809), **device):
    """Return the law of the chains of unequal devices behind the nominal levels."""
    law = ChainLaw(NOMINAL.mean, NOMINAL.amplitude, *flips, NOMINAL.sigma)
    return TwoLevelDevice(**device).chains(law, (spread or Spread()).deviations(n))


def test_the_device_behind_the_chain_is_that_of_the_paper():
    junction, bias = mp.presets.koenders_2025(), mp.Bias(temperature=300.0)
    device = TwoLevelDevice()
    assert device.barrier == pytest.approx(junction.thermal_stability(bias).parallel, rel=1e-3)
    assert device.moment == pytest.approx(junction.saturation_magnetisation(bias) * junction.volume, rel=1e-3)
    assert pytest.approx(Boltzmann * 300.0 / device.moment) == TESLA
    # Its levels are read behind the paper's divider.
    low = 1e4 * (NOMINAL.mean - NOMINAL.amplitude) / (0.1 - NOMINAL.mean + NOMINAL.amplitude)
    assert low == pytest.approx(junction.resistance_parallel, rel=2e-3)


def test_devices_without_deviation_are_the_nominal_chain():
    for chance in ((0.0809, 0.0809), (0.03, 0.2)):
        law = chains(Spread(resistance=1e-12, barrier=1e-12), 4, chance)
        np.testing.assert_allclose(law.mean, 0.042092104, rtol=1e-10)
        np.testing.assert_allclose(law.amplitude, 0.0059316154, rtol=1e-10)
        np.testing.assert_allclose(law.up, chance[0], rtol=1e-9)
        np.testing.assert_allclose(law.down, chance[1], rtol=1e-9)
    unspread = TelegraphNoise(seed=3, spread=Spread(seed=7))
    np.testing.assert_array_equal(unspread.volts(50, 20), TelegraphNoise(seed=3).volts(50, 20))
    chain = Effects(stray_field=1e-3).applied_to(TelegraphNoise(seed=3, sigma=0.0, mean=0.5), seed=2)
    assert (chain.seed, chain.sigma, chain.mean, chain.spread.seed) == (3, 0.0, 0.5, 2)
    assert chain.device == TwoLevelDevice(stray_field=1e-3)


def test_spread_of_resistance_and_magnetoresistance_is_that_of_the_junctions_behind_the_divider():
    n = 4000

    def resistances(**spread):
        law = chains(Spread(**spread, seed=1), n)
        return [1e4 * level / (0.1 - level) for level in (law.mean - law.amplitude, law.mean + law.amplitude)]

    parallel, antiparallel = resistances(resistance=0.2)
    np.testing.assert_allclose(
        antiparallel / parallel, 9239.5 / 5664.3, rtol=1e-4
    )  # 5.67 and 9.23 kohm from 36.2 and 48.0 mV
    assert abs(parallel.mean() / 5664.3 - 1) < 5 * 0.2 / math.sqrt(n)
    assert abs(np.log(parallel).var() / math.log(1.04) - 1) < 5 * math.sqrt(2 / n)
    parallel, antiparallel = resistances(tunnel_magnetoresistance=0.2)
    np.testing.assert_allclose(parallel, 5664.3, rtol=1e-4)
    tmr = antiparallel / parallel - 1
    assert abs(tmr.mean() / 0.6312 - 1) < 5 * 0.2 / math.sqrt(n)
    assert abs(np.log(tmr).var() / math.log(1.04) - 1) < 5 * math.sqrt(2 / n)
    parallel, antiparallel = resistances(resistance=0.2, tunnel_magnetoresistance=0.2)
    assert abs(np.corrcoef(np.log(parallel), np.log(antiparallel / parallel - 1))[0, 1]) < 5 / math.sqrt(n)


def test_chains_and_junctions_of_one_spread_deviate_alike():
    spread, junction = Spread(resistance=0.1, tunnel_magnetoresistance=0.2, seed=4), mp.presets.koenders_2025()
    law = chains(spread, 6)
    low, high = (1e4 * level / (0.1 - level) for level in (law.mean - law.amplitude, law.mean + law.amplitude))
    for unit, device in enumerate(spread.junctions(junction, 6)):
        assert low[unit] / 5664.3 == pytest.approx(device.resistance_parallel / junction.resistance_parallel, rel=1e-3)
        ratio = (high[unit] / low[unit] - 1.0) / device.barrier.tunnel_magnetoresistance
        assert ratio == pytest.approx(0.6312 / junction.barrier.tunnel_magnetoresistance, rel=1e-3)


def test_probabilities_are_those_of_the_rate_equation():
    def propagator(rise, fall):  # rates times dt; columns: from low, from high
        return expm(np.array([[-rise, fall], [rise, -fall]]))

    spread, deviations = Spread(barrier=0.1, stray_field=0.3e-3, seed=2), Spread(barrier=0.1, stray_field=1.0, seed=2)
    deviations = deviations.deviations(50)
    rates = 0.02, 0.1
    nominal = propagator(*rates)
    law = chains(spread, 50, (nominal[1, 0], nominal[0, 1]), barrier=15.0, stray_field=-0.2e-3)
    for unit in range(50):
        barrier = 15.0 * (deviations.barrier[unit] - 1.0)
        tilt = (-0.2e-3 + 0.3e-3 * deviations.stray_field[unit]) / TESLA  # towards the low, parallel level
        expected = propagator(rates[0] * math.exp(-tilt - barrier), rates[1] * math.exp(tilt - barrier))
        np.testing.assert_allclose([law.up[unit], law.down[unit]], [expected[1, 0], expected[0, 1]])
    law = chains(Spread(barrier=0.1, seed=2), 4000, (1e-9, 1e-9), barrier=20.0)
    # The logarithm of the rates deviates as the barrier, 2 kB T; the deviation of a log-normal scatters a little more.
    assert abs(np.log(-np.log1p(-2 * law.up)).std() / 2.0 - 1) < 7 / math.sqrt(2 * 4000)


def tilted(tilt, tmr, seed=1):
    """Return chains of devices that are tilted by so many kB T towards the high level, with unequal TMR."""
    return TelegraphNoise(
        seed=1,
        flip_probability=0.2 if tilt == 0.6 else 0.3,
        spread=Spread(tunnel_magnetoresistance=tmr, seed=seed),
        device=TwoLevelDevice(stray_field=-tilt * TESLA),
    )


def law_of(source, n):
    nominal = ChainLaw(source.mean, source.amplitude, *source.flip_probabilities, source.sigma)
    return source.device.chains(nominal, source.spread.deviations(n))


def test_chains_follow_their_law():
    units, n = 300, 2000
    source = tilted(0.6, 0.5)
    law = law_of(source, units)
    volts = source.volts(n, units).astype(float)
    far = law.amplitude > 5 * source.sigma  # of the other units the levels overlap
    assert far.sum() > 150
    volts, mean, amplitude = volts[:, far], law.mean[far], law.amplitude[far]
    high = volts > mean
    occupation = 1 / (1 + math.exp(-2 * 0.6))
    assert abs(high[0].mean() - occupation) < 5 * math.sqrt(occupation * (1 - occupation) / far.sum())
    share = high.mean(axis=0)
    assert abs(share.mean() - occupation) < 5 * share.std(ddof=1) / math.sqrt(far.sum())
    for before, leave in ((high[:-1], law.down[0]), (~high[:-1], law.up[0])):
        flips = (high[1:] != high[:-1])[before]
        assert abs(flips.mean() - leave) < 5 * math.sqrt(leave * (1 - leave) / flips.size)
    noise = volts - np.where(high, mean + amplitude, mean - amplitude)
    assert abs(noise.mean()) < 5 * source.sigma / math.sqrt(noise.size)
    assert abs(noise.std() / source.sigma - 1) < 5 / math.sqrt(2 * noise.size)


def test_occupation_and_standard_deviation_are_those_of_the_units():
    source = tilted(1.0, 0.8, seed=2)
    for name in ("occupation", "standard_deviation"):
        with pytest.raises(ParameterError, match="draw volts first"):
            getattr(source, name)
    units, n = 200, 4000
    volts = source.volts(n, units).astype(float)
    assert source.occupation == pytest.approx(1 / (1 + math.exp(-2.0)))  # of every unit
    law = law_of(source, units)
    np.testing.assert_allclose(occupations(law), source.occupation)
    exact = 4 * source.occupation * (1 - source.occupation) * law.amplitude**2 + source.sigma**2
    assert source.standard_deviation == pytest.approx(math.sqrt(exact.mean()), rel=1e-12)
    # A state that flips with 0.4 has an occupation over time of relative error below 0.04; 200 units: 0.003.
    assert source.standard_deviation == pytest.approx(math.sqrt(volts.var(axis=0).mean()), rel=0.015)
    assert source.standard_deviation != pytest.approx(TelegraphNoise(flip_probability=0.3).standard_deviation, rel=0.05)
    resumed = tilted(1.0, 0.8, seed=2)
    resumed.load_state_dict(source.state_dict())
    assert resumed.standard_deviation == source.standard_deviation


@pytest.mark.parametrize(
    ("chain", "device", "spread", "message"),
    [
        ({"flip_probability": 0.5}, {}, {"barrier": 0.1}, "flip_probability=0.5 belongs to no rate"),
        ({"flip_probability": 0.0}, {"stray_field": 1e-3}, {}, "flip_probability=0.0 belongs to no rate"),
        ({"mean": 0.0}, {}, {"resistance": 0.1}, "cannot be read behind a divider"),
        ({}, {"source_voltage": 0.045}, {"tunnel_magnetoresistance": 0.1}, "source_voltage=0.045 V"),
    ],
)
def test_a_chain_without_the_physics_is_refused(chain, device, spread, message):
    with pytest.raises(ParameterError, match=message):
        TelegraphNoise(**chain, device=TwoLevelDevice(**device), spread=Spread(**spread))
