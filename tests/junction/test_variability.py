"""Device-to-device spread: its law, and that a device is itself."""

import math

import numpy as np
import pytest
from live_noise import BIAS, FAST, TWO

import mtjphys as mp
from mtjphys.core.errors import ParameterError
from mtjphys.junction import Spread
from mtjphys.junction.variability import log_normal
from mtjphys.learning import JunctionNoise


@pytest.mark.parametrize(
    "name", ["koenders_2025", "schnitzspan_2023", "vodenicarevic_2017", "funatsu_2022", "rehm_2023"]
)
def test_the_spread_in_barrier_is_what_it_says(name):
    # Anisotropy along the easy axis, across it, none but the interface, and a macrospin without stack.
    nominal = mp.presets.load(name)
    chip = Spread(barrier=0.2, seed=1).junctions(nominal, 400)
    barriers = np.array([junction.thermal_stability().parallel for junction in chip])
    factors = barriers / nominal.thermal_stability().parallel
    # The logarithm is normal: its mean and variance scatter by s/sqrt(n) and s^2 sqrt(2/n); 5 sigma.
    s = math.sqrt(math.log1p(0.2**2))
    z = (np.log(factors) + 0.5 * s**2) / s
    assert abs(z.mean()) < 5.0 / math.sqrt(400)
    assert abs(z.var() - 1.0) < 5.0 * math.sqrt(2.0 / 400)
    assert {junction.volume for junction in chip} == {nominal.volume}
    assert {junction.resistance_parallel for junction in chip} == {nominal.resistance_parallel}


@pytest.mark.parametrize("second", [-1e4, 2e4])
def test_the_spread_in_barrier_is_what_it_says_with_further_terms(second):
    # Of every device, from the stationary points of its energy, without a field.
    nominal = mp.presets.funatsu_2022().with_parameters({"free_layer.second_order_anisotropy": second})
    spread = Spread(barrier=0.2, seed=1)
    barriers = [junction.thermal_stability().parallel for junction in spread.junctions(nominal, 12)]
    wanted = nominal.thermal_stability().parallel * spread.deviations(12).barrier
    np.testing.assert_allclose(barriers, wanted, rtol=1e-6)


@pytest.mark.parametrize("relative", [0.05, 0.2, 1.0])
def test_factors_have_mean_one_and_exactly_the_given_deviation(relative):
    z, weights = np.polynomial.hermite_e.hermegauss(80)
    factors, weights = log_normal(relative, z), weights / weights.sum()
    assert weights @ factors == pytest.approx(1.0, rel=1e-12)
    assert weights @ (factors - 1.0) ** 2 == pytest.approx(relative**2, rel=1e-9)


def test_factors_have_mean_one_and_the_given_deviation():
    chip = Spread(resistance=0.3, tunnel_magnetoresistance=0.5, stray_field=2e-3, seed=2).junctions(FAST, 3000)
    resistance = np.array([junction.resistance_parallel for junction in chip]) / FAST.resistance_parallel
    ratio = np.array([junction.barrier.tunnel_magnetoresistance for junction in chip])
    stray = np.array([junction.reference.stray_field for junction in chip])
    # 5 sigma; the variance of a log-normal scatters by its fourth moment: about 1.9 and 4.4 of sqrt(2/n).
    for values, relative, excess in ((resistance, 0.3, 1.9), (ratio, 0.5, 4.4)):
        assert abs(values.mean() - 1.0) < 5.0 * relative / math.sqrt(3000)
        assert abs(values.std() / relative - 1.0) < 5.0 * excess * math.sqrt(0.5 / 3000)
    assert abs(stray[:, 0].std() / 2e-3 - 1.0) < 5.0 * math.sqrt(0.5 / 3000)
    assert not stray[:, 1:].any()  # along the reference, x
    assert np.abs(np.corrcoef([resistance, ratio, stray[:, 0]])[np.triu_indices(3, 1)]).max() < 5.5 / math.sqrt(3000)
    assert {
        junction.thermal_stability(mp.Bias(field=(-junction.reference.stray_field[0], 0, 0))).parallel
        for junction in chip[:9]
    }


def test_a_device_is_itself_whatever_else_is_asked():
    chip = Spread(barrier=0.2, seed=1).junctions(FAST, 6)
    assert Spread(barrier=0.2, seed=1).junctions(FAST, 2, first=3) == chip[3:5]
    both = Spread(barrier=0.2, resistance=0.1, seed=1).junctions(FAST, 6)
    assert [j.free_layer for j in both] == [j.free_layer for j in chip]
    assert Spread(barrier=0.2, seed=2).junctions(FAST, 1) != chip[:1]
    assert Spread(seed=1).junctions(FAST, 2) == [FAST, FAST]
    assert len(set(map(str, chip))) == 6


def test_a_spread_that_means_nothing_is_refused():
    with pytest.raises(ParameterError, match=r"barrier=20.0 .* \[0, 1\] .*; 20 per cent are 0.2"):
        Spread(barrier=20.0)
    with pytest.raises(ParameterError, match="needs one MTJ, not TwoState"):
        JunctionNoise(TWO, BIAS, 1e-9, spread=Spread(barrier=0.1)).volts(1, 2)
    with pytest.raises(ParameterError, match="needs one MTJ, not list"):
        JunctionNoise([FAST, FAST], BIAS, 1e-9, spread=Spread(barrier=0.1)).volts(1, 2)
    easy_plane = FAST.with_parameters({"free_layer.uniaxial_anisotropy": None})
    with pytest.raises(ParameterError, match="needs a junction with two wells"):
        Spread(barrier=0.1).junctions(easy_plane, 2)
    ellipse = mp.MTJ(free_layer=mp.FreeLayer(saturation_magnetisation=1e6, diameters=(9e-8, 5e-8), thickness=2e-9))
    with pytest.raises(ParameterError, match=r"no anisotropy constant .* uniaxial_anisotropy along its easy axis"):
        Spread(barrier=0.1).junctions(ellipse, 2)
