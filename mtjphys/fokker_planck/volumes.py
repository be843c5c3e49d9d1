"""Switching probabilities of axially symmetric junctions: finite volumes in the polar angle.

D. L. Scharfetter and H. K. Gummel, IEEE Trans. Electron Devices 16, 64 (1969).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev
from scipy.special import roots_legendre

from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.fokker_planck.axial import barrier_top
from mtjphys.fokker_planck.changes import Change
from mtjphys.kernels.diffusion import backward_means
from mtjphys.macrospin.spin import Macrospin

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]

_FLOOR = 1e-15  # smallest probability whose relative accuracy is controlled
_NOTHING = 1e-250  # probability far above what the kernel adds to values
_MOST_STEPS = 100_000
_MOST_CELLS = 50_000


class Slopes(NamedTuple):
    """Derivatives of what `advance` takes by some numbers, each (numbers, cells)."""

    down: Array
    up: Array
    values: Array
    weights: Array


def axial_probability(
    spin: Macrospin,
    start: Macrospin,
    times: Array,
    initial: int,
    final: int,
    settle: float,
    rtol: float,
    changes: Sequence[tuple[Change, Change]] = (),
) -> tuple[Array, Array]:
    """Finite volumes in the polar angle; their even error series in the cell is eliminated (Romberg).

    Returns probabilities and, of shape (changes, times), their derivatives by what changes pulse and start: those of
    the same meshes and time steps, whose cells move with the junction.
    """
    reach = 1.5 * rtol ** (1 / 7)
    theta = np.linspace(0, np.pi, 201)
    junction = _Along.of(spin, start)
    lower = [_Along.of(pulse.below, rest.below) for pulse, rest in changes]
    higher = [_Along.of(pulse.above, rest.above) for pulse, rest in changes]
    steps = np.array([pulse.step for pulse, _ in changes])

    def measure(cells: int) -> tuple[Array, Array]:
        here = junction.cells(cells, initial, settle)
        ends = [[one.cells(cells, initial, settle) for one in side] for side in (lower, higher)]

        def slopes(name: str) -> Array:
            below, above = (np.array([getattr(one, name) for one in side]).reshape(-1, cells) for side in ends)
            return np.asarray((above - below) / steps[:, None])

        values: Array = np.where(here.upper == (final > 0), 1.0, 0.0)
        moving = Slopes(slopes("down"), slopes("up"), np.zeros((steps.size, cells)), slopes("weights"))
        if settle > 0:
            resting = moving._replace(down=slopes("rest_down"), up=slopes("rest_up"))
            rest = CellRates(here.rest_down, here.rest_up)
            advance(rest, values, here.weights, np.array([settle]), reach, resting)
        return advance(CellRates(here.down, here.up), values, here.weights, times, reach, moving)

    slopes = [
        np.sin(theta) * chebyshev.chebval(np.cos(theta), chebyshev.chebder(u)) for u in (junction.pulse, junction.rest)
    ]
    # u changes by 8 at most from cell to cell.
    cells = 16 * math.ceil(np.pi / 4 * float(np.abs(slopes).max()) / 32 + 1)
    found, derivatives = romberg(measure, cells, rtol)
    if settle == 0:
        found[times == 0], derivatives[:, times == 0] = float(final == initial), 0.0
    return found, derivatives


class _Cells(NamedTuple):
    """A junction on a mesh: rates per second from each cell to the one below and above, in the pulse and at rest."""

    down: Array
    up: Array
    rest_down: Array
    rest_up: Array
    weights: Array  # of the start
    upper: npt.NDArray[np.bool_]  # whether a cell is in the parallel well


class _Along(NamedTuple):
    """A pulse and its start along the axis: u = log rho as Chebyshev series, diffusion in 1/s, the barrier's top."""

    pulse: Array
    rest: Array
    diffusion: float
    rest_diffusion: float
    top: float

    @classmethod
    def of(cls, spin: Macrospin, start: Macrospin) -> _Along:
        """Return a junction during and before a pulse."""
        before = potential_along_reference(start)
        top = barrier_top(before)
        if top is None:
            raise ParameterError(
                "the junction has no second well under `start`, so no pulse can switch it; give a `start` under which "
                "there is a barrier"
            )
        return cls(potential_along_reference(spin), before, spin.diffusion, start.diffusion, top)

    def cells(self, number: int, initial: int, settle: float) -> _Cells:
        """Return it on a mesh."""
        faces, centres = mesh(number, self.top)
        upper = centres > self.top
        weights = well_share(self.rest, faces, centres, upper if initial > 0 else ~upper)
        down, up = cell_rates(self.pulse, faces, centres)
        rest = cell_rates(self.rest, faces, centres) if settle > 0 else CellRates(down, up)
        return _Cells(
            self.diffusion * down,
            self.diffusion * up,
            self.rest_diffusion * rest.down,
            self.rest_diffusion * rest.up,
            weights,
            upper,
        )


