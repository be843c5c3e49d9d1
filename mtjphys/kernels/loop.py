"""The one time loop: lanes of junctions advance, with noise that is drawn or given, under the eyes of an observer.

Lanes are columns of row-major arrays; sixteen neighbours advance together in registers (`Lanes`), a single
lane as plain float64, both through the one function `march` and with the same bits. What a run does beside advancing,
recording an ensemble or watching for interfaces, is an observer: a NamedTuple of arrays, whose type chooses `opening`,
`bias_column`, `due` and `observe`.
"""

from typing import Any, NamedTuple

import numpy as np

from mtjphys.kernels.compiling import inline, inline_with_arrays
from mtjphys.kernels.conduction import DIVIDED, STIFF, conductance, newton_voltage, secant_voltage
from mtjphys.kernels.llg import coefficients, drive, project
from mtjphys.kernels.memory import HELD, MX, MY, MZ, TEMPERATURE, VOLTAGE, load, save, width
from mtjphys.kernels.parameters import load_parameters
from mtjphys.kernels.random import exp
from mtjphys.kernels.simd import fma, like, select, sqrt
from mtjphys.kernels.steppers import HEUN, corrections_of, heun_step, midpoint_step, normalise
from mtjphys.kernels.temperature import bloch
from mtjphys.kernels.tiles import TILE, normal, refill

# Rows of a bias: its channels, and the variance of the source within a step.
ROWS = 7
VARIANCE = 6


class Ensemble(NamedTuple):
    """The lanes of a run; padded to a multiple of `WIDTH` where blocks of lanes advance."""

    parameters: Any  # float64 (numbers of a junction, lanes), rows as `load_parameters` reads them
    example: Any  # a junction of the kind of all lanes, whose terms and torques the kernel is compiled for
    random: Any  # uint64 (4, lanes)
    state: Any  # float64 (STATE_ROWS, lanes)
    source_weight: Any  # float64 (1, lanes): a of a V + b V G = source
    junction_weight: Any  # float64 (1, lanes): b
    bias_index: Any  # int64 (lanes,)
    bias: Any  # float64 (biases, 6 or 7, columns), rows as of `Bias.table`: one column if constant, else one a step


class Settings(NamedTuple):
    """What is the same for all lanes of a call."""

    dt: float  # s
    first_step: int
    n_steps: int
    scheme: int  # MIDPOINT or HEUN
    circuit: int  # STIFF, DIVIDED or FIXED
    driven: bool  # the bias has a column a step
    hot: bool  # the temperature may change
    hold: int  # steps for which a hot junction's coefficients are held, see `begin_step`
    noisy: bool
    renormalise: bool  # m is divided by its length after each of Heun's steps
    rewind: bool  # the generator is left at the start of a tile that is not used up


def opening(observer, pattern, i, ensemble, settings):  # type: ignore[no-untyped-def]
    """Prepare what the observer needs of the lanes from `i`, which it may set; return the first alarm.

    An alarm is the step at which the observer wants to be told so, or negative: the run is over.
    """
    raise NotImplementedError("compiled code only")


def bias_column(observer, ensemble, lane, step, settings):  # type: ignore[no-untyped-def]
    """Return the column of the bias for a lane, after `step` steps."""
    raise NotImplementedError("compiled code only")


def due(observer, pattern, i, plain, step, alarm, now):  # type: ignore[no-untyped-def]
    """Return whether the observer wants to `observe` the lanes from `i` after step `step`.

    Asked after every step, apart from `observe`: what happens now and then takes no registers from what always does.
    """
    raise NotImplementedError("compiled code only")


def observe(observer, pattern, i, ensemble, settings, circuit, plain, p, c, u, a, b, scratch, step, alarm, now):  # type: ignore[no-untyped-def]
    """Look at the lanes from `i` after a step where that is `due`; return `now`, changed or not, and the next alarm.

    `now` is (mx, my, mz, voltage, temperature); `circuit` and `plain` as in `march`; `c` and `u` are the `Coefficients`
    and the `Drive` of the step, `a` and `b` the circuit's weights; `scratch` (rows, lanes) holds the step's bias in
    the first `ROWS` rows, two more are the observer's.
    """
    raise NotImplementedError("compiled code only")


