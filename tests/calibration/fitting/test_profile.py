"""Intervals of the profile likelihood."""

import numpy as np
from laboratories import FREE, fitted

import mtjphys.calibration as cal
from mtjphys.calibration.fitting.profile import profile


def test_ends_are_where_the_deviance_says_by_another_code() -> None:
    """Minuit's MINOS, on the exact predictions, finds the same ends to 2 % of their distance."""
    from iminuit import Minuit

    fit = fitted()
    problem, position = fit.problem, fit.maximum.position
    scale = fit.correlation.standard_deviation.values

    def deviance(scaled: np.ndarray) -> float:
        return float(np.sum(problem.residuals(problem.predict(position + np.asarray(scaled) * scale)) ** 2))

    minuit = Minuit(deviance, np.zeros(3))
    minuit.errordef = 1.0
    minuit.migrad()
    minuit.minos("x0", cl=0.95)
    low, high = (fit.free[0].inner(end) for end in fit.interval(FREE[0]))
    found = minuit.merrors["x0"]
    np.testing.assert_allclose((low - position[0]) / scale[0], minuit.values[0] + found.lower, atol=0.04)
    np.testing.assert_allclose((high - position[0]) / scale[0], minuit.values[0] + found.upper, atol=0.04)


def test_an_end_that_the_range_sets_is_no_finding() -> None:
    fit = fitted()
    edge = fit.estimate(FREE[0]) * 1.001
    tight = cal.calibrate(
        fit.measurements, fit.junction, FREE[:2], starts=1, ranges={FREE[0]: (2e4, edge), FREE[1]: (-0.01, 0.01)}
    )
    found = tight.profile_interval(FREE[0])
    assert not found.bounded_high
    assert found.bounded_low
    np.testing.assert_allclose(found.high, edge, rtol=1e-3)
    assert tight.verdicts[FREE[0]] == "weak"
    assert tight.verdicts[FREE[1]] == "identified"


def test_a_value_at_the_end_of_an_interval_has_its_level() -> None:
    fit = fitted()
    for name in fit.parameters:
        low, high = fit.interval(name, 0.9)
        for end in (low, high):
            np.testing.assert_allclose(fit.level(name, end), 0.9, atol=0.01)
        assert fit.level(name, fit.estimate(name)) < 0.05


def test_a_best_fit_at_the_end_of_its_range_has_intervals_too() -> None:
    fit = fitted()
    edge = fit.interval(FREE[0], 0.68)[0]  # the data would have it beyond
    tight = cal.calibrate(
        fit.measurements, fit.junction.with_parameters({FREE[0]: (4e4, (0.0, 0.0, 1.0))}), FREE[:2], starts=1,
        ranges={FREE[0]: (2e4, edge)},
    )  # fmt: skip
    found = tight.profile_interval(FREE[0])
    assert not found.bounded_high
    assert found.low < edge <= found.high * 1.0001
    assert np.all(np.isfinite(tight.interval(FREE[1])))


class Forgetful:
    """A problem of one number and its surface; an end of an interval, asked for again, has a lower deviance."""

    axes, widths, bounds = np.eye(1), np.array([20.0]), (np.array([-10.0]), np.array([10.0]))

    def __init__(self) -> None:
        self.searches = 0
        self.first: dict[float, int] = {}

    def position(self, v: np.ndarray) -> np.ndarray:
        """Each search asks once for where it begins."""
        self.searches += 1
        return v

    def predict(self, v: np.ndarray) -> np.ndarray:
        far = abs(v[0]) > 1.9
        first = far and self.first.setdefault(np.sign(v[0]), self.searches) == self.searches
        return v * (1.05 if first else 0.5)

    coordinates = residuals = staticmethod(lambda values: values)
    jacobian = slopes = staticmethod(lambda values: np.eye(1))


def test_an_end_is_asked_for_once() -> None:
    given = Forgetful()
    found = profile(given, given, np.zeros(1), lambda v: (v[0], np.ones(1)), 0.95, 1.0)  # type: ignore[arg-type]
    np.testing.assert_allclose((found.low, found.high), (-1.96, 1.96), atol=0.02)
