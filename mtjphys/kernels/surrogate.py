"""Sampling of a two-state junction in continuous time, with fluctuations within its states.

The state leaves s with the rate ``k_s(x)``, a function of source, field and temperature ``x(t)``. Where x is
constant the dwell times are exponential; elsewhere a candidate is drawn at a rate that ``k_s`` does not exceed in a
window of time, and kept with the probability of ``k_s`` over it: no step, no error (P. A. W. Lewis and G. S. Shedler,
Nav. Res. Logist. Q. 26, 403 (1979)). Windows end where x jumps or bends, at times that do not depend on the samples,
and all that is drawn but not used yet is kept: any division of the time gives the same bits.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.kernels.compiling import compiled, inline
from mtjphys.kernels.conduction import conductance, junction_voltage
from mtjphys.kernels.random import exp, gaussian_pair, log, next_bits
from mtjphys.kernels.simd import as_lanes

Floats = NDArray[np.float64]

# Rows of `Lanes.state`.
STATE, DEVIATE, CANDIDATE, WINDOW, BOUND, FLIPPED, STATE_ROWS = range(7)

PARALLEL, ANTIPARALLEL = 0, 1
"""Values of the row `STATE`, and places of the states in all tables."""

WINDOWS = 32.0
"""Windows in a period of a sine, or in a straight way through the whole range, where the rates are that fast."""

_ONE_BITS = np.uint64(0x3FF0000000000000)
_12 = np.uint64(12)


class Table(NamedTuple):
    """What a junction does at each node of an even grid of (source, field, temperature)."""

    origin: Floats  # (3,) V or A, T, K
    per_unit: Floats  # (3,) nodes per V or A, T, K; 0 along an axis of one node
    log_rates: Floats  # (2, n, n, n) of leaving the parallel and the antiparallel state, ln(1/s)
    memory_rates: Floats  # (2, n, n, n) 1/s, at which the deviate forgets
    cosines: Floats  # (2, n, n, n, q) m.p where the standard normal deviate is `first_deviate + k/per_deviate`
    first_deviate: float
    per_deviate: float
    fastest: Floats  # (2,) 1/s, the largest rate in the table


class Course(NamedTuple):
    """Source, field and temperature in pieces: ``level + slope s + amplitude sin 2 pi (cycles + frequency s)``.

    s is the time since the start of the piece.
    """

    start: Floats  # (n + 1,) s, the last one the end
    level: Floats  # (n, 3) V or A, T, K
    slope: Floats  # (n, 3)
    cycles: Floats  # (n, 3)
    windows: Floats  # (n,) at most so many in a piece because of its slopes
    amplitude: Floats  # (3,)
    frequency: Floats  # (3,) Hz


class Levels(NamedTuple):
    """Conduction of the junction and its circuit ``a V + b V G = source``."""

    conductance_parallel: float  # S
    tunnel_magnetoresistance: float
    inverse_half_voltage: float  # 1/V
    a: float
    b: float  # ohm, or 1


class Lanes(NamedTuple):
    """What changes: the streams and states of the lanes, and the arrays that are filled."""

    flips: NDArray[np.uint64]  # (4, n) streams of the switching
    wells: NDArray[np.uint64]  # (4, n) streams of the fluctuations
    state: Floats  # (STATE_ROWS, n)
    parallel: Floats  # (n, samples) or (n, 0), as all that follow
    projection: Floats
    resistance: Floats  # ohm
    voltage: Floats  # V
    times: Floats  # (n, capacity) s, of the switching, or (n, 0)
    counts: NDArray[np.int64]  # (n,) switching times so far


@inline
def _value(course, piece, axis, time):  # type: ignore[no-untyped-def]
    """Return source, field or temperature at `time`, which lies in `piece`."""
    elapsed = time - course.start[piece]
    value = course.level[piece, axis]
    if course.slope[piece, axis] != 0.0:
        value += course.slope[piece, axis] * elapsed
    if course.amplitude[axis] != 0.0:
        cycles = course.cycles[piece, axis] + course.frequency[axis] * elapsed
        value += course.amplitude[axis] * math.sin(2.0 * math.pi * (cycles - round(cycles)))
    return value


@inline
def _range(course, piece, axis, begin, end):  # type: ignore[no-untyped-def]
    """Return the smallest and the largest value of source, field or temperature in a window of `piece`."""
    first, last = _value(course, piece, axis, begin), _value(course, piece, axis, end)
    low, high = min(first, last), max(first, last)
    size = abs(course.amplitude[axis])
    if size != 0.0:
        cycles = course.cycles[piece, axis] + course.frequency[axis] * (begin - course.start[piece])
        turns = course.frequency[axis] * (end - begin)
        # The crest of sin lies at 1/4 of a turn, the trough at 3/4.
        sign = 0.25 if course.amplitude[axis] > 0.0 else 0.75
        if math.ceil(cycles - sign) <= cycles + turns - sign:
            high = course.level[piece, axis] + size
        if math.ceil(cycles - (1.0 - sign)) <= cycles + turns - (1.0 - sign):
            low = course.level[piece, axis] - size
    return low, high


@inline
def _node(table, axis, value):  # type: ignore[no-untyped-def]
    """Return the place of a value on the grid, in nodes."""
    return min(max((value - table.origin[axis]) * table.per_unit[axis], 0.0), table.log_rates.shape[axis + 1] - 1.0)


@inline
def _corner(place, corner):  # type: ignore[no-untyped-def]
    """Return node and weight of the lower (0) or upper (1) neighbour of a place on the grid."""
    node = int(place)
    fraction = place - node
    return (node, 1.0 - fraction) if corner == 0 else (node + 1, fraction)


@inline
def _interpolated(values, state, x, y, z):  # type: ignore[no-untyped-def]
    """Return the multilinear interpolation of `values` (2, n, n, n) of a state at a place on the grid."""
    total = 0.0
    for corner in range(8):
        i, wx = _corner(x, corner & 1)
        j, wy = _corner(y, (corner >> 1) & 1)
        k, wz = _corner(z, corner >> 2)
        weight = wx * wy * wz
        if weight != 0.0:
            total += weight * values[state, i, j, k]
    return total


@inline
def _cosine(table, state, x, y, z, deviate):  # type: ignore[no-untyped-def]
    """Return m.p of a standard normal deviate in a state."""
    last = table.cosines.shape[4] - 1
    place = min(max((deviate - table.first_deviate) * table.per_deviate, 0.0), float(last))
    q = min(int(place), last - 1)
    upper = place - q
    total = 0.0
    for corner in range(8):
        i, wx = _corner(x, corner & 1)
        j, wy = _corner(y, (corner >> 1) & 1)
        k, wz = _corner(z, corner >> 2)
        weight = wx * wy * wz
        if weight != 0.0:
            below, above = table.cosines[state, i, j, k, q], table.cosines[state, i, j, k, q + 1]
            total += weight * (below * (1.0 - upper) + above * upper)
    return total


@compiled()
def rate(table: Table, course: Course, piece: int, state: int, time: float) -> float:
    """Return the rate of leaving a state at a time in `piece`, 1/s."""
    x = _node(table, 0, _value(course, piece, 0, time))
    y = _node(table, 1, _value(course, piece, 1, time))
    z = _node(table, 2, _value(course, piece, 2, time))
    return math.exp(_interpolated(table.log_rates, state, x, y, z))


@compiled()
def bound(table: Table, course: Course, piece: int, state: int, begin: float, end: float) -> float:
    """Return what the rate of leaving a state does not exceed from `begin` to `end` within `piece`, 1/s.

    The interpolation is multilinear, so that it lies below its largest node.
    """
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    for axis in range(3):
        least, most = _range(course, piece, axis, begin, end)
        low[axis] = math.floor(_node(table, axis, least))
        high[axis] = math.ceil(_node(table, axis, most))
    largest = -math.inf
    for i in range(low[0], high[0] + 1):
        for j in range(low[1], high[1] + 1):
            for k in range(low[2], high[2] + 1):
                largest = max(largest, table.log_rates[state, i, j, k])
    return math.exp(largest)


@compiled()
def window(table: Table, course: Course, piece: int, state: int, begin: float) -> tuple[float, float]:
    """Return the end of a window that opens at `begin` in `piece`, in s, and the largest rate in it, 1/s."""
    end = course.start[piece + 1]
    length = math.inf
    for axis in range(3):
        if course.slope[piece, axis] != 0.0:
            length = min(length, (end - course.start[piece]) / course.windows[piece])
        if course.amplitude[axis] != 0.0:
            length = min(length, 1.0 / (WINDOWS * course.frequency[axis]))
    if length == math.inf:
        return end, rate(table, course, piece, state, begin)
    # A window shorter than the fastest dwell time would only cost time; one shorter than rounding never ends.
    length = max(length, 1.0 / table.fastest[state], 1e-15 * begin)
    end = min(end, begin + length)
    return end, bound(table, course, piece, state, begin, end)


@compiled()
def run_lane(
    lane: int,
    table: Table,
    course: Course,
    levels: Levels,
    lanes: Lanes,
    interval: float,
    first_sample: int,
    offset: int,
    n_samples: int,
) -> int:
    """Advance one lane by `n_samples` samples, or until its list of switching times is full.

    Sample k of the run is taken at ``(first_sample + k + 1) interval`` and stored in column ``offset + k``. The
    deviate u of a lane is an Ornstein-Uhlenbeck process with ``<u(0)u(t)> = exp(-r t)``, exact at the samples while r
    is constant between them, and drawn anew where the lane has switched.

    Parameters
    ----------
    lane : int.
    table, course, levels, lanes : what the lane is, what is applied from the first to the last sample, and its state.
    interval : float, s.
    first_sample, offset, n_samples : int.

    Returns
    -------
    int, the number of samples taken.
    """
    f0, f1, f2, f3 = lanes.flips[0, lane], lanes.flips[1, lane], lanes.flips[2, lane], lanes.flips[3, lane]
    w0, w1, w2, w3 = lanes.wells[0, lane], lanes.wells[1, lane], lanes.wells[2, lane], lanes.wells[3, lane]
    kept = lanes.state[:, lane]
    state = int(kept[STATE])
    deviate, candidate, end, highest = kept[DEVIATE], kept[CANDIDATE], kept[WINDOW], kept[BOUND]
    flipped = kept[FLIPPED] != 0.0
    count, capacity = lanes.counts[lane], lanes.times.shape[1]
    fluctuates = lanes.projection.shape[1] + lanes.resistance.shape[1] + lanes.voltage.shape[1] > 0
    last = course.start[-1]
    steady = last == math.inf  # a constant bias has no other end
    leaving = (rate(table, course, 0, 0, course.start[0]), rate(table, course, 0, 1, course.start[0]))
    piece, now_piece = 0, 0
    done = n_samples
    for k in range(n_samples):
        now = (first_sample + k + 1) * interval
        while True:
            happens = candidate <= end
            time = candidate if happens else end
            if time > now or (not happens and time >= last):
                break
            if happens:
                while piece < course.start.size - 2 and course.start[piece + 1] < time:
                    piece += 1
                actual = highest if steady else rate(table, course, piece, state, time)
                accepted = actual >= highest
                if not accepted:
                    bits, f0, f1, f2, f3 = next_bits(f0, f1, f2, f3)
                    accepted = (2.0 - as_lanes((bits >> _12) | _ONE_BITS)) * highest <= actual
                if accepted:
                    if count < capacity:
                        lanes.times[lane, count] = time
                        count += 1
                    state = 1 - state
                    flipped = True
            if time >= last:
                # The window that follows belongs to the next course.
                end, candidate = time, math.inf
                break
            while course.start[piece + 1] <= time:
                piece += 1
            if steady:
                end, highest = last, leaving[state]
            else:
                end, highest = window(table, course, piece, state, time)
            bits, f0, f1, f2, f3 = next_bits(f0, f1, f2, f3)
            candidate = time - log(2.0 - as_lanes((bits >> _12) | _ONE_BITS)) / highest
            if capacity > 0 and count == capacity:
                break
        if capacity > 0 and count == capacity:
            done = k
            break
        if lanes.parallel.shape[1] > 0:
            lanes.parallel[lane, offset + k] = 1 - state
        if not fluctuates:
            flipped = False
            continue
        while now_piece < course.start.size - 2 and course.start[now_piece + 1] <= now:
            now_piece += 1
        source = _value(course, now_piece, 0, now)
        x = _node(table, 0, source)
        y = _node(table, 1, _value(course, now_piece, 1, now))
        z = _node(table, 2, _value(course, now_piece, 2, now))
        bits, w0, w1, w2, w3 = next_bits(w0, w1, w2, w3)
        more_bits, w0, w1, w2, w3 = next_bits(w0, w1, w2, w3)
        fresh = gaussian_pair(bits, more_bits)[0]
        if flipped:
            deviate = fresh
        else:
            spent = _interpolated(table.memory_rates, state, x, y, z) * interval
            deviate = exp(-min(spent, 700.0)) * deviate + math.sqrt(-math.expm1(-2.0 * spent)) * fresh
        flipped = False
        cosine = _cosine(table, state, x, y, z, deviate)
        if lanes.projection.shape[1] > 0:
            lanes.projection[lane, offset + k] = cosine
        if lanes.resistance.shape[1] + lanes.voltage.shape[1] > 0:
            voltage = source
            if levels.b != 0.0:
                voltage = junction_voltage(levels, cosine, source, levels.a, levels.b)
            if lanes.voltage.shape[1] > 0:
                lanes.voltage[lane, offset + k] = voltage
            if lanes.resistance.shape[1] > 0:
                lanes.resistance[lane, offset + k] = 1.0 / conductance(levels, cosine, voltage)
    lanes.flips[0, lane], lanes.flips[1, lane], lanes.flips[2, lane], lanes.flips[3, lane] = f0, f1, f2, f3
    lanes.wells[0, lane], lanes.wells[1, lane], lanes.wells[2, lane], lanes.wells[3, lane] = w0, w1, w2, w3
    kept[STATE], kept[DEVIATE], kept[CANDIDATE] = state, deviate, candidate
    kept[WINDOW], kept[BOUND], kept[FLIPPED] = end, highest, flipped
    lanes.counts[lane] = count
    return done


@compiled()
def run_lanes(
    first: int,
    last: int,
    table: Table,
    course: Course,
    levels: Levels,
    lanes: Lanes,
    interval: float,
    first_sample: int,
    offset: int,
    n_samples: int,
) -> None:
    """Advance the lanes from `first` to before `last`, as `run_lane` does."""
    for lane in range(first, last):
        run_lane(lane, table, course, levels, lanes, interval, first_sample, offset, n_samples)
