"""Pulses by weighted ensembles against exact theory."""

import warnings

import numpy as np
import pytest
from rare_junctions import FIELD, SIGMAS, critical_voltage, junction

import mtjphys as mp
from mtjphys import fokker_planck, rare_events
from mtjphys.core.errors import MtjphysWarning, ParameterError, SimulationError
from mtjphys.rare_events.weighted_ensembles import resample


def test_write_error_of_a_spin_torque_pulse():
    # Twice the critical torque, barrier 40 kT: 1.0050e-2 after 4 relaxation times (Fokker-Planck).
    damping = 0.02
    device = junction(40.0, damping, damping_like_efficiency=0.3)
    unit = (1.0 + damping**2) / (damping * device.free_layer.gyromagnetic_ratio * FIELD)
    bias = mp.Bias(voltage=2.0 * critical_voltage(device))
    found = rare_events.switching_probability(device, bias, 4.0 * unit, seed=8)
    assert found.complement_error < 0.1 * found.complement
    assert abs(found.complement - 1.0050e-2) < SIGMAS * found.complement_error
    assert found.value + found.complement == pytest.approx(1.0, rel=1e-9)


def test_rare_switching_in_a_field_pulse():
    device = junction(8.0)
    pulse = mp.Bias(field=(0.0, 0.0, -0.3 * FIELD))
    exact = float(fokker_planck.switching_probability(device, pulse, 1e-8, start=mp.Bias()))
    found = rare_events.switching_probability(device, pulse, 1e-8, start=mp.Bias(), seed=9)
    assert exact < 0.05
    assert found.standard_error < 0.1 * found.value
    assert abs(found.value - exact) < SIGMAS * found.standard_error
    # The same pulse as a waveform, over half way through the time.
    shape = mp.PulseTrain(amplitude=-0.3 * FIELD, width=1e-8)
    longer = rare_events.switching_probability(device, mp.Bias(field=(0.0, 0.0, shape)), 1e-8, start=mp.Bias(), seed=9)
    assert abs(longer.value - exact) < SIGMAS * longer.standard_error


@pytest.mark.parametrize("initial", ["parallel", "antiparallel"])
@pytest.mark.parametrize("shape", ["field", "voltage", "pulse", "both ways"])
def test_a_start_in_the_state_that_the_pulse_favours_is_warned_of(shape, initial):
    heating = mp.Heating(thermal_resistance=1.0, time_constant=1e-10)
    device = junction(4.0, 0.5, damping_like_per_volt=0.01, heating=heating)
    strength = -0.6 * FIELD  # towards the antiparallel state
    pulse = {
        "field": mp.Bias(field=(0.0, 0.0, strength)),
        "voltage": mp.Bias(voltage=0.6 * critical_voltage(device)),
        "pulse": mp.Bias(field=(0.0, 0.0, mp.PulseTrain(amplitude=strength, width=1e-9))),
        "both ways": mp.Bias(field=(0.0, 0.0, mp.Sine(amplitude=strength, frequency=1e9))),
    }[shape]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", MtjphysWarning)
        options = {"start": mp.Bias(), "initial": initial, "relative_error": 0.5, "seed": 3}
        rare_events.switching_probability(device, pulse, 2e-9, **options)
    assert [str(one.message).partition(",")[0] for one in caught] == (
        ["the pulse drives towards the state that it starts from"]
        if initial == "antiparallel" and shape != "both ways"
        else []
    )


def test_resampling_keeps_every_mean():
    rng = np.random.default_rng(3)
    bins, weights = rng.integers(0, 5, 64), rng.random(64)
    copies, carried = np.zeros(64), np.zeros(64)
    offsets = (np.arange(4000) + 0.5) / 4000
    for u in offsets:
        chosen, new = resample(bins, weights, float(u))
        for wanted in np.unique(bins):
            assert new[bins[chosen] == wanted].sum() == pytest.approx(weights[bins == wanted].sum(), rel=1e-12)
        np.add.at(carried, chosen, new / offsets.size)
        np.add.at(copies, chosen, 1.0 / offsets.size)
    np.testing.assert_allclose(carried, weights, atol=2e-3)
    assert copies.sum() == pytest.approx(64.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"duration": 0.0}, "duration"),
        ({"start": mp.Bias(voltage=mp.Sine(amplitude=0.1, frequency=1e9))}, "constant"),
        ({"start": mp.Bias(field=(0.0, 0.0, 2.0 * FIELD))}, "two wells"),
        ({"step": -1e-12}, "step"),
    ],
)
def test_bad_pulse(change, message):
    options = {"duration": 1e-9} | change
    with pytest.raises(ParameterError, match=message):
        rare_events.switching_probability(junction(8.0), mp.Bias(), options.pop("duration"), **options)


def test_probability_out_of_reach():
    with pytest.raises(SimulationError, match="too small"):
        rare_events.switching_probability(junction(60.0), mp.Bias(), 1e-12)
