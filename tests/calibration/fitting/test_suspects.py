"""Effects that a fit does not know."""

from dataclasses import replace

import numpy as np
import pytest
from laboratories import FREE, dwell_times, measured, perpendicular
from scipy.special import expit
from scipy.stats import chi2

from mtjphys import calibration as cal
from mtjphys.calibration.fitting.suspects import DOUBTFUL, chance, noncentrality, suspects
from mtjphys.junction.numbers import value_of

QUADRATIC, SECOND = "barrier.damping_like_per_volt_squared", "free_layer.second_order_anisotropy"
HEATING = 4e4  # K/V^2: 10 K at 16 mV


def warmed(seed: int):
    """Return dwell times of a junction that the current warms."""
    table = dwell_times(perpendicular(), seed).with_data(voltage=[-0.01, 0.0, 0.01])
    hot = table.with_data(temperature=300.0 + HEATING * table.voltage**2)
    return table.replicate(hot.predictor(perpendicular()), np.random.default_rng(seed))


def known(fit):
    """Return the suspects of a fit."""
    return suspects(fit.problem, fit.maximum.position, fit.problem.jacobian(fit.maximum.position), False)


def test_heating_is_suspected_and_measured() -> None:
    fit = cal.calibrate(warmed(1), perpendicular(), FREE, starts=1)
    found = {one.words: one for one in known(fit)}
    heating = found["heating with the square of the voltage"]
    assert heating.p_value < 1e-3
    assert heating.size == pytest.approx(HEATING, rel=0.6)
    assert fit.goodness.p_value < 0.01
    assert "Heating with the square of the voltage of" in fit.goodness.sentence


def test_data_with_an_effect_are_as_far_from_those_without_as_is_said() -> None:
    plan = dwell_times(perpendicular(), 0).with_data(voltage=[-0.01, 0.0, 0.01])
    fit = cal.calibrate(
        plan.replicate(plan.predictor(perpendicular()), np.random.default_rng(0)), perpendicular(), FREE
    )
    place = np.array([p.inner(float(value_of(perpendicular(), p.name) or 0.0)) for p in fit.free])
    jacobian = fit.problem.jacobian(place)
    expected = noncentrality(fit.problem, place, jacobian, "heating", HEATING)
    warm = plan.with_data(temperature=300.0 + HEATING * plan.voltage**2).predictor(perpendicular())
    found = []
    for seed in range(100):
        problem = replace(fit.problem, measurements=(plan.replicate(warm, np.random.default_rng(seed)),))
        one = next(s for s in suspects(problem, place, jacobian, False) if s.words.startswith("heating"))
        found.append(chi2.isf(one.p_value, 1))
    assert expected > 3.0
    error = np.sqrt(2.0 * (1.0 + 2.0 * expected) / 100)
    assert abs(np.mean(found) - 1.0 - expected) < 5.0 * error
    assert noncentrality(fit.problem, place, jacobian, "heating", 2.0 * HEATING) == pytest.approx(4.0 * expected)


def test_of_data_without_them_p_values_are_uniform() -> None:
    values = []
    fit = cal.calibrate(dwell_times(perpendicular(), 0), perpendicular(), FREE, starts=1)
    position, predicted = fit.maximum.position, fit.maximum.predicted
    jacobian = fit.problem.jacobian(position)
    for seed in range(60):
        table = fit.measurements[0].replicate(predicted, np.random.default_rng(seed))
        # At the truth instead of at the best fit: what J explains is taken off either way.
        problem = replace(fit.problem, measurements=(table,))
        values += [one.p_value for one in suspects(problem, position, jacobian, False)]
    values = np.sort(values)
    assert values.size == 120
    assert np.abs(values - np.linspace(0.0, 1.0, values.size)).max() < 2.5 / np.sqrt(60)


