"""Device effects: each against its definition, to the bit in any chunking; and the table of accuracy against them."""

import json
import math
import sys

import matplotlib
import numpy as np
import pytest
from scipy.constants import Boltzmann
from scipy.linalg import expm

import mtjphys as mp
from mtjphys import learning
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.core.streams import states as streams
from mtjphys.junction import Spread
from mtjphys.kernels.random import next_bits
from mtjphys.learning import (
    Degraded,
    Effects,
    GaussianNoise,
    JunctionNoise,
    SerialNoise,
    TelegraphNoise,
    TwoLevelDevice,
)
from mtjphys.learning.noise import Usage
from mtjphys.learning.noise.chains import ChainLaw, occupations
from mtjphys.learning.noise.effects import VARIED
from mtjphys.learning.noise.effects.degraded import electronics
from mtjphys.learning.noise.effects.volts import VoltEffects

matplotlib.use("Agg")

# Statistical tests are at 5 standard errors of the expected scatter, false alarm 6e-7 each.


class Ramp:
    """Unit k reads ``k + t/8`` volts at its reading t: exact in float32, and every reading can be told."""

    gain, offset, usage = 3.0, -1.0, Usage(7, 1.0, 2.0)

    def __init__(self):
        self.readings = 0

    def volts(self, n_samples, n_units):
        t = self.readings + np.arange(n_samples)
        self.readings += n_samples
        return (np.arange(n_units) + t[:, None] / 8).astype(np.float32)

    def state_dict(self):
        return {"readings": np.array(self.readings)} if self.readings else {}

    def load_state_dict(self, state):
        self.readings = int(state["readings"]) if state else 0


def live(junction=None, **changes):
    settings = {"voltage": 0.1, "series_resistance": 1e4, "temperature": 320.0} | changes
    return JunctionNoise(junction or mp.presets.koenders_2025(), mp.Bias(**settings), 1e-4, seed=1)


EVERYTHING = Effects(
    spread=Spread(resistance=0.2, tunnel_magnetoresistance=0.2, barrier=0.07, stray_field=0.2e-3),
    stray_field=-0.1e-3,
    stuck=0.3,
    gain_spread=0.2,
    offset_spread=1e-3,
    drift=1e-5,
    random_walk=1e-4,
    bandwidth=0.1,
    read_noise=1e-3,
    bits=10,
    full_scale=(-0.5, 0.5),
)


# On the volts of any source


def test_no_effect_is_the_source_itself():
    source = GaussianNoise(1.0)
    assert Effects(full_scale=(0.0, 1.0)).applied_to(source, seed=1) is source


def test_drift_is_linear_in_the_readings():
    source = Degraded(Ramp(), Effects(drift=0.25))
    np.testing.assert_array_equal(source.volts(3, 2), [[0, 1], [0.375, 1.375], [0.75, 1.75]])
    np.testing.assert_array_equal(source.volts(1, 2), [[1.125, 2.125]])


def test_stuck_units_repeat_their_first_reading():
    n = 4000
    volts = Degraded(Ramp(), Effects(stuck=0.2), seed=1).volts(5, n)
    plain = Ramp().volts(5, n)
    stuck = np.ptp(volts, axis=0) == 0
    assert abs(stuck.mean() - 0.2) < 5 * math.sqrt(0.2 * 0.8 / n)
    np.testing.assert_array_equal(volts[:, stuck], np.repeat(plain[:1, stuck], 5, axis=0))
    np.testing.assert_array_equal(volts[:, ~stuck], plain[:, ~stuck])
    assert np.ptp(Degraded(Ramp(), Effects(stuck=1.0)).volts(5, 50), axis=0).max() == 0


def test_gain_and_offset_differ_between_units_as_asked():
    n = 4000
    units = electronics(3, n)
    volts = Degraded(Ramp(), Effects(gain_spread=0.3, offset_spread=0.1), seed=3).volts(9, n).astype(float)
    gain = volts[8] - volts[0]  # of 1 V between the two readings
    offset = volts[0] - gain * np.arange(n)
    assert abs(gain.mean() - 1) < 5 * 0.3 / math.sqrt(n)
    # Log-normal: ln gain is normal, of variance ln(1 + 0.3^2), whose estimate scatters by sqrt(2/n).
    assert abs(np.log(gain[:500]).var() / math.log(1.09) - 1) < 5 * math.sqrt(2 / 500)
    few = slice(0, 100)  # where k + t/8 has not eaten the digits of the offset
    np.testing.assert_allclose(offset[few], 0.1 * units.offset[few], atol=1e-3)
    assert abs((0.1 * units.offset).std() / 0.1 - 1) < 5 / math.sqrt(2 * n)


