"""Figures of a fit."""

import matplotlib.pyplot as plt
import numpy as np
from laboratories import fitted

from mtjphys import calibration as cal
from mtjphys.calibration.fitting.figures import figure, swept


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
