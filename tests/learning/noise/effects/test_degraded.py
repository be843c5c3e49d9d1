"""Effects on the volts: each against its definition, to the bit in any chunking."""

import math

import matplotlib
import numpy as np
import pytest
from degraded_noise import EVERYTHING, Ramp, degraded

from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.core.streams import states as streams
from mtjphys.junction import Spread
from mtjphys.kernels.random import next_bits
from mtjphys.learning import (
    Degraded,
    Effects,
    GaussianNoise,
    SerialNoise,
    TelegraphNoise,
    TwoLevelDevice,
)
from mtjphys.learning.noise import Usage
from mtjphys.learning.noise.effects.degraded import electronics

matplotlib.use("Agg")


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
        for products, theory in ((square, expected), (product, lagged)):
            assert abs(products.mean() - theory) < 5 * products.std(ddof=1) / math.sqrt(units)
            assert products.std(ddof=1) / math.sqrt(units) < 0.03 * theory


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