def test_read_noise_is_white_gaussian_and_independent_of_unit_and_source():
    n, units = 5000, 12
    plain = GaussianNoise(2.0, seed=4).volts(n, units).astype(float)
    noise = Degraded(GaussianNoise(2.0, seed=4), Effects(read_noise=0.5), seed=4).volts(n, units) - plain
    z = noise / 0.5
    for power, expected, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((z**power).mean() - expected) < 5 * math.sqrt(variance / z.size)
    assert abs((z[1:] * z[:-1]).mean()) < 5 / math.sqrt(z.size)
    correlation = np.corrcoef(np.vstack([z.T, plain.T]))[np.triu_indices(2 * units, 1)]
    assert np.abs(correlation).max() < 5.7 / math.sqrt(n)  # 276 pairs at 5.7 sigma: 3e-6
    # Nor is it the stream of the source two words on, with which numbers would be shared at some delay.
    effects = Degraded(GaussianNoise(2.0, seed=4), Effects(read_noise=0.5), seed=4)
    effects.volts(1, units)
    shared = streams(4, range(units))
    for _ in range(2):
        shared = np.array(next_bits(*shared)[1:])
    assert not (effects.state_dict()["streams"] == shared).any()


def test_random_walk_spreads_with_the_square_root_of_the_readings():
    n = 4000
    walk = Degraded(Ramp(), Effects(random_walk=0.25), seed=2).volts(65, n).astype(float) - Ramp().volts(65, n)
    assert np.all(walk[0] == 0)
    for t in (1, 16, 64):
        assert abs(walk[t].var() / (0.25**2 * t) - 1) < 5 * math.sqrt(2 / n)
    assert abs(np.mean(walk[16] * (walk[64] - walk[16]))) < 5 * 0.25**2 * math.sqrt(16 * 48 / n)


def test_random_walk_and_read_noise_are_independent():
    n = 4000
    plain = Ramp().volts(2, n)
    walk, noise = (
        Degraded(Ramp(), effects, seed=2).volts(2, n) - plain
        for effects in (
            Effects(random_walk=1.0),
            Effects(read_noise=1.0),
        )
    )
    both = Degraded(Ramp(), Effects(random_walk=1.0, read_noise=1.0), seed=2).volts(2, n) - plain
    np.testing.assert_allclose(both, walk + noise, atol=1e-3)  # each is the same with and without the other
    assert abs(np.mean(walk[1].astype(float) * noise[1])) < 5 / math.sqrt(n)


@pytest.mark.parametrize("cutoff", [0.02, 0.3])
def test_low_pass_has_the_variance_and_memory_of_one_pole(cutoff):
    a, units, start = math.exp(-2 * math.pi * cutoff), 400, 100
    for source, c in ((GaussianNoise(1.0, seed=1), 0.0), (TelegraphNoise(amplitude=1.0, sigma=0.0, seed=1), 0.8382)):
        volts = Degraded(source, Effects(bandwidth=cutoff)).volts(start + 400, units)[start:].astype(float)
        volts -= source.mean
        # Input of autocorrelation c^k: variance sum_jk (1-a)^2 a^(j+k) c^|j-k|; the start has died away as a^100.
        expected = (1 - a) / (1 + a) * (1 + a * c) / (1 - a * c)
        lagged = a * expected + (1 - a) * (c * (1 - a) / (1 - a * c))  # <y_t y_{t+1}>; <y_t x_{t+1}> = c (1-a)/(1-ac)
        square, product = (volts**2).mean(axis=0), (volts[1:] * volts[:-1]).mean(axis=0)
        for found, theory in ((square, expected), (product, lagged)):
            assert abs(found.mean() - theory) < 5 * found.std(ddof=1) / math.sqrt(units)
            assert found.std(ddof=1) / math.sqrt(units) < 0.03 * theory


