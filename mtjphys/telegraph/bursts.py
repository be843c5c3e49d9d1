"""Whether switching comes in bursts: numbers of flips in parts of a record, held against those of steady rates."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PARTS = (256, 64, 16)
"""Into how many parts a record is divided, where it has the stays for it."""

FEWEST = 8
"""Stays that a part has on average, at least."""


class Moves(NamedTuple):
    """Where a path goes from one state to another, over all replicas; neither ends nor gaps count."""

    place: NDArray[np.int64]  # number of the sample before, in all replicas one after the other
    origin: NDArray[np.int8]
    target: NDArray[np.int8]


def moves_in(states: NDArray[np.int8]) -> Moves:
    """Collect the moves of idealised traces (replicas, samples)."""
    here, there = states[:, :-1], states[:, 1:]
    row, column = np.nonzero((here != there) & (here >= 0) & (there >= 0))
    return Moves(row * states.shape[1] + column, here[row, column], there[row, column])


def move_counts(states: NDArray[np.int8], moves: Moves, levels: int) -> Floats:
    """Count how often a sample in one state is followed by one in another or the same, (levels, levels)."""
    counts = np.zeros((levels, levels))
    np.add.at(counts, (moves.origin, moves.target), 1.0)
    here, there = states[:, :-1], states[:, 1:]
    for k in range(levels):
        counts[k, k] = np.count_nonzero((here == k) & (there == k))
    return counts


def scatter(states: NDArray[np.int8], moves: Moves, levels: int) -> Floats:
    r"""Return by how much the mean stay in each state is less certain than by exponential stays that do not change.

    Steady Markov switching leaves a state with the same probability p at every sample: in a part of the record with T
    samples in it there are :math:`pT\pm\sqrt{p(1-p)T}` flips. Where the parts scatter more, by chi-square with a
    probability below 1e-4, the rate moves or the stays are not exponential, and the error of the mean is larger by the
    root of the ratio. Divisions into many and into few parts are tried: a burst that is longer than a part is seen
    whole, one that is shorter is not. The largest ratio is taken.

    Parameters
    ----------
    states : int8 array (replicas, samples)
        The idealised traces, -1 in gaps.
    moves : Moves
        Of these.
    levels : int
        How many.

    Returns
    -------
    array (levels,)
        1 or more.
    """
    from scipy.special import gammaincc

    flat = states.ravel()
    found = np.ones(levels)
    cumulative = [np.concatenate([[0], np.cumsum(flat == k)]) for k in range(levels)]
    for parts in PARTS:
        edges = np.linspace(0, flat.size, parts + 1).astype(np.int64)
        for k in range(levels):
            leaving = moves.place[moves.origin == k]
            if leaving.size < FEWEST * parts:
                continue
            events = np.diff(np.searchsorted(leaving, edges)).astype(float)
            time = np.diff(cumulative[k][edges]).astype(float)
            p = events.sum() / time.sum()
            if p >= 1:
                continue
            used = time > 0
            excess = float((((events - p * time) ** 2)[used] / (p * (1 - p) * time[used])).sum())
            freedom = int(np.count_nonzero(used)) - 1
            if freedom > 0 and gammaincc(0.5 * freedom, 0.5 * excess) < 1e-4:
                found[k] = max(found[k], math.sqrt(excess / freedom))
    return found
