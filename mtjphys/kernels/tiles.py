"""The noise of a run: normal numbers, drawn in tiles of `TILE` steps or given.

A run may begin and end anywhere in a tile, and the generator that it leaves behind is always that of the tile's start,
so that the cuts between calls leave no trace in the results.
"""

from typing import Any, NamedTuple

from numba.extending import overload

from mtjphys.kernels.memory import load_tile
from mtjphys.kernels.random import gaussian_pair, next_bits
from mtjphys.kernels.simd import WIDTH, bits_type, lane, load_bits, store

TILE = 32  # steps whose noise is drawn together: 48 Gaussian pairs a lane


class Drawn(NamedTuple):
    """Noise from the random stream of each lane."""

    unused: int = 0


class Given(NamedTuple):
    """Noise that is given, of one lane."""

    normals: Any  # float64 (steps, 3): the thermal angles in units of their standard deviation


def draw(buffer, spare, s0, s1, s2, s3):  # type: ignore[no-untyped-def]
    """Fill `buffer` with the standard normal numbers of one tile, three a step; return the new generator."""
    raise NotImplementedError("compiled code only")


@overload(draw, jit_options={"error_model": "numpy"})
def _draw_compiled(buffer, spare, s0, s1, s2, s3):  # type: ignore[no-untyped-def]
    if s0 is bits_type:

        def many(buffer, spare, s0, s1, s2, s3):  # type: ignore[no-untyped-def]
            for pair in range(3 * TILE // 2):
                bits1, s0, s1, s2, s3 = next_bits(s0, s1, s2, s3)
                bits2, s0, s1, s2, s3 = next_bits(s0, s1, s2, s3)
                z1, z2 = gaussian_pair(bits1, bits2)
                store(buffer, 2 * pair * WIDTH, z1)
                store(buffer, (2 * pair + 1) * WIDTH, z2)
            return s0, s1, s2, s3

        return many

    def one(buffer, spare, s0, s1, s2, s3):  # type: ignore[no-untyped-def]
        pairs = 3 * TILE // 2
        for pair in range(pairs):
            spare[0, pair], s0, s1, s2, s3 = next_bits(s0, s1, s2, s3)
            spare[1, pair], s0, s1, s2, s3 = next_bits(s0, s1, s2, s3)
        for first in range(0, pairs, WIDTH):
            z1, z2 = gaussian_pair(load_bits(spare, first), load_bits(spare, pairs + first))
            for i in range(WIDTH):
                buffer[2 * (first + i)] = lane(z1, i)
                buffer[2 * (first + i) + 1] = lane(z2, i)
        return s0, s1, s2, s3

    return one


def refill(noise, buffer, spare, s0, s1, s2, s3):  # type: ignore[no-untyped-def]
    """Draw the next tile, if the noise is drawn; return the new generator."""
    raise NotImplementedError("compiled code only")


@overload(refill, inline="always")
def _refill_compiled(noise, buffer, spare, s0, s1, s2, s3):  # type: ignore[no-untyped-def]
    if noise.instance_class is Given:
        return lambda noise, buffer, spare, s0, s1, s2, s3: (s0, s1, s2, s3)
    return lambda noise, buffer, spare, s0, s1, s2, s3: draw(buffer, spare, s0, s1, s2, s3)


def normal(noise, buffer, k, step, component, pattern):  # type: ignore[no-untyped-def]
    """Return a normal number: of step `k` of the tile, which is step `step` of the run."""
    raise NotImplementedError("compiled code only")


@overload(normal, inline="always")
def _normal_compiled(noise, buffer, k, step, component, pattern):  # type: ignore[no-untyped-def]
    if noise.instance_class is Given:
        return lambda noise, buffer, k, step, component, pattern: noise.normals[step, component]
    return lambda noise, buffer, k, step, component, pattern: load_tile(buffer, 3 * k + component, pattern)
