"""Counts of pulses that switched."""

import numpy as np
import pytest
from laboratories import perpendicular
from scipy.special import logit

from mtjphys import calibration as cal
from mtjphys import fokker_planck
from mtjphys.bias import Bias
from mtjphys.core.errors import DataError, ParameterError


def test_the_predictor_is_logit_of_the_exact_probability_at_both_ends() -> None:
    durations = np.array([3e-9, 5e-10, 5e-8])
    curve = cal.SwitchingProbability(voltage=0.1, duration=durations, switched=1, trials=2)
    exact = fokker_planck.switching_probability(
        perpendicular(), Bias(voltage=0.1), durations, initial="antiparallel", rtol=1e-3
    )
    error = fokker_planck.write_error(perpendicular(), Bias(voltage=0.1), durations, initial="antiparallel", rtol=1e-3)
    expected = np.where(exact > 0.9, np.log1p(-error) - np.log(error), logit(exact))
    np.testing.assert_allclose(curve.predictor(perpendicular()), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "kind", "sentence"),
    [
        ({"switched": [3, 9]}, DataError, r"switched\[1\]=9 of trials=8; .*are the columns exchanged"),
        ({"switched": 0.4}, DataError, "switched=0.4 is a probability"),
        ({"switched": 2.5}, DataError, "switched=2.5 is not a whole number"),
        ({"duration": 3.0}, None, ""),
        ({"duration": 2000.0}, ParameterError, "looks like nanoseconds"),
        ({"initial": "up"}, ParameterError, "initial='up' is unknown"),
        ({"trials": 0, "switched": 0}, DataError, "expected at least one"),
    ],
)
def test_what_cannot_be_is_refused(values: dict, kind: type | None, sentence: str) -> None:
    given = {"duration": 1e-9, "switched": 3, "trials": 8} | values
    if kind is None:
        assert cal.SwitchingProbability(**given).points == 1
        return
    with pytest.raises(kind, match=sentence):
        cal.SwitchingProbability(**given)
