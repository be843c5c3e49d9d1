"""The slope of the likelihood at the truth, over what the expected information says of it: no fit takes part."""

import warnings

import numpy as np
from numpy.typing import NDArray

import mtjphys as mp
from mtjphys.calibration.fitting.parameters import FreeParameter
from mtjphys.calibration.fitting.problem import Problem
from validation.cases.calibration_coverage.kinds import KINDS
from validation.cases.calibration_coverage.laboratory import within

DATA = 200  # made at each truth


def score_squares(name: str, truths: int) -> NDArray[np.float64]:
    r"""Return the score statistic over its expectation, of data made at so many junctions of a kind.

    With score s and expected information I of n combinations of numbers, :math:`s^T I^{-1} s / n` has the mean 1 over
    data of the junction itself, exactly, if the likelihoods, what they say they know, and the derivatives are right.
    """
    kind = KINDS[name]
    parameters = tuple(FreeParameter(one, low, high, low > 0.0, "") for one, (low, high) in kind.ranges.items())
    found = []
    for seed in range(truths):
        stream = np.random.default_rng((seed, sum(name.encode()), 82))
        numbers = within(kind.ranges, stream.uniform(0.1, 0.9, size=len(kind.ranges)))
        junction = kind.junction(numbers)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", mp.MtjphysWarning)  # of short traces
            problem = Problem(tuple(kind.measurements(junction, stream)), junction, parameters)
            place = np.array([p.inner(numbers[p.name]) for p in parameters])
            predicted, jacobian = problem.predict(place, slopes=True), problem.jacobian(place)
            _, root, axes = np.linalg.svd(problem.roots(predicted) @ jacobian)
        told = root > 1e-9 * root[0]  # there are numbers that no measurement depends on
        for _ in range(DATA):
            parts = zip(problem.measurements, problem.parts(predicted), strict=True)
            again = Problem(tuple(one.replicate(part, stream) for one, part in parts), junction, parameters)
            score = jacobian.T @ (again.slopes(predicted).T @ again.residuals(predicted))
            found.append(np.mean((axes @ score)[told] ** 2 / root[told] ** 2))
    return np.array(found)