def test_low_pass_starts_settled_and_follows_a_step():
    class Step(Ramp):
        def volts(self, n_samples, n_units):
            return (1.0 + (super().volts(n_samples, n_units) % 1 >= 0.125)).astype(np.float32)

    cutoff = math.log(2) / (2 * math.pi)  # a = 1/2
    volts = Degraded(Step(), Effects(bandwidth=cutoff)).volts(4, 1)
    np.testing.assert_allclose(volts[:, 0], [1, 1.5, 1.75, 1.875], rtol=1e-6)
    np.testing.assert_array_equal(Degraded(Ramp(), Effects(bandwidth=1e3)).volts(9, 3), Ramp().volts(9, 3))


def test_converter_gives_the_nearest_of_its_codes():
    plain = TelegraphNoise(seed=1).volts(1000, 5)
    volts = Degraded(TelegraphNoise(seed=1), Effects(bits=4, full_scale=(0.0, 0.1))).volts(1000, 5)
    codes = 0.1 / 16 * np.arange(16)
    nearest = codes[np.abs(plain[..., None] - codes).argmin(axis=-1)]
    np.testing.assert_array_equal(volts, nearest.astype(np.float32))
    with pytest.warns(MtjphysWarning, match="samples were clipped"):
        clipped = Degraded(TelegraphNoise(seed=1), Effects(bits=4, full_scale=(0.0, 0.045))).volts(100, 5)
    assert clipped.max() == pytest.approx(0.045 * 15 / 16)


def test_effects_act_in_their_order_and_in_another_when_nested():
    a, units = math.exp(-2 * math.pi * 0.05), 500

    def variance(source):
        return float(source.volts(300, units)[100:].astype(float).var(axis=0).mean())

    still = Effects(bandwidth=0.05)
    together = Degraded(GaussianNoise(0.0), Effects(bandwidth=0.05, read_noise=1.0))
    before = Degraded(Degraded(GaussianNoise(0.0), Effects(read_noise=1.0)), still, seed=1)
    # The variance about the mean of 200 correlated readings is a little smaller; 2 and 20 per cent tell them apart.
    assert variance(together) == pytest.approx(1.0, rel=0.02)
    assert variance(before) == pytest.approx((1 - a) / (1 + a), rel=0.1)
    # A stuck unit still drifts and is read with noise.
    volts = Degraded(Ramp(), Effects(stuck=1.0, drift=0.5, read_noise=1e-3)).volts(3, 4)
    np.testing.assert_allclose(volts[2] - volts[0], 1.0, atol=0.01)
    assert np.all(np.ptp(volts, axis=0) != 1.0)


def test_the_same_noise_is_not_added_twice():
    inner = Degraded(Ramp(), Effects(read_noise=1.0), seed=3)
    outer = Degraded(inner, Effects(bandwidth=0.1), seed=4)
    with pytest.raises(ParameterError, match="seed=3 is that of the degraded source inside"):
        Degraded(outer, Effects(read_noise=1.0), seed=3)


def test_effects_are_refused_where_they_would_do_nothing():
    message = r"spread.barrier=0.1 would do nothing in Degraded: use Effects.applied_to"
    with pytest.raises(ParameterError, match=message):
        Degraded(TelegraphNoise(), Effects(spread=Spread(barrier=0.1), stuck=0.1))
    with pytest.raises(ParameterError, match=r"stray_field=0.001 would do nothing in Degraded"):
        Degraded(TelegraphNoise(), Effects(stray_field=1e-3))


@pytest.mark.parametrize("nominal", [TelegraphNoise(seed=5, device=TwoLevelDevice(source_voltage=0.2)), live()])
def test_every_effect_is_put_where_it_acts(nominal):
    source = EVERYTHING.applied_to(nominal, seed=5)
    assert {*source.effects.active()} == {*VoltEffects.model_fields}
    assert {*EVERYTHING.active()} == {*VARIED, "full_scale"}
    assert source.inner.spread == Spread(**EVERYTHING.spread.active(), seed=5)


def degraded(kind):
    if kind == "ramp":
        return Effects(**dict(EVERYTHING.on_volts()) | {"full_scale": (-50.0, 50.0)}).applied_to(Ramp(), seed=5)
    return EVERYTHING.applied_to(TelegraphNoise(seed=5, device=TwoLevelDevice(source_voltage=0.2)), seed=5)