def romberg(measure: Callable[[int], tuple[Array, Array]], cells: int, rtol: float) -> tuple[Array, Array]:
    """Double the cells and extrapolate ln(probability) in even powers of their size until it is stable.

    What is measured are probabilities and their derivatives by some numbers, (numbers, times), and so are the results.
    """
    rows: list[Array] = []
    change = np.inf
    while cells <= _MOST_CELLS:
        raw, raw_slopes = measure(cells)
        there = raw > _NOTHING
        new = [np.vstack((np.log(np.maximum(raw, _NOTHING)), raw_slopes / np.where(there, raw, np.inf)))]
        for k, old in enumerate(rows, 1):
            new.append(new[-1] + (new[-1] - old) / (4**k - 1))
        if len(new) > 2:
            value = np.where(there, np.exp(new[-1][0]), 0.0)
            change = float((np.abs(value - np.exp(new[-2][0])) / np.maximum(value, _FLOOR)).max())
            if change <= rtol:
                return np.minimum(value, 1.0), value * new[-1][1:]
        rows = new
        cells *= 2
    raise SimulationError(
        f"the switching probability is not stable to rtol={rtol:g} (last change {change:.2g}) with {_MOST_CELLS} "
        "cells; raise rtol or the temperature, or use the rates (theory.escape_rates)"
    )


def potential_along_reference(spin: Macrospin) -> Array:
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
def mesh(cells: int, top: float) -> tuple[Array, Array]:
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


def well_share(potential: Array, faces: Array, centres: Array, inside: npt.NDArray[np.bool_]) -> Array:
    """Return the share of each cell in the Boltzmann density of the cells `inside`."""
    highest = chebyshev.chebval(centres[inside], potential).max()
    u = np.where(inside, highest, np.inf)
    weights = _integrals(potential, faces, u, 1.0, lambda z: z)
    return np.asarray(weights / weights.sum())


class CellRates(NamedTuple):
    """Rates from each cell to its neighbours."""

    down: Array
    up: Array


def cell_rates(potential: Array, faces: Array, centres: Array) -> CellRates:
    """Return rates in units of D of fitted finite volumes, whose stationary fluxes between centres are exact."""
    u: Array = np.asarray(chebyshev.chebval(centres, potential))
    mass = _integrals(potential, faces, u, 1.0, lambda z: z)
    # The way from centre to centre has the resistance int e^{-u} dz/(1 - z^2), and dz/(1 - z^2) = d artanh z.
    resistance = _integrals(potential, np.arctanh(centres), (u[1:] + u[:-1]) / 2, -1.0, lambda y: np.tanh(y))
    tilt = np.diff(u) / 2
    down = np.exp(-tilt) / (resistance * mass[1:])
    up = np.exp(tilt) / (resistance * mass[:-1])
    return CellRates(np.append(0.0, down), np.append(up, 0.0))


class Exponential(NamedTuple):
    """The L-stable Pade approximant [3/4] of exp: poles in the upper half plane and residues."""

    poles: Complex
    residues: Complex
    third: Complex  # residues of x^3 over the same denominator


@lru_cache(maxsize=1)
def exponential() -> Exponential:
    """Return the approximant of exp that `advance` takes its steps with."""
    # [m/n] has (m + n - k)! m!/[(m + n)! k! (m - k)!] before x^k above, and below it with m and n changed over and -x.
    above = np.poly1d([math.comb(3, k) / math.perm(7, k) for k in range(3, -1, -1)])
    below = np.poly1d([(-1) ** k * math.comb(4, k) / math.perm(7, k) for k in range(4, -1, -1)])
    poles = below.roots[below.roots.imag > 0]
    slope = below.deriv()(poles)
    return Exponential(poles, above(poles) / slope, poles**3 / slope)


def advance(
    rates: CellRates, values: Array, weights: Array, times: Array, reach: float, slopes: Slopes | None = None
) -> tuple[Array, Array]:
    """Advance `values` in place by the backward equation; return their mean at each time, and its derivatives.

    The derivatives are (numbers, times); those of the values are advanced in place likewise.
    """
    if slopes is None:
        slopes = Slopes(*(np.zeros((0, values.size)) for _ in range(4)))
    means, mean_slopes = np.empty_like(times), np.empty((slopes.values.shape[0], times.size))
    steps = backward_means(
        *rates, values, weights, *slopes, times, *exponential(), reach, 1e-5 * _FLOOR, _MOST_STEPS, means, mean_slopes
    )
    if steps < 0:
        raise SimulationError(f"the pulse needs more than {_MOST_STEPS} time steps; ask for shorter durations")
    return means, mean_slopes
