"""From measurements to a junction."""

import warnings

import numpy as np
import pytest
from laboratories import FREE, dwell_times, fitted, measured, perpendicular

from mtjphys import calibration as cal
from mtjphys.calibration.fitting.fit import problem_of
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError

TRUTH = {"free_layer.uniaxial_anisotropy": 5e4, "reference.stray_field.z": 1e-3, "barrier.damping_like_per_volt": 0.03}


def test_the_truth_is_found_within_its_errors() -> None:
    fit = fitted()
    for k, (name, value) in enumerate(TRUTH.items()):
        parameter = fit.free[k]
        assert parameter.name == name
        away = parameter.inner(fit.estimate(name)) - parameter.inner(value)
        assert abs(away) < 5.0 * fit.correlation.standard_deviation.values[k]
        assert fit.correlation.standard_deviation.values[k] < 0.2 * parameter.width


def test_the_maximum_is_one() -> None:
    fit = fitted()
    problem = fit.problem
    best = problem.log_likelihood(fit.maximum.predicted)
    for k in range(3):
        for sign in (-1.0, 1.0):
            moved = fit.maximum.position.copy()
            moved[k] += 0.3 * sign * fit.correlation.standard_deviation.values[k]
            assert problem.log_likelihood(problem.predict(moved)) < best - 0.02


def test_what_is_free_is_chosen_by_the_data() -> None:
    # Dwell times at rest say one number of the barrier and the stray field, nothing of the torque.
    table = measured(
        cal.DwellTimes, perpendicular(), 2, parallel=1.0, antiparallel=1.0, parallel_count=300, antiparallel_count=300
    )
    fit = cal.calibrate(table, perpendicular(6e4, 0.0), starts=1)
    assert {p.name for p in fit.free} == {"free_layer.uniaxial_anisotropy", "reference.stray_field.z"}
    assert fit.verdicts["free_layer.uniaxial_anisotropy"] == "identified"
    assert fit.verdicts["barrier.damping_like_per_volt"] == "not identified"
    assert "do not depend on it" in fit.reasons["barrier.damping_like_per_volt"]
    assert "cannot tell it from" in fit.reasons["free_layer.volume"]


def test_other_starts_end_at_the_same_junction() -> None:
    start = perpendicular(6e4, 0.0, 0.02)
    table = dwell_times(perpendicular(), 0)
    ranges = {FREE[0]: (3e4, 8e4), FREE[1]: (-4e-3, 4e-3)}
    told = []
    fit = cal.calibrate(table, start, FREE[:2], starts=2, ranges=ranges, told=told.append)
    other = cal.calibrate(table, start, FREE[:2], starts=1, ranges=ranges)
    assert told == [1, 1]
    assert not fit.maximum.ties
    np.testing.assert_allclose(fit.maximum.position, other.maximum.position, rtol=1e-4, atol=1e-6)


def test_scatter_beyond_the_counts_widens_intervals_where_it_is_asked_for() -> None:
    table = dwell_times(perpendicular(), 0)
    off = table.with_data(parallel=table.parallel * np.exp([0.3, -0.3, 0.3]))
    plain = cal.calibrate(off, perpendicular(), FREE[:2], starts=1)
    wide = cal.calibrate(off, perpendicular(), FREE[:2], starts=1, overdispersion=True)
    assert wide.dispersion == pytest.approx(wide.goodness.dispersion)
    assert wide.dispersion > 4.0
    ratios = [np.subtract(*fit.interval(FREE[0])) for fit in (wide, plain)]
    assert ratios[0] / ratios[1] == pytest.approx(np.sqrt(wide.dispersion), rel=0.1)


def test_junctions_that_do_as_well_are_told() -> None:
    # One mean resistance is that of many pairs of resistance and magnetoresistance.
    names = ["barrier.resistance_parallel", "barrier.tunnel_magnetoresistance"]
    record = cal.Resistance(resistance=6.5e3, error=20.0)
    with pytest.warns(MtjphysWarning, match="other junctions explain the data as well"):
        cal.calibrate(record, perpendicular(), names, starts=3)


