"""The estimate of a dwell time from what the passes to and fro say."""

import numpy as np
import pytest

from mtjphys.rare_events.repetitions import dwell


def passes(core_to_edge, edge_to_core, leaves, returns, settles):
    """Return what `passes` would of a chain of two cores and two edges, with the rates from one to the next.

    The basin is the core and its edge until m.p leaves; then it is put back to the core.
    """
    edge = 1.0 / (edge_to_core + leaves)
    rate = leaves * edge / (1.0 / core_to_edge + edge)
    other_edge = 1.0 / (returns + settles)
    again, back = returns * other_edge, leaves * edge
    times = rate / (1.0 - again * back)
    return times, times * (1.0 - again), times * other_edge, times * again * edge


@pytest.mark.parametrize("to_and_fro", [0.01, 1.0, 30.0])
def test_dwell_times_of_a_chain_are_exact(to_and_fro):
    # Core, edge | edge, core; unlike rates, and edges that exchange much faster or much slower than they settle.
    a_to_x, x_to_a, x_to_y, y_to_x, y_to_b, b_to_y = 0.2, 1.3, 0.7 * to_and_fro, 1.9 * to_and_fro, 0.6, 0.05
    here = passes(a_to_x, x_to_a, x_to_y, y_to_x, y_to_b)
    there = passes(b_to_y, y_to_b, y_to_x, x_to_y, x_to_a)
    generator = np.zeros((4, 4))
    rates = [(0, 1, a_to_x), (1, 0, x_to_a), (1, 2, x_to_y), (2, 1, y_to_x), (2, 3, y_to_b), (3, 2, b_to_y)]
    for start, end, rate in rates:
        generator[start, end] = rate
        generator[start, start] -= rate
    stationary = np.linalg.lstsq(np.vstack([generator.T, np.ones(4)]), np.array([0, 0, 0, 0, 1.0]), rcond=None)[0]
    exact = stationary[:2].sum() / (stationary[1] * x_to_y)
    assert dwell(np.nan, np.array([*here, *there])) == pytest.approx(exact, rel=1e-12)
    exact = stationary[2:].sum() / (stationary[2] * y_to_x)
    assert dwell(np.nan, np.array([*there, *here])) == pytest.approx(exact, rel=1e-12)