def test_a_source_that_was_read_before_is_not_rewound():
    source = Degraded(Ramp(), Effects(drift=0.25))
    source.inner.volts(8, 2)
    state = source.state_dict()
    expected = source.volts(3, 2)
    assert expected[0, 0] == 1.0
    for resumed in (source, Degraded(Ramp(), Effects(drift=0.25))):
        resumed.load_state_dict(state)
        np.testing.assert_array_equal(resumed.volts(3, 2), expected)


def test_a_used_source_equals_a_fresh_one():
    used = degraded("chain")
    used.volts(3, 30)
    assert used == degraded("chain")
    assert used != EVERYTHING.applied_to(TelegraphNoise(seed=5, device=TwoLevelDevice(source_voltage=0.2)), seed=6)


@pytest.mark.parametrize("kind", ["ramp", "chain"])
def test_any_chunking_and_a_saved_state_give_the_same_bits(kind):
    whole = degraded(kind).volts(60, 30)
    assert whole.dtype == np.float32
    source = degraded(kind)
    pieces = [source.volts(n, 30) for n in (1, 2, 20)]
    late, used = degraded(kind), degraded(kind)
    used.volts(3, 30)
    used.load_state_dict({name: array.copy() for name, array in source.state_dict().items()})
    late.load_state_dict(source.state_dict())
    np.testing.assert_array_equal(whole, np.vstack([*pieces, source.volts(37, 30)]))
    np.testing.assert_array_equal(late.volts(37, 30), whole[23:])
    np.testing.assert_array_equal(used.volts(37, 30), whole[23:])
    used.load_state_dict(degraded(kind).state_dict())
    np.testing.assert_array_equal(used.volts(60, 30), whole)


@pytest.mark.parametrize("kind", ["ramp", "chain"])
def test_a_unit_does_not_depend_on_the_others(kind):
    few, many = degraded(kind).volts(20, 3), degraded(kind).volts(20, 8)
    np.testing.assert_array_equal(few, many[:, :3])
    with pytest.raises(ParameterError, match="n_units=4, but this source already feeds 3"):
        source = degraded(kind)
        source.volts(1, 3)
        source.volts(1, 4)


def test_conversion_and_usage_are_those_of_the_source():
    source = Degraded(Degraded(Ramp(), Effects(drift=1.0)), Effects(stuck=0.1), seed=1)
    assert (source.gain, source.offset, source.usage) == (3.0, -1.0, Usage(7, 1.0, 2.0))
    assert getattr(Degraded(GaussianNoise(1.0), Effects(drift=1.0)), "usage", None) is None
    chain = Effects(stray_field=1e-3).applied_to(TelegraphNoise(gain=2.0, offset=0.04), seed=1)
    assert (chain.gain, chain.offset) == (2.0, 0.04)
    for outer in (Degraded(chain, Effects(drift=1.0)), SerialNoise(chain)):
        chain.gain = 5.0
        assert outer.gain == 5.0
        outer.gain, outer.offset = 7.0, 0.03
        assert (chain.gain, chain.offset) == (7.0, 0.03)


def test_a_foreign_state_is_refused():
    source = degraded("chain")
    source.volts(2, 3)
    state = source.state_dict()
    for name in ("walk", "readings"):
        with pytest.raises(DataError, match="without"):
            degraded("chain").load_state_dict({n: a for n, a in state.items() if n != name})
    with pytest.raises(DataError, match=r"units: load a state"):
        degraded("chain").load_state_dict(state | {"walk": np.zeros(4)})


# Inside the device: two-level chains


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


def test_inside_of_a_source_without_devices_is_refused():
    with pytest.raises(ParameterError, match=r"spread.resistance=0.1 is inside the device, and GaussianNoise has no"):
        Effects(spread=Spread(resistance=0.1)).applied_to(GaussianNoise(1.0), seed=1)


def test_the_devices_are_those_of_the_seed_unless_the_spread_has_one():
    effects = Effects(spread=Spread(barrier=0.1))
    assert effects.applied_to(TelegraphNoise(seed=4), seed=9).spread.seed == 9
    chosen = Effects(spread=Spread(barrier=0.1, seed=0))
    assert chosen.applied_to(TelegraphNoise(seed=4), seed=9).spread.seed == 0
    assert chosen.active() == {"spread.barrier": 0.1, "spread.seed": 0}
    both = chosen.applied_to(TelegraphNoise(spread=Spread(resistance=0.2, barrier=0.3, seed=5)), seed=9)
    assert both.spread == Spread(resistance=0.2, barrier=0.1, seed=5)  # a chip stays the chip that it is