@pytest.mark.parametrize(
    ("given", "kind", "sentence"),
    [
        ({"start": "x"}, ParameterError, "'x' is not a preset"),
        ({"start": 3}, ParameterError, "start=3 is not a junction"),
        ({"free": ["free_layer.dampening"]}, ParameterError, "the junction has no such number"),
        ({"free": "free_layer.damping"}, ParameterError, "is not a list of names"),
        ({"free": FREE[:1] * 2}, ParameterError, "different names"),
        ({"ranges": {FREE[0]: (1e3, 2e3)}}, ParameterError, "outside its range"),
        ({"ranges": {"x": (1e3, 2e3)}}, ParameterError, "is of no free parameter"),
        ({"ranges": {FREE[0]: (5e4, 3e4)}}, ParameterError, "must rise"),
        ({"starts": 0}, ParameterError, "starts=0 is not a whole number"),
        ({"measurements": []}, ParameterError, "measurements"),
    ],
)
def test_bad_input_is_one_sentence(given: dict, kind: type, sentence: str) -> None:
    arguments = {"measurements": dwell_times(perpendicular(), 0), "start": perpendicular(), "free": FREE} | given
    with pytest.raises(kind, match=sentence):
        cal.calibrate(**arguments)


def test_a_start_without_an_answer_says_which_measurement() -> None:
    table = cal.DwellTimes(
        field=(0, 0, 0.5), parallel=1e-6, antiparallel=1e-6, parallel_count=9, antiparallel_count=9, label="strong"
    )
    with pytest.raises(DataError, match=r"dwell_times 'strong': .* no second well"):
        cal.calibrate(table, perpendicular(), FREE)


def test_data_that_say_nothing_are_told() -> None:
    table = cal.Resistance(resistance=6e3, error=1e5, state="parallel")
    with pytest.raises(DataError, match="the data tell no number"):
        cal.calibrate(table, perpendicular())


def test_nothing_is_warned_of_a_good_fit() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = cal.calibrate(dwell_times(perpendicular(), 5), perpendicular(), FREE[:2], starts=1)
        fit.describe()


def test_a_field_that_the_laboratory_does_not_know_is_fitted() -> None:
    # Two tables at the same nominal field; one was taken at 3 mT more, which its dwell times show.
    truth, stays = perpendicular(stray_field=0.0), {"parallel": 1.0, "antiparallel": 1.0}
    counts = {"parallel_count": 400, "antiparallel_count": 400}
    known = measured(cal.DwellTimes, truth, 1, label="known", **stays, **counts)
    shifted = measured(cal.DwellTimes, truth, 2, field=(0.0, 0.0, 3e-3), **stays, **counts)
    unknown = shifted.with_data(field=(0.0, 0.0, 0.0), label="unknown")
    name = "offset.field.z[unknown]"
    fit = cal.calibrate([known, unknown], truth, ["free_layer.uniaxial_anisotropy", name], starts=1)
    low, high = fit.interval(name, 0.9999)
    assert low < 3e-3 < high
    assert high - low < 1.5e-3
    assert fit.verdicts[name] == "identified"
    assert fit.junction.reference.stray_field == (0.0, 0.0, 0.0)
    # A prediction for the same label is made there, one without it where it says.
    there, here = fit.predict(unknown), fit.predict(unknown.with_data(label=""))
    assert float(there.value[0]) > 1.5 * float(here.value[0])
    with pytest.raises(ParameterError, match="the labels are 'known', 'unknown'"):
        cal.calibrate([known, unknown], truth, ["offset.field.z[other]"])


def test_conditions_that_are_not_free_any_more_stay_where_they_were() -> None:
    # The series resistance of a junction at rest is nothing that the data can tell; one under voltage is asked later.
    truth = perpendicular()
    table = measured(
        cal.DwellTimes, truth, 3, parallel=1.0, antiparallel=1.0, parallel_count=300, antiparallel_count=300
    )
    fit = cal.calibrate(table, truth, ranges={"offset.series_resistance": (0.0, 500.0)}, starts=1)
    assert fit.verdicts["offset.series_resistance"] == "not identified"
    under = table.with_data(voltage=0.01)
    problem = problem_of(under, truth, [FREE[0], "offset.series_resistance"], {"offset.series_resistance": (0.0, 5e3)})
    position = problem.origin
    position[1] = 3e3
    rest = problem.at(position).with_free(FREE[:1])
    assert rest.conditions["offset.series_resistance"] == 3e3
    np.testing.assert_allclose(rest.predict(rest.origin), problem.predict(position), rtol=1e-12)
    assert not np.allclose(problem.predict(problem.origin), problem.predict(position), rtol=1e-3)
