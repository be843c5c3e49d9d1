"""Magnitudes of device effects, and that each is put where it acts."""

import matplotlib
import pytest
from degraded_noise import EVERYTHING, live
from scipy.constants import Boltzmann

import mtjphys as mp
from mtjphys.core.errors import ParameterError
from mtjphys.junction import Spread
from mtjphys.learning import (
    Effects,
    GaussianNoise,
    TelegraphNoise,
    TwoLevelDevice,
)
from mtjphys.learning.noise.effects import VARIED
from mtjphys.learning.noise.effects.volts import VoltEffects

matplotlib.use("Agg")


def test_no_effect_is_the_source_itself():
    source = GaussianNoise(1.0)
    assert Effects(full_scale=(0.0, 1.0)).applied_to(source, seed=1) is source


@pytest.mark.parametrize("nominal", [TelegraphNoise(seed=5, device=TwoLevelDevice(source_voltage=0.2)), live()])
def test_every_effect_is_put_where_it_acts(nominal):
    source = EVERYTHING.applied_to(nominal, seed=5)
    assert {*source.effects.active()} == {*VoltEffects.model_fields}
    assert {*EVERYTHING.active()} == {*VARIED, "full_scale"}
    assert source.inner.spread == Spread(**EVERYTHING.spread.active(), seed=5)


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
