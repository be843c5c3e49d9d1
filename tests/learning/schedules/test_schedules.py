"""Schedules follow their equations."""

import numpy as np
import pytest

from mtjphys.learning import schedules


@pytest.mark.parametrize(
    ("schedule", "values"),
    [
        ("constant", [1, 1, 1, 1, 1]),
        ("cosine", [1, 0.5 + 0.25 * 2**0.5, 0.5, 0.5 - 0.25 * 2**0.5, 0]),
        (schedules.CosineRate(0.2), [1, 0.6 + 0.2 * 2**0.5, 0.6, 0.6 - 0.2 * 2**0.5, 0.2]),
        ("exponential", [1, 10**-0.5, 0.1, 10**-1.5, 0.01]),
        (schedules.SteppedRate([0.5, 0.75], 0.2), [1, 1, 0.2, 0.04, 0.04]),
        (schedules.WarmUp(0.5, schedules.ConstantRate()), [0, 0.5, 1, 1, 1]),
        (
            "warm_up",
            [0, 0.5 + 0.5 * np.cos(np.pi * 0.2 / 0.95), *(0.5 + 0.5 * np.cos(np.pi * np.array([9, 14, 19]) / 19))],
        ),
    ],
)
def test_schedules_follow_their_equations(schedule, values):
    schedule = schedules.schedule_of(schedule)
    np.testing.assert_allclose([schedule(t) for t in (0.0, 0.25, 0.5, 0.75, 1.0)], values, atol=1e-12)
