"""Which numbers of a junction the data can tell."""

from __future__ import annotations

import numpy as np

from mtjphys.calibration.fitting.problem import Floats, Problem

SHARPER = 3.0
"""A number is fitted where the data know it this many times better than its range, given those before it."""


def select(problem: Problem, position: Floats) -> tuple[list[str], dict[str, str]]:
    """Return the names of the parameters that the data can tell, and of each other one the reason why not.

    In the order in which they are given, a parameter is taken if what the data say about it, beyond what the ones
    before it can imitate, is worth `SHARPER` standard deviations over half its range: the norm of its column of the
    weighted derivatives once the columns before it are projected out.
    """
    weighted = problem.roots(problem.predict(position)) @ problem.jacobian(position) * (0.5 * problem.widths)
    basis = np.zeros((weighted.shape[0], 0))
    chosen: list[str] = []
    reasons: dict[str, str] = {}
    for parameter, column in zip(problem.parameters, weighted.T, strict=True):
        rest = column - basis @ (basis.T @ column)
        seen, left = float(np.linalg.norm(column)), float(np.linalg.norm(rest))
        if left >= SHARPER:
            basis = np.column_stack((basis, rest / left))
            chosen.append(parameter.name)
        elif seen < SHARPER:
            reasons[parameter.name] = "the data do not depend on it within its range"
        else:
            alike = np.abs(basis.T @ column)
            other = chosen[int(np.argmax(alike))]
            reasons[parameter.name] = f"the data cannot tell it from {other} and the others that are fitted"
    return chosen, reasons
