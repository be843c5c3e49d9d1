"""How the degree of the spherical harmonics is chosen."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mtjphys.core.checks import check_rtol
from mtjphys.core.errors import SimulationError
from mtjphys.fokker_planck.galerkin import Galerkin
from mtjphys.fokker_planck.kept import Kept
from mtjphys.fokker_planck.weight import frame_of, weight_of
from mtjphys.macrospin.spin import Macrospin

MAXIMUM_UNKNOWNS = 60_000

OPERATORS: Kept[Galerkin] = Kept(5e8)  # rate, dwell times, spectrum of one junction use the same factors

_GROWTH = 1.25  # of the degree from one attempt to the next
_EARLY = _GROWTH**-2  # where the slowest rate begins, of the degree that is expected to do
_RESOLVED = 0.5  # truncation below which modes fall off towards the last degrees


def levels(spin: Macrospin, m_sector: int | None = None, rtol: float = 1e-4, start: float = 1.0) -> Any:
    """Yield Galerkin operators of growing degree, until memory says stop; `start` shifts where they begin.

    A Gaussian well of width 1/sqrt(k) takes degrees of 3 sqrt(k); the layer at the edge of a well in which the
    slow modes change is thinner by the square root of the damping, and a high barrier asks for more digits.
    """
    weight, frame = weight_of(spin), frame_of(spin)
    rest = sum(np.abs(part.series).sum() * np.linalg.norm(part.damping_like) for part in spin.parts)
    rest = rest / (spin.damping * spin.thermal_field)
    curvature = weight.curvature + rest / 4
    across = weight.across(frame) + rest / 4
    layer = max(3.0, 1.0 / np.sqrt(spin.damping)) * max(1.0, np.sqrt(weight.barrier / 15))
    share: float | None = None
    choices = rest > 0 and spin.axis is None
    high = start * (6 + layer * np.sqrt(curvature))
    wide = start * (6 + 0.55 * layer * np.sqrt(across))
    degree = order = 0
    while True:
        # Both grow, or a change from one to the next means nothing.
        degree = max(4 * int(np.ceil(high / 4)), degree + 4)
        order = min(max(2 * int(np.ceil(wide / 2)), order + 2) if m_sector is None else m_sector, degree)
        if (degree + 1) * (2 * order + 1) - order * (order + 1) > MAXIMUM_UNKNOWNS:
            return
        if choices:
            share = _best_share(spin, int(high / start) // 2, int(wide / start) // 2)
            choices = False
        yield operator(spin, degree, order, 0.1 * rtol, share)
        high, wide = _GROWTH * high, _GROWTH * wide


def operator(spin: Macrospin, degree: int, order: int, accuracy: float, share: float | None) -> Galerkin:
    """Return the operator of a degree, with a share of the torque in its weight; the last ones are kept."""

    def make() -> Galerkin:
        return Galerkin(spin, degree, order, accuracy, None if share is None else weight_of(spin, share))

    return OPERATORS.get((spin, degree, order, accuracy, share), make)


@lru_cache(maxsize=64)
def _best_share(spin: Macrospin, l_max: int, m_max: int) -> float:
    """Return the share of the torque that takes the weight nearest to the stationary density, at a low degree."""
    spreads = {}
    for share in (1.0, 0.5, 0.0):
        spreads[share] = Galerkin(spin, l_max, m_max, 0.01, weight_of(spin, share)).spread
        if spreads[share] < 2:
            break
    return min(spreads, key=lambda share: spreads[share])


def converge(
    spin: Macrospin,
    measure: Callable[[Galerkin], npt.NDArray[Any]],
    rtol: float,
    m_sector: int | None = None,
    rounding: Callable[[Galerkin], float] | None = None,
) -> tuple[Galerkin, npt.NDArray[Any], float]:
    """Raise the degree until `measure` is stable to `rtol`; return operator, value, error.

    `rounding` returns the relative rounding error of the result; that of the slowest rate if it is left out.
    """
    check_rtol(rtol)
    old = None
    error = np.inf
    for galerkin in levels(spin, m_sector, rtol):
        new = measure(galerkin)
        if old is not None:
            change = float(np.max(np.abs(new - old) / np.maximum(np.abs(new), 1e-300)))
            # The change is the error of the lower degree; errors fall exponentially with the degree, or faster.
            error = change**_GROWTH
            # Rounding alike at two degrees must not pass as convergence.
            floor = galerkin.slow_mode.rounding if rounding is None else rounding(galerkin)
            if max(error, floor) <= rtol:
                return galerkin, new, max(error, floor)
            if error <= rtol or floor > 10 * rtol:
                raise _rounded(floor, rtol)
        old = new
    raise _unstable(spin, error, rtol)


def converge_slow(
    spin: Macrospin, rtol: float, measure: Callable[[Galerkin], npt.NDArray[Any]] | None = None
) -> tuple[Galerkin, float]:
    """Raise the degree until the slowest rate, and what else is measured, is stable to `rtol`.

    What the modes hold in the last degrees tells that a degree is too low for a change to mean anything, so it begins
    at low ones; and it tells the error of the rate, where that alone is asked for, without a second degree.
    Returns the operator and the error.
    """
    check_rtol(rtol)
    old = None
    error = np.inf
    for count, galerkin in enumerate(levels(spin, None, rtol, _EARLY)):
        mode = galerkin.slow_mode
        resolved = mode.truncation < _RESOLVED
        near = mode.truncation < 10 * _RESOLVED  # what is measured further off is of no use to the next degree
        new = np.append([] if measure is None or not near else measure(galerkin), mode.rate.real)
        error = mode.truncation / 10 if measure is None else np.inf
        if old is not None and resolved and new.size == old.size:
            error = min(error, float(np.max(np.abs((new - old) / new))) ** _GROWTH)
        if max(error, mode.rounding) <= rtol:
            return galerkin, max(error, mode.rounding)
        if (resolved and error <= rtol) or (count > 2 and mode.rounding > 10 * rtol):
            raise _rounded(mode.rounding, rtol)
        old = new
    raise _unstable(spin, error, rtol)


def _rounded(floor: float, rtol: float) -> SimulationError:
    return SimulationError(
        f"the slowest rate is so far below the others that float64 rounding is {floor:.2g} of it, "
        f"more than rtol={rtol:g}; lower the barrier (to about 30 kT, 45 kT for rates without spin "
        "torque), or use theory or rare_events"
    )


def _unstable(spin: Macrospin, error: float, rtol: float) -> SimulationError:
    return SimulationError(
        f"the spherical-harmonic expansion is not stable to rtol={rtol:g} (error about "
        f"{error:.2g}) within {MAXIMUM_UNKNOWNS} unknowns for an energy spread of "
        f"{spin.curvature / 2:.3g} kT; raise the temperature, the damping or rtol, or use theory or rare_events"
    )
