"""Switching probabilities of all other junctions: spherical harmonics, advanced in Krylov spaces."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import expm_multiply

from mtjphys.core.errors import MtjphysWarning, ParameterError, SimulationError
from mtjphys.fokker_planck.factors import Factors
from mtjphys.fokker_planck.galerkin import Galerkin
from mtjphys.fokker_planck.krylov import reduced_models
from mtjphys.fokker_planck.levels import MAXIMUM_UNKNOWNS
from mtjphys.fokker_planck.stationary import sphere_rule
from mtjphys.fokker_planck.weight import Weight, across_of, frame_of, weight_of
from mtjphys.macrospin.spin import Macrospin, Profile

Array = npt.NDArray[np.float64]

_GENERAL_FLOOR = 1e-8  # smallest probability whose relative accuracy is controlled
_LARGEST_SPACE = 160
_LARGEST_SERIES = 2e4  # norm of the operator times the duration, about the products with it that a series takes
# Unknowns times Krylov spaces: a strongly damped pulse has four spaces a degree, and degrees up to the last one.
MOST_WORK = 10 * MAXIMUM_UNKNOWNS
_GROWTH = 1.25


def general_probability(
    spin: Macrospin,
    start: Macrospin,
    times: Array,
    initial: int,
    final: int,
    settle: float,
    rtol: float,
    at: Galerkin | None = None,
) -> tuple[Array, Galerkin]:
    """Spherical harmonics between weights, until stable against the degree.

    The weight e^{s/2} with half the exponent of the start's density keeps both small: the backward state, which is
    bounded without a weight, and the start over the weight, wherever the pulse drives the junction. With the operator
    of another solution, degree and weight are as there and the error is a smooth function of the junction: for
    differences.
    """
    log_density = _two_wells(start)
    weight = weight_of(start).scaled(0.5)
    old, change = None, np.inf
    changes: list[float] = []
    work = unknowns = 0

    def afford() -> None:
        nonlocal work
        work += unknowns
        if work > MOST_WORK:
            raise SimulationError(
                f"the switching probability with damping={spin.damping:g} is not stable to rtol={rtol:g} (last change "
                f"{change:.2g}) at {unknowns} unknowns, beyond which it takes minutes; raise the damping, the "
                "temperature or rtol, shorten the pulse, or use rare_events"
            )

    for galerkin in _levels(spin, start, weight, 0.1 * rtol) if at is None else [_like(at, spin, 0.1 * rtol)]:
        unknowns = galerkin.degree.size
        if old is None and at is None:
            _check_precession(spin, "pulse", float(times[-1]), unknowns)
            _check_precession(start, "settle time", settle, unknowns)
        rule = galerkin.edge_rule
        m, area = rule.nodes @ galerkin.frame, rule.areas
        cosine, size = m @ spin.reference, galerkin.weight(m)
        u = log_density(m)
        inside = cosine * initial > 0
        density = np.where(inside, np.exp(u - u[inside].max()), 0.0)
        density = np.divide(density, size * (area @ density), out=np.zeros_like(size), where=size > 1e-150)
        row, state = rule.project(density, np.where(cosine * final > 0, size, 0.0))
        if settle > 0:
            rest = _like(galerkin, start, 0.1 * rtol)
            _, state = in_krylov_spaces(rest.operator, state, row, np.array([settle * start.diffusion]), rtol, afford)
        new, _ = in_krylov_spaces(galerkin.operator, state, row, times * spin.diffusion, rtol, afford)
        if settle == 0:
            new[times == 0] = float(final == initial)
        if at is not None:
            return new, galerkin
        if old is not None:
            changes.append(float((np.abs(new - old) / np.maximum(np.abs(new), _GENERAL_FLOOR)).max()))
            change = changes[-1]
            if _rest(changes) <= rtol:
                return _above_noise(new, times, 10 * rtol * _GENERAL_FLOOR), galerkin
            _check_smoothing(spin, float(times[times > 0].min(initial=np.inf)), changes, unknowns, rtol)
        old = new
    raise SimulationError(
        f"the switching probability is not stable to rtol={rtol:g} (last change {change:.2g}) within "
        f"{MAXIMUM_UNKNOWNS} unknowns; raise the temperature, the damping or rtol, or use rare_events"
    )


def _rest(changes: list[float]) -> float:
    """Return what is left of a series of changes that fall as fast as the last two did, or one by a factor of two.

    Short pulses converge with a power of the degree, as the edge at m.p = 0 has not been smoothed: then slowly.
    """
    if len(changes) == 1 or not np.isfinite(changes[-1]):
        return changes[-1]
    first = changes[-min(len(changes), 3)]
    ratio = min(0.9, (changes[-1] / first) ** (1 / (min(len(changes), 3) - 1))) if first > 0 else 0.0
    return changes[-1] * ratio / (1 - ratio)


def _check_smoothing(spin: Macrospin, duration: float, changes: list[float], unknowns: int, rtol: float) -> None:
    """Refuse a pulse too short to smooth the edge at m.p = 0, where the changes fall too slowly to end in time.

    Diffusion smooths what is finer than ``sqrt(D t)``; below it changes fall with a power of the degree, which tells
    how many unknowns there would have to be.
    """
    if len(changes) < 3 or MAXIMUM_UNKNOWNS * spin.diffusion * duration > 1 or not np.isfinite(changes).all():
        return
    ratio = min((changes[-1] / changes[-3]) ** 0.5, 0.99)
    levels = math.log(rtol * (1 - ratio) / (ratio * changes[-1])) / math.log(ratio)
    needed = unknowns * _GROWTH ** (2 * levels)
    if needed > MAXIMUM_UNKNOWNS:
        raise SimulationError(
            f"damping={spin.damping:g} is too low for a pulse of {duration:g} s without axial symmetry: diffusion does "
            f"not smooth the edge between the states, and rtol={rtol:g} (last change {changes[-1]:.2g}) would need "
            f"about {needed:.2g} unknowns; raise the damping, the duration or rtol, or use rare_events"
        )


def _check_precession(spin: Macrospin, name: str, duration: float, unknowns: int) -> None:
    """Refuse what precession alone makes too long, by a lower estimate of the cost from the first `unknowns`.

    Orbits of different energy precess at different rates and wind the density up, once a turn. Diffusion, of rate
    alpha omega across a well, smooths n windings by a factor exp(-alpha (2 pi n)^3/3); until then both the degree and
    the order grow with n. A Krylov space holds about a turn, until precession has decayed, in 1/(2 pi alpha) turns.
    """
    if across_of(spin, frame_of(spin)) < 1:  # nearly symmetric about the axis of precession
        return

    def fits(damping: float, turns: float) -> bool:
        windings = min(turns, (3 / damping) ** (1 / 3) / (2 * math.pi))
        needed = unknowns * max(1.0, windings) ** 2
        spaces = min(turns, 1 / (2 * math.pi * damping))
        return needed <= MAXIMUM_UNKNOWNS and needed * spaces <= MOST_WORK

    fields = (
        np.abs(part.series).sum() * (np.ptp(np.linalg.eigvalsh(part.matrix)) + np.linalg.norm(part.field))
        for part in spin.parts
    )
    turns = float(spin.gyromagnetic_ratio * sum(fields) * duration / (2 * math.pi))
    if fits(spin.damping, turns):
        return
    legal = next(factor for factor in 1.1 ** np.arange(1, 1000) if fits(spin.damping * factor, turns))
    shorter = next(factor for factor in 1.1 ** np.arange(1, 1000) if fits(spin.damping, turns / factor))
    raise SimulationError(
        f"damping={spin.damping:g} is too low for a {name} of {duration:g} s without axial symmetry: in {turns:.3g} "
        f"turns precession winds the density up beyond what {MAXIMUM_UNKNOWNS} unknowns resolve in minutes; raise the "
        f"damping to at least {spin.damping * legal:.2g}, shorten the {name} to at most {duration / shorter:.2g} s, or "
        "use rare_events"
    )


def _above_noise(values: Array, times: Array, noise: float) -> Array:
    below = values < noise
    if below[times > 0].any():
        warnings.warn(
            f"probabilities below {noise:.1g} are lost in rounding without axial symmetry and are returned as 0; "
            "use rare_events for them",
            MtjphysWarning,
            stacklevel=5,
        )
    return np.where(below, 0.0, np.minimum(values, 1.0))


def _levels(spin: Macrospin, start: Macrospin, weight: Weight, accuracy: float) -> Iterator[Galerkin]:
    """Yield operators of the pulse of growing degree."""
    frame = frame_of(spin)
    curvature = across = 0.0
    for other in (weight_of(spin), weight_of(start)):
        curvature, across = max(curvature, other.curvature), max(across, other.across(frame))
    high, wide = 8 + 3 * math.sqrt(curvature), 6 + 2 * math.sqrt(across)
    while True:
        degree = math.ceil(high)
        order = min(math.ceil(wide), degree)
        if (degree + 1) * (2 * order + 1) - order * (order + 1) > MAXIMUM_UNKNOWNS:
            return
        yield Galerkin(spin, degree, order, accuracy, weight, frame)
        high, wide = _GROWTH * high, _GROWTH * wide


def _like(galerkin: Galerkin, spin: Macrospin, accuracy: float) -> Galerkin:
    """Return the operator of another macrospin, of the same degree and between the same weights."""
    weight = galerkin.exponent.turned(galerkin.frame.T)
    return Galerkin(spin, int(galerkin.degree.max()), int(galerkin.order.max()), accuracy, weight, galerkin.frame)


def _two_wells(start: Macrospin) -> Profile:
    """Return log rho of the start, if it has a maximum on each side of m.p = 0."""
    log_density = start.log_density()
    if log_density is None:
        raise ParameterError(
            "`start` holds a spin torque or a state-dependent field, under which the wells have no Boltzmann density; "
            "give a `start` at zero voltage and without spin-orbit current"
        )
    nodes, _ = sphere_rule(start, start.reference)
    cosine, u = nodes @ start.reference, log_density(nodes)
    edge = np.abs(cosine) < 2 * np.abs(cosine).min()
    for side in (1, -1):
        if not u[(cosine * side > 0) & ~edge].max() > u[edge].max():
            raise ParameterError(
                "the junction has no well with m.p above 0 and another below 0 under `start`, so no pulse can switch "
                "it; give a `start` under which there is a barrier"
            )
    return log_density


def in_krylov_spaces(
    operator: Any, state: Array, row: Array, times: Array, rtol: float, afford: Callable[[], None]
) -> tuple[Array, Array]:
    """Return ``row exp(t A) state`` at each time and the last state, by Krylov spaces of (A - s)^-1.

    `afford` is called before each space. The time is cut where a space of 160 vectors is too small. A new space starts
    from what is left of the state, so that what decays keeps its relative accuracy. Where the moment precesses a few
    turns and hardly anything decays, which such spaces hold badly, the exponential is a series. NaN where a degree that
    is too low lets the state grow.
    """
    result = np.empty_like(times)
    size = float(abs(operator).sum(axis=0).max()) * times[-1]  # the 1-norm, which older scipy has for matrices alone
    if size < _LARGEST_SERIES and float(np.abs(operator.diagonal()).max()) * times[-1] < 0.1 * size:
        afford()
        for k, step in enumerate(np.diff(times, prepend=0.0)):
            state = expm_multiply(step * operator, state) if step > 0 else state
            result[k] = row @ state
        return result, state
    identity = sparse.eye_array(state.size, format="csc")
    done = int(np.count_nonzero(times == 0))
    result[:done] = row @ state
    now, length = 0.0, times[-1] / 8
    bound = 1e6 * np.linalg.norm(state)
    while done < times.size:
        if not np.linalg.norm(state) < bound or length < 1e-9 * times[-1]:
            return np.full_like(times, np.nan), state
        length = min(length, times[-1] - now)
        until = int(np.searchsorted(times, (now + length) * (1 + 1e-12), side="right"))
        check = np.append(times[done:until] - now, length)
        afford()
        solve = Factors(operator - 50 / length * identity).solve
        old, close = None, False
        for model in reduced_models(lambda v: operator @ v, [solve], state, row, _LARGEST_SPACE):
            new = np.concatenate((model.curve(check), model.state(length)))
            if old is not None:
                error = np.abs(new - old)
                close = bool(
                    (error[: check.size] <= 0.1 * rtol * np.maximum(np.abs(new[: check.size]), _GENERAL_FLOOR)).all()
                )
                close = close and np.linalg.norm(error[check.size :]) <= 1e-11 * np.linalg.norm(new[check.size :])
                if close:
                    break
            old = new
        if not close and model.rates.size == _LARGEST_SPACE:
            length /= 3
            continue
        result[done:until] = new[: until - done]
        state, now, done = new[check.size :], now + length, until
        length *= 2
    return result, state
