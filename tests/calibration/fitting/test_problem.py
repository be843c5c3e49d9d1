"""Measurements, a junction, and what is free."""

import numpy as np
import pytest
from laboratories import FREE, dwell_times, measured, perpendicular

import mtjphys as mp
from mtjphys import calibration as cal
from mtjphys.calibration.fitting.parameters import as_parameters
from mtjphys.calibration.fitting.problem import Problem


@pytest.fixture(scope="module")
def problem() -> Problem:
    truth = perpendicular()
    states = measured(cal.Resistance, truth, 1, resistance=1e3, error=20.0, state="antiparallel")
    return Problem((dwell_times(truth, 0), states), truth, as_parameters(truth, FREE, None))


def test_a_position_is_a_junction(problem: Problem) -> None:
    assert problem.junction(problem.origin).free_layer.uniaxial_anisotropy[0] == pytest.approx(5e4)
    moved = problem.junction(problem.origin + np.array([np.log(1.2), 1e-3, 0.0]))
    assert moved.free_layer.uniaxial_anisotropy[0] == pytest.approx(6e4)
    assert moved.reference.stray_field[2] == pytest.approx(2e-3)


def test_likelihood_and_residuals_of_all_measurements_are_together(problem: Problem) -> None:
    predicted = problem.predict(problem.origin)
    parts = problem.parts(predicted)
    assert [part.size for part in parts] == [6, 1]
    total = sum(m.likelihood.log_likelihood(part) for m, part in zip(problem.measurements, parts, strict=True))
    assert problem.log_likelihood(predicted) == pytest.approx(total)
    slopes, step = problem.slopes(predicted), 1e-6
    moved = problem.residuals(predicted + step) - problem.residuals(predicted - step)
    np.testing.assert_allclose(slopes @ np.ones(7), moved / (2 * step), rtol=1e-5)
    roots = problem.roots(predicted)
    np.testing.assert_allclose((roots.T @ roots)[6, 6], 1.0 / 20.0**2)


def test_the_jacobian_is_that_of_theory(problem: Problem) -> None:
    # The barrier is K V/kT plus what the field adds: d ln tau/d ln K is about Delta, and the torque per volt moves the
    # two states apart at a voltage and not at rest.
    slope = problem.jacobian(problem.origin)
    assert np.all(np.abs(slope[:6, 0] - 11.0) < 2.5)
    np.testing.assert_allclose(slope[[1, 4], 2], 0.0, atol=1e-9)
    assert slope[2, 2] > 0.0 > slope[5, 2]
    assert np.all(slope[:3, 1] > 0.0)
    assert np.all(slope[3:6, 1] < 0.0)


def test_where_there_is_no_answer_it_is_told(problem: Problem) -> None:
    strong = problem.origin + np.array([np.log(0.2), 0.045, 0.0])
    assert np.isnan(problem.predict(strong)).all()
    assert problem.log_likelihood(problem.predict(strong)) == -np.inf
    assert "no second well" in problem.failure(strong)


def test_the_jacobian_knows_conditions_beside_exact_derivatives() -> None:
    # A moment in the film's plane, whose solver has derivatives: by the barrier exactly, by an offset by differences.
    layer = {
        "saturation_magnetisation": 6e4,
        "volume": 2e-23,
        "damping": 0.15,
        "demagnetising_factors": (0.0, 0.0, 1.0),
        "uniaxial_anisotropy": (7e2, (1.0, 0.0, 0.0)),
    }
    junction = mp.MTJ(free_layer=layer, reference={"direction": (1.0, 0.0, 0.0)})
    counts = {"parallel": 1.0, "antiparallel": 1.0, "parallel_count": 9, "antiparallel_count": 9}
    tables = tuple(cal.DwellTimes(field=(b, 0.0, 0.0), label=label, **counts) for label, b in (("a", 0.0), ("b", 1e-3)))
    names = ["offset.field.x[b]", "free_layer.uniaxial_anisotropy", "offset.temperature[a]"]
    problem = Problem(tables, junction, as_parameters(junction, names, None, tables))
    assert problem.is_exact(problem.origin)
    slopes = problem.jacobian(problem.origin)
    assert np.all(slopes[:2, 0] == 0.0)
    assert np.all(slopes[2:, 2] == 0.0)
    for k, step in enumerate((1e-4, 0.01, 1.0)):
        ends = [problem.predict(problem.origin + sign * step * np.eye(3)[k]) for sign in (1.0, -1.0)]
        np.testing.assert_allclose(slopes[:, k], (ends[0] - ends[1]) / (2.0 * step), rtol=0.03, atol=1e-3)
    alone = problem.with_free(names[:1])
    assert not alone.is_exact(alone.origin)
    np.testing.assert_allclose(alone.jacobian(alone.origin)[:, 0], slopes[:, 0], rtol=1e-6, atol=1e-9)
