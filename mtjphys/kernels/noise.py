"""Ideal noise for the units of a network: sixteen units side by side, each from its own random stream.

Arrays of the units are padded to a multiple of sixteen; a stream of zeros in a padded lane stays zero.
"""

import numpy as np
from numpy.typing import NDArray

from mtjphys.kernels.compiling import compiled, inline
from mtjphys.kernels.random import gaussian_pair, next_bits
from mtjphys.kernels.simd import WIDTH, as_lanes, fma, load_bits, load_lanes, select, store

Floats = NDArray[np.float64]

_FEW = 3  # units that are faster one by one than as a block of lanes
_12 = np.uint64(12)
_ONE_BITS = np.uint64(0x3FF0000000000000)


@inline
def _uniform(bits):  # type: ignore[no-untyped-def]
    """Return a multiple of 2**-52 in [0, 1)."""
    return as_lanes((bits >> _12) | _ONE_BITS) - 1.0


@inline
def _write(values, tile, sample, out, first):  # type: ignore[no-untyped-def]
    """Put sixteen units' values of one sample into `tile`, and `tile` into `out` when it holds sixteen samples."""
    k = sample % WIDTH
    store(tile, k * WIDTH, values)
    if k + 1 == WIDTH or sample + 1 == out.shape[1]:
        for unit in range(first, min(first + WIDTH, out.shape[0])):
            row = out[unit, sample - k : sample + 1]
            for earlier in range(k + 1):
                row[earlier] = tile[earlier * WIDTH + unit - first]


@inline
def _two(s0, s1, s2, s3, level, rise, fall, switching):  # type: ignore[no-untyped-def]
    """Return the new streams, and level and normal number of each of the next two samples."""
    one = two = level
    if switching:
        bits, s0, s1, s2, s3 = next_bits(s0, s1, s2, s3)
        one = select(_uniform(bits) < select(level > 0.0, fall, rise), -level, level)
        bits, s0, s1, s2, s3 = next_bits(s0, s1, s2, s3)
        two = select(_uniform(bits) < select(one > 0.0, fall, rise), -one, one)
    bits, s0, s1, s2, s3 = next_bits(s0, s1, s2, s3)
    more_bits, s0, s1, s2, s3 = next_bits(s0, s1, s2, s3)
    normal, other = gaussian_pair(bits, more_bits)
    return s0, s1, s2, s3, one, two, normal, other


@compiled()
def chain(
    streams: NDArray[np.uint64],
    levels: Floats,
    half: int,
    mean: Floats,
    amplitude: Floats,
    up: Floats,
    down: Floats,
    sigma: float,
    switching: bool,
    begin: int,
    end: int,
    out: NDArray[np.float32],
) -> None:
    """Fill a part of `out`, shape (n_units, n_samples), with ``mean + s amplitude + sigma n`` of two-level chains.

    The part is that of the units `begin`, a multiple of sixteen, to `end`.

    s = +-1 (`levels`) becomes +1 with probability `up` and -1 with `down` ahead of each sample; without `switching` it
    stays and draws nothing. n is standard normal. mean, amplitude and sigma are in V; the four laws are given for
    every unit or for sixteen that repeat. Two samples make a pair: a word of `streams` (4, n) for each flip, then two
    words for both normal numbers. The state is that before the pair of which `half` = 0 or 1 samples are done, so that
    any division into calls gives the same bits.
    """
    n_samples, padded = out.shape[1], streams.shape[1]
    tile = np.empty(WIDTH * WIDTH, np.float32)
    for first in range(begin, end, WIDTH):
        if end - first <= _FEW:
            break
        s0, s1 = load_bits(streams, first), load_bits(streams, padded + first)
        s2, s3 = load_bits(streams, 2 * padded + first), load_bits(streams, 3 * padded + first)
        level = load_lanes(levels, first)
        at = first % mean.size
        middle, distance = load_lanes(mean, at), load_lanes(amplitude, at)
        rise, fall = load_lanes(up, at), load_lanes(down, at)
        sample = -half
        while sample < n_samples:
            r0, r1, r2, r3, one, two, normal, other = _two(s0, s1, s2, s3, level, rise, fall, switching)
            if sample >= 0:
                _write(fma(sigma, normal, fma(distance, one, middle)), tile, sample, out, first)
            if sample + 1 == n_samples:
                break
            _write(fma(sigma, other, fma(distance, two, middle)), tile, sample + 1, out, first)
            s0, s1, s2, s3, level = r0, r1, r2, r3, two
            sample += 2
        store(streams, first, s0)
        store(streams, padded + first, s1)
        store(streams, 2 * padded + first, s2)
        store(streams, 3 * padded + first, s3)
        store(levels, first, level)
    alone = (end - begin) % WIDTH
    for unit in range(end - alone if alone <= _FEW else end, end):  # sixteen lanes would be wasted on them
        u0, u1, u2, u3 = streams[0, unit], streams[1, unit], streams[2, unit], streams[3, unit]
        state = levels[unit]
        at = unit % mean.size
        sample = -half
        while sample < n_samples:
            v0, v1, v2, v3, before, after, normal_1, normal_2 = _two(u0, u1, u2, u3, state, up[at], down[at], switching)
            if sample >= 0:
                out[unit, sample] = fma(sigma, normal_1, fma(amplitude[at], before, mean[at]))
            if sample + 1 == n_samples:
                break
            out[unit, sample + 1] = fma(sigma, normal_2, fma(amplitude[at], after, mean[at]))
            u0, u1, u2, u3, state = v0, v1, v2, v3, after
            sample += 2
        streams[0, unit], streams[1, unit], streams[2, unit], streams[3, unit] = u0, u1, u2, u3
        levels[unit] = state


@compiled()
def counts(
    streams: NDArray[np.uint64], thresholds: Floats, lowest: float, step: float, out: NDArray[np.float32]
) -> None:
    """Fill `out`, shape (n_units, n_samples), with ``lowest + step k``, in V.

    k is the number of `thresholds` that do not exceed a uniform number of [0, 1), one word of `streams` (4, n).
    """
    padded = streams.shape[1]
    tile = np.empty(WIDTH * WIDTH, np.float32)
    for first in range(0, out.shape[0], WIDTH):
        s0, s1 = load_bits(streams, first), load_bits(streams, padded + first)
        s2, s3 = load_bits(streams, 2 * padded + first), load_bits(streams, 3 * padded + first)
        for sample in range(out.shape[1]):
            bits, s0, s1, s2, s3 = next_bits(s0, s1, s2, s3)
            u = _uniform(bits)
            k = u * 0.0
            for threshold in thresholds:
                k = select(u < threshold, k, k + 1.0)
            _write(fma(k, step, lowest), tile, sample, out, first)
        store(streams, first, s0)
        store(streams, padded + first, s1)
        store(streams, 2 * padded + first, s2)
        store(streams, 3 * padded + first, s3)
