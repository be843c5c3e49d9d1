"""Run lanes of the stochastic Landau-Lifshitz-Gilbert equation and record while running.

Lanes are columns of row-major arrays; sixteen neighbours advance together in registers (`Lanes`), a single
lane as plain float64, both through the one function `_advance` and with the same bits. Random numbers are drawn
in tiles of `TILE` steps; a call may begin and end anywhere in a tile, and the stored generator is always that
of the tile's start, so that the cuts between calls leave no trace in the results.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import types
from numba.extending import overload

from mtjphys.kernels.compiling import compiled, inline
from mtjphys.kernels.llg import (
    DIFFUSION,
    DIVIDED,
    STIFF,
    bloch,
    coefficients,
    conductance,
    drive,
    heun_step,
    midpoint_step,
    newton_voltage,
    normalise,
    project,
    secant_voltage,
    zero,
)
from mtjphys.kernels.parameters import LaneParameters
from mtjphys.kernels.random import exp, gaussian_pair, next_bits
from mtjphys.kernels.simd import (
    WIDTH,
    any_lane,
    as_bits,
    bits_type,
    fma,
    lane,
    lanes_type,
    load_bits,
    load_lanes,
    select,
    store,
)

TILE = 32  # steps whose noise is drawn together: 48 Gaussian pairs a lane
MIDPOINT, HEUN = 0, 1

# Rows of the state array.
MX, MY, MZ, VOLTAGE, TEMPERATURE = range(5)
SUM_M = 5  # x, y, z
SUM_MM = 8  # xx, yy, zz, xy, xz, yz
SUM_G, SUM_GG, SUM_V = 14, 15, 16
BOX = 17  # m (3), resistance, voltage, temperature since the last sample
PARALLEL, LAST_CROSSING, PARALLEL_STEPS, TO_PARALLEL, TO_ANTIPARALLEL = range(23, 28)
STATE_ROWS = 28

DWELL_BINS = 200  # four a factor of two: dwell times of 1 to 2**50 steps


class Job(NamedTuple):
    """The arrays of an ensemble; lanes are padded to a multiple of `WIDTH` except where noted."""

    parameters: Any  # float64 (len(LaneParameters._fields), lanes)
    random: Any  # uint64 (4, lanes)
    state: Any  # float64 (STATE_ROWS, lanes)
    source_weight: Any  # float64 (1, lanes): a of a V + b V G = source
    junction_weight: Any  # float64 (1, lanes): b
    bias_index: Any  # int64 (lanes,)
    row: Any  # int64 (lanes,): row of the arrays below, -1 for padding
    bias: Any  # float64 (biases, 6, columns): one column if constant, else a column a step
    histogram: Any  # int64 (rows, 2, DWELL_BINS): dwell times in P (0) and AP (1)
    m: Any  # float64 (rows, samples, 3), or no samples: not recorded
    resistance: Any  # float64 (rows, samples)
    voltage: Any
    temperature: Any


class Settings(NamedTuple):
    """What is the same for all lanes of a call."""

    dt: float  # s
    first_step: int
    n_steps: int
    scheme: int  # MIDPOINT or HEUN
    circuit: int  # STIFF, DIVIDED or FIXED
    current_law: bool
    driven: bool  # the bias has a column a step
    hot: bool  # the temperature may change
    noisy: bool
    every: int  # steps between samples
    first_sample: int  # column of the first sample of this call
    average: bool  # samples are means over the steps since the last one
    moments: bool
    telegraph: bool
    low: float  # m.p under which a lane enters AP, and
    high: float  # over which it enters P


def _load(array, row, start, pattern):  # type: ignore[no-untyped-def]
    """Return ``array[row, start:start + WIDTH]`` as `Lanes` or `Bits`, or ``array[row, start]``, like `pattern`."""
    raise NotImplementedError("compiled code only")


@overload(_load, inline="always")
def _load_overload(array, row, start, pattern):  # type: ignore[no-untyped-def]
    if pattern is not lanes_type:
        return lambda array, row, start, pattern: array[row, start]
    if array.dtype == types.uint64:
        return lambda array, row, start, pattern: load_bits(array, row * array.shape[1] + start)
    return lambda array, row, start, pattern: load_lanes(array, row * array.shape[1] + start)


def _save(array, row, start, value):  # type: ignore[no-untyped-def]
    """Write `value` where `_load` reads it."""
    raise NotImplementedError("compiled code only")


@overload(_save, inline="always")
def _save_overload(array, row, start, value):  # type: ignore[no-untyped-def]
    # One expression for lanes and scalars: numba stores a scalar's value from before the loop if this is a statement.
    return lambda array, row, start, value: store(array, row * array.shape[1] + start, value)


@inline
def _add(array, row, start, value):  # type: ignore[no-untyped-def]
    """Add `value` to what `_load` reads, and return the sum."""
    total = _load(array, row, start, value) + value
    _save(array, row, start, total)
    return total


def _width(pattern):  # type: ignore[no-untyped-def]
    """Return the number of lanes in `pattern`."""
    raise NotImplementedError("compiled code only")


@overload(_width, inline="always")
def _width_overload(pattern):  # type: ignore[no-untyped-def]
    if pattern is lanes_type:
        return lambda pattern: WIDTH
    return lambda pattern: 1


@inline
def _load_parameters(array, i, x):  # type: ignore[no-untyped-def]
    """Return lanes `i`... of the parameter rows as `LaneParameters` in the shape of `x`."""
    return LaneParameters(
        _load(array, 0, i, x),  # gyromagnetic_ratio
        _load(array, 1, i, x),  # damping
        _load(array, 2, i, x),  # moment
        _load(array, 3, i, x),  # shape_xx
        _load(array, 4, i, x),  # shape_yy
        _load(array, 5, i, x),  # shape_zz
        _load(array, 6, i, x),  # shape_xy
        _load(array, 7, i, x),  # shape_xz
        _load(array, 8, i, x),  # shape_yz
        _load(array, 9, i, x),  # anisotropy_xx
        _load(array, 10, i, x),  # anisotropy_yy
        _load(array, 11, i, x),  # anisotropy_zz
        _load(array, 12, i, x),  # anisotropy_xy
        _load(array, 13, i, x),  # anisotropy_xz
        _load(array, 14, i, x),  # anisotropy_yz
        _load(array, 15, i, x),  # vcma
        _load(array, 16, i, x),  # stray_x
        _load(array, 17, i, x),  # stray_y
        _load(array, 18, i, x),  # stray_z
        _load(array, 19, i, x),  # reference_x
        _load(array, 20, i, x),  # reference_y
        _load(array, 21, i, x),  # reference_z
        _load(array, 22, i, x),  # damping_like
        _load(array, 23, i, x),  # damping_like_quadratic
        _load(array, 24, i, x),  # field_like
        _load(array, 25, i, x),  # field_like_quadratic
        _load(array, 26, i, x),  # damping_like_current
        _load(array, 27, i, x),  # field_like_current
        _load(array, 28, i, x),  # polarisation_squared
        _load(array, 29, i, x),  # conductance_parallel
        _load(array, 30, i, x),  # tunnel_magnetoresistance
        _load(array, 31, i, x),  # inverse_half_voltage
        _load(array, 32, i, x),  # spin_orbit_x
        _load(array, 33, i, x),  # spin_orbit_y
        _load(array, 34, i, x),  # spin_orbit_z
        _load(array, 35, i, x),  # spin_orbit_damping_like
        _load(array, 36, i, x),  # spin_orbit_field_like
        _load(array, 37, i, x),  # thermal_resistance
        _load(array, 38, i, x),  # thermal_rate
        _load(array, 39, i, x),  # reference_temperature
        _load(array, 40, i, x),  # inverse_curie_temperature
        _load(array, 41, i, x),  # bloch_exponent
        _load(array, 42, i, x),  # anisotropy_exponent
    )


def _draw(buffer, spare, s0, s1, s2, s3):  # type: ignore[no-untyped-def]
    """Fill `buffer` with the standard normal numbers of one tile, three a step; return the new generator."""
    raise NotImplementedError("compiled code only")


@overload(_draw, jit_options={"error_model": "numpy"})
def _draw_overload(buffer, spare, s0, s1, s2, s3):  # type: ignore[no-untyped-def]
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


@inline
def gather(job, i, j, column, scratch):  # type: ignore[no-untyped-def]
    """Put the six channels of the bias of lane ``i + j`` into `scratch`."""
    k = job.bias_index[i + j]
    for channel in range(6):
        scratch[channel, j] = job.bias[k, channel, column]


@inline
def apply_bias(settings, circuit, p, c, scratch, pattern):  # type: ignore[no-untyped-def]
    """Return the `Drive` of a step from the six channels of the bias in `scratch`."""
    source = _load(scratch, 0, 0, pattern)
    known = source if circuit == STIFF else zero(pattern)
    return drive(
        p,
        c,
        source,
        _load(scratch, 1, 0, pattern),
        _load(scratch, 2, 0, pattern),
        _load(scratch, 3, 0, pattern),
        _load(scratch, 5, 0, pattern),
        settings.dt,
        known,
    )


@inline
def begin_step(  # type: ignore[no-untyped-def]
    settings, circuit, driven, hot, p, reference, c, u, mx, my, mz, voltage, temperature, relax, a, b, scratch, pattern
):
    """Return coefficients, `Drive`, temperature and voltage of a step, from the bias in `scratch`.

    A `hot` junction relaxes to its ambient temperature and Joule heat; the voltage of a `driven` one follows the
    source.
    """
    if hot:
        cosine = project(p, mx, my, mz)
        power = voltage * voltage * conductance(p, cosine, voltage)
        goal = fma(p.thermal_resistance, power, _load(scratch, 4, 0, pattern))
        temperature = fma(relax, goal - temperature, temperature)
        diffusion = DIFFUSION if settings.scheme == MIDPOINT else 0.0
        c = coefficients(p, temperature, settings.dt, diffusion, reference)
    if driven or hot:
        u = apply_bias(settings, circuit, p, c, scratch, pattern)
        if circuit != DIVIDED:
            voltage = u.source
        elif driven:
            cosine = project(p, mx, my, mz)
            voltage = secant_voltage(p, cosine, u.source, a, b, voltage)
            voltage, _ = newton_voltage(p, cosine, u.source, a, b, voltage)
    return c, u, temperature, voltage


@inline
def _cross(job, i, j, step, to_parallel):  # type: ignore[no-untyped-def]
    """Book the crossing of lane ``i + j`` into P or AP after `step` steps; the first dwell has no known start."""
    state = job.state
    last = state[LAST_CROSSING, i + j]
    if last >= 0.0:
        dwell = as_bits(step - last)
        index = (np.int64(dwell) >> 50) - (1023 << 2)
        if job.row[i + j] >= 0:
            job.histogram[job.row[i + j], to_parallel, min(index, DWELL_BINS - 1)] += 1
    state[LAST_CROSSING, i + j] = step
    state[PARALLEL, i + j] = to_parallel
    state[TO_PARALLEL if to_parallel else TO_ANTIPARALLEL, i + j] += 1.0


@inline
def _advance(pattern, i, job, settings, circuit, plain):  # type: ignore[no-untyped-def]
    """Advance the lanes from `i` by ``settings.n_steps`` steps.

    Where `circuit` and `plain` are constants of the caller, the compiler leaves out what they exclude: a `plain`
    call is by midpoint, with noise, at constant bias and temperature, and records momentary samples only.
    """
    heun = settings.scheme == HEUN and not plain
    current_law = settings.current_law and not plain
    driven = settings.driven and not plain
    hot = settings.hot and not plain
    noisy = settings.noisy or plain
    average = settings.average and not plain
    moments = settings.moments and not plain
    telegraph = settings.telegraph and not plain
    width = _width(pattern)
    state = job.state
    dt = settings.dt
    p = _load_parameters(job.parameters, i, pattern)
    a = _load(job.source_weight, 0, i, pattern)
    b = _load(job.junction_weight, 0, i, pattern)
    s0 = _load(job.random, 0, i, pattern)
    s1 = _load(job.random, 1, i, pattern)
    s2 = _load(job.random, 2, i, pattern)
    s3 = _load(job.random, 3, i, pattern)
    mx = _load(state, MX, i, pattern)
    my = _load(state, MY, i, pattern)
    mz = _load(state, MZ, i, pattern)
    voltage = _load(state, VOLTAGE, i, pattern)
    temperature = _load(state, TEMPERATURE, i, pattern)
    parallel = _load(state, PARALLEL, i, pattern)

    nothing = zero(pattern)
    scratch = np.empty((6, width))
    buffer = np.empty(3 * TILE * width)
    spare = np.empty((2, 3 * TILE // 2), np.uint64)
    diffusion = DIFFUSION if settings.scheme == MIDPOINT else 0.0
    reference = bloch(p, p.reference_temperature)
    c = coefficients(p, temperature, dt, diffusion, reference)
    for j in range(width):
        gather(job, i, j, 0, scratch)
    u = apply_bias(settings, circuit, p, c, scratch, pattern)
    heated = p.thermal_rate > 0.0
    relax = select(heated, 1.0 - exp(-(dt * p.thermal_rate)), 1.0)
    tx = nothing
    ty = nothing
    tz = nothing
    step = settings.first_step
    end = step + settings.n_steps
    sample = settings.first_sample
    due = settings.every - step % settings.every
    while step < end:
        r0 = s0
        r1 = s1
        r2 = s2
        r3 = s3
        if noisy:
            s0, s1, s2, s3 = _draw(buffer, spare, s0, s1, s2, s3)
        k = step % TILE
        stop = min(TILE, k + end - step)
        while k < stop:
            if driven:
                for j in range(width):
                    gather(job, i, j, step - settings.first_step, scratch)
            c, u, temperature, voltage = begin_step(
                settings,
                circuit,
                driven,
                hot,
                p,
                reference,
                c,
                u,
                mx,
                my,
                mz,
                voltage,
                temperature,
                relax,
                a,
                b,
                scratch,
                pattern,
            )
            if noisy:
                tx = c.noise * _load_tile(buffer, 3 * k, pattern)
                ty = c.noise * _load_tile(buffer, 3 * k + 1, pattern)
                tz = c.noise * _load_tile(buffer, 3 * k + 2, pattern)
            if heun:
                mx, my, mz, voltage = heun_step(p, c, u, mx, my, mz, tx, ty, tz, voltage, a, b, circuit, current_law)
                mx, my, mz = normalise(mx, my, mz)
            else:
                mx, my, mz, voltage = midpoint_step(
                    p, c, u, mx, my, mz, tx, ty, tz, voltage, a, b, circuit, current_law
                )
            k += 1
            step += 1
            if moments:
                cosine = project(p, mx, my, mz)
                g = conductance(p, cosine, voltage)
                _add(state, SUM_M, i, mx)
                _add(state, SUM_M + 1, i, my)
                _add(state, SUM_M + 2, i, mz)
                _add(state, SUM_MM, i, mx * mx)
                _add(state, SUM_MM + 1, i, my * my)
                _add(state, SUM_MM + 2, i, mz * mz)
                _add(state, SUM_MM + 3, i, mx * my)
                _add(state, SUM_MM + 4, i, mx * mz)
                _add(state, SUM_MM + 5, i, my * mz)
                _add(state, SUM_G, i, g)
                _add(state, SUM_GG, i, g * g)
                _add(state, SUM_V, i, voltage)
            if telegraph:
                cosine = project(p, mx, my, mz)
                up = any_lane((parallel < 0.5) & (cosine > settings.high))
                down = any_lane((parallel > 0.5) & (cosine < settings.low))
                if up | down:
                    for j in range(width):
                        if (up >> j) & 1:
                            _cross(job, i, j, float(step), 1)
                        elif (down >> j) & 1:
                            _cross(job, i, j, float(step), 0)
                    parallel = _load(state, PARALLEL, i, pattern)
                _add(state, PARALLEL_STEPS, i, parallel)
            due -= 1
            if average or due == 0:
                cosine = project(p, mx, my, mz)
                out_v = voltage
                if circuit == DIVIDED:
                    # The voltage at the middle of the step is off by per cents; three steps reach rounding.
                    for _ in range(3):
                        out_v, _ = newton_voltage(p, cosine, u.source, a, b, out_v)
                out_r = 1.0 / conductance(p, cosine, out_v)
                out_x = mx
                out_y = my
                out_z = mz
                out_t = temperature
                if average:
                    share = 1.0 / settings.every
                    out_x = share * _add(state, BOX, i, mx)
                    out_y = share * _add(state, BOX + 1, i, my)
                    out_z = share * _add(state, BOX + 2, i, mz)
                    out_r = share * _add(state, BOX + 3, i, out_r)
                    out_v = share * _add(state, BOX + 4, i, out_v)
                    out_t = share * _add(state, BOX + 5, i, temperature)
                if due == 0:
                    due = settings.every
                    for j in range(width):
                        row = job.row[i + j]
                        if row < 0:
                            continue
                        if job.m.shape[1] > 0:
                            job.m[row, sample, 0] = lane(out_x, j)
                            job.m[row, sample, 1] = lane(out_y, j)
                            job.m[row, sample, 2] = lane(out_z, j)
                        if job.resistance.shape[1] > 0:
                            job.resistance[row, sample] = lane(out_r, j)
                        if job.voltage.shape[1] > 0:
                            job.voltage[row, sample] = lane(out_v, j)
                        if job.temperature.shape[1] > 0:
                            job.temperature[row, sample] = lane(out_t, j)
                    sample += 1
                    if average:
                        for row in range(BOX, BOX + 6):
                            _save(state, row, i, nothing)
        if stop < TILE:
            s0 = r0
            s1 = r1
            s2 = r2
            s3 = r3
    _save(job.random, 0, i, s0)
    _save(job.random, 1, i, s1)
    _save(job.random, 2, i, s2)
    _save(job.random, 3, i, s3)
    _save(state, MX, i, mx)
    _save(state, MY, i, my)
    _save(state, MZ, i, mz)
    _save(state, VOLTAGE, i, voltage)
    _save(state, TEMPERATURE, i, temperature)


def _load_tile(buffer, index, pattern):  # type: ignore[no-untyped-def]
    """Return normal number `index` of the tile."""
    raise NotImplementedError("compiled code only")


@overload(_load_tile, inline="always")
def _load_tile_overload(buffer, index, pattern):  # type: ignore[no-untyped-def]
    if pattern is lanes_type:
        return lambda buffer, index, pattern: load_lanes(buffer, index * WIDTH)
    return lambda buffer, index, pattern: buffer[index]


@inline
def _advance_blocks(first, last, job, settings, circuit, plain):  # type: ignore[no-untyped-def]
    for block in range(first, last):
        pattern = load_lanes(job.state, block * WIDTH)
        _advance(pattern, block * WIDTH, job, settings, circuit, plain)


@compiled()
def run_blocks(first, last, job, settings):  # type: ignore[no-untyped-def]
    """Advance the blocks of `WIDTH` lanes from `first` up to `last` (excluded), with any settings."""
    _advance_blocks(first, last, job, settings, settings.circuit, False)


@compiled()
def run_blocks_stiff(first, last, job, settings):  # type: ignore[no-untyped-def]
    """Advance blocks with plain settings and a stiff source."""
    _advance_blocks(first, last, job, settings, STIFF, True)


@compiled()
def run_blocks_divided(first, last, job, settings):  # type: ignore[no-untyped-def]
    """Advance blocks with plain settings and a voltage that follows the magnetisation."""
    _advance_blocks(first, last, job, settings, DIVIDED, True)


@compiled()
def run_lane(i, job, settings):  # type: ignore[no-untyped-def]
    """Advance lane `i` alone, with any settings and the same bits as in a block."""
    _advance(job.state[MX, i], i, job, settings, settings.circuit, False)


@compiled()
def run_lane_stiff(i, job, settings):  # type: ignore[no-untyped-def]
    """Advance lane `i` alone with plain settings and a stiff source."""
    _advance(job.state[MX, i], i, job, settings, STIFF, True)


@compiled()
def run_lane_divided(i, job, settings):  # type: ignore[no-untyped-def]
    """Advance lane `i` alone with plain settings and a voltage that follows the magnetisation."""
    _advance(job.state[MX, i], i, job, settings, DIVIDED, True)


def kernels(settings: Settings) -> tuple[Any, Any]:
    """Return the kernels for blocks and for one lane that are fastest with `settings`."""
    plain = (
        settings.scheme == MIDPOINT
        and settings.noisy
        and settings.circuit in (STIFF, DIVIDED)
        and not (settings.current_law or settings.driven or settings.hot)
        and not (settings.average or settings.moments or settings.telegraph)
    )
    if not plain:
        return run_blocks, run_lane
    if settings.circuit == STIFF:
        return run_blocks_stiff, run_lane_stiff
    return run_blocks_divided, run_lane_divided
