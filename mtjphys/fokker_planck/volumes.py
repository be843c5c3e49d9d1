"""Switching probabilities of axially symmetric junctions: finite volumes in the polar angle.

D. L. Scharfetter and H. K. Gummel, IEEE Trans. Electron Devices 16, 64 (1969).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev
from scipy.special import roots_legendre

from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.fokker_planck.axial import barrier_top
from mtjphys.kernels.diffusion import backward_means
from mtjphys.macrospin.spin import Macrospin

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]

_FLOOR = 1e-12  # smallest probability whose relative accuracy is controlled
_MOST_STEPS = 100_000
_MOST_CELLS = 50_000


class Meshes(NamedTuple):
    """The meshes of a solution."""

    cells: int  # of the coarsest
    number: int  # each has twice the cells of the one before


def axial_probability(
    spin: Macrospin,
    start: Macrospin,
    times: Array,
    initial: int,
    final: int,
    settle: float,
    rtol: float,
    at: Meshes | None = None,
) -> tuple[Array, Meshes]:
    """Finite volumes in the polar angle; their even error series in the cell is eliminated (Romberg).

    With the meshes of another solution the error is a smooth function of the junction: for differences.
    """
    pulse, before = potential_along_reference(spin), potential_along_reference(start)
    top = barrier_top(before)
    if top is None:
        raise ParameterError(
            "the junction has no second well under `start`, so no pulse can switch it; give a `start` under which "
            "there is a barrier"
        )
    reach = 1.5 * rtol ** (1 / 7)

    def measure(cells: int) -> Array:
        faces, centres = mesh(cells, top)
        weights = well_share(before, faces, centres, (centres - top) * initial > 0)
        values = ((centres - top) * final > 0).astype(float)
        if settle > 0:
            advance(cell_rates(before, faces, centres), values, weights, np.array([settle * start.diffusion]), reach)
        return advance(cell_rates(pulse, faces, centres), values, weights, times * spin.diffusion, reach)

    theta = np.linspace(0, np.pi, 201)
    slopes = [np.sin(theta) * chebyshev.chebval(np.cos(theta), chebyshev.chebder(u)) for u in (pulse, before)]
    if at is not None:
        return romberg(measure, at.cells, rtol, at.number)[0], at
    # u changes by 4 at most from cell to cell.
    cells = 32 * math.ceil(np.pi / 4 * float(np.abs(slopes).max()) / 32 + 1)
    values, count = romberg(measure, cells, rtol)
    return values, Meshes(cells, count)


def romberg(measure: Callable[[int], Array], cells: int, rtol: float, meshes: int | None = None) -> tuple[Array, int]:
    """Double the cells and extrapolate ln(probability) in even powers of their size until it is stable.

    Returns values and the number of meshes, which may be given.
    """
    rows: list[Array] = []
    change = np.inf
    count = 0
    while cells <= _MOST_CELLS:
        count += 1
        raw = measure(cells)
        new = [np.log(np.maximum(raw, 1e-300))]
        for k, old in enumerate(rows, 1):
            new.append(new[-1] + (new[-1] - old) / (4**k - 1))
        if len(new) > 2:
            value = np.where(raw > 1e-300, np.exp(new[-1]), 0.0)
            change = float((np.abs(value - np.exp(new[-2])) / np.maximum(value, _FLOOR)).max())
            if (change <= rtol and meshes is None) or count == meshes:
                return np.minimum(value, 1.0), count
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
    """Rates from each cell to its neighbours, in units of D."""

    down: Array
    up: Array


def cell_rates(potential: Array, faces: Array, centres: Array) -> CellRates:
    """Exponentially fitted finite volumes: the stationary fluxes between centres are exact."""
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


def advance(rates: CellRates, values: Array, weights: Array, times: Array, reach: float) -> Array:
    """Advance `values` in place by the backward equation and return their mean at each time."""
    means = np.empty_like(times)
    steps = backward_means(*rates, values, weights, times, *exponential(), reach, 1e-8 * _FLOOR, _MOST_STEPS, means)
    if steps < 0:
        raise SimulationError(f"the pulse needs more than {_MOST_STEPS} time steps; ask for shorter durations")
    return means
