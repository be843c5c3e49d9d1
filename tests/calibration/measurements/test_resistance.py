"""Resistances."""

import pytest
from laboratories import perpendicular

from mtjphys import calibration as cal
from mtjphys import fokker_planck
from mtjphys.core.errors import ParameterError


def test_states_and_mean_belong_together() -> None:
    junction = perpendicular()
    low, high, mean = (
        cal.Resistance(resistance=6e3, error=1.0, state=state).predictor(junction)[0]
        for state in ("parallel", "antiparallel", "mean")
    )
    # At barrier Delta the state fluctuates: 1 - <m.p> is about 1/(2 Delta).
    assert junction.resistance_parallel < low < 1.06 * junction.resistance_parallel
    assert 0.9 * junction.resistance_antiparallel < high < junction.resistance_antiparallel
    share = fokker_planck.equilibrium(junction).occupation()
    assert mean == pytest.approx(share * low + (1.0 - share) * high, rel=1e-6)


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(ParameterError, match="state='up' is unknown"):
        cal.Resistance(resistance=6e3, error=1.0, state="up")