@inline
def gather(ensemble, i, j, column, scratch):  # type: ignore[no-untyped-def]
    """Put the rows of the bias of lane ``i + j`` into `scratch`; a variance that it lacks is left as it is, zero."""
    k = ensemble.bias_index[i + j]
    for row in range(VARIANCE):
        scratch[row, j] = ensemble.bias[k, row, column]
    if ensemble.bias.shape[1] > VARIANCE:
        scratch[VARIANCE, j] = ensemble.bias[k, VARIANCE, column]


@inline
def apply_bias(circuit, p, c, uneven, scratch, pattern):  # type: ignore[no-untyped-def]
    """Return the `Drive` of a step from the bias in `scratch`."""
    source = load(scratch, 0, 0, pattern)
    return drive(
        p,
        c,
        source,
        load(scratch, 1, 0, pattern),
        load(scratch, 2, 0, pattern),
        load(scratch, 3, 0, pattern),
        load(scratch, 5, 0, pattern),
        source if circuit == STIFF else like(0.0, pattern),
        uneven and circuit == STIFF,
        load(scratch, VARIANCE, 0, pattern),
    )


@inline
def warmed(p, uneven, mx, my, mz, voltage, temperature, relax, scratch, pattern):  # type: ignore[no-untyped-def]
    """Return the temperature after a time in which the share `relax` of what is missing to its goal is made up.

    The goal is the ambient temperature in `scratch` and the Joule heat at m and the junction's voltage, whose variance
    within the step is there too where it is `uneven`.
    """
    cosine = project(p, mx, my, mz)
    square = voltage * voltage
    if uneven:
        square = square + load(scratch, VARIANCE, 0, pattern)
        voltage = sqrt(square)  # with whose even powers the conductance goes
    power = square * conductance(p, cosine, voltage)
    goal = fma(p.thermal_resistance, power, load(scratch, 4, 0, pattern))
    return fma(relax, goal - temperature, temperature)


@inline
def begin_step(  # type: ignore[no-untyped-def]
    settings,
    circuit,
    driven,
    uneven,
    hot,
    p,
    reference,
    c,
    u,
    step,
    mx,
    my,
    mz,
    voltage,
    temperature,
    held,
    ahead,
    a,
    b,
    scratch,
    pattern,
):
    """Return coefficients with their temperature, `Drive` and voltage of a step, from the bias in `scratch`.

    The voltage of a `driven` junction follows the source. The coefficients of a `hot` one are those of the temperature
    that it will have, as it heats now, in the middle of the `hold` steps for which they are held.
    """
    renewed = hot and step % settings.hold == 0
    if driven or renewed:
        source = load(scratch, 0, 0, pattern)
        if circuit != DIVIDED:
            voltage = source
        elif driven:
            cosine = project(p, mx, my, mz)
            voltage = secant_voltage(p, cosine, source, a, b, voltage)
            voltage, _ = newton_voltage(p, cosine, source, a, b, voltage)
            if uneven:  # what the divider leaves the junction
                share = 1.0 / fma(b, conductance(p, cosine, voltage), a)
                save(scratch, VARIANCE, 0, share * share * load(scratch, VARIANCE, 0, pattern))
        if renewed:
            held = warmed(p, uneven, mx, my, mz, voltage, temperature, ahead, scratch, pattern)
            c = coefficients(p, held, settings.dt, corrections_of(settings.scheme), reference)
        u = apply_bias(circuit, p, c, uneven, scratch, pattern)
    return c, u, held, voltage


