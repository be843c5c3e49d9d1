"""Presets: every value has a source, and each junction shows the observable it was chosen for."""

import doctest
import math

import pytest
from scipy.constants import Boltzmann

import mtjphys.bias
from mtjphys import fokker_planck, presets
from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.junction import MTJ

TAGS = ("cited", "inferred", "chosen", "assumed")


@pytest.mark.parametrize("name", presets.names())
def test_loads_and_round_trips(name):
    junction = presets.load(name)
    assert junction.name == name
    assert getattr(presets, name)() == junction
    assert name in presets.__all__
    assert MTJ.from_toml(junction.to_toml()) == junction
    assert all(math.isfinite(entry.value) for entry in junction.summary())


@pytest.mark.parametrize("name", presets.names())
def test_every_value_that_is_set_has_a_provenance(name):
    junction = presets.load(name)
    origin = presets.provenance(name)
    for path, text in origin.items():
        part, parameter = path.split(".")
        assert parameter in type(getattr(junction, part)).model_fields
        assert text.split(":")[0] in TAGS
    for part in ("free_layer", "barrier", "reference", "heating", "spin_orbit"):
        if getattr(junction, part) is not None:
            for parameter in getattr(junction, part).model_fields_set:
                assert f"{part}.{parameter}" in origin
    assert presets.source(name)
    assert presets.note(name)
    assert (
        any(text.startswith("cited") for text in origin.values())
        or "not reproduced" in (presets.note(name))
        or name == "safranski_2021"
    )


def test_unknown_name():
    with pytest.raises(ParameterError, match="did you mean schnitzspan_2023"):
        presets.load("schnitzspan2023")
    with pytest.raises(ParameterError, match="known: funatsu_2022"):
        presets.provenance("???")


def test_koenders_resistances():
    junction = presets.koenders_2025()
    assert junction.resistance_parallel == pytest.approx(5670)
    assert junction.resistance_antiparallel == pytest.approx(9230)
    for resistance, level in ((5670, 36.2e-3), (9230, 48.0e-3)):
        assert 0.1 * resistance / (resistance + 1e4) == pytest.approx(level, abs=5e-5)
    assert junction.resistance_parallel * junction.area == pytest.approx(15e-12, rel=0.1)


def test_schnitzspan_at_its_current_density():
    junction = presets.schnitzspan_2023()
    assert junction.resistance_parallel * junction.area == pytest.approx(15e-12)
    density = 0.15 / (junction.resistance_parallel * junction.area)
    assert density == pytest.approx(1e10)
    power = 0.15**2 * 0.5 * (1 / junction.resistance(1.0) + 1 / junction.resistance(-1.0))
    rise = junction.heating.thermal_resistance * power
    assert rise == pytest.approx(29.0, abs=1.0)
    cold = junction.with_parameters({"heating": None})
    bias = mtjphys.bias.Bias(voltage=0.15, temperature=300.0 + rise)
    relaxation = 1 / fokker_planck.relaxation_rate(cold, bias, rtol=1e-2)
    assert relaxation == pytest.approx(5e-9, rel=0.1)
    assert 2 * relaxation < 10e-9


def test_schnitzspan_at_zero_bias():
    rate = fokker_planck.relaxation_rate(presets.schnitzspan_2023(), mtjphys.bias.Bias(), rtol=1e-2)
    assert 1 / rate == pytest.approx(6.0e-9, rel=0.03)


def test_hayakawa_relaxation():
    rate = fokker_planck.relaxation_rate(presets.hayakawa_2021(), mtjphys.bias.Bias(), rtol=1e-2)
    assert 1 / rate == pytest.approx(8e-9, rel=0.03)


def test_safranski_autocorrelation():
    bias = mtjphys.bias.Bias()
    time = fokker_planck.correlation_time(presets.safranski_2021(), bias, kind="1/e", rtol=1e-2)
    assert time == pytest.approx(3.2e-9, rel=0.02)


@pytest.mark.parametrize("name", ["funatsu_2022", "funatsu_2022_34nm"])
def test_funatsu_dwell_times(name):
    rate = fokker_planck.relaxation_rate(presets.load(name), mtjphys.bias.Bias())
    assert 2 / rate == pytest.approx(1e-3, rel=0.02)


def test_high_barrier_presets_have_the_dwell_times_they_were_chosen_for():
    koenders = fokker_planck.relaxation_rate(presets.koenders_2025(), mtjphys.bias.Bias(), rtol=1e-2)
    assert 1 / koenders == pytest.approx(0.2072e-3, rel=0.005)
    vodenicarevic = fokker_planck.relaxation_rate(presets.vodenicarevic_2017(), mtjphys.bias.Bias(), rtol=1e-2)
    assert 4 / vodenicarevic == pytest.approx(604e-6, rel=0.005)
    assert presets.mizrahi_2018().thermal_stability().parallel == pytest.approx(13.8, rel=0.01)


def test_soumah_in_plane_field():
    junction = presets.soumah_2024()
    bias = mtjphys.bias.Bias(field=(0.025, 0, 0))
    rate = fokker_planck.relaxation_rate(junction, bias, rtol=1e-2)
    assert 2 / rate == pytest.approx(0.01, rel=0.05)
    assert 0 < junction.thermal_stability(Bias(field=(0.07, 0, 0))).parallel < 4


def test_rehm_macrospin():
    junction = presets.rehm_2023()
    assert junction.thermal_stability() == pytest.approx((90, 90))
    assert junction.anisotropy_fields()[2] == pytest.approx(0.67)
    assert junction.resistance_antiparallel == pytest.approx(5849)
    overdrive = 0.681 / junction.critical_voltages().antiparallel
    assert overdrive == pytest.approx(2.32, rel=1e-4)
    whole = 0.5 * 4.72e5 * 0.67 * math.pi * 20e-9**2 * 2.6e-9 / (Boltzmann * 300)
    assert whole == pytest.approx(127, rel=0.03)


def test_rehm_magnetisation_and_anisotropy_follow_the_table():
    # Ms and K per area at 4 and 295 K of the same stack (Rehm et al., thermal effects).
    junction = presets.rehm_2023()
    cold = junction.saturation_magnetisation(Bias(temperature=4.0))
    warm = junction.saturation_magnetisation(Bias(temperature=295.0))
    assert cold == pytest.approx(580769, rel=0.01)
    assert warm == pytest.approx(473077, rel=0.01)
    ratio = (cold / warm) ** junction.free_layer.anisotropy_exponent
    assert ratio == pytest.approx(5.7569 / 4.1205, rel=0.04)


def test_timopheev_anisotropies_have_the_cited_ratio():
    junction = presets.timopheev_2016()
    first = 0.5 * junction.anisotropy_fields()[2] * junction.free_layer.saturation_magnetisation  # K of sin2
    second = junction.free_layer.second_order_anisotropy
    # K sin2 + K2 sin4 = -(K + 2 K2) cos2 + K2 cos4 + const
    assert second / (first + 2.0 * second) == pytest.approx(0.1, rel=1e-3)
    assert junction.thermal_stability().parallel == pytest.approx(
        (first + second) * junction.volume / (Boltzmann * 300), rel=1e-9
    )


def test_doctests():
    assert doctest.testmod(presets).failed == 0
