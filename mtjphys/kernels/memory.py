"""Lanes in row-major arrays: sixteen neighbours of a row at once, or one."""

from numba import types
from numba.extending import overload

from mtjphys.kernels.compiling import inline
from mtjphys.kernels.simd import WIDTH, lanes_type, load_bits, load_lanes, store

# Rows of the state array.
MX, MY, MZ, VOLTAGE, TEMPERATURE = range(5)
SUM_M = 5  # x, y, z
SUM_MM = 8  # xx, yy, zz, xy, xz, yz
SUM_G, SUM_GG, SUM_V = 14, 15, 16
BOX = 17  # m (3), resistance, voltage, temperature since the last sample
PARALLEL, LAST_CROSSING, PARALLEL_STEPS, TO_PARALLEL, TO_ANTIPARALLEL = range(23, 28)
HELD = 28  # temperature of the coefficients
COSINE = 29  # m.p after the last step, where thresholds are watched
STATE_ROWS = 30


def load(array, row, start, pattern):  # type: ignore[no-untyped-def]
    """Return ``array[row, start:start + WIDTH]`` as `Lanes` or `Bits`, or ``array[row, start]``, like `pattern`."""
    raise NotImplementedError("compiled code only")


@overload(load, inline="always")
def _load_compiled(array, row, start, pattern):  # type: ignore[no-untyped-def]
    if pattern is not lanes_type:
        return lambda array, row, start, pattern: array[row, start]
    if array.dtype == types.uint64:
        return lambda array, row, start, pattern: load_bits(array, row * array.shape[1] + start)
    return lambda array, row, start, pattern: load_lanes(array, row * array.shape[1] + start)


def save(array, row, start, value):  # type: ignore[no-untyped-def]
    """Write `value` where `load` reads it."""
    raise NotImplementedError("compiled code only")


@overload(save, inline="always")
def _save_compiled(array, row, start, value):  # type: ignore[no-untyped-def]
    # One expression for lanes and scalars: numba stores a scalar's value from before the loop if this is a statement.
    return lambda array, row, start, value: store(array, row * array.shape[1] + start, value)


@inline
def add(array, row, start, value):  # type: ignore[no-untyped-def]
    """Add `value` to what `load` reads, and return the sum."""
    total = load(array, row, start, value) + value
    save(array, row, start, total)
    return total


def width(pattern):  # type: ignore[no-untyped-def]
    """Return the number of lanes in `pattern`."""
    raise NotImplementedError("compiled code only")


@overload(width, inline="always")
def _width_compiled(pattern):  # type: ignore[no-untyped-def]
    if pattern is lanes_type:
        return lambda pattern: WIDTH
    return lambda pattern: 1


def load_tile(buffer, index, pattern):  # type: ignore[no-untyped-def]
    """Return normal number `index` of the tile."""
    raise NotImplementedError("compiled code only")


@overload(load_tile, inline="always")
def _load_tile_compiled(buffer, index, pattern):  # type: ignore[no-untyped-def]
    if pattern is lanes_type:
        return lambda buffer, index, pattern: load_lanes(buffer, index * WIDTH)
    return lambda buffer, index, pattern: buffer[index]
