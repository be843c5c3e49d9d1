"""How much measurements would tell."""

import numpy as np
import pytest
from laboratories import fitted, perpendicular

from mtjphys import calibration as cal
from mtjphys.core.errors import DataError, ParameterError


def test_proposals_are_ranked_by_what_they_tell_in_an_hour_in_words() -> None:
    table = fitted().gain()
    assert (np.diff(table.per_hour) <= 0.0).all()
    np.testing.assert_allclose(table.per_hour, table.information / table.hours)
    assert "dwell time at voltage -15 mV and 15 mV" in table.candidate
    assert table.attrs["sentence"].startswith(f"Most per hour would tell: {table.candidate.values[0]} (")
    # Far from the voltages so far the torque is seen best.
    assert table.sharpened.sel(candidate="dwell time at voltage -15 mV and 15 mV") == "barrier.damping_like_per_volt"


def test_a_proposal_is_weighed_as_the_same_measurement_by_name() -> None:
    fit = fitted()
    stays = cal.DwellTimes(
        voltage=[-0.015, 0.015], parallel=1, antiparallel=1, parallel_count=400, antiparallel_count=400
    )
    given = fit.gain([stays], hours=[2.0])
    proposed = fit.gain().sel(candidate="dwell time at voltage -15 mV and 15 mV")
    assert float(given.information[0]) == pytest.approx(float(proposed.information), rel=0.05)
    assert float(given.per_hour[0]) == pytest.approx(float(given.information[0]) / 2.0)


def test_wrong_requests() -> None:
    fit = fitted()
    stays = cal.DwellTimes(field=(0, 0, 0.3), parallel=1, antiparallel=1, parallel_count=9, antiparallel_count=9)
    with pytest.raises(DataError, match="no second well"):
        fit.gain([stays])
    with pytest.raises(ParameterError, match="2 hours for 1 candidates"):
        fit.gain([stays], hours=[1.0, 2.0])
    with pytest.raises(ParameterError, match="give both or none"):
        fit.gain(hours=[1.0])
    with pytest.raises(ParameterError, match="nothing is free"):
        cal.calibrate(fit.measurements, perpendicular(), []).gain()
