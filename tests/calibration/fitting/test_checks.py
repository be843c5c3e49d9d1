"""What plausible junctions would have shown."""

import numpy as np
from laboratories import FREE, dwell_times, fitted, measured, perpendicular
from scipy.stats import kstest

from mtjphys import calibration as cal
from mtjphys.calibration.fitting.checks import checks


def test_data_of_the_model_pass_and_others_do_not() -> None:
    (passed,) = checks(fitted())
    assert passed.kind == "dwell_times"
    assert passed.p_value > 0.05
    # The mean deviance of made-up data from their own junction is one a point, within 5 sigma.
    assert abs(passed.made_up.mean() / 6.0 - 1.0) < 5.0 * np.sqrt(2.0 / (6 * passed.made_up.size))
    assert np.abs(passed.standing).max() < 4.0

    # The same dwell times, and resistances that no free number can move.
    states = measured(cal.Resistance, perpendicular(), 1, resistance=1e3, error=20.0, state="antiparallel")
    wrong = states.with_data(resistance=states.resistance + 200.0)
    fit = cal.calibrate([dwell_times(perpendicular(), 0), wrong], perpendicular(), FREE, starts=1)
    stays, resistances = checks(fit)
    assert stays.p_value > 0.05
    assert resistances.p_value == 0.0
    assert resistances.words == "p < 0.005"
    assert resistances.standing[0] > 5.0


def test_measured_deviances_are_spread_by_what_is_not_known() -> None:
    """From junctions about the best fit the deviance is higher by chi square of the free numbers."""
    fit = fitted()
    (found,) = checks(fit)
    excess = found.measured - found.measured.min()
    assert kstest(excess, "chi2", args=(len(fit.free),)).pvalue > 1e-6
