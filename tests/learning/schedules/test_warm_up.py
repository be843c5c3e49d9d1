"""What follows a warm-up."""

import pytest

from mtjphys.core.errors import ParameterError
from mtjphys.learning import schedules


def test_what_follows_a_warm_up_is_a_schedule():
    for wrong in ("linear", {"name": "cosine"}):
        with pytest.raises(ParameterError, match="after="):
            schedules.WarmUp(0.2, wrong)
