"""Predictions by simulation, against the exact ones where both hold."""

import numpy as np
import pytest
from laboratories import FREE, perpendicular
from scipy.special import expit

import mtjphys as mp
from mtjphys import calibration as cal
from mtjphys.calibration import forward
from mtjphys.core.errors import DataError, ParameterError

CHANGES = {"free_layer.damping": 0.1, "free_layer.curie_temperature": 1200.0}
HEATING = {"heating": {"thermal_resistance": 6e6, "time_constant": 1e-9}}
PULSE = mp.Bias(voltage=0.5)


def junction(density: float = 5e4, **changes) -> mp.MTJ:
    return perpendicular(density).with_parameters(CHANGES | changes)


@pytest.fixture
def few(monkeypatch):
    """Simulate a part of the lanes and stays."""
    module = "mtjphys.calibration.forward.simulated"
    monkeypatch.setattr(f"{module}.LANES", 1024)
    monkeypatch.setattr(f"{module}.STAYS", 400)
    for function in (forward.simulated_logit_switching, forward.simulated_log_dwell_times):
        function.cache_clear()
    yield
    for function in (forward.simulated_logit_switching, forward.simulated_log_dwell_times):
        function.cache_clear()


def test_pulses_are_the_exact_ones_within_chance(few) -> None:
    durations = (7e-10, 1.1e-9, 2e-9)
    found = expit(forward.simulated_logit_switching(junction(), PULSE, durations, "antiparallel"))
    exact = expit(forward.logit_switching(junction(), PULSE, durations, "antiparallel"))
    assert exact[0] < 0.3 < 0.7 < exact[2]
    assert np.all(np.abs(found - exact) < 5.0 * np.sqrt(exact * (1.0 - exact) / 1024))


def test_dwell_times_and_occupation_are_the_exact_ones_within_chance(few) -> None:
    fast, bias = junction(2e4), mp.Bias(field=(0.0, 0.0, 2e-3))
    found = np.array(forward.simulated_log_dwell_times(fast, bias))
    exact = np.array(forward.log_dwell_times(fast, bias))
    assert exact[0] - exact[1] > 0.5
    assert np.all(np.abs(found - exact) < 0.01 + 5.0 / np.sqrt(400))
    assert forward.simulated_logit_occupation(fast, bias) == found[1] - found[0]


def test_the_same_random_numbers_make_differences_smooth(few) -> None:
    """Chance alone would move the logit at p = 1/2 by sqrt(2) 2/sqrt(1024) = 0.09 between two junctions."""
    found = [
        forward.simulated_logit_switching(junction(5e4 * (1.0 + 1e-4 * k)), PULSE, (1.1e-9,), "antiparallel")[0]
        for k in range(4)
    ]
    assert np.ptp(found) < 0.02
    other = mp.Bias(voltage=0.5001)
    assert abs(forward.simulated_logit_switching(junction(), other, (1.1e-9,), "antiparallel")[0] - found[0]) > 1e-3


def test_heating_is_refused_by_the_equation_and_helps_to_switch(few) -> None:
    hot = junction(**HEATING)
    assert "memory" in forward.refused(hot, PULSE)
    assert not forward.refused(hot, mp.Bias())
    cold, warm = (
        forward.simulated_logit_switching(one, mp.Bias(voltage=0.3), (2e-9,), "antiparallel")[0]
        for one in (junction(), hot)
    )
    assert warm > cold + 0.3


def test_what_takes_minutes_is_refused() -> None:
    with pytest.raises(forward.OutOfReach, match="minutes"):
        forward.simulated_logit_switching(junction(), PULSE, (1e-4,), "antiparallel")
    with pytest.raises(forward.OutOfReach, match="measure them apart"):
        forward.simulated_logit_switching(junction(), PULSE, (1e-9, 1e-5), "antiparallel")


def test_a_fit_takes_the_simulation_where_the_equation_does_not_hold(few) -> None:
    start = junction(5.1e4, **HEATING)
    pulses = cal.SwitchingProbability(
        voltage=[0.4, 0.5, 0.6], duration=1.1e-9, switched=[290, 575, 840], trials=1000, label="short pulses"
    )
    fit = cal.calibrate(pulses, start, FREE[:1], starts=1)
    assert fit.measurements[0].forward == "simulation"
    assert "Predicted by simulation: switching_probability 'short pulses'" in fit.told()[0]
    assert cal.calibrate(pulses, junction(), FREE[:1], starts=1).measurements[0].forward == "exact"
    # The chance of the simulation widens the errors.
    assert np.all(fit.measurements[0].likelihood.trials < pulses.trials)
    with pytest.raises(DataError, match="not simulated in a fit"):
        cal.calibrate(cal.Resistance(voltage=0.1, resistance=6e3, error=1.0), start, FREE[:1])
    with pytest.raises(ParameterError, match="forward='other'"):
        cal.calibrate(pulses, start, FREE[:1], forward="other")


@pytest.mark.parametrize(
    "measurement",
    [
        cal.SwitchingProbability(voltage=0.5, duration=1e-9, switched=500, trials=8000, forward="simulation"),
        cal.Occupation(antiparallel=0.5, effective_samples=500.0, forward="simulation"),
        cal.DwellTimes(
            parallel=1e-8, antiparallel=1e-8, parallel_count=800, antiparallel_count=800, forward="simulation"
        ),
    ],
    ids=lambda value: value.kind,
)
def test_synthetic_data_scatter_as_the_likelihood_expects(measurement) -> None:
    """By the chance of the data and of the simulation: the mean deviance of 400 is one a point, within 5 sigma."""
    generator = np.random.default_rng(1)
    predictor = np.zeros(2) - 18.4 if measurement.kind == "dwell_times" else np.array([0.3])
    made = [measurement.replicate(predictor, generator) for _ in range(400)]
    deviances = np.array([one.likelihood.residuals(predictor) ** 2 for one in made])
    assert abs(deviances.mean() - 1.0) < 5.0 * np.sqrt(2.0 / deviances.size)
