"""What is kept of one device's fit."""

import numpy as np
import pytest
from laboratories import FREE, fitted

from mtjphys.calibration.devices.record import Record, load_record, record_path


def test_it_is_read_as_it_was_written(tmp_path):
    fit = fitted()
    record = Record.of("die 1/2", fit)
    record.save(tmp_path, "key")
    again = load_record(tmp_path, "die 1/2", "key")
    assert again is not None
    assert (again.name, again.junction, again.parameters) == ("die 1/2", fit.junction, fit.free)
    assert vars(again.numbers[FREE[0]]) == vars(record.numbers[FREE[0]])
    assert (again.numbers[FREE[0]].low, again.numbers[FREE[0]].high) == fit.interval(FREE[0])
    assert again.combinations["thermal_stability"].value == fit.estimate("thermal_stability")
    assert (again.p_value, again.sentence, again.measurements) == (fit.goodness.p_value, fit.goodness.sentence, 1)
    assert 0.0 < again.bend < 0.3
    assert again.unseen == {one.effect: abs(one.shift) for one in fit.unseen}
    assert again.unseen
    for name, array in vars(record.evidence).items():
        np.testing.assert_array_equal(getattr(again.evidence, name), array)
    assert [file.name for file in tmp_path.iterdir()] == ["die 1%2F2.json"]


@pytest.mark.parametrize("damage", [lambda text: text[:100], lambda text: "[]", lambda text: text.replace("axes", "x")])
def test_what_is_damaged_or_of_another_fit_is_not_read(tmp_path, damage):
    Record.of("A", fitted()).save(tmp_path, "key")
    assert load_record(tmp_path, "A", "other") is None
    assert load_record(tmp_path, "B", "key") is None
    path = record_path(tmp_path, "A")
    path.write_text(damage(path.read_text()))
    assert load_record(tmp_path, "A", "key") is None
