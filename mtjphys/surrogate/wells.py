"""What m.p does within each of the two states: its distribution and its memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.integrate import cumulative_simpson
from scipy.interpolate import make_interp_spline
from scipy.linalg import solve_continuous_lyapunov
from scipy.special import ndtr

from mtjphys.core.errors import ParameterError
from mtjphys.fokker_planck import equilibrium
from mtjphys.kernels.surrogate import ANTIPARALLEL, PARALLEL
from mtjphys.macrospin.spin import Macrospin
from mtjphys.surrogate.fluctuations import DEVIATES
from mtjphys.surrogate.tables import Floats


def wells(spin: Macrospin, where: str) -> Iterator[tuple[Floats, float]]:
    """Yield m.p at the deviates and its correlation time in s, of the parallel and of the antiparallel state.

    Parameters
    ----------
    spin : Macrospin
        The junction under its bias.
    where : str
        The bias in words, for an error.

    Yields
    ------
    tuple
        m.p at the `DEVIATES`, and its integral correlation time in s.
    """
    stationary = equilibrium(spin, rtol=1e-3)
    nodes, values = stationary.projection_density
    smooth = make_interp_spline(np.arccos(-nodes), np.log(np.maximum(values, 1e-14 * values.max())))
    angle = np.linspace(0.0, np.pi, 4001)
    cosine, density = -np.cos(angle), np.exp(smooth(angle))
    # The deepest dip between two maxima.
    left, right = np.maximum.accumulate(density), np.maximum.accumulate(density[::-1])[::-1]
    middle = int(np.argmax(np.minimum(left, right) / density))
    dip, reference = cosine[middle], np.asarray(spin.reference)
    for state, inside in ((PARALLEL, slice(middle, None)), (ANTIPARALLEL, slice(0, middle + 1))):
        side = 1.0 if state == PARALLEL else -1.0
        below = cumulative_simpson(density[inside] * np.sin(angle[inside]), x=angle[inside], initial=0.0)
        rises = np.concatenate(([True], np.diff(below) > 0.0))
        quantiles = np.interp(ndtr(DEVIATES), below[rises] / below[-1], cosine[inside][rises])

        def part(m: Floats, side: float = side) -> Floats:
            return np.asarray(m * (side * (m @ reference - dip) > 0.0)[:, None])

        if spin.axis is not None and abs(spin.axis @ reference) > 1.0 - 1e-12:
            memory = axial_memory_time(angle[inside], density[inside]) / spin.diffusion
        else:
            memory = memory_time(spin, stationary.mean(part), where)
        yield quantiles, memory


def axial_memory_time(angle: Floats, density: Floats) -> float:
    r"""Return the integral correlation time of ``c = -cos(angle)`` within a well of an axial junction, over 1/D.

    Where :math:`\partial_t\rho = D\,\partial_c(1-c^2)(\partial_c - U')\rho` between the ends of the well,

    .. math:: \tau = \frac{1}{D\,\mathrm{var}(c)}\int\frac{dc}{(1-c^2)\rho}
        \Big[\int^c(c'-\langle c\rangle)\rho\,dc'\Big]^2

    (Risken, The Fokker-Planck Equation, 1989, section 7.3), for wells about the axis and cones.

    Parameters
    ----------
    angle, density : ndarray
        Ascending angles of the well and the density of c there, not normalised.
    """
    sine, c = np.sin(angle), -np.cos(angle)

    def mean(values: Floats) -> float:
        return float(cumulative_simpson(values * density * sine, x=angle)[-1])

    centred = c - mean(c) / mean(np.ones_like(c))
    flux = cumulative_simpson(centred * density * sine, x=angle, initial=0.0)
    weight = density * sine
    slow = np.divide(flux**2, weight, out=np.zeros_like(flux), where=weight > 0.0)
    slow[[0, -1]] = 0.0  # nothing leaves the well
    return float(cumulative_simpson(slow, x=angle)[-1]) / mean(centred**2)


def memory_time(spin: Macrospin, start: Floats, where: str) -> float:
    """Return the integral correlation time of m.p about the stable state near `start`, in s, by linearisation.

    Parameters
    ----------
    spin : Macrospin
        The junction under its bias.
    start : ndarray of shape (3,)
        Near the stable state; its length does not matter.
    where : str
        The bias in words, for an error.
    """
    m = start / np.linalg.norm(start)
    for _ in range(50):
        plane = np.linalg.svd(m[None])[2][1:]  # two tangent vectors, rows
        step = 1e-5

        def moved(x: Floats, m: Floats = m, plane: Floats = plane) -> Floats:
            there = m + x @ plane
            return spin.diffusion * (plane @ spin.drift(there / np.linalg.norm(there)))

        jacobian = np.array([(moved(step * e) - moved(-step * e)) / (2.0 * step) for e in np.eye(2)]).T
        change = -np.linalg.solve(jacobian, moved(np.zeros(2)))
        size = float(np.linalg.norm(change))
        m = m + change @ plane * min(1.0, 0.3 / max(size, 1e-300))
        m /= np.linalg.norm(m)
        if size < 1e-9:
            break
    if size >= 1e-9 or np.linalg.eigvals(jacobian).real.max() >= 0.0 or m @ start < 0.0:
        cosine = float(start @ np.asarray(spin.reference) / np.linalg.norm(start))
        raise ParameterError(
            f"two states do not describe this junction at {where}: there is no stable state near "
            f"m.p={cosine:.2g}; lower the voltage or the field"
        )
    covariance = solve_continuous_lyapunov(jacobian, -2.0 * spin.diffusion * np.eye(2))
    squared = solve_continuous_lyapunov(jacobian, -covariance @ covariance)
    reference = np.asarray(spin.reference)
    cosine, slope = float(m @ reference), plane @ reference
    integral = 0.5 * cosine**2 * np.trace(squared) - slope @ np.linalg.solve(jacobian, covariance @ slope)
    variance = 0.5 * cosine**2 * np.trace(covariance @ covariance) + slope @ covariance @ slope
    return float(integral / variance)
