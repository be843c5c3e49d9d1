"""Switching fields of single sweeps."""

from functools import cache

import numpy as np
import pytest
from laboratories import perpendicular

from mtjphys import calibration as cal
from mtjphys import fokker_planck
from mtjphys.bias import Bias
from mtjphys.core.errors import DataError, ParameterError

DENSITY, RATE = 1.6e5, 0.5
FIELDS = np.linspace(0.0, 0.16, 161)


@cache
def hazard(density: float) -> np.ndarray:
    """Return the integral of the rate of leaving the antiparallel state over a sweep to each of FIELDS."""
    junction = perpendicular(density, 0.0)
    times = [fokker_planck.dwell_times(junction, Bias(field=(0, 0, b)), rtol=1e-5).antiparallel for b in FIELDS[::16]]
    rates = np.exp(np.polynomial.Polynomial.fit(FIELDS[::16], -np.log(times), 6)(FIELDS))
    steps = (rates[1:] - rates[:-1]) / np.log(rates[1:] / rates[:-1]) * np.diff(FIELDS)
    return np.concatenate(([0.0], np.cumsum(steps))) / RATE


def drawn(count: int) -> np.ndarray:
    """Return switching fields of a continuous sweep, by inverting the integral of the rate."""
    return np.interp(np.random.default_rng(5).exponential(size=count), hazard(DENSITY), FIELDS)


def test_fields_of_a_continuous_sweep_give_the_barrier_with_the_least_possible_error() -> None:
    # The error is that of Cramer and Rao for the density k exp(-integral of k), by differences of the integral.
    fields, name = drawn(600), "free_layer.uniaxial_anisotropy"
    sweep = cal.SwitchingSweep.of_switching_fields(fields, start=0.0, rate=RATE)
    fit = cal.calibrate(sweep, perpendicular(1.5e5, 0.0), [name], starts=1)
    below, above = (-np.diff(np.exp(-hazard(DENSITY + change))) for change in (-100.0, 100.0))
    seen = (shares := -np.diff(np.exp(-hazard(DENSITY)))) > 1e-12
    scores = (above - below)[seen] / shares[seen] / 200.0
    expected = 1.0 / np.sqrt(600 * np.sum(shares[seen] * scores**2))
    low, high = fit.interval(name, 0.68)
    assert 0.5 * (high - low) == pytest.approx(expected, rel=0.1)
    assert abs(fit.estimate(name) - DENSITY) < 4.0 * expected


def test_a_point_is_left_with_the_probability_of_its_dwell() -> None:
    junction, bias = perpendicular(), Bias(field=(0.0, 0.0, 0.01))
    mean = fokker_planck.dwell_times(junction, bias, rtol=1e-3)
    for initial in ("parallel", "antiparallel"):
        dwell = np.array([1e-9, 1e-4, 1e-2])
        sweep = cal.SwitchingSweep(field=bias.field, switched=0, sweeps=9, dwell=dwell, initial=initial)
        expected = -np.expm1(-dwell / getattr(mean, initial))
        np.testing.assert_allclose(sweep.in_units(sweep.predictor(junction)), expected, rtol=3e-3)


def test_a_state_that_the_field_has_removed_is_left_at_once() -> None:
    sweep = cal.SwitchingSweep(field=[(0, 0, 0.0), (0, 0, 0.5)], switched=[0, 9], sweeps=9, dwell=1e-9)
    probabilities = sweep.in_units(sweep.predictor(perpendicular()))
    assert probabilities[0] < 1e-4
    assert probabilities[1] == 1.0


def test_synthetic_sweeps_switch_once() -> None:
    sweep = cal.SwitchingSweep(voltage=[0.0, 0.1, 0.2], switched=0, sweeps=10_000, dwell=1.0)
    made = sweep.replicate(np.array([-1.0, 0.0, 50.0]), np.random.default_rng(1))
    assert made.switched.sum() == 10_000.0
    share = 1.0 / (1.0 + np.e)
    assert made.switched[0] == pytest.approx(1e4 * share, abs=5.0 * np.sqrt(1e4 * share * (1.0 - share)))
    assert made.likelihood.trials.tolist() == made.left.tolist()


def test_sweeps_down_are_sweeps_up_seen_from_the_other_side() -> None:
    up, down = (
        cal.SwitchingSweep.of_switching_fields(s * drawn(40), start=0.0, rate=RATE, initial=initial)
        for s, initial in ((1.0, "antiparallel"), (-1.0, "parallel"))
    )
    assert up.switched.tolist() == down.switched.tolist()
    np.testing.assert_allclose(up.field, -down.field)
    symmetric = perpendicular(DENSITY, 0.0)
    np.testing.assert_allclose(up.predictor(symmetric), down.predictor(symmetric), rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "kind", "sentence"),
    [
        ({"switched": [3, 9]}, DataError, "12 sweeps switched at all points together, of sweeps=8"),
        ({"switched": 0.4}, DataError, "switched=0.4 is not a whole number"),
        ({"sweeps": 0}, DataError, "sweeps=0; give one number"),
        ({"dwell": None}, ParameterError, "dwell is missing"),
        ({"initial": "up"}, ParameterError, "initial='up' is unknown"),
    ],
)
def test_what_cannot_be_is_refused(values: dict, kind: type, sentence: str) -> None:
    with pytest.raises(kind, match=sentence):
        cal.SwitchingSweep(**({"dwell": 1e-3, "switched": 3, "sweeps": 8} | values))


@pytest.mark.parametrize(
    ("fields", "options", "kind", "sentence"),
    [
        ([0.1, 0.2], {}, DataError, "holds 2 values"),
        ([0.1] * 9, {}, DataError, "not all equal"),
        ([0.1, 0.2, 0.3, 0.2, -0.1], {}, DataError, "field=-0.1 T is before start=0 T"),
        ([0.1, 0.2, 0.3, 0.2, 0.1], {"rate": 0.0}, ParameterError, "rate=0.0 T/s"),
        ([0.1, 0.2, 0.3, 0.2, 0.1], {"along": (0, 0, 0)}, ParameterError, "no direction"),
    ],
)
def test_fields_that_cannot_be_are_refused(fields: list, options: dict, kind: type, sentence: str) -> None:
    with pytest.raises(kind, match=sentence):
        cal.SwitchingSweep.of_switching_fields(fields, **({"start": 0.0, "rate": 1.0} | options))
