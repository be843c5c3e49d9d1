"""Figures of a fit."""

import matplotlib.pyplot as plt
import numpy as np
from laboratories import fitted

from mtjphys import calibration as cal
from mtjphys.calibration.fitting.checks import checks
from mtjphys.calibration.fitting.figures import figure, predictive, profiles, swept


def test_each_measurement_is_drawn_beside_the_fit() -> None:
    fit = fitted()
    drawn = figure(fit)
    first, residuals, correlation = drawn.axes
    assert first.get_xlabel() == "voltage (mV)"
    assert first.get_ylabel().startswith("dwell time (")
    model = np.sort(np.exp(fit.maximum.predicted))
    shown = np.sort(np.concatenate([line.get_ydata() for line in first.lines if line.get_linestyle() == "-"]))
    np.testing.assert_allclose(shown / shown[0], model / model[0], rtol=1e-9)
    assert residuals.get_ylabel().startswith("residual")
    assert len(correlation.texts) == 9
    plt.close(drawn)


def test_what_varies_most_is_along_the_axis() -> None:
    curve = cal.SwitchingProbability(voltage=[0.1, 0.1, 0.2], duration=[1e-9, 2e-9, 3e-9], switched=1, trials=2)
    assert swept(curve)[0] == "duration"
    assert swept(cal.Occupation(antiparallel=0.5, error=0.1))[0] == ""


def test_profiles_cross_the_levels_at_the_ends_of_the_intervals() -> None:
    fit = fitted()
    drawn = profiles(fit)
    assert len(drawn.axes) == len(fit.parameters)
    for name in fit.parameters:
        values, excess = fit.profile_curve(name)
        assert (np.diff(values) > 0.0).all()
        left, right = values <= fit.estimate(name), values >= fit.estimate(name)
        low, high = fit.interval(name)
        ends = np.interp(-3.84, -excess[left], values[left]), np.interp(3.84, excess[right], values[right])
        np.testing.assert_allclose(ends, (low, high), atol=0.03 * (high - low))
    plt.close(drawn)


def test_each_kind_has_its_check_with_a_p_value() -> None:
    found = checks(fitted())
    drawn = predictive(found)
    points, histogram = drawn.axes
    assert points.get_title() == "dwell times"
    assert histogram.get_title() == found[0].words
    assert sum(line.get_xdata().size for line in points.lines[1:]) == 6
    plt.close(drawn)