@inline_with_arrays
def march(pattern, i, ensemble, settings, circuit, plain, noise, observer):  # type: ignore[no-untyped-def]
    """Advance the lanes from `i` by ``settings.n_steps`` steps, or until the observer ends it; return the last step.

    Where `circuit` and `plain` are constants of the caller, the compiler leaves out what they exclude: a `plain`
    call is by midpoint, with noise, at constant bias and temperature.
    """
    heun = settings.scheme == HEUN and not plain
    driven = settings.driven and not plain
    uneven = driven and ensemble.bias.shape[1] > VARIANCE
    hot = settings.hot and not plain
    noisy = settings.noisy or plain
    lanes = width(pattern)
    state = ensemble.state
    dt = settings.dt
    alarm = opening(observer, pattern, i, ensemble, settings)
    p = load_parameters(ensemble.parameters, i, pattern, ensemble.example)
    a = load(ensemble.source_weight, 0, i, pattern)
    b = load(ensemble.junction_weight, 0, i, pattern)
    s0 = load(ensemble.random, 0, i, pattern)
    s1 = load(ensemble.random, 1, i, pattern)
    s2 = load(ensemble.random, 2, i, pattern)
    s3 = load(ensemble.random, 3, i, pattern)
    mx = load(state, MX, i, pattern)
    my = load(state, MY, i, pattern)
    mz = load(state, MZ, i, pattern)
    voltage = load(state, VOLTAGE, i, pattern)
    temperature = load(state, TEMPERATURE, i, pattern)
    held = load(state, HELD, i, pattern)

    scratch = np.zeros((ROWS + 2, lanes))
    buffer = np.empty(3 * TILE * lanes)
    spare = np.empty((2, 3 * TILE // 2), np.uint64)
    reference = bloch(p, p.reference_temperature)
    c = coefficients(p, held, dt, corrections_of(settings.scheme), reference)
    step = settings.first_step
    for j in range(lanes):
        gather(ensemble, i, j, bias_column(observer, ensemble, i + j, step, settings) if driven else 0, scratch)
    u = apply_bias(circuit, p, c, uneven, scratch, pattern)
    heated = p.thermal_rate > 0.0
    relax = select(heated, 1.0 - exp(-(dt * p.thermal_rate)), 1.0)
    ahead = select(heated, 1.0 - exp(-(0.5 * settings.hold * dt * p.thermal_rate)), 1.0)
    tx = like(0.0, pattern)
    ty = tx
    tz = tx
    end = step + settings.n_steps
    while step < end and alarm >= 0:
        r0 = s0
        r1 = s1
        r2 = s2
        r3 = s3
        if noisy:
            s0, s1, s2, s3 = refill(noise, buffer, spare, s0, s1, s2, s3)
        k = step % TILE
        stop = min(TILE, k + end - step)
        while k < stop and alarm >= 0:
            if driven:
                for j in range(lanes):
                    gather(ensemble, i, j, bias_column(observer, ensemble, i + j, step, settings), scratch)
            c, u, held, voltage = begin_step(
                settings,
                circuit,
                driven,
                uneven,
                hot,
                p,
                reference,
                c,
                u,
                step,
                mx,
                my,
                mz,
                voltage,
                temperature,
                held,
                ahead,
                a,
                b,
                scratch,
                pattern,
            )
            if noisy:
                tx = c.noise * normal(noise, buffer, k, step, 0, pattern)
                ty = c.noise * normal(noise, buffer, k, step, 1, pattern)
                tz = c.noise * normal(noise, buffer, k, step, 2, pattern)
            variance = load(scratch, VARIANCE, 0, pattern)
            if heun:
                mx, my, mz, voltage = heun_step(
                    p, c, u, mx, my, mz, tx, ty, tz, voltage, a, b, circuit, uneven, variance
                )
                if settings.renormalise:
                    mx, my, mz = normalise(mx, my, mz)
            else:
                mx, my, mz, voltage = midpoint_step(
                    p, c, u, mx, my, mz, tx, ty, tz, voltage, a, b, circuit, uneven, variance
                )
            if hot:
                temperature = warmed(p, uneven, mx, my, mz, voltage, temperature, relax, scratch, pattern)
            k += 1
            step += 1
            now = (mx, my, mz, voltage, temperature)
            if due(observer, pattern, i, plain, step, alarm, now):
                now, alarm = observe(
                    observer, pattern, i, ensemble, settings, circuit, plain, p, c, u, a, b, scratch, step, alarm, now
                )
                mx, my, mz, voltage, temperature = now
        if settings.rewind and stop < TILE:
            s0 = r0
            s1 = r1
            s2 = r2
            s3 = r3
    save(ensemble.random, 0, i, s0)
    save(ensemble.random, 1, i, s1)
    save(ensemble.random, 2, i, s2)
    save(ensemble.random, 3, i, s3)
    save(state, MX, i, mx)
    save(state, MY, i, my)
    save(state, MZ, i, mz)
    save(state, VOLTAGE, i, voltage)
    save(state, TEMPERATURE, i, temperature)
    save(state, HELD, i, held)
    return step
