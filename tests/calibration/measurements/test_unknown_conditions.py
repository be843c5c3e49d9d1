"""Conditions that a laboratory does not know."""

import numpy as np
import pytest

from mtjphys import calibration as cal
from mtjphys.calibration.measurements.unknown_conditions import asked, is_condition, under
from mtjphys.core.errors import ParameterError

STAYS = {"parallel": 1e-3, "antiparallel": 1e-3, "parallel_count": 10, "antiparallel_count": 10}
DRIVEN = cal.DwellTimes(voltage=[0.1, 0.2], field=(1e-3, 0, 0), series_resistance=1e4, label="driven", **STAYS)
FED = cal.DwellTimes(current=1e-5, label="fed", **STAYS)


def test_offsets_are_added_and_factors_multiply() -> None:
    moved = under(
        DRIVEN,
        {
            "offset.field.x": 1e-3,
            "offset.field.z[driven]": -2e-3,
            "offset.field.z[fed]": 0.5,
            "offset.temperature": 7.0,
            "offset.series_resistance[driven]": 100.0,
            "factor.voltage": 1.1,
            "factor.current": 3.0,
        },
    )
    np.testing.assert_allclose(moved.field, [[2e-3, 0.0, -2e-3]] * 2)
    np.testing.assert_allclose(moved.voltage, [0.11, 0.22])
    assert moved.temperature.tolist() == [307.0, 307.0]
    assert moved.series_resistance.tolist() == [10_100.0, 10_100.0]
    assert moved.biases[1].field == pytest.approx((2e-3, 0.0, -2e-3))
    assert under(FED, {"factor.current[fed]": 2.0}).current.tolist() == [2e-5]
    assert under(FED, {"factor.voltage": 2.0}) is FED
    assert under(DRIVEN, {"offset.field.x[fed]": 1e-3}) is DRIVEN


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("offset.field", "offset.field.x"),
        ("offset.voltage", "no such condition"),
        ("factor.voltage[driven", "no such condition"),
        ("offset.field.x[bias 4]", "no measurement has the label 'bias 4'; the labels are 'driven', 'fed'"),
        ("factor.current[driven]", "none of these measurements has a current"),
        ("factor.voltage[fed]", "none of these measurements has a voltage"),
    ],
)
def test_what_is_not_there_is_told(name: str, told: str) -> None:
    assert is_condition(name)
    with pytest.raises(ParameterError, match="free parameter") as error:
        asked(name, [DRIVEN, FED])
    assert told in str(error.value)
    assert asked("factor.voltage[driven]", [DRIVEN, FED]).label == "driven"


def test_without_labels_that_is_told() -> None:
    with pytest.raises(ParameterError, match="no measurement has a label"):
        asked("offset.field.x[bias 4]", [cal.DwellTimes(**STAYS)])
