"""Switching probability and write error of a pulse."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev
from scipy import sparse
from scipy.special import roots_legendre

from mtjphys.core.checks import nonnegative
from mtjphys.core.errors import MtjphysWarning, ParameterError, SimulationError
from mtjphys.fokker_planck.axial import barrier_top
from mtjphys.fokker_planck.basis import factorise
from mtjphys.fokker_planck.galerkin import Galerkin
from mtjphys.fokker_planck.krylov import reduced_models
from mtjphys.fokker_planck.levels import MAXIMUM_UNKNOWNS
from mtjphys.fokker_planck.stationary import sphere_rule
from mtjphys.fokker_planck.weight import Weight, across_of, frame_of, weight_of
from mtjphys.kernels.diffusion import backward_means
from mtjphys.macrospin.spin import Macrospin, Profile, resolve

if TYPE_CHECKING:
    from mtjphys.bias import Bias
    from mtjphys.junction import MTJ

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]

_FLOOR = 1e-12  # smallest probability whose relative accuracy is controlled
_MOST_STEPS = 100_000
_MOST_CELLS = 50_000
_GENERAL_FLOOR = 1e-8  # the same without axial symmetry
_LARGEST_SPACE = 160
# Unknowns times Krylov spaces: a strongly damped pulse has four spaces a degree, and degrees up to the last one.
_MOST_WORK = 10 * MAXIMUM_UNKNOWNS
_GROWTH = 1.25


def switching_probability(
    junction: MTJ | Macrospin,
    bias: Bias | None = None,
    durations: npt.ArrayLike = (),
    *,
    start: Bias | Macrospin | None = None,
    initial: str = "parallel",
    settle: float = 0.0,
    rtol: float = 1e-4,
) -> Array:
    r"""Return the probability that a pulse switches the junction.

    The junction starts in the Boltzmann density :math:`\rho_0` of one well under `start`, feels `bias` for a
    duration t, and `start` again for `settle`. With the backward operator :math:`L` of the pulse,

    .. math::

        P = \int\rho_0\,e^{tL}\,w\,dm,

    w being the probability to end up in the other well from each m. The wells meet at the top of the barrier under
    `start` in an axially symmetric junction, and at m.p = 0 in any other. This function and
    `write_error` are each solved for on their own, so that neither loses digits where the other is near 1.

    Axially symmetric junctions (perpendicular, with collinear fields and torques) take exponentially fitted finite
    volumes in the polar angle with Richardson extrapolation, and keep the relative accuracy down to 1e-12: 2 to 30 ms
    for a curve of any number of durations at barriers up to 100 kT, 0.2 s at 400 kT. All others take spherical
    harmonics: relative accuracy down to 1e-8 and absolute below, 0 with a warning where nothing is left
    (below 1e-11 at the default `rtol`); 0.1 to 90 s, most at low damping and for thin films.

    Parameters
    ----------
    junction : MTJ or Macrospin
        The junction; with a `Macrospin`, leave `bias` out.
    bias : Bias, optional
        Constant bias during the pulse. Positive voltage favours the parallel state.
    durations : array_like
        Of the pulse in seconds, 0 or more, in any order.
    start : Bias or Macrospin, optional
        Before and after the pulse; by default `bias` with voltage (or current) 0. For a `Macrospin` a `Macrospin`; by
        default the same without damping-like torque and modulations.
    initial : {"parallel", "antiparallel"}
        The well at the start.
    settle : float
        Time under `start` between the end of the pulse and reading the state, in seconds.
    rtol : float
        Relative accuracy asked for.

    Returns
    -------
    array
        Probabilities, of the shape of `durations`.

    Raises
    ------
    ParameterError
        If the junction has no two wells under `start`, the bias is not constant, or a number is out of range.
    SimulationError
        If `rtol` cannot be reached, or would take minutes: at low damping without axial symmetry, where precession
        winds the density up. The message then names the damping and the duration that can be had.

    References
    ----------
    W. H. Butler et al., IEEE Trans. Magn. 48, 4684 (2012), arXiv:1202.2621.
    D. L. Scharfetter and H. K. Gummel, IEEE Trans. Electron Devices 16, 64 (1969).

    Examples
    --------
    A barrier of 40 kT and a torque of twice the critical one, after 2 and 4 relaxation times:
    >>> import numpy as np
    >>> spin = Macrospin(np.zeros(3), np.diag([0, 0, 0.8]), 0.01, damping=0.1, damping_like=[0, 0, 0.16])
    >>> tau = 1.01 / (0.1 * spin.gyromagnetic_ratio * 0.8)
    >>> print(switching_probability(spin, durations=np.array([2, 4]) * tau, initial="antiparallel"))
    [0.54954879 0.98998479]
    """
    spin, before = _pulse_and_start(junction, bias, start)
    return _probability(spin, before, durations, initial, settle, rtol, switched=True)


def write_error(
    junction: MTJ | Macrospin,
    bias: Bias | None = None,
    durations: npt.ArrayLike = (),
    *,
    start: Bias | Macrospin | None = None,
    initial: str = "parallel",
    settle: float = 0.0,
    rtol: float = 1e-4,
) -> Array:
    r"""Return the probability that a pulse fails to switch the junction.

    The junction starts in the Boltzmann density :math:`\rho_0` of one well under `start`, feels `bias` for a
    duration t, and `start` again for `settle`. With the backward operator :math:`L` of the pulse,

    .. math::

        P = \int\rho_0\,e^{tL}\,w\,dm,

    w being the probability to end up in the initial well from each m. The wells meet at the top of the barrier under
    `start` in an axially symmetric junction, and at m.p = 0 in any other. This function and
    `switching_probability` are each solved for on their own, so that neither loses digits where the other is near 1.

    Axially symmetric junctions (perpendicular, with collinear fields and torques) take exponentially fitted finite
    volumes in the polar angle with Richardson extrapolation, and keep the relative accuracy down to 1e-12: 2 to 30 ms
    for a curve of any number of durations at barriers up to 100 kT, 0.2 s at 400 kT. All others take spherical
    harmonics: relative accuracy down to 1e-8 and absolute below, 0 with a warning where nothing is left
    (below 1e-11 at the default `rtol`); 0.1 to 90 s, most at low damping and for thin films.

    Parameters
    ----------
    junction : MTJ or Macrospin
        The junction; with a `Macrospin`, leave `bias` out.
    bias : Bias, optional
        Constant bias during the pulse. Positive voltage favours the parallel state.
    durations : array_like
        Of the pulse in seconds, 0 or more, in any order.
    start : Bias or Macrospin, optional
        Before and after the pulse; by default `bias` with voltage (or current) 0. For a `Macrospin` a `Macrospin`; by
        default the same without damping-like torque and modulations.
    initial : {"parallel", "antiparallel"}
        The well at the start.
    settle : float
        Time under `start` between the end of the pulse and reading the state, in seconds.
    rtol : float
        Relative accuracy asked for.

    Returns
    -------
    array
        Probabilities, of the shape of `durations`.

    Raises
    ------
    ParameterError
        If the junction has no two wells under `start`, the bias is not constant, or a number is out of range.
    SimulationError
        If `rtol` cannot be reached, or would take minutes: at low damping without axial symmetry, where precession
        winds the density up. The message then names the damping and the duration that can be had.

    References
    ----------
    W. H. Butler et al., IEEE Trans. Magn. 48, 4684 (2012), arXiv:1202.2621.
    D. L. Scharfetter and H. K. Gummel, IEEE Trans. Electron Devices 16, 64 (1969).

    Examples
    --------
    A barrier of 40 kT and a torque of twice the critical one, after 2 and 4 relaxation times:
    >>> import numpy as np
    >>> spin = Macrospin(np.zeros(3), np.diag([0, 0, 0.8]), 0.01, damping=0.1, damping_like=[0, 0, 0.16])
    >>> tau = 1.01 / (0.1 * spin.gyromagnetic_ratio * 0.8)
    >>> print(write_error(spin, durations=np.array([2, 4]) * tau, initial="antiparallel"))
    [0.45045122 0.01001521]
    """
    spin, before = _pulse_and_start(junction, bias, start)
    return _probability(spin, before, durations, initial, settle, rtol, switched=False)


def _pulse_and_start(
    junction: MTJ | Macrospin, bias: Bias | None, start: Bias | Macrospin | None
) -> tuple[Macrospin, Macrospin]:
    spin = resolve(junction, bias)
    if isinstance(junction, Macrospin):
        if start is None:
            start = replace(junction, damping_like=(0.0, 0.0, 0.0), modulations=())
        if not isinstance(start, Macrospin):
            raise ParameterError("the pulse is a Macrospin, so `start` must be one too, not a Bias")
        if not np.allclose(start.reference, spin.reference, rtol=0, atol=1e-12):
            raise ParameterError("`start` and the pulse have different reference directions; give both the same")
        return spin, start
    if isinstance(start, Macrospin):
        raise ParameterError("the pulse is a junction with a Bias, so `start` must be a Bias, not a Macrospin")
    if start is None:
        from mtjphys.bias import Bias as Constant

        given = Constant() if bias is None else bias
        off = {"voltage": 0.0} if given.current is None else {"current": 0.0}
        start = given.model_copy(update=off)
    return spin, resolve(junction, start)


def _probability(
    spin: Macrospin,
    start: Macrospin,
    durations: npt.ArrayLike,
    initial: str,
    settle: float,
    rtol: float,
    switched: bool,
) -> Array:
    times = nonnegative("durations", durations, "s")
    nonnegative("settle", settle, "s")
    if initial not in ("parallel", "antiparallel"):
        raise ParameterError(f'initial={initial!r} is unknown; use "parallel" or "antiparallel"')
    if not 1e-6 <= rtol < 1:
        raise ParameterError(f"rtol={rtol!r} is outside [1e-6, 1); 1e-4 is usual")
    if times.size == 0:
        return np.zeros(times.shape)
    well = 1 if initial == "parallel" else -1
    ascending, place = np.unique(times, return_inverse=True)
    axes = spin.axis, start.axis
    solve = _general
    if axes[0] is not None and axes[1] is not None and abs(axes[0] @ axes[1]) > 1 - 1e-12:
        solve = _axial
    values = solve(spin, start, ascending, well, -well if switched else well, settle, rtol)
    return values[place].reshape(times.shape)


# Axial junctions


def _axial(
    spin: Macrospin, start: Macrospin, times: Array, initial: int, final: int, settle: float, rtol: float
) -> Array:
    """Finite volumes in the polar angle; their even error series in the cell is eliminated (Romberg)."""
    pulse, before = _potential(spin), _potential(start)
    top = barrier_top(before)
    if top is None:
        raise ParameterError(
            "the junction has no second well under `start`, so no pulse can switch it; give a `start` under which "
            "there is a barrier"
        )
    reach = 1.5 * rtol ** (1 / 7)

    def measure(cells: int) -> Array:
        faces, centres = _mesh(cells, top)
        weights = _well(before, faces, centres, (centres - top) * initial > 0)
        values = ((centres - top) * final > 0).astype(float)
        if settle > 0:
            _advance(_rates(before, faces, centres), values, weights, np.array([settle * start.diffusion]), reach)
        return _advance(_rates(pulse, faces, centres), values, weights, times * spin.diffusion, reach)

    theta = np.linspace(0, np.pi, 201)
    slopes = [np.sin(theta) * chebyshev.chebval(np.cos(theta), chebyshev.chebder(u)) for u in (pulse, before)]
    # u changes by 4 at most from cell to cell.
    return _romberg(measure, 32 * math.ceil(np.pi / 4 * float(np.abs(slopes).max()) / 32 + 1), rtol)


def _romberg(measure: Callable[[int], Array], cells: int, rtol: float) -> Array:
    """Double the cells and extrapolate ln(probability) in even powers of their size until it is stable."""
    rows: list[Array] = []
    change = np.inf
    while cells <= _MOST_CELLS:
        raw = measure(cells)
        new = [np.log(np.maximum(raw, 1e-300))]
        for k, old in enumerate(rows, 1):
            new.append(new[-1] + (new[-1] - old) / (4**k - 1))
        if len(new) > 2:
            value = np.where(raw > 1e-300, np.exp(new[-1]), 0.0)
            change = float((np.abs(value - np.exp(new[-2])) / np.maximum(value, _FLOOR)).max())
            if change <= rtol:
                return np.minimum(value, 1.0)
        rows = new
        cells *= 2
    raise SimulationError(
        f"the switching probability is not stable to rtol={rtol:g} (last change {change:.2g}) with {_MOST_CELLS} "
        "cells; raise rtol or the temperature, or use the rates (theory.escape_rates)"
    )


def _potential(spin: Macrospin) -> Array:
    """Chebyshev series of u = log rho in the cosine with the axis, which points the way of p."""
    axis = spin.axis
    assert axis is not None
    alignment = float(axis @ spin.reference)
    if abs(alignment) < 1e-6:
        raise ParameterError(
            "the reference layer is at right angles to the junction's axis, so both wells have the same m.p; "
            "tilt the reference layer"
        )
    potential = spin.axial_potential
    return potential * (-1.0) ** np.arange(len(potential)) if alignment < 0 else potential


@lru_cache(maxsize=32)
def _mesh(cells: int, top: float) -> tuple[Array, Array]:
    """Return z at faces and centres: even in an angle that a Moebius map stretches to put a face at `top`."""
    x = np.arange(2 * cells + 1) / (2 * cells)
    ratio = np.pi / np.arccos(-top) - 1
    z = -np.cos(np.pi * x / (x + ratio * (1 - x)))
    z[0], z[cells], z[-1] = -1.0, top, 1.0
    return z[::2], z[1::2]


def _integrals(potential: Array, ends: Array, reference: Array, sign: float, z_of: Callable[[Array], Array]) -> Array:
    """Integrals of exp(sign (u(z(x)) - reference)) dx between neighbouring ends."""
    x, w = _three_points()
    middle, half = (ends[1:] + ends[:-1]) / 2, (ends[1:] - ends[:-1]) / 2
    u = chebyshev.chebval(z_of(middle[:, None] + half[:, None] * x), potential)
    return np.asarray(half * (np.exp(sign * (u - reference[..., None])) @ w))


@lru_cache(maxsize=1)
def _three_points() -> tuple[Array, Array]:
    return roots_legendre(3)


def _well(potential: Array, faces: Array, centres: Array, inside: npt.NDArray[np.bool_]) -> Array:
    """Return the share of each cell in the Boltzmann density of the cells `inside`."""
    highest = chebyshev.chebval(centres[inside], potential).max()
    u = np.where(inside, highest, np.inf)
    weights = _integrals(potential, faces, u, 1.0, lambda z: z)
    return np.asarray(weights / weights.sum())


class _Rates(NamedTuple):
    """Rates from each cell to its neighbours, in units of D."""

    down: Array
    up: Array


def _rates(potential: Array, faces: Array, centres: Array) -> _Rates:
    """Exponentially fitted finite volumes: the stationary fluxes between centres are exact."""
    u: Array = np.asarray(chebyshev.chebval(centres, potential))
    mass = _integrals(potential, faces, u, 1.0, lambda z: z)
    # The way from centre to centre has the resistance int e^{-u} dz/(1 - z^2), and dz/(1 - z^2) = d artanh z.
    resistance = _integrals(potential, np.arctanh(centres), (u[1:] + u[:-1]) / 2, -1.0, lambda y: np.tanh(y))
    tilt = np.diff(u) / 2
    down = np.exp(-tilt) / (resistance * mass[1:])
    up = np.exp(tilt) / (resistance * mass[:-1])
    return _Rates(np.append(0.0, down), np.append(up, 0.0))


class _Exponential(NamedTuple):
    """The L-stable Pade approximant [3/4] of exp: poles in the upper half plane and residues."""

    poles: Complex
    residues: Complex
    third: Complex  # residues of x^3 over the same denominator


@lru_cache(maxsize=1)
def _exponential() -> _Exponential:
    # [m/n] has (m + n - k)! m!/[(m + n)! k! (m - k)!] before x^k above, and below it with m and n changed over and -x.
    above = np.poly1d([math.comb(3, k) / math.perm(7, k) for k in range(3, -1, -1)])
    below = np.poly1d([(-1) ** k * math.comb(4, k) / math.perm(7, k) for k in range(4, -1, -1)])
    poles = below.roots[below.roots.imag > 0]
    slope = below.deriv()(poles)
    return _Exponential(poles, above(poles) / slope, poles**3 / slope)


def _advance(rates: _Rates, values: Array, weights: Array, times: Array, reach: float) -> Array:
    """Advance `values` in place by the backward equation and return their mean at each time."""
    means = np.empty_like(times)
    steps = backward_means(*rates, values, weights, times, *_exponential(), reach, 1e-8 * _FLOOR, _MOST_STEPS, means)
    if steps < 0:
        raise SimulationError(f"the pulse needs more than {_MOST_STEPS} time steps; ask for shorter durations")
    return means


# All other junctions


def _general(
    spin: Macrospin, start: Macrospin, times: Array, initial: int, final: int, settle: float, rtol: float
) -> Array:
    """Spherical harmonics between weights, until stable against the degree.

    The weight e^{s/2} with half the exponent of the start's density keeps both small: the backward state, which is
    bounded without a weight, and the start over the weight, wherever the pulse drives the junction.
    """
    log_density = _two_wells(start)
    weight = weight_of(start).scaled(0.5)
    old, change = None, np.inf
    work = unknowns = 0

    def afford() -> None:
        nonlocal work
        work += unknowns
        if work > _MOST_WORK:
            raise SimulationError(
                f"the switching probability with damping={spin.damping:g} is not stable to rtol={rtol:g} (last change "
                f"{change:.2g}) at {unknowns} unknowns, beyond which it takes minutes; raise the damping, the "
                "temperature or rtol, shorten the pulse, or use rare_events"
            )

    for galerkin in _levels(spin, start, weight, 0.1 * rtol):
        unknowns = galerkin.degree.size
        if old is None:
            _check_precession(spin, "pulse", float(times[-1]), unknowns)
            _check_precession(start, "settle time", settle, unknowns)
        m, area = galerkin.grid
        cosine, size = m @ spin.reference, galerkin.weight(m)
        u = log_density(m)
        inside = cosine * initial > 0
        density = np.where(inside, np.exp(u - u[inside].max()), 0.0)
        density = np.divide(density, size * (area @ density), out=np.zeros_like(size), where=size > 1e-150)
        row = galerkin.project(density)
        state = galerkin.project(np.where(cosine * final > 0, size, 0.0))
        if settle > 0:
            rest = Galerkin(
                start, int(galerkin.degree.max()), int(galerkin.order.max()), 0.1 * rtol, weight, galerkin.frame
            )
            _, state = _krylov(rest.operator, state, row, np.array([settle * start.diffusion]), rtol, afford)
        new, _ = _krylov(galerkin.operator, state, row, times * spin.diffusion, rtol, afford)
        if settle == 0:
            new[times == 0] = float(final == initial)
        if old is not None:
            change = float((np.abs(new - old) / np.maximum(np.abs(new), _GENERAL_FLOOR)).max())
            # The change is the error of the lower degree; errors fall exponentially with the degree, or faster.
            if change**_GROWTH <= rtol:
                return _above_noise(new, times, 10 * rtol * _GENERAL_FLOOR)
        old = new
    raise SimulationError(
        f"the switching probability is not stable to rtol={rtol:g} (last change {change:.2g}) within "
        f"{MAXIMUM_UNKNOWNS} unknowns; raise the temperature, the damping or rtol, or use rare_events"
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
        return needed <= MAXIMUM_UNKNOWNS and needed * spaces <= _MOST_WORK

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


def _krylov(
    operator: Any, state: Array, row: Array, times: Array, rtol: float, afford: Callable[[], None]
) -> tuple[Array, Array]:
    """Return ``row exp(t A) state`` at each time and the last state, by Krylov spaces of (A - s)^-1.

    `afford` is called before each space. The time is cut where a space of 160 vectors is too small. A new space starts
    from what is left of the state, so that what decays keeps its relative accuracy. NaN where a degree that is too low
    lets the state grow.
    """
    result = np.empty_like(times)
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
        solve = factorise(operator - 50 / length * identity).solve
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