# Inside the device: live junctions


def test_live_junctions_get_the_same_effects():
    spread = Spread(resistance=0.1, tunnel_magnetoresistance=0.2, barrier=0.07, stray_field=0.2e-3)
    source = Effects(spread=spread, stray_field=-0.3e-3).applied_to(live(), seed=9)
    nominal, bias = mp.presets.koenders_2025(), mp.Bias(temperature=320.0)
    assert source.spread == Spread(**spread.active(), seed=9)
    # A field against the reference: the antiparallel state, the high level, lies 2 x deeper than the parallel one.
    tilt = 0.3e-3 * nominal.saturation_magnetisation(bias) * nominal.volume / (Boltzmann * 320.0)
    stability, before = source.junction.thermal_stability(bias), nominal.thermal_stability(bias)
    assert stability.antiparallel - stability.parallel == pytest.approx(2 * tilt, rel=1e-6)
    assert stability.antiparallel == pytest.approx(before.antiparallel + tilt, rel=0.01)
    kept = Effects(spread=Spread(barrier=0.05)).applied_to(source, seed=3).spread
    assert (kept.resistance, kept.barrier, kept.seed) == (0.1, 0.05, 9)
    assert Effects(stray_field=1e-3).applied_to(live(), seed=9).spread is None


def test_live_junctions_that_cannot_have_the_effects_are_refused():
    with pytest.raises(ParameterError, match="one nominal MTJ"):
        source = live()
        source.junction = [source.junction] * 2
        Effects(stray_field=1e-3).applied_to(source, seed=1)
    with pytest.raises(ParameterError, match=r"one nominal MTJ at a constant temperature above 0 K, not MTJ at 0.0 K"):
        Effects(stray_field=1e-3).applied_to(live(temperature=0.0), seed=1)


@pytest.mark.parametrize(
    ("effects", "message"),
    [
        ({"spread": {"resistance": -0.1}}, "resistance=-0.1"),
        ({"spread": {"tunnel_magnetoresistance": 1.1}}, r"tunnel_magnetoresistance=1.1 .* \[0, 1\]"),
        ({"spread": {"barrier": 25.0}}, "barrier=25.0 .* 20 per cent are 0.2"),
        ({"stray_field": 30.0}, "stray_field=30.0 T .* multiply by 1e-3"),
        ({"spread": {"barier": 0.1}}, "barier: unknown parameter; did you mean barrier"),
        ({"stuck": 1.5}, "stuck=1.5"),
        ({"bandwidth": 0.0}, "not in Hz"),
        ({"bandwidth": 2e4}, "not in Hz"),
        ({"read_noise": -1.0}, "read_noise=-1.0 V"),
        ({"read_noise": float("nan")}, "read_noise"),
        ({"bits": 8}, r"bits=8 needs full_scale=\(low, high\)"),
        ({"bits": 0, "full_scale": (0.0, 1.0)}, "bits=0"),
        ({"full_scale": (1.0, 0.0)}, "no range"),
        ({"read_nois": 1.0}, "read_nois: unknown parameter"),
    ],
)
def test_wrong_magnitudes_are_one_sentence(effects, message):
    with pytest.raises(ParameterError, match=message):
        Effects(**effects)


def test_toml_lists_and_whole_numbers_are_taken():
    assert Effects(full_scale=[0, 1], bits=8, read_noise=1).full_scale == (0.0, 1.0)


# The table


def blobs():
    stream = np.random.default_rng(0)
    targets = np.repeat([0, 1, 2], 30)
    centres = np.array([[2.0, 0, 0, 0], [0, 2.0, 0, 0], [0, 0, 2.0, 0]])
    return learning.split(centres[targets] + 0.5 * stream.standard_normal((90, 4)), targets)


DATA = blobs()


def train(effects, seed, *, epochs=2, data=DATA, rate=0.02):
    noise = effects.applied_to(TelegraphNoise(seed=seed), seed=seed)
    network = learning.Network([4, 6, 3], seed=seed)
    return learning.Training(
        network, learning.ANP(), data, learning.Adam(rate), epochs=epochs, noise=noise, batch_size=16, seed=seed
    )


CASES = {"stuck": [0.5, 1.0], "read_noise": [1e-3]}