def test_where_data_scatter_more_than_their_counts_p_values_are_uniform_too() -> None:
    fit = cal.calibrate(dwell_times(perpendicular(), 0), perpendicular(), FREE[:2], starts=1)
    position, predicted = fit.maximum.position, fit.maximum.predicted
    jacobian = fit.problem.jacobian(position)
    fewer = fit.measurements[0].with_data(parallel_count=25, antiparallel_count=25)
    values: dict[bool, list[float]] = {False: [], True: []}
    for seed in range(30):
        drawn = fewer.replicate(predicted, np.random.default_rng(seed))
        table = fit.measurements[0].with_data(parallel=drawn.parallel, antiparallel=drawn.antiparallel)
        problem = replace(fit.problem, measurements=(table,))
        for known in values:
            values[known] += [one.p_value for one in suspects(problem, position, jacobian, known)]
    assert np.mean(np.array(values[False]) < 0.05) > 0.4
    found = np.sort(values[True])
    assert np.abs(found - np.linspace(0.0, 1.0, found.size)).max() < 2.5 / np.sqrt(30)


def test_an_effect_that_is_fitted_or_does_not_act_is_none() -> None:
    resting = measured(
        cal.DwellTimes, perpendicular(), 2, parallel=1.0, antiparallel=1.0, parallel_count=300, antiparallel_count=300
    )
    fit = cal.calibrate(resting, perpendicular(), FREE[:1], starts=1)
    assert {one.words for one in known(fit)} <= {"a second-order anisotropy"}
    fit = cal.calibrate(dwell_times(perpendicular(), 0), perpendicular(), [FREE[0], FREE[2], QUADRATIC], starts=1)
    assert "a torque quadratic in the voltage" not in {one.words for one in known(fit)}


def test_what_the_fit_imitates_is_none() -> None:
    # One curve over the amplitude: a torque and its quadratic part at one voltage are the same.
    pulses = cal.SwitchingProbability(
        voltage=0.2, duration=[2e-9, 4e-9], switched=0, trials=500, initial="antiparallel"
    )
    counts = np.round(500 * expit(pulses.predictor(perpendicular())))
    fit = cal.calibrate(pulses.with_data(switched=counts), perpendicular(), FREE[2:], starts=1)
    found = {one.words for one in known(fit)}
    assert "a torque quadratic in the voltage" not in found


def exact_dwell_times(truth, voltage=(-0.01, 0.0, 0.01)):
    """Return dwell times as they are expected."""
    counts = {"parallel_count": 400, "antiparallel_count": 400}
    plan = cal.DwellTimes(voltage=voltage, parallel=1.0, antiparallel=1.0, **counts)
    parallel, antiparallel = np.split(np.exp(plan.predictor(truth)), 2)
    return plan.with_data(parallel=parallel, antiparallel=antiparallel)


def test_what_data_would_hide_puts_the_fit_off_by_as_much_as_is_said() -> None:
    voltage = (0.0, 0.01)  # of one a torque may be linear or quadratic
    fit = cal.calibrate(exact_dwell_times(perpendicular(), voltage), perpendicular(), FREE, starts=1)
    torque, anisotropy = [one for one in fit.unseen if not one.words.startswith("heating")]
    assert torque.words == "a torque quadratic in the voltage of 30 uT at 10 mV"
    assert torque.size == pytest.approx(0.3)  # of 0.03 T/V, a tenth at 10 mV
    assert anisotropy.size == pytest.approx(5e3, rel=0.05)  # of a barrier of 5e4 J/m3, less that of 1 mT
    part = 0.1  # so small that predictions are straight
    for name, one in ((QUADRATIC, torque), (SECOND, anisotropy)):
        truth = perpendicular().with_parameters({name: part * one.size})
        misled = cal.calibrate(exact_dwell_times(truth, voltage), perpendicular(), FREE, starts=1)
        ends = np.array(fit.interval(one.name, 0.6827))
        moved = np.array([fit.estimate(one.name), misled.estimate(one.name)])
        if one.amount.endswith("%"):
            ends, moved = np.log(ends), np.log(moved)
        assert abs(one.shift) > 1.0
        assert np.diff(moved) / (0.5 * np.diff(ends)) == pytest.approx(part * one.shift, rel=0.1)


