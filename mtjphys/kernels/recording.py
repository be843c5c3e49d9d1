"""The observer of an ensemble: moments, telegraph counters and samples, accumulated while the lanes run."""

from typing import Any, NamedTuple

import numpy as np
from numba.extending import overload

from mtjphys.kernels import loop
from mtjphys.kernels.compiling import INLINED, apart, inline
from mtjphys.kernels.conduction import DIVIDED, conductance, newton_voltage, secant_voltage
from mtjphys.kernels.crossings import REACH, crossings, uniform
from mtjphys.kernels.llg import project
from mtjphys.kernels.loop import ROWS
from mtjphys.kernels.memory import (
    BOX,
    COSINE,
    LAST_CROSSING,
    PARALLEL,
    PARALLEL_STEPS,
    SUM_G,
    SUM_GG,
    SUM_M,
    SUM_MM,
    SUM_V,
    TO_ANTIPARALLEL,
    TO_PARALLEL,
    add,
    load,
    save,
    width,
)
from mtjphys.kernels.simd import any_lane, as_bits, lane, like, select
from mtjphys.kernels.steppers import thermal_variance

DWELL_BINS = 200  # four a factor of two, up to 2**50 steps; the first has what is shorter than a step as well


class Recorder(NamedTuple):
    """What is recorded of the lanes of an ensemble."""

    row: Any  # int64 (lanes,): row of the arrays below, -1 for padding
    key: Any  # uint64 (lanes,): of the crossings within steps
    histogram: Any  # int64 (rows, 2, DWELL_BINS): dwell times in P (0) and AP (1)
    m: Any  # float64 (rows, samples, 3), or no samples: not recorded
    resistance: Any  # float64 (rows, samples)
    voltage: Any
    temperature: Any
    source: Any  # float64 (biases, samples of this call): V or A at the end of each interval, where it varies
    ambient: Any  # float64 (biases, samples of this call): K
    every: int  # steps between samples
    first_sample: int  # column of the first sample of this call
    average: bool  # samples are means over the steps since the last one
    moments: bool
    telegraph: bool
    low: float  # m.p under which a lane enters AP, and
    high: float  # over which it enters P


@overload(loop.opening, jit_options=INLINED)
def _opening(observer, pattern, i, ensemble, settings):  # type: ignore[no-untyped-def]
    if observer.instance_class is not Recorder:
        return None

    def first_sample(observer, pattern, i, ensemble, settings):  # type: ignore[no-untyped-def]
        return settings.first_step + observer.every - settings.first_step % observer.every

    return first_sample


@overload(loop.bias_column, jit_options=INLINED)
def _bias_column(observer, ensemble, lane, step, settings):  # type: ignore[no-untyped-def]
    if observer.instance_class is not Recorder:
        return None
    return lambda observer, ensemble, lane, step, settings: step - settings.first_step


@inline
def _cross(row, histogram, state, lane, step, to_parallel):  # type: ignore[no-untyped-def]
    """Book the crossing of a lane into P or AP after `step` steps; the first dwell has no known start."""
    last = state[LAST_CROSSING, lane]
    if last >= 0.0:
        dwell = as_bits(step - last)
        index = (np.int64(dwell) >> 50) - (1023 << 2)
        if row[lane] >= 0:
            histogram[row[lane], to_parallel, max(0, min(index, DWELL_BINS - 1))] += 1
    state[LAST_CROSSING, lane] = step
    state[PARALLEL, lane] = to_parallel
    state[TO_PARALLEL if to_parallel else TO_ANTIPARALLEL, lane] += 1.0


@apart
def _cross_all(row, key, histogram, low, high, state, before, spread, i, near, step):  # type: ignore[no-untyped-def]
    """Book the crossings of the lanes from `i` that `near` has bits of; `before` and `spread` as of `crossings`."""
    for j in range(before.size):
        if (near >> j) & 1:
            now = state[PARALLEL, i + j] > 0.5
            chance = uniform(key[i + j], step)
            for _ in range(crossings(now, before[j], state[COSINE, i + j], low, high, spread[j], chance)):
                now = not now
                _cross(row, histogram, state, i + j, float(step), 1 if now else 0)


@inline
def _add_moments(state, i, p, mx, my, mz, voltage):  # type: ignore[no-untyped-def]
    cosine = project(p, mx, my, mz)
    g = conductance(p, cosine, voltage)
    add(state, SUM_M, i, mx)
    add(state, SUM_M + 1, i, my)
    add(state, SUM_M + 2, i, mz)
    add(state, SUM_MM, i, mx * mx)
    add(state, SUM_MM + 1, i, my * my)
    add(state, SUM_MM + 2, i, mz * mz)
    add(state, SUM_MM + 3, i, mx * my)
    add(state, SUM_MM + 4, i, mx * mz)
    add(state, SUM_MM + 5, i, my * mz)
    add(state, SUM_G, i, g)
    add(state, SUM_GG, i, g * g)
    add(state, SUM_V, i, voltage)


