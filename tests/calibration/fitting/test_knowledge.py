"""What is known of a junction after a fit."""

import pytest
from laboratories import FREE, fitted

from mtjphys.core.errors import ParameterError


def test_names_are_those_of_the_numbers_and_of_what_measurements_see() -> None:
    fit = fitted()
    assert fit.parameters == [*FREE, "thermal_stability", "critical_voltage", "attempt_time"]
    assert fit.estimate("thermal_stability") == pytest.approx(fit.junction.thermal_stability().parallel, rel=0.05)
    with pytest.raises(ParameterError, match=r"'free_layer\.dampin' was not fitted"):
        fit.interval("free_layer.dampin")
    with pytest.raises(ParameterError, match=r"level=1\.0"):
        fit.interval(FREE[0], 1.0)


def test_intervals_grow_with_their_level_about_the_estimate() -> None:
    fit = fitted()
    for name in fit.parameters:
        inner, outer = fit.interval(name, 0.68), fit.interval(name, 0.95)
        assert outer[0] < inner[0] < fit.estimate(name) < inner[1] < outer[1]


def test_what_is_known_best_is_said_in_powers() -> None:
    lines = fitted().knowledge
    assert len(lines) == 3
    assert lines[0].count("known to") == 1


def test_a_description_names_value_interval_and_verdict() -> None:
    text = fitted().describe()
    assert "free_layer.uniaxial_anisotropy" in text
    assert "identified" in text
    assert "thermal_stability" in text


def test_a_fit_shows_itself_in_a_line() -> None:
    assert repr(fitted()).startswith("<Calibration: 1 measurement, 3 free numbers; One junction")
    assert len(repr(fitted())) < 200