def counted(monkeypatch, stop=None):
    """Count the trainings that are run; the one of number `stop` is interrupted."""
    run, count = learning.Training.run, [0]

    def counting(self, *arguments, **keywords):
        count[0] += 1
        if count[0] == stop:
            raise KeyboardInterrupt
        return run(self, *arguments, **keywords)

    monkeypatch.setattr(learning.Training, "run", counting)
    return count


def test_rows_are_those_of_the_trainings():
    table = learning.effects_table(train, CASES, seeds=[1, 2, 3], progress=False)
    assert [(row.effect, row.magnitude) for row in table.rows[1:]] == [
        ("stuck", 0.5),
        ("stuck", 1.0),
        ("read_noise", 1e-3),
    ]
    none, _, stuck, _ = table.rows
    histories = [
        train(effects, seed).run(progress=False) for effects in (Effects(), Effects(stuck=1.0)) for seed in (1, 2, 3)
    ]
    accuracies = np.array([float(history["validation_accuracy"][-1]) for history in histories]).reshape(2, 3)
    losses = np.array([float(history["validation_loss"][-1]) for history in histories]).reshape(2, 3)
    assert none.effect == ""
    assert none.accuracy == pytest.approx(accuracies[0].mean())
    assert none.accuracy_deviation == pytest.approx(accuracies[0].std(ddof=1))
    assert stuck.change == pytest.approx((accuracies[1] - accuracies[0]).mean())
    assert stuck.change_error == pytest.approx((accuracies[1] - accuracies[0]).std(ddof=1) / math.sqrt(3))
    assert (stuck.loss, stuck.runs) == (pytest.approx(losses[1].mean()), 3)
    assert stuck.loss > none.loss  # without fluctuation nothing is learned


def test_an_interrupted_table_goes_on_where_it_stopped(tmp_path, monkeypatch):
    whole = learning.effects_table(train, CASES, seeds=[1, 2], progress=False)
    path = tmp_path / "effects.jsonl"
    with monkeypatch.context() as patch:
        counted(patch, stop=6)
        with pytest.raises(KeyboardInterrupt):
            learning.effects_table(train, CASES, seeds=[1, 2], path=path, progress=False)
    assert len(path.read_text().splitlines()) == 5
    with monkeypatch.context() as patch:
        count = counted(patch)
        resumed = learning.effects_table(train, CASES, seeds=[1, 2], path=path, progress=False)
    assert count[0] == 3
    assert resumed.rows[1:] == whole.rows[1:]
    with monkeypatch.context() as patch:
        count = counted(patch)
        learning.effects_table(train, CASES | {"drift": [1e-6]}, seeds=[1, 2], path=path, progress=False)
    assert count[0] == 2
    assert [p.name for p in tmp_path.iterdir()] == ["effects.jsonl"]


def test_trainings_of_another_network_and_broken_files_are_refused(tmp_path):
    path = tmp_path / "effects.jsonl"
    learning.effects_table(train, CASES, seeds=[1], path=path, progress=False)
    with pytest.raises(DataError, match="seed 1 was trained with another epochs: 2 instead of 3"):
        learning.effects_table(lambda e, s: train(e, s, epochs=3), CASES, seeds=[1], path=path, progress=False)
    text = path.read_text()
    path.write_text(text[:-20])
    with pytest.raises(DataError, match=r"effects.jsonl, line 4: not a finished training"):
        learning.effects_table(train, CASES, seeds=[1], path=path, progress=False)


def test_a_training_that_diverges_is_reported_and_the_others_go_on(tmp_path):
    path = tmp_path / "effects.jsonl"

    def fragile(effects, seed):
        training = train(effects, seed)
        if effects.stuck == 0.5 and seed == 2:
            training.network.weights[0][:] = np.nan
        return training

    for _ in range(2):  # from training, then from the file
        table = learning.effects_table(fragile, CASES, seeds=[1, 2], path=path, progress=False)
        row = table.rows[1]
        assert row.runs == 1
        assert np.isfinite(row.accuracy)
        assert row.failures[0].startswith("stuck 0.5, seed 2: the loss is nan")
        assert "1 failed" in str(table)
        assert table.rows[2].runs == 2
    table.write(tmp_path)