@inline
def _count(observer, pattern, state, i, p, spread, scratch, step, mx, my, mz):  # type: ignore[no-untyped-def]
    parallel = load(state, PARALLEL, i, pattern)
    before = load(state, COSINE, i, pattern)
    cosine = project(p, mx, my, mz)
    save(state, COSINE, i, cosine)
    goal = select(parallel > 0.5, observer.low, observer.high)
    beyond = select(parallel > 0.5, observer.low - cosine, cosine - observer.high)
    near = any_lane((beyond > 0.0) | ((goal - before) * (goal - cosine) < REACH * spread))
    if near:
        save(scratch, ROWS, 0, before)
        save(scratch, ROWS + 1, 0, spread)
        _cross_all(
            observer.row,
            observer.key,
            observer.histogram,
            observer.low,
            observer.high,
            state,
            scratch[ROWS],
            scratch[ROWS + 1],
            i,
            near,
            step,
        )
        parallel = load(state, PARALLEL, i, pattern)
    add(state, PARALLEL_STEPS, i, parallel)


@overload(loop.due, jit_options=INLINED)
def _due(observer, pattern, i, plain, step, alarm, now):  # type: ignore[no-untyped-def]
    if observer.instance_class is not Recorder:
        return None

    def wanted(observer, pattern, i, plain, step, alarm, now):  # type: ignore[no-untyped-def]
        always = (observer.average or observer.moments or observer.telegraph) and not plain
        return always or step == alarm

    return wanted


@overload(loop.observe, jit_options=INLINED)
def _observe(observer, pattern, i, ensemble, settings, circuit, plain, p, c, u, a, b, scratch, step, alarm, now):  # type: ignore[no-untyped-def]
    if observer.instance_class is not Recorder:
        return None

    def record(observer, pattern, i, ensemble, settings, circuit, plain, p, c, u, a, b, scratch, step, alarm, now):  # type: ignore[no-untyped-def]
        mx, my, mz, voltage, temperature = now
        average = observer.average and not plain
        state = ensemble.state
        if observer.moments and not plain:
            _add_moments(state, i, p, mx, my, mz, voltage)
        if observer.telegraph and not plain:
            _count(observer, pattern, state, i, p, thermal_variance(c, settings.scheme), scratch, step, mx, my, mz)
        if average or step == alarm:
            cosine = project(p, mx, my, mz)
            out_v = voltage
            out_t = temperature
            source = u.source
            if settings.driven and not plain and not average:
                # The step had the means over itself; a sample is that of its end.
                column = (step - settings.first_step - 1) // observer.every
                for j in range(width(pattern)):
                    scratch[0, j] = observer.source[ensemble.bias_index[i + j], column]
                    scratch[4, j] = observer.ambient[ensemble.bias_index[i + j], column]
                source = load(scratch, 0, 0, pattern)
                out_v = source
                out_t = select(p.thermal_rate > 0.0, temperature, load(scratch, 4, 0, pattern))
                if circuit == DIVIDED:
                    out_v = secant_voltage(p, cosine, source, a, b, voltage)
                    for _ in range(3):
                        out_v, _ = newton_voltage(p, cosine, source, a, b, out_v)
            if circuit == DIVIDED:
                # The voltage at the middle of the step is off by per cents; three steps reach rounding.
                for _ in range(3):
                    out_v, _ = newton_voltage(p, cosine, source, a, b, out_v)
            out_r = 1.0 / conductance(p, cosine, out_v)
            out_x = mx
            out_y = my
            out_z = mz
            if average:
                share = 1.0 / observer.every
                out_x = share * add(state, BOX, i, mx)
                out_y = share * add(state, BOX + 1, i, my)
                out_z = share * add(state, BOX + 2, i, mz)
                out_r = share * add(state, BOX + 3, i, out_r)
                out_v = share * add(state, BOX + 4, i, out_v)
                out_t = share * add(state, BOX + 5, i, temperature)
            if step == alarm:
                alarm += observer.every
                sample = observer.first_sample + (step - settings.first_step - 1) // observer.every
                for j in range(width(pattern)):
                    row = observer.row[i + j]
                    if row < 0:
                        continue
                    if observer.m.shape[1] > 0:
                        observer.m[row, sample, 0] = lane(out_x, j)
                        observer.m[row, sample, 1] = lane(out_y, j)
                        observer.m[row, sample, 2] = lane(out_z, j)
                    if observer.resistance.shape[1] > 0:
                        observer.resistance[row, sample] = lane(out_r, j)
                    if observer.voltage.shape[1] > 0:
                        observer.voltage[row, sample] = lane(out_v, j)
                    if observer.temperature.shape[1] > 0:
                        observer.temperature[row, sample] = lane(out_t, j)
                if average:
                    nothing = like(0.0, pattern)
                    for row in range(BOX, BOX + 6):
                        save(state, row, i, nothing)
        return now, alarm

    return record
