"""Models beside each other."""

import numpy as np
import pytest
from laboratories import FREE, dwell_times, fitted, perpendicular

from mtjphys import calibration as cal
from mtjphys.core.errors import DataError, ParameterError


def test_the_model_of_the_data_wins_and_numbers_cost() -> None:
    fit = fitted()
    data = fit.measurements
    without = cal.calibrate(data, fit.junction.with_parameters({"reference.stray_field": (0.0, 0.0, 0.0)}), [FREE[0]])
    more = cal.calibrate(data, fit.junction, [*FREE, "free_layer.damping"], starts=1)
    table = cal.compare({"no stray field": without, "three": fit, "four": more})
    assert table.model.values.tolist() == ["three", "four", "no stray field"]
    assert float(table.weight.sum()) == pytest.approx(1.0)
    assert table.free_numbers.values.tolist() == [3, 4, 1]
    assert float(table.criterion[1]) == pytest.approx(2.0, abs=2.0)
    assert float(table.p_value[2]) < 1e-3


def test_scatter_makes_differences_count_less() -> None:
    table = dwell_times(perpendicular(), 0)
    off = table.with_data(parallel=table.parallel * np.exp([0.4, -0.4, 0.4]))
    fits = {name: cal.calibrate(off, perpendicular(), FREE[:k], starts=1) for k, name in ((1, "one"), (2, "two"))}
    found = cal.compare(fits)
    dispersion = found.attrs["dispersion"]
    assert dispersion > 5.0
    plain = float(np.ptp(found.deviance.values)) - 2.0
    assert float(np.ptp(found.criterion.values)) < max(plain, 3.0)


def test_the_same_data_in_other_objects_are_the_same() -> None:
    table = dwell_times(perpendicular(), 0)
    copies = table.with_data(label=table.label), table.with_data(label=table.label)
    fits = [cal.calibrate(copy, perpendicular(), FREE[: k + 1], starts=1) for k, copy in enumerate(copies)]
    assert set(cal.compare({"one": fits[0], "two": fits[1]}).model.values) == {"one", "two"}
    longer = table.with_data(parallel=table.parallel * (1.0 + 1e-12))
    other = cal.calibrate(longer, perpendicular(), FREE[:1], starts=1)
    with pytest.raises(DataError, match="'other' is no fit of the same measurements"):
        cal.compare({"one": fits[0], "other": other})


def test_fits_of_other_data_are_refused() -> None:
    other = cal.calibrate(dwell_times(perpendicular(), 1), perpendicular(), FREE[:1], starts=1)
    with pytest.raises(DataError, match="'other' is no fit of the same measurements"):
        cal.compare({"first": fitted(), "other": other})
    with pytest.raises(ParameterError, match="two fits or more"):
        cal.compare({"one": fitted()})
