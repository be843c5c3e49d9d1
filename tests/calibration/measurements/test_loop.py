"""Loops."""

import numpy as np
import pytest
from laboratories import perpendicular

from mtjphys import calibration as cal
from mtjphys import experiments
from mtjphys.core.errors import ParameterError

FIELDS = np.concatenate((np.linspace(-0.06, 0.06, 13), np.linspace(0.05, -0.06, 12)))


def test_a_loop_is_the_mean_of_many_simulated_ones() -> None:
    # The same loop, held 200 ns a field, by 64 simulated junctions: within 5 standard errors where both states mix.
    junction = perpendicular(2e4, 0.0)
    swept = np.linspace(-0.06, 0.06, 7)
    simulated = experiments.resistance_field_loop(junction, swept, dwell=2e-7, replicas=64, seed=3)
    for branch in ("up", "down"):
        along = simulated.sel(branch=branch).sortby("time")
        fields = along.applied_field.values
        mean = along.resistance.mean("replica").values
        error = along.resistance.std("replica").values / 8.0
        loop = cal.Loop(field=[(0, 0, b) for b in fields], resistance=mean, error=np.maximum(error, 1.0), dwell=2e-7)
        predicted = loop.predictor(junction)
        if branch == "up":  # the other branch begins where this one ended
            assert np.all(np.abs(predicted - mean) < 5.0 * error + 0.015 * mean)


def test_slow_loops_have_no_hysteresis_and_fast_ones_do() -> None:
    fields = [(0.0, 0.0, b) for b in FIELDS]
    slow, fast = (
        cal.Loop(field=fields, resistance=6e3, error=10.0, dwell=dwell).predictor(perpendicular(4e4, 0.0))
        for dwell in (1.0, 1e-7)
    )
    back = slice(12, None)
    assert np.abs(slow[:13] - slow[back][::-1]).max() < 1.0
    assert np.abs(fast[:13] - fast[back][::-1]).max() > 2e3


def test_a_loop_without_dwell_is_refused() -> None:
    with pytest.raises(ParameterError, match="dwell is missing"):
        cal.Loop(resistance=6e3, error=1.0)
