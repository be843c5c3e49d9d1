"""Device-to-device spread: its law, and that a device is itself."""

import math

import numpy as np
import pytest
from live_noise import BIAS, FAST, TWO

import mtjphys as mp
from mtjphys.core.errors import ParameterError
from mtjphys.junction import Spread, Variability
from mtjphys.junction.variability import log_normal
from mtjphys.learning import JunctionNoise, TelegraphNoise


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


DAMPING, STRAY, THICKNESS = "free_layer.damping", "reference.stray_field.y", "free_layer.thickness"
BY_PATH = Spread(
    relative={DAMPING: 0.3},
    absolute={STRAY: 2e-3},
    barrier=0.2,
    correlations=((DAMPING, STRAY, -0.8), ("barrier", DAMPING, 0.5)),
    seed=3,
)


def test_numbers_by_path_have_their_deviations_and_correlations():
    chip = BY_PATH.junctions(FAST, 800)
    damping = np.array([junction.free_layer.damping for junction in chip]) / FAST.free_layer.damping
    stray = np.array([junction.reference.stray_field[1] for junction in chip])
    barrier = np.array([junction.free_layer.uniaxial_anisotropy[0] for junction in chip])
    assert abs(damping.mean() - 1.0) < 5.0 * 0.3 / math.sqrt(800)
    assert abs(damping.std() / 0.3 - 1.0) < 5.0 * 1.9 * math.sqrt(0.5 / 800)
    assert abs(stray.mean()) < 5.0 * 2e-3 / math.sqrt(800)
    assert abs(stray.std() / 2e-3 - 1.0) < 5.0 * math.sqrt(0.5 / 800)
    found = np.corrcoef([np.log(damping), stray, np.log(barrier)])
    # A correlation r of n pairs scatters by (1 - r^2)/sqrt(n).
    for (j, k), expected in {(0, 1): -0.8, (0, 2): 0.5, (1, 2): 0.0}.items():
        assert abs(found[j, k] - expected) < 5.0 * (1.0 - expected**2) / math.sqrt(800)


def test_a_number_by_path_is_itself_whatever_else_is_spread():
    alone = Spread(relative={DAMPING: 0.3}, seed=3).junctions(FAST, 4)
    both = {THICKNESS: 0.1, DAMPING: 0.3}
    more = Spread(relative=both, absolute={STRAY: 1e-3}, barrier=0.1, seed=3).junctions(FAST, 4)
    assert [one.free_layer.damping for one in alone] == [one.free_layer.damping for one in more]
    (last,) = Spread(relative=both, seed=3).junctions(FAST, 1, first=3)
    assert last.free_layer.thickness == more[3].free_layer.thickness


def test_scores_may_be_the_same_or_opposite():
    same = Spread(relative={DAMPING: 0.3}, absolute={STRAY: 1e-3}, correlations=((DAMPING, STRAY, -1.0),))
    chip = same.junctions(FAST, 20)
    logs = [math.log(one.free_layer.damping) for one in chip]
    assert np.corrcoef(logs, [one.reference.stray_field[1] for one in chip])[0, 1] == pytest.approx(-1.0, rel=1e-6)


def test_what_a_spread_includes():
    other = Spread(absolute={DAMPING: 1e-3}, correlations=(("barrier", DAMPING, 0.1),), barrier=0.1, seed=9)
    both = BY_PATH.including(other)
    assert (both.barrier, both.relative, both.absolute, both.seed) == (0.1, {}, {STRAY: 2e-3, DAMPING: 1e-3}, 3)
    assert both.correlations == ((DAMPING, STRAY, -0.8), ("barrier", DAMPING, 0.1))
    assert BY_PATH.including(Spread(seed=2)) == BY_PATH


def test_a_variability_is_read_as_it_was_written(tmp_path):
    wafer = Variability(junction=FAST, spread=BY_PATH)
    (tmp_path / "wafer.toml").write_text(wafer.to_toml())
    again = Variability.from_toml(tmp_path / "wafer.toml")
    assert again == wafer
    assert again.junctions(2, first=5) == BY_PATH.junctions(FAST, 2, first=5)
    assert Variability(junction=FAST).junctions(2) == [FAST, FAST]
    with pytest.raises(ParameterError, match="a junction and its spread, not one junction"):
        BY_PATH.junctions(tmp_path / "wafer.toml", 2)
    with pytest.raises(ParameterError, match="spreads: unknown parameter; did you mean spread"):
        Variability.from_toml("spreads = 1\n")
    with pytest.raises(ParameterError, match=r"wafer2.toml: no such file"):
        Variability.from_toml(tmp_path / "wafer2.toml")


def test_networks_draw_from_it():
    noise = JunctionNoise(FAST, BIAS, 2e-10, spread=BY_PATH, seed=1)
    unlike = JunctionNoise(FAST, BIAS, 2e-10, spread=BY_PATH.model_copy(update={"seed": 4}), seed=1)
    assert (noise.volts(20, 4) != unlike.volts(20, 4)).any()
    with pytest.raises(ParameterError, match=r"a spread of free_layer.damping needs a junction .* use JunctionNoise"):
        TelegraphNoise(spread=BY_PATH).volts(1, 2)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"relative": {DAMPING: -0.1}}, r"relative\['free_layer.damping'\]=-0.1 .* outside \[0, 10\]"),
        ({"absolute": {DAMPING: float("nan")}}, "free_layer.damping.*nan"),
        ({"relative": {"damping": 0.1}}, "'damping' is no path of a number"),
        ({"relative": {DAMPING: 0.1}, "absolute": {DAMPING: 0.1}}, "is spread twice"),
        ({"barrier": 0.1, "correlations": (("barrier", "resistance", 0.1),)}, "'resistance' is not spread"),
        ({"barrier": 0.1, "correlations": (("barrier", "barrier", 0.1),)}, "give two names"),
        ({"barrier": 0.1, "resistance": 0.1, "correlations": (("barrier", "resistance", 1.1),)}, "1.1 .* outside"),
        (
            {
                "barrier": 0.1, "resistance": 0.1, "stray_field": 1e-3,
                "correlations": (
                    ("barrier", "resistance", 0.9), ("barrier", "stray_field", 0.9), ("resistance", "stray_field", -0.9)
                ),
            },
            "no scores are correlated like this",
        ),
    ],
)  # fmt: skip
def test_spreads_by_path_that_mean_nothing_are_refused(given, sentence):
    with pytest.raises(ParameterError, match=sentence):
        Spread(**given)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"relative": {"heating.time_constant": 0.1}}, "'heating.time_constant': the junction has no such number"),
        ({"relative": {STRAY: 0.1}}, "is 0 in this junction"),
        ({"relative": {"barrier.resistance_area_product": 0.1}, "resistance": 0.1}, "is spread twice, by its path"),
        ({"absolute": {STRAY: 1e-3}, "stray_field": 1e-3}, "is spread twice, by its path"),
        ({"absolute": {DAMPING: 1e3}}, "damping=.* is outside"),
    ],
)
def test_numbers_that_a_junction_cannot_spread_are_refused(given, sentence):
    with pytest.raises(ParameterError, match=sentence):
        Spread(**given).junctions(FAST, 5)


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
