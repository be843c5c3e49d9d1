"""Mean dwell times."""

import numpy as np
import pytest
from laboratories import perpendicular

from mtjphys import calibration as cal
from mtjphys import fokker_planck
from mtjphys.bias import Bias
from mtjphys.core.errors import DataError, ParameterError

GIVEN = {"parallel": 4e-5, "antiparallel": 3e-5, "parallel_count": 50, "antiparallel_count": 60}


def test_the_predictor_is_ln_of_the_exact_dwell_times() -> None:
    table = cal.DwellTimes(voltage=[-0.01, 0.01], **GIVEN)
    exact = [fokker_planck.dwell_times(perpendicular(), Bias(voltage=v)) for v in (-0.01, 0.01)]
    expected = np.log([*(times.parallel for times in exact), *(times.antiparallel for times in exact)])
    np.testing.assert_allclose(table.predictor(perpendicular()), expected, rtol=1e-6)


def test_an_error_counts_as_so_many_stays() -> None:
    table = cal.DwellTimes(**(GIVEN | {"parallel_count": None, "parallel_error": 4e-6}))
    assert table.likelihood.information(np.log([4e-5, 3e-5])).diagonal().tolist() == pytest.approx([100.0, 60.0])


def test_a_dead_time_makes_the_means_longer_than_the_dwell_times() -> None:
    through = cal.DwellTimes(**GIVEN, dead_time=3e-6)
    # e^(0.1) (tau_P + tau_AP) - tau_AP is what is seen of parallel stays of 40 us and antiparallel ones of 30 us.
    seen = np.exp(0.1) * 7e-5 - 3e-5
    made = cal.DwellTimes(**(GIVEN | {"parallel": seen, "antiparallel": np.exp(0.075) * 7e-5 - 4e-5}), dead_time=3e-6)
    np.testing.assert_allclose(made.likelihood.residuals(np.log([4e-5, 3e-5])), 0.0, atol=1e-9)
    assert through.likelihood.residuals(np.log([4e-5, 3e-5]))[0] < 0.0


@pytest.mark.parametrize(
    ("values", "kind", "sentence"),
    [
        ({"parallel": -1.0}, ParameterError, r"parallel\[0\]=-1.0 s is outside"),
        ({"parallel_count": None}, ParameterError, "give parallel_count, .* or parallel_error"),
        ({"parallel_error": 1e-6}, ParameterError, "one of them"),
        ({"dead_time": 5e-5}, DataError, r"parallel\[0\]=4e-05 s is not above dead_time=5e-05 s"),
        ({"antiparallel": None}, ParameterError, "antiparallel is missing"),
    ],
)
def test_what_cannot_be_is_refused(values: dict, kind: type, sentence: str) -> None:
    with pytest.raises(kind, match=sentence):
        cal.DwellTimes(**(GIVEN | values))
