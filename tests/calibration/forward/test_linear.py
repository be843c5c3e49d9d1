"""Derivatives of predictions, against differences."""

import numpy as np
import pytest
from laboratories import perpendicular
from spins import in_plane_junction

import mtjphys as mp
from mtjphys import calibration as cal
from mtjphys.calibration import forward
from mtjphys.junction.numbers import value_of, with_values

STAYS = {"parallel": 1.0, "antiparallel": 1.0, "parallel_count": 9, "antiparallel_count": 9}
NAMES = ("free_layer.uniaxial_anisotropy", "free_layer.damping", "reference.stray_field.x", "free_layer.volume")
PULSED = ("free_layer.uniaxial_anisotropy", "free_layer.damping", "barrier.damping_like_per_volt", "free_layer.volume")


def in_plane() -> mp.MTJ:
    """Return an ellipse of low barrier in a field along and across its axis."""
    changes = {"free_layer.volume": 5e-25, "barrier.damping_like_per_volt": 0.02, "barrier.resistance_parallel": 5e3}
    return in_plane_junction().with_parameters(changes | {"reference.stray_field": (1e-3, 2e-3, 0.0)})


def differences(measurement: cal.Measurement, junction: mp.MTJ, names: tuple[str, ...]) -> np.ndarray:
    """Return central differences of the predictor, (n, names)."""
    columns = []
    for name in names:
        value = value_of(junction, name)
        step = 0.02 * value
        ends = [measurement.predictor(with_values(junction, {name: value + sign * step})) for sign in (1.0, -1.0)]
        columns.append((ends[0] - ends[1]) / (2.0 * step))
    return np.array(columns).T


@pytest.mark.parametrize(
    ("measurement", "junction", "names"),
    [
        (cal.DwellTimes(voltage=0.05, **STAYS), in_plane(), NAMES),
        (cal.Occupation(voltage=0.05, antiparallel=0.5, error=0.1), in_plane(), NAMES),
        (cal.Resistance(voltage=0.05, resistance=6e3, error=10.0), in_plane(), NAMES),
        (
            cal.SwitchingProbability(
                voltage=[0.1, 0.1, 0.2], duration=[5e-9, 2e-9, 1e-8], switched=0, trials=9, initial="antiparallel"
            ),
            perpendicular(),
            (*PULSED, "reference.stray_field.z"),
        ),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_exact_derivatives_are_those_of_differences(measurement, junction, names, monkeypatch) -> None:
    found = measurement.linear(junction, names)
    np.testing.assert_allclose(found.value, measurement.predictor(junction), rtol=1e-12)
    monkeypatch.setattr("mtjphys.calibration.forward.exact.RTOL", 1e-5)  # differences need more digits
    expected = differences(measurement, junction, names)
    scale = np.abs(expected).max(axis=0)
    np.testing.assert_allclose(found.slopes / scale, expected / scale, atol=0.015)


def test_a_trace_has_the_derivatives_of_its_dwell_times() -> None:
    trace = cal.TelegraphTrace(values=np.tile([0.0, 1.0], 50), sample_interval=1e-6, quantity="arbitrary")
    stays = cal.DwellTimes(**STAYS)
    np.testing.assert_array_equal(trace.linear(in_plane(), NAMES).slopes, stays.linear(in_plane(), NAMES).slopes)


def test_where_differences_are_cheaper_there_are_no_others() -> None:
    pulse = cal.SwitchingProbability(voltage=0.1, duration=5e-9, switched=0, trials=9)
    assert pulse.linear(in_plane(), NAMES) is None
    assert cal.DwellTimes(**STAYS).linear(perpendicular(), NAMES) is None
    assert cal.Resonance(frequency=1e9, error=1e7).linear(in_plane(), NAMES) is None


def test_what_rounding_leaves_of_a_derivative_is_not_taken() -> None:
    with pytest.raises(forward.Unanswered, match="rounding"):
        forward.linear_occupation(in_plane(), mp.Bias(field=(-0.2, 0.0, 0.0)), NAMES)
