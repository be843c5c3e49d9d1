"""Crossings within a step against finely divided bridges, and the numbers that decide them."""

import math

import numpy as np
import pytest

from mtjphys.kernels.compiling import compiled
from mtjphys.kernels.crossings import crossings, uniform


@compiled()
def numbers(key, first, last):
    """Return `uniform` of a run of steps."""
    values = np.empty(last - first)
    for step in range(first, last):
        values[step - first] = uniform(key, step)
    return values


@compiled()
def counted(parallel, before, cosine, low, high, spread, chances):
    """Return `crossings` for each of an array of random numbers."""
    values = np.empty(chances.size, np.int64)
    for k in range(chances.size):
        values[k] = crossings(parallel, before, cosine, low, high, spread, chances[k])
    return values


def watched(parallel, start, end, low, high, spread, paths, pieces, generator):
    """Return the changes of state along bridges in the angle, which are looked at `pieces` times."""
    angle, goal = np.full(paths, math.acos(start)), math.acos(end)
    # Looking at the pieces puts the thresholds 0.5826 deviations of a piece further out.
    shift = 0.5826 * math.sqrt(spread / pieces)
    into_low, into_high = math.acos(low) - shift, math.acos(high) + shift
    state = np.full(paths, parallel)
    changes = np.zeros(paths, dtype=int)
    for left in range(pieces, 0, -1):  # pieces up to the goal, where the bridge ends
        angle += (goal - angle) / left
        angle += math.sqrt(spread / pieces * (left - 1) / left) * generator.standard_normal(paths)
        crossed = np.where(state, angle > into_low, angle < into_high)
        changes += crossed
        state ^= crossed
    return changes


CASES = {
    "to and fro": (False, 0.1, 0.2, -0.2, 0.3, 0.06),
    "across": (False, 0.1, 0.4, -0.2, 0.3, 0.06),
    "across and back": (True, 0.4, -0.3, -0.1, 0.1, 0.09),
    "close thresholds": (True, 0.05, 0.0, -0.02, 0.06, 0.04),
    "near a pole": (True, 0.97, 0.93, 0.9, 0.95, 0.05),
}


@pytest.mark.parametrize("name", CASES)
def test_crossings_are_those_of_a_finely_divided_bridge(name):
    """The numbers of changes of 20,000 bridges in 3000 pieces, within 5 sigma and the 0.3 % that the pieces leave."""
    parallel, before, cosine, low, high, spread = CASES[name]
    generator = np.random.default_rng(5)
    paths = 20_000
    changes = watched(parallel, before, cosine, low, high, spread, paths, 3000, generator)
    expected = np.bincount(changes, minlength=12)[:12] / paths
    found = counted(parallel, before, cosine, low, high, spread, generator.random(200_000))
    found = np.bincount(found, minlength=12)[:12] / 200_000
    tolerance = 5.0 * np.sqrt(np.maximum(expected, 1e-4) * (1 / paths + 1 / 200_000)) + 0.003
    assert np.all(np.abs(found - expected) < tolerance), (found, expected)


def test_certain_crossings_and_none():
    assert counted(False, 0.0, 0.9, -0.5, 0.5, 1e-4, np.array([0.0001, 0.999])).tolist() == [1, 1]
    assert counted(True, 0.0, 0.9, -0.5, 0.5, 1e-4, np.array([0.0, 0.999])).tolist() == [0, 0]
    assert counted(True, 0.9, -0.9, -0.5, 0.5, 0.0, np.array([0.0, 0.5])).tolist() == [1, 1]
    assert counted(False, 1.0 + 1e-15, 1.0 + 1e-15, -0.5, 0.5, 0.01, np.array([0.5])).tolist() == [1]


def test_numbers_are_uniform_and_those_of_splitmix():
    """The published sequence of the seed 1234567; the mean of a million within 5 sigma."""
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert numbers(np.uint64(1234567), 1, 4).tolist() == [(value >> 11) * 2.0**-53 for value in published]
    many = numbers(np.uint64(99), 0, 1_000_000)
    assert abs(many.mean() - 0.5) < 5.0 / math.sqrt(12e6)
    assert abs(np.corrcoef(many[1:], many[:-1])[0, 1]) < 5e-3