def test_what_is_called_out_or_does_no_harm_or_was_fitted_is_not_hidden() -> None:
    # Heat of 30 K at 10 mV, the highest voltage, is called out.
    fit = cal.calibrate(exact_dwell_times(perpendicular()), perpendicular(), FREE, starts=1)
    assert not [one for one in fit.unseen if one.words.startswith("heating")]
    place = np.array([p.inner(float(value_of(perpendicular(), p.name) or 0.0)) for p in fit.free])
    heat = noncentrality(fit.problem, place, fit.problem.jacobian(place), "heating", 30.0 / 0.01**2)
    assert chance(heat, fit.goodness.tests) > 0.99
    # Of a few stays the errors are larger than what it does.
    few = exact_dwell_times(perpendicular()).with_data(parallel_count=2, antiparallel_count=2)
    fit = cal.calibrate(few, perpendicular(), FREE, starts=1)
    torque = noncentrality(fit.problem, place, fit.problem.jacobian(place), QUADRATIC, 0.3)
    assert 0.0 < chance(torque, fit.goodness.tests) < 0.1
    assert not [one for one in fit.unseen if one.words.startswith("a torque")]
    # At rest, neither a torque nor heat acts.
    plan = exact_dwell_times(perpendicular()).with_data(voltage=0.0, field=[(0.0, 0.0, b) for b in (-5e-3, 0.0, 5e-3)])
    resting = plan.replicate(plan.predictor(perpendicular()), np.random.default_rng(0))
    fit = cal.calibrate(resting, perpendicular(), FREE[:2], starts=1)
    assert [one.words.split(" of ")[0] for one in fit.unseen] == ["a second-order anisotropy"]
    assert "off by" in fit.describe()
    assert cal.calibrate(resting, perpendicular(), [*FREE[:2], SECOND], starts=1).unseen == []


def test_where_data_scatter_more_less_is_seen_and_errors_count_for_less() -> None:
    table = exact_dwell_times(perpendicular(), (0.0, 0.01))
    table = table.with_data(parallel=table.parallel * [1.2, 0.9], antiparallel=table.antiparallel * [0.9, 1.2])
    plain = cal.calibrate(table, perpendicular(), FREE[:2], starts=1)
    wide = cal.calibrate(table, perpendicular(), FREE[:2], starts=1, overdispersion=True)
    assert wide.dispersion > 10.0
    # Without it the torque is called out.
    assert [one.size for one in plain.unseen] == pytest.approx([one.size for one in wide.unseen[1:]], rel=1e-5)
    assert wide.unseen[1].shift == pytest.approx(plain.unseen[0].shift / np.sqrt(wide.dispersion), rel=0.05)
    place = wide.maximum.position
    torque = noncentrality(wide.problem, place, wide.problem.jacobian(place), QUADRATIC, wide.unseen[0].size)
    assert wide.unseen[0].seen == pytest.approx(chance(torque / wide.dispersion, wide.goodness.tests), rel=0.05)


def test_heat_of_a_current_source_is_that_over_the_mean_resistance() -> None:
    driven = dwell_times(perpendicular(), 0).with_data(voltage=0.0, current=[-0.01 / 7500, 0.0, 0.01 / 7500])
    place = np.array([np.log(5e4)])
    values = []
    for table in (driven, dwell_times(perpendicular(), 0)):
        fit = cal.calibrate(table, perpendicular(), FREE[:1], starts=1)
        values.append(noncentrality(fit.problem, place, fit.problem.jacobian(place), "heating", HEATING))
    assert values[0] > 10.0
    assert values[0] == pytest.approx(values[1], rel=0.5)  # other torques, the same heat


def test_heat_of_a_current_source_is_that_of_the_fitted_resistance() -> None:
    driven = dwell_times(perpendicular(), 0).with_data(voltage=0.0, current=[-0.01 / 7500, 0.0, 0.01 / 7500])
    fit = cal.calibrate(driven, perpendicular(), [FREE[0], "barrier.resistance_parallel"], starts=1)
    place = np.log([5e4, 5e3])
    twice = replace(fit.problem, start=perpendicular().with_parameters({"barrier.resistance_parallel": 1e4}))
    one, other = (
        noncentrality(problem, place, problem.jacobian(place), "heating", HEATING) for problem in (fit.problem, twice)
    )
    assert one > 0.0
    assert other == pytest.approx(one, rel=1e-6)


def test_chance_to_be_called_out() -> None:
    assert chance(0.0, 4) == pytest.approx(DOUBTFUL / 4)
    assert chance(chi2.isf(DOUBTFUL / 4, 1), 4) == pytest.approx(0.5, abs=0.01)
