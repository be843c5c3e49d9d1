"""What junctions do, as fits ask for it."""

import math

import numpy as np
import pytest
from laboratories import perpendicular

from mtjphys.bias import Bias
from mtjphys.calibration import forward


def test_a_state_that_is_gone_is_left_at_once() -> None:
    junction = perpendicular(4e4, 0.0)
    strong = Bias(field=(0.0, 0.0, 0.2))
    with pytest.raises(forward.Unanswered, match="no second well"):
        forward.log_dwell_times(junction, strong)
    assert forward.log_exit_times(junction, strong) == (math.inf, -math.inf)
    assert forward.log_exit_times(junction, Bias(field=(0.0, 0.0, -0.2))) == (-math.inf, math.inf)
    assert forward.log_exit_times(junction, Bias()) == forward.log_dwell_times(junction, Bias())


def test_sharp_wells_have_the_resistance_of_their_minimum() -> None:
    junction = perpendicular(9e7, 0.0)
    assert forward.state_resistances(junction, Bias()) == pytest.approx((5000.0, 10000.0), rel=1e-3)


def test_logits_keep_their_digits_at_both_ends() -> None:
    logits = forward.logit_switching(perpendicular(), Bias(voltage=0.15), [1e-12, 1e-9, 2e-8], "antiparallel")
    assert np.all(np.diff(logits) > 0.0)
    assert logits[0] < -8.0
    assert logits[2] > 8.0


def test_what_was_asked_once_is_kept() -> None:
    junction = perpendicular(4.1e4)
    first = forward.log_dwell_times(junction, Bias())
    before = forward.log_dwell_times.cache_info().hits
    assert forward.log_dwell_times(perpendicular(4.1e4), Bias()) is first
    assert forward.log_dwell_times.cache_info().hits == before + 1


def test_what_the_solver_does_not_reach_is_no_state_that_is_gone() -> None:
    # 1200 kB T: both states are there, and their dwell times beyond floating point.
    with pytest.raises(forward.Unanswered):
        forward.log_exit_times(perpendicular(5e6, 0.0), Bias())