def test_text_numbers_and_figure_are_written(tmp_path):
    table = learning.effects_table(train, CASES, seeds=[1, 2], base=Effects(drift=1e-9), progress=False)
    table.write(tmp_path / "new")
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["effects.json", "effects.png", "effects.txt"]
    text = (tmp_path / "new" / "effects.txt").read_text()
    assert text == f"{table}\n"
    assert f"{100 * table.rows[2].accuracy:.1f} +- {100 * table.rows[2].accuracy_deviation:.1f}" in text.splitlines()[3]
    assert "0.001 V rms" in text
    written = json.loads((tmp_path / "new" / "effects.json").read_text())
    assert written["base"] == {"drift": 1e-9}
    assert written["rows"][0]["magnitude"] is None
    assert written["rows"][3]["accuracy"] == table.rows[3].accuracy
    axes = [ax for ax in table.figure().axes if ax.get_visible()]
    assert [ax.get_xlabel() for ax in axes] == ["Stuck devices (of units)", "Read noise (V rms)"]


def test_one_seed_has_no_deviation(tmp_path):
    table = learning.effects_table(train, CASES, seeds=[1], progress=False)
    for row in table.rows:
        assert np.isnan([row.accuracy_deviation, row.loss_deviation, row.change_error]).all()
        assert np.isfinite([row.accuracy, row.loss, row.change]).all()
    lines = str(table).splitlines()
    assert not any("+-" in line or "nan" in line for line in lines)
    assert lines[2].split()[-3:] == [
        f"{100 * table.rows[1].accuracy:.1f}",
        f"{100 * table.rows[1].change:+.1f}",
        f"{table.rows[1].loss:.3f}",
    ]
    table.write(tmp_path)
    assert json.loads((tmp_path / "effects.json").read_text())["rows"][1]["accuracy_deviation"] is None
    axes = table.figure().axes[0]
    assert not axes.patches  # no band
    np.testing.assert_allclose(axes.lines[0].get_ydata(), 100 * table.rows[0].accuracy)


def test_test_data_are_not_looked_at():
    poisoned = DATA._replace(test=learning.Samples(DATA.test.inputs * np.nan, DATA.test.targets))
    own = learning.effects_table(train, {"drift": [1e-6]}, seeds=[1], progress=False)
    other = learning.effects_table(
        lambda e, s: train(e, s, data=poisoned), {"drift": [1e-6]}, seeds=[1], progress=False
    )
    assert own.rows[1] == other.rows[1]


def test_standard_cases_are_scaled_by_the_noise_and_can_all_be_trained(monkeypatch):
    cases = learning.standard_cases(train(Effects(), 1))
    sigma = TelegraphNoise().standard_deviation
    assert cases["read_noise"][0] == pytest.approx(sigma, rel=0.05)
    readings = 2 * 2 * len(DATA.train.inputs)
    assert cases["drift"][1] == pytest.approx(100 * sigma / readings, rel=0.05)
    assert cases["random_walk"][1] == pytest.approx(100 * sigma / math.sqrt(readings), rel=0.05)
    table = learning.effects_table(train, {"bits": [8.0, 2.0], "spread.barrier": [0.1]}, seeds=[1], progress=False)
    mean, (low, high) = TelegraphNoise().mean, table.base.full_scale
    assert low == pytest.approx(mean - 4 * sigma, rel=0.05)
    assert high == pytest.approx(mean + 4 * sigma, rel=0.05)
    assert set(cases) == set(VARIED)

    def slow(effects, seed):  # a unit shows one level for longer than is read to find the scale
        training = train(Effects(), seed)
        training.noise = effects.applied_to(TelegraphNoise(flip_probability=1e-4, seed=seed), seed=seed)
        return training

    scaled = []
    with monkeypatch.context() as patch:  # by the noise without the effects that all rows have in common
        patch.setattr(
            sys.modules[learning.effects_table.__module__],
            "standard_cases",
            lambda training: scaled.append(training) or {"stuck": [1.0]},
        )
        base = Effects(offset_spread=1.0)
        learning.effects_table(train, base=base, seeds=[1], progress=False)
    assert isinstance(scaled[0].noise, TelegraphNoise)

    low, high = learning.effects_table(slow, {"bits": [8]}, seeds=[1], progress=False).base.full_scale
    assert low < mean - 3 * sigma and high > mean + 3 * sigma

    def gaussian(effects, seed):
        training = train(Effects(), seed)
        training.noise = effects.applied_to(GaussianNoise(0.01, seed=seed), seed=seed)
        return training

    assert not {"spread.barrier", "stray_field"} & set(learning.standard_cases(gaussian(Effects(), 1)))
    for name, values in cases.items():
        for value in values:
            Effects(full_scale=(0.0, 1.0)).with_changes({name: value}).applied_to(TelegraphNoise(), seed=1)


