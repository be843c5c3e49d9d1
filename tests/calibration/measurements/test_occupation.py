"""Occupations."""

import numpy as np
import pytest
from laboratories import perpendicular
from scipy.special import expit

from mtjphys import calibration as cal
from mtjphys import fokker_planck
from mtjphys.bias import Bias
from mtjphys.core.errors import DataError, ParameterError


def test_the_predictor_is_logit_of_the_exact_occupation() -> None:
    record = cal.Occupation(voltage=[-0.01, 0.01], antiparallel=0.5, error=0.01)
    exact = [1.0 - fokker_planck.equilibrium(perpendicular(), Bias(voltage=v)).occupation() for v in (-0.01, 0.01)]
    np.testing.assert_allclose(expit(record.predictor(perpendicular())), exact, rtol=1e-6)
    assert exact[0] > 0.5 > exact[1]


def test_an_error_counts_as_so_many_readings() -> None:
    record = cal.Occupation(antiparallel=0.2, error=0.04)
    assert record.likelihood.trials.tolist() == pytest.approx([100.0])


@pytest.mark.parametrize(
    ("values", "kind", "sentence"),
    [
        ({"antiparallel": 40.0}, ParameterError, "looks like per cent"),
        ({"error": None}, ParameterError, "give error, the standard error, or effective_samples"),
        ({"antiparallel": 1.0}, DataError, "give effective_samples"),
    ],
)
def test_what_cannot_be_is_refused(values: dict, kind: type, sentence: str) -> None:
    with pytest.raises(kind, match=sentence):
        cal.Occupation(**({"antiparallel": 0.4, "error": 0.01} | values))