def test_every_effect_of_live_junctions_is_trained():
    def live_training(effects, seed):
        training, bias = train(Effects(), seed), mp.Bias(voltage=0.1, series_resistance=1e4)
        source = JunctionNoise(mp.presets.schnitzspan_2023(), bias, 1e-9, seed=seed, settle=4)
        training.noise = effects.applied_to(source, seed=seed)
        return training

    cases = {name: values[-1:] for name, values in learning.standard_cases(live_training(Effects(), 1)).items()}
    base = Effects(full_scale=(0.0, 0.1))
    none, *others = learning.effects_table(live_training, cases, seeds=[1], base=base, progress=False).rows
    assert [row.effect for row in others] == [*cases]
    assert set(cases) == set(VARIED)
    assert all(row.runs == 1 and math.isfinite(row.loss) for row in (none, *others))
    assert len({row.loss for row in (none, *others)}) == 1 + len(others)  # each does something of its own


@pytest.mark.parametrize(
    ("cases", "settings", "message"),
    [
        ({"sunshine": [1.0]}, {}, "'sunshine' is no effect of a table; known"),
        ({"barrier": [1.0]}, {}, "'barrier' is no effect of a table; did you mean spread.barrier"),
        ({"full_scale": [1.0]}, {}, "'full_scale' is no effect"),
        ({"stuck": [2.0]}, {}, "stuck=2.0"),
        ({"bits": [1.5]}, {}, "bits=1.5"),
        (CASES, {"seeds": []}, "at least one"),
        (CASES, {"seeds": [1, 1]}, "all different"),
    ],
)
def test_wrong_cases_are_one_sentence(cases, settings, message):
    with pytest.raises(ParameterError, match=message):
        learning.effects_table(train, cases, progress=False, **settings)


def test_a_case_that_fails_at_its_first_reading_is_found_before_the_first_training(monkeypatch):
    count = counted(monkeypatch)
    ellipse = mp.MTJ(free_layer=mp.FreeLayer(saturation_magnetisation=1e6, diameters=(9e-8, 5e-8), thickness=2e-9))

    def live(effects, seed):
        training = train(Effects(), seed)
        source = JunctionNoise(ellipse, mp.Bias(voltage=0.1, series_resistance=1e4), 1e-9, seed=seed)
        training.noise = effects.applied_to(source, seed=seed)
        return training

    with pytest.raises(ParameterError, match="no anisotropy constant"):
        learning.effects_table(live, {"spread.barrier": [0.1]}, seeds=[1], progress=False)
    assert count[0] == 0


def test_a_training_without_noise_has_no_effects():
    def quiet(effects, seed):
        return learning.Training(learning.Network([4, 3]), learning.BP(), DATA, learning.Adam(), epochs=1)

    with pytest.raises(ParameterError, match="with noise and with validation data"):
        learning.effects_table(quiet, CASES, progress=False)


def test_digits_lose_little_to_moderate_effects_and_everything_to_dead_devices():
    pytest.importorskip("sklearn")
    data = learning.digits()

    def digits(effects, seed):
        noise = effects.applied_to(TelegraphNoise(seed=seed), seed=seed)
        network = learning.Network([64, 30, 10], decorrelated=True, seed=seed)
        return learning.Training(
            network,
            learning.ANP(),
            data,
            learning.Adam(0.02),
            epochs=6,
            noise=noise,
            decorrelation=learning.Decorrelation(1e-3),
            schedule="cosine",
            seed=seed,
        )

    cases = {"spread.barrier": [0.07], "bandwidth": [0.1], "stuck": [1.0]}
    none, barrier, bandwidth, stuck = learning.effects_table(digits, cases, seeds=[1], progress=False).rows
    # 179 validation digits: a standard error of 0.02 at 0.9; chance is 0.1.
    assert none.accuracy > 0.8
    assert min(barrier.accuracy, bandwidth.accuracy) > none.accuracy - 0.1
    assert stuck.accuracy < 0.4
