r"""Closed forms of the physics of stochastic junctions: rates, barriers, switching, noise, resonance.

Each function states its equation, its source and the range in which it was compared with the exact answer; outside
that range it warns. Exact statistics of one junction are those of `mtjphys.fokker_planck`; what follows from a
junction without temperature (wells, barriers, resonance, critical voltages) are methods of `mtjphys.MTJ`.

Two combinations occur throughout: the barrier :math:`\Delta = \sigma = M_sVB_k/(2k_BT)` of a uniaxial particle, and
the drive :math:`x = B/B_k + a_{DL}/(\alpha B_k)`, longitudinal field plus collinear damping-like torque. With axial
symmetry the two drives have the same Fokker-Planck equation, so one number holds both. The thermal field is
:math:`b = k_BT/(M_sV)` and the gyromagnetic ratio defaults to that of the free electron.
"""

from __future__ import annotations

import math
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import e, hbar, physical_constants
from scipy.special import ive

from mtjphys.core.errors import MtjphysWarning, ParameterError
from mtjphys.core.parameters import check_range
from mtjphys.macrospin import energy
from mtjphys.macrospin.energy import Landscape, States, StationaryPoint

if TYPE_CHECKING:
    from mtjphys.bias import Bias
    from mtjphys.junction import MTJ
    from mtjphys.macrospin.spin import Macrospin

Floats = NDArray[np.float64]

GYROMAGNETIC_RATIO: float = physical_constants["electron gyromag. ratio"][0]
"""Of the free electron, rad/(s T)."""

_SADDLE_LOWEST_BARRIER = 3.0
_BROWN_LOWEST_BARRIER = 5.0


def _numbers(
    name: str, value: ArrayLike, unit: str, low: float = 0.0, high: float = math.inf, *, open_low: bool = False
) -> Floats:
    """Return `value` as an array of finite numbers in ``[low, high]``, or raise with the first that is not."""
    numbers = np.asarray(value, dtype=float)
    for number in (numbers.min(), numbers.max()) if numbers.size else ():
        check_range(name, float(number), unit, low, high, open_low=open_low)
    return numbers


def _positive(name: str, value: ArrayLike, unit: str) -> Floats:
    return _numbers(name, value, unit, open_low=True)


def _warn_outside(name: str, value: ArrayLike, low: float, high: float, consequence: str) -> None:
    """Warn, in the name of the calling function's caller, when a value lies outside ``[low, high]``."""
    numbers = np.asarray(value, dtype=float)
    if not numbers.size:
        return
    worst = numbers.min() if numbers.min() < low else numbers.max()
    if not low <= worst <= high:
        span = f"at least {low:g}" if worst < low else f"at most {high:g}"
        warnings.warn(
            f"{name}={worst:.4g} is outside the range of this formula, {span}: {consequence}",
            MtjphysWarning,
            stacklevel=3,
        )


def _diffusion_rate(anisotropy_field: ArrayLike, damping: ArrayLike, gyromagnetic_ratio: float) -> Floats:
    """Return ``1/tau_D = alpha gamma B_k/(1 + alpha^2)``, 1/s."""
    field = _positive("anisotropy_field", anisotropy_field, "T")
    alpha = _positive("damping", damping, "(dimensionless)")
    return np.asarray(alpha * _positive("gyromagnetic_ratio", gyromagnetic_ratio, "rad/(s T)") * field / (1 + alpha**2))


# Rates of a uniaxial particle


def uniaxial_escape_rates(
    barrier: ArrayLike,
    anisotropy_field: ArrayLike,
    damping: ArrayLike,
    drive: ArrayLike = 0.0,
    *,
    order: int = 1,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> States:
    r"""Return the escape rates of the two wells of a uniaxial particle with a high barrier (Brown).

    With the drive x, positive towards the parallel state, and :math:`1/\tau_D = \alpha\gamma B_k/(1+\alpha^2)`,

    .. math:: \Gamma_{P,AP} = \frac{1}{\tau_D}\sqrt{\frac{\Delta}{\pi}}\,(1-x^2)(1\pm x)\,e^{-\Delta(1\pm x)^2}
        \left[1 - \frac{1\mp x+2x^2}{\Delta(1-x^2)^2}\right].

    The bracket is the next order of the steepest-descent integrals, 1 - 1/Delta without drive; `order` 0 leaves it
    out. The relaxation rate is the sum of the two; without drive that is Brown's
    :math:`2\tau_N\lambda_1 = (4/\sqrt\pi)\Delta^{3/2}e^{-\Delta}`.

    Range: the lower barrier, :math:`\Delta(1-|x|)^2`, at least 5. There the sum is within 2.5 % of the exact rate
    at order 1 (0.3 % at a barrier of 20); at order 0 it is too high by 1.0 to 1.35 over that barrier (26 % at 5). Where
    the bracket is not positive, at about 1 and below, order 1 is an error.

    Parameters
    ----------
    barrier : array_like
        Delta without drive, in units of kB T.
    anisotropy_field : array_like
        B_k, T.
    damping : array_like
        Gilbert damping, 1.
    drive : array_like
        x, between -1 and 1.
    order : int
        0 (Brown) or 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    States
        Escape rates ``(parallel, antiparallel)``, 1/s.

    References
    ----------
    W. F. Brown, Phys. Rev. 130, 1677 (1963); the correction without field: W. T. Coffey et al., Phys. Rev. E 49, 1869
    (1994); field and torque in one: Z. Li, S. Zhang, Phys. Rev. B 69, 134416 (2004).

    Examples
    --------
    >>> rates = uniaxial_escape_rates(40.0, 0.3, 0.01)
    >>> print(f"mean dwell time {1 / rates.parallel:.2g} s")
    mean dwell time 1.3e+08 s
    """
    if order not in (0, 1):
        raise ParameterError(f"order={order!r} must be 0 (Brown's formula) or 1 (with the 1/barrier term)")
    sigma = _positive("barrier", barrier, "kB T")
    x = _numbers("drive", drive, "(dimensionless)", -1.0, 1.0)
    attempt = _diffusion_rate(anisotropy_field, damping, gyromagnetic_ratio) * np.sqrt(sigma / np.pi)
    _warn_outside(
        "the lower barrier",
        sigma * (1 - np.abs(x)) ** 2,
        _BROWN_LOWEST_BARRIER,
        math.inf,
        "the steepest-descent integrals are off by more than 3 %; use fokker_planck.relaxation_rate",
    )

    parallel, antiparallel = (attempt * _brown(sigma, toward, order) for toward in (x, -x))
    return States(parallel[()], antiparallel[()])  # type: ignore[arg-type]


def _brown(sigma: Floats, x: Floats, order: int = 1) -> Floats:
    """Return the escape rate of a well that the drive `x` deepens, in units of ``sqrt(sigma/pi)/tau_D``."""
    leading = np.asarray((1 - x**2) * (1 + x) * np.exp(-sigma * (1 + x) ** 2))
    if order == 0:
        return leading
    with np.errstate(divide="ignore"):
        correction = (1 - x + 2 * x**2) / (sigma * (1 - x**2) ** 2)
    if np.any(correction >= 1):
        lower = float(np.min(sigma * (1 - np.abs(x)) ** 2))
        raise ParameterError(
            f"the lower barrier, {lower:.3g} kB T, is too low for an escape rate: the 1/barrier term exceeds the rate "
            "itself; use fokker_planck, or order=0 for Brown's formula alone"
        )
    return np.asarray(leading * (1 - correction))


def uniaxial_relaxation_rate(
    barrier: ArrayLike,
    anisotropy_field: ArrayLike,
    damping: ArrayLike,
    *,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> Floats:
    r"""Return the relaxation rate of a uniaxial particle without drive, at any barrier.

    The interpolation between free diffusion and Brown's asymptote,

    .. math:: \frac{1}{\lambda_1} = \tau_N\frac{e^\sigma-1}{2\sigma}
        \left[\frac{\sigma}{1+\sigma}\sqrt{\frac{\sigma}{\pi}} + 2^{-\sigma-1}\right]^{-1},\qquad
        \tau_N = \frac{\sigma(1+\alpha^2)}{\alpha\gamma B_k}.

    Range: every barrier above 0; the error is at most 8 % (-8 % at sigma = 0.45, +7 % at 3, below 1 % above 20).

    Parameters
    ----------
    barrier : array_like
        sigma = Delta, in units of kB T.
    anisotropy_field : array_like
        B_k, T.
    damping : array_like
        Gilbert damping, 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    array
        :math:`\lambda_1`, 1/s; the mean dwell time is twice its inverse.

    References
    ----------
    P. J. Cregg, D. S. F. Crothers, A. W. Wickstead, J. Appl. Phys. 76, 4900 (1994).

    Examples
    --------
    >>> print(f"{uniaxial_relaxation_rate(5.0, 0.02, 0.1):.3g} 1/s")
    5.05e+06 1/s
    """
    sigma = _positive("barrier", barrier, "kB T")
    diffusion = _diffusion_rate(anisotropy_field, damping, gyromagnetic_ratio)
    bracket = sigma / (1 + sigma) * np.sqrt(sigma / np.pi) + 2 ** (-sigma - 1)
    return np.asarray(2 * diffusion * bracket * np.exp(-sigma) / -np.expm1(-sigma))[()]


def low_barrier_relaxation_rate(
    barrier: ArrayLike,
    anisotropy_field: ArrayLike,
    damping: ArrayLike,
    *,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> Floats:
    r"""Return the relaxation rate of a uniaxial particle near free diffusion.

    .. math:: 2\tau_N\lambda_1 = 2\left(1-\tfrac25\sigma+\tfrac{48}{875}\sigma^2\right),\qquad
        \tau_N = \frac{\sigma(1+\alpha^2)}{\alpha\gamma B_k}.

    Range: barriers up to 1.4, where the error is below 1 % (0.12 % up to 0.8).

    Parameters
    ----------
    barrier : array_like
        sigma = Delta, in units of kB T.
    anisotropy_field : array_like
        B_k, T.
    damping : array_like
        Gilbert damping, 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    array
        :math:`\lambda_1`, 1/s.

    References
    ----------
    W. F. Brown, Phys. Rev. 130, 1677 (1963).

    Examples
    --------
    >>> print(f"{low_barrier_relaxation_rate(0.5, 0.01, 0.1):.3g} 1/s")
    2.84e+08 1/s
    """
    sigma = _positive("barrier", barrier, "kB T")
    _warn_outside(
        "barrier",
        sigma,
        0.0,
        1.4,
        "the expansion about free diffusion is off by more than 1 %; use uniaxial_relaxation_rate",
    )
    diffusion = _diffusion_rate(anisotropy_field, damping, gyromagnetic_ratio)
    return np.asarray(diffusion / sigma * (1 - 0.4 * sigma + 48 / 875 * sigma**2))[()]


# Barriers


def collinear_barrier(barrier: ArrayLike, drive: ArrayLike) -> Floats:
    r"""Return the barrier of the well that a longitudinal field and a collinear spin torque act against.

    .. math:: \Delta(x) = \Delta\,(1-x)^2,\qquad x = \frac{B}{B_k} + \frac{a_{DL}}{\alpha B_k}.

    Exact for an axially symmetric junction, where the torque enters the Fokker-Planck equation as the field
    a_DL/alpha; x = 1 is the switching field, or the critical current. Range of x: -1 to 1; beyond it there is one
    well and no barrier: x > 1 returns 0, x < -1 warns.

    Parameters
    ----------
    barrier : array_like
        Delta without drive, in units of kB T.
    drive : array_like
        x, positive against the well.

    Returns
    -------
    array
        Barrier in units of kB T.

    References
    ----------
    E. C. Stoner, E. P. Wohlfarth, Philos. Trans. R. Soc. A 240, 599 (1948); T. Taniguchi, H. Imamura,
    arXiv:1010.5845 (2010).

    Examples
    --------
    >>> print(f"{collinear_barrier(40.0, 0.5):.1f}")
    10.0
    """
    delta = _positive("barrier", barrier, "kB T")
    x = _numbers("drive", drive, "(dimensionless)", -math.inf)
    _warn_outside("drive", x, -1.0, math.inf, "there is no second well to switch to, hence no barrier")
    return np.asarray(delta * np.maximum(1 - x, 0.0) ** 2)[()]


def stoner_wohlfarth_switching_field(angle: ArrayLike) -> Floats:
    r"""Return the field that removes the barrier, in units of B_k: the astroid.

    .. math:: h_{sw} = \left(|\cos\psi|^{2/3}+|\sin\psi|^{2/3}\right)^{-3/2}

    Parameters
    ----------
    angle : array_like
        psi between field and easy axis, rad.

    Returns
    -------
    array
        h_sw = B_sw/B_k.

    References
    ----------
    E. C. Stoner, E. P. Wohlfarth, Philos. Trans. R. Soc. A 240, 599 (1948).

    Examples
    --------
    >>> print(f"{stoner_wohlfarth_switching_field(np.pi / 4):.3f}")
    0.500
    """
    psi = _numbers("angle", angle, "rad", -math.inf)
    cosine, sine = np.abs(np.cos(psi)), np.abs(np.sin(psi))
    return np.asarray((cosine ** (2 / 3) + sine ** (2 / 3)) ** -1.5)[()]


def stoner_wohlfarth_barrier(barrier: ArrayLike, field_ratio: ArrayLike, angle: ArrayLike) -> Floats:
    r"""Return the barrier of a uniaxial particle in a field at any angle, from its stationary points.

    :math:`E/(M_sVB_k) = -\tfrac12 m_z^2 - h\,\mathbf n\cdot\mathbf m`; the barrier is that of the well which the field
    opposes (of either at 90 degrees), 0 outside the astroid. Along the easy axis it is Delta (1 - h)^2, across it
    Delta (1 - h)^2 too, in between the exponent falls to about 3/2 (`near_astroid_barrier`). Exact.

    Parameters
    ----------
    barrier : array_like
        Delta without field, in units of kB T.
    field_ratio : array_like
        h = B/B_k, not negative.
    angle : array_like
        psi between the field and the easy direction opposite to m, rad, 0 to pi/2.

    Returns
    -------
    array
        Barrier in units of kB T.

    References
    ----------
    E. C. Stoner, E. P. Wohlfarth, Philos. Trans. R. Soc. A 240, 599 (1948).

    Examples
    --------
    >>> print(stoner_wohlfarth_barrier(40.0, 0.2, np.radians([0.0, 45.0, 90.0])).round(2))
    [25.6  19.24 25.6 ]
    """
    delta = _positive("barrier", barrier, "kB T")
    h = _numbers("field_ratio", field_ratio, "(dimensionless)")
    psi = _numbers("angle", angle, "rad", 0.0, 0.5 * math.pi)
    uniaxial = np.diag([0.0, 0.0, 1.0])

    def relative(strength: float, tilt: float) -> float:
        case = Landscape(strength * np.array([math.sin(tilt), 0.0, math.cos(tilt)]), uniaxial, 1.0)
        passes = energy.saddles(case)
        return 2 * (passes[0].energy - energy.wells(case)[-1].energy) if passes else 0.0

    return np.asarray(delta * np.vectorize(relative, otypes=[float])(h, psi))[()]


def near_astroid_barrier(barrier: ArrayLike, field_ratio: ArrayLike, angle: ArrayLike) -> Floats:
    r"""Return the barrier close to the switching field of an oblique field: the exponent 3/2.

    Where well and saddle merge the energy is a cubic, and

    .. math:: \Delta(h) = \Delta\,\frac{8}{3}\sqrt{\frac23}\,
        \frac{(\sin\psi\cos\psi)^{1/3}}{\sin^{2/3}\psi+\cos^{2/3}\psi}\left(1-\frac{h}{h_{sw}}\right)^{3/2}.

    Range: 1 - h/h_sw at most 0.2, where the error is below 1.7 % between 10 and 80 degrees; along and across the
    easy axis the coefficient vanishes and the exponent is 2 (`collinear_barrier`).

    Parameters
    ----------
    barrier : array_like
        Delta without field, in units of kB T.
    field_ratio : array_like
        h = B/B_k, up to the astroid (beyond it the barrier is 0).
    angle : array_like
        psi between the field and the easy direction opposite to m, rad, 0 to pi/2.

    Returns
    -------
    array
        Barrier in units of kB T.

    References
    ----------
    R. H. Victora, Phys. Rev. Lett. 63, 457 (1989).

    Examples
    --------
    >>> print(f"{near_astroid_barrier(40.0, 0.45, np.pi / 4):.3f}")
    1.377
    """
    delta = _positive("barrier", barrier, "kB T")
    h = _numbers("field_ratio", field_ratio, "(dimensionless)")
    psi = _numbers("angle", angle, "rad", 0.0, 0.5 * math.pi)
    distance = 1 - h / stoner_wohlfarth_switching_field(psi)
    _warn_outside("1 - h/h_sw", distance, -math.inf, 0.2, "use stoner_wohlfarth_barrier")
    _warn_outside("angle", psi, math.radians(10), math.radians(80), "use stoner_wohlfarth_barrier")
    sine, cosine = np.sin(psi), np.abs(np.cos(psi))
    shape = np.cbrt(sine * cosine) / (np.cbrt(sine) ** 2 + np.cbrt(cosine) ** 2)
    return np.asarray(delta * 8 / 3 * math.sqrt(2 / 3) * shape * np.maximum(distance, 0.0) ** 1.5)[()]


# Escape from any well, at any damping


class EscapeRates(NamedTuple):
    """Thermally activated escape from the two wells of a junction.

    Attributes
    ----------
    parallel, antiparallel : float
        Escape rates, 1/s; the mean dwell times are their inverses.
    barriers : States
        Barrier over kB T from each well, over the lowest pass.
    depopulation : float
        Factor of the Kramers turnover, in (0, 1]: 1 where damping is high, or the energy axially symmetric.
    relative_error : float
        Estimated relative error of the rates.
    """

    parallel: float
    antiparallel: float
    barriers: States
    depopulation: float
    relative_error: float

    @property
    def relaxation(self) -> float:
        """Relaxation rate of the two states, the sum of the escape rates, 1/s."""
        return self.parallel + self.antiparallel

    @property
    def attempt(self) -> States:
        """The factor of ``exp(-Delta)`` in each rate, 1/s."""
        up, down = self.barriers
        return States(self.parallel * math.exp(up), self.antiparallel * math.exp(down))


@lru_cache
def _quadrature() -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(200)


def depopulation_factor(loss: ArrayLike) -> Floats:
    r"""Return Mel'nikov and Meshkov's factor of the Kramers turnover for escape from one well.

    With :math:`\delta` the energy lost in one turn at the height of the saddle, over kB T,

    .. math:: A(\delta) = \exp\left\{\frac1\pi\int_0^\infty
        \ln\left[1-e^{-\delta(\lambda^2+1/4)}\right]\frac{d\lambda}{\lambda^2+1/4}\right\},

    which is delta for small, 1 for large loss. Between two wells the factor is
    :math:`A(\delta_1)A(\delta_2)/A(\delta_1+\delta_2)`.

    Parameters
    ----------
    loss : array_like
        delta, not negative.

    Returns
    -------
    array
        A, to 1e-4 of itself.

    References
    ----------
    V. I. Mel'nikov, S. V. Meshkov, J. Chem. Phys. 85, 1018 (1986).

    Examples
    --------
    >>> print(depopulation_factor([0.01, 1.0, 10.0]).round(4))
    [0.0092 0.443  0.9742]
    """
    delta = _numbers("loss", loss, "kB T")
    # lambda = tan(phi)/2 turns the integral into one over (0, pi/2).
    nodes, weights = _quadrature()
    rise = 0.25 / np.cos(0.25 * math.pi * (nodes + 1)) ** 2
    with np.errstate(divide="ignore"):
        logarithm = np.log(-np.expm1(-delta[..., None] * rise))
    return np.asarray(np.exp(0.5 * logarithm @ weights))[()]


def _action(landscape: Landscape, well: StationaryPoint, level: float) -> float:
    r"""Return :math:`\oint|\mathbf m\times\mathbf B|\,dl` along the contour of energy `level` about a well, in T.

    The contour is followed in the azimuth about the well, stretched along the soft axis of the well.
    """
    top = well.direction
    tangent = np.linalg.svd(top[None, :])[2][1:]
    multiplier = float(top @ (landscape.field + landscape.matrix @ top))
    (soft, stiff), axes = np.linalg.eigh(tangent @ (multiplier * np.eye(3) - landscape.matrix) @ tangent.T)
    count = 128
    turn = 2 * np.pi * (np.arange(count) + 0.5) / count
    ratio = math.sqrt(soft / stiff)
    azimuth = np.arctan2(ratio * np.sin(turn), np.cos(turn))
    stretch = ratio / (np.cos(turn) ** 2 + (ratio * np.sin(turn)) ** 2)
    outward = np.stack([np.cos(azimuth), np.sin(azimuth)], axis=-1) @ axes.T @ tangent
    # The energy on the great circle from the well w along u, with u.M w = -u.b as the well is stationary.
    along, across = float(top @ landscape.field), outward @ landscape.field
    along2, across2 = float(top @ landscape.matrix @ top), np.einsum("ki,ij,kj->k", outward, landscape.matrix, outward)

    def height(angle: Floats) -> Floats:
        c, s = np.cos(angle), np.sin(angle)
        return -(along * c + across * s + 0.5 * along2 * c**2 - across * c * s + 0.5 * across2 * s**2)

    grid = np.linspace(0.0, np.pi, 256)[:, None]
    climb = height(grid)
    # The contour is crossed at the first height above the level, if that comes before the way leads down again.
    first = np.argmax((climb[1:] > level) | (np.diff(climb, axis=0) < 0), axis=0) + 1
    crossed = climb[first, np.arange(count)] > level
    high = grid[first, 0]
    low = high - grid[1, 0]
    for _ in range(40):
        middle = 0.5 * (low + high)
        above = height(middle) > level
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    c, s = np.cos(low), np.sin(low)
    m = c[:, None] * top + s[:, None] * outward
    gradient = landscape.field + m @ landscape.matrix
    gradient = gradient - np.einsum("ki,ki->k", gradient, m)[:, None] * m
    slope = -s * along + c * across - along2 * c * s - across * (c**2 - s**2) + across2 * c * s
    # dl = sin(theta) |grad E|/|dE/dtheta| d(azimuth). A ray that grazes a saddle is left out: there the field vanishes.
    safe = np.where(crossed, np.abs(slope), 1.0)
    rate = np.where(crossed, np.einsum("ki,ki->k", gradient, gradient) * s / safe, 0.0)
    return float(2 * np.pi * np.mean(rate * stretch))


def _turnover(losses: list[float], gap: float) -> float:
    """Return the factor between two wells that lose `losses` in a turn, with a second saddle `gap` above the first.

    Interpolates between one saddle a turn and two; within 3 % of the integral equations with two thresholds.
    """
    one, two = (
        first * second / both
        for first, second, both in (
            depopulation_factor([*turn, sum(turn)]) for turn in (losses, [0.5 * loss for loss in losses])
        )
    )
    return float(two + (one - two) * math.tanh(0.5 * gap) ** (1 + one))


def _escape_over_saddles(spin: Macrospin) -> EscapeRates:
    landscape = Landscape(np.asarray(spin.field, float), np.asarray(spin.matrix, float), 1.0)
    passes = energy.saddles(landscape)
    if not passes:
        raise _too_few_wells()
    both = sorted(energy.wells(landscape), key=lambda well: -float(well.direction @ np.asarray(spin.reference, float)))
    thermal, alpha = spin.thermal_field, spin.damping
    rate = spin.gyromagnetic_ratio / (1 + alpha**2)
    heights = [(point.energy - passes[0].energy) / thermal for point in passes]
    ways = sum(math.exp(-height) for height in heights)
    ends = both[0].direction - both[1].direction
    flux, floor = 0.0, 1.0
    for point, height in zip(passes, heights, strict=True):
        down, up = point.curvatures
        growth = 0.5 * rate * (-alpha * (down + up) + math.sqrt((alpha * (down - up)) ** 2 - 4 * down * up))
        # The ridge is a circle about the line from well to well, of length radius times F sqrt(2 pi/flat).
        radius = math.sqrt(1 - float(point.direction @ ends) ** 2 / float(ends @ ends))
        flat = radius**2 * up / thermal
        length = 2 * math.pi * radius / ways * float(ive(0, flat / ways**2))
        flux += math.exp(-height) * growth / (2 * math.pi) * length / math.sqrt(-2 * math.pi * thermal * down)
        # Over a nearly flat ridge m_z relaxes without the help of the energy: no slower than over the ring of a
        # uniaxial particle, whose growth rate is alpha |c|.
        floor = min(floor, -alpha * rate * down / growth)
    # Along a ring of saddles the field vanishes, and with it the loss.
    losses = [max(alpha * _action(landscape, well, passes[0].energy) / thermal, 1e-9) for well in both]
    depopulation = max(_turnover(losses, heights[1] if len(passes) > 1 else math.inf), floor)
    barriers = States(*((passes[0].energy - well.energy) / thermal for well in both))
    parallel, antiparallel = (
        flux * depopulation * math.sqrt(well.curvatures[0] * well.curvatures[1]) * math.exp(-barrier)
        for well, barrier in zip(both, barriers, strict=True)
    )
    flattest = min(point.curvatures[1] for point in passes) / thermal
    error = (0.7 + 0.9 * (1 - depopulation)) / min(barriers) + 0.3 / (1 + flattest / 8)
    return EscapeRates(parallel, antiparallel, barriers, depopulation, error)


def _too_few_wells() -> ParameterError:
    return ParameterError("an escape rate needs two wells, and this energy has fewer; lower the field or the voltage")


def _escape_over_ring(spin: Macrospin, axis: Floats) -> EscapeRates:
    matrix = np.asarray(spin.matrix, float)
    along = float(axis @ matrix @ axis)
    anisotropy_field = along - 0.5 * (float(np.trace(matrix)) - along)
    pull = np.asarray(spin.field, float) + np.asarray(spin.damping_like, float) / spin.damping
    if axis @ np.asarray(spin.reference, float) < 0:
        axis = -axis
    drive = float(axis @ pull) / anisotropy_field if anisotropy_field > 0 else math.inf
    if abs(drive) >= 1:
        raise _too_few_wells()
    barrier = 0.5 * anisotropy_field / spin.thermal_field
    barriers = States(barrier * (1 + drive) ** 2, barrier * (1 - drive) ** 2)
    attempt = _diffusion_rate(anisotropy_field, spin.damping, spin.gyromagnetic_ratio) * math.sqrt(barrier / math.pi)
    parallel, antiparallel = (attempt * _brown(np.array(barrier), np.array(x)) for x in (drive, -drive))
    return EscapeRates(float(parallel), float(antiparallel), barriers, 1.0, 1.5 / min(barriers) ** 2)


def escape_rates(junction: MTJ | Macrospin, bias: Bias | None = None) -> EscapeRates:
    r"""Return the rates of thermally activated escape from the two wells, at any damping.

    With c the stiffness fields (curvatures) of well and saddles, :math:`b = k_BT/(M_sV)`,

    .. math:: \Gamma = D\sum_s F_s\frac{\lambda_+}{2\pi}\sqrt{\frac{c_1c_2}{|c_1^sc_2^s|}}\,e^{-\Delta_s},\quad
        \lambda_+ = \frac{\gamma}{2(1+\alpha^2)}\left[-\alpha(c_1^s+c_2^s)
        + \sqrt{\alpha^2(c_1^s-c_2^s)^2-4c_1^sc_2^s}\right],

    Langer's and Brown's rate of intermediate to high damping times the depopulation of the Kramers turnover. With one
    saddle :math:`D = A(\delta_1)A(\delta_2)/A(\delta_1+\delta_2)` (`depopulation_factor`), where a turn about each well
    loses :math:`\delta = (\alpha/b)\oint|\mathbf m\times\mathbf B|\,dl` along the contour at the height of the lowest
    saddle. Two saddles of equal height are both met in a turn, which halves the losses; an in-plane junction without
    field loses :math:`4\alpha\Delta\sqrt{B_d/B_k}` from one to the other. With a second saddle :math:`\eta k_BT` higher
    D lies between the two by the fraction :math:`\tanh(\eta/2)^{1+D}`, D here that of one saddle.
    :math:`F_s = \sqrt{2\pi u}\,e^{-u/n^2}I_0(u/n^2)/n`, :math:`u = r^2c_2^s/b`,
    :math:`n = \sum_s e^{\Delta_1-\Delta_s}`, is the Bessel integral along a ridge of radius r about the line from well
    to well in place of the Gaussian one; it is 1 for a pronounced saddle. D is not less than the ratio of ring to
    saddle, :math:`\alpha\gamma|c_1^s|/[(1+\alpha^2)\lambda_+]`.

    With axial symmetry the rates are those of `uniaxial_escape_rates`, collinear spin torque included.

    `relative_error` was fitted to the exact rates of `mtjphys.fokker_planck` at barriers of 3 to 12 kT and damping
    0.003 to 0.5, for in-plane junctions (B_d/B_k from 0.2 to 50) in fields along all axes and perpendicular ones in
    transverse and oblique fields: (0.7 + 0.9 (1 - D))/Delta with the lower barrier, and 0.3/(1 + u/8) towards axial
    symmetry. The rate is nearly always too high, by about two thirds of that: 4 % at 10 kT and high damping, 12 % at
    damping 0.01. With axial symmetry it is 1.5/Delta^2. Range: a lower barrier of at least 3 kT.

    Parameters
    ----------
    junction : MTJ or fokker_planck.Macrospin
        The junction; a `Macrospin` is the same in plain numbers and holds its bias.
    bias : Bias, optional
        Constant bias; none is the default `Bias()`.

    Returns
    -------
    EscapeRates
        Rates in 1/s of the parallel (larger m.p) and the antiparallel well, and their relative error.

    Raises
    ------
    ParameterError
        There are no two wells; or a spin torque that is not collinear with an axial energy, or that follows the state
        behind a series resistor: then no energy governs the escape.

    References
    ----------
    W. F. Brown, IEEE Trans. Magn. 15, 1196 (1979); P. M. Dejardin, D. S. F. Crothers, W. T. Coffey, Yu. P. Kalmykov,
    Phys. Rev. E 63, 021102 (2001); W. T. Coffey, Yu. P. Kalmykov, J. Appl. Phys. 112, 121301 (2012).

    Examples
    --------
    >>> from mtjphys.junction import presets
    >>> rates = escape_rates(presets.koenders_2025())
    >>> print(f"{1 / rates.parallel:.1e} s within {rates.relative_error:.0%}, turnover {rates.depopulation:.2f}")
    4.0e-04 s within 7%, turnover 0.78
    """
    from mtjphys.macrospin.spin import resolve

    spin = resolve(junction, bias)
    axis = spin.axis
    if spin.modulations or (axis is None and np.any(spin.damping_like)):
        raise ParameterError(
            "this spin torque follows the state or is not collinear with an axial energy, and no closed form holds the "
            "escape; use fokker_planck or rare_events, or set the voltage to zero"
        )
    found = _escape_over_saddles(spin) if axis is None else _escape_over_ring(spin, axis)
    _warn_outside(
        "the lower barrier over kB T",
        min(found.barriers),
        _SADDLE_LOWEST_BARRIER,
        math.inf,
        "this is not thermal activation; use fokker_planck",
    )
    return found


# Easy plane


def easy_plane_autocorrelation(
    time: ArrayLike,
    easy_plane_field: ArrayLike,
    thermal_field: ArrayLike,
    damping: ArrayLike,
    *,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> Floats:
    r"""Return the normalised autocorrelation of an in-plane component of m in an easy plane.

    m_z fluctuates with the variance :math:`1/\xi = k_BT/(M_sVB_d)` and relaxes at :math:`\alpha\gamma B_d`; the azimuth
    turns at :math:`\gamma B_dm_z` and diffuses. With :math:`s = \gamma B_d|t|`,

    .. math:: C(t) = \exp\left\{-\frac1\xi\left[\frac{\alpha s-1+e^{-\alpha s}}{\alpha^2}+\alpha s\right]\right\}.

    Range: xi at least 100 and damping at most 0.1, where C is good to 0.01.

    Parameters
    ----------
    time : array_like
        Lag t, s.
    easy_plane_field : array_like
        B_d = M_xx - M_zz, T (second of `MTJ.anisotropy_fields`).
    thermal_field : array_like
        kB T/(Ms V), T.
    damping : array_like
        Gilbert damping, 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    array
        C(t), 1.

    References
    ----------
    J. Kaiser et al., Phys. Rev. Applied 12, 054056 (2019), arXiv:1902.03312.

    Examples
    --------
    >>> print(easy_plane_autocorrelation([0.0, 1e-9, 3e-9], 0.2, 1e-3, 0.01).round(3))
    [1.    0.063 0.   ]
    """
    lag = _numbers("time", time, "s", -math.inf)
    plane, thermal = _easy_plane(easy_plane_field, thermal_field)
    alpha = _positive("damping", damping, "(dimensionless)")
    _warn_outside("B_d Ms V/(kB T)", plane / thermal, 100.0, math.inf, "m leaves the plane")
    _warn_outside("damping", alpha, 0.0, 0.1, "out-of-plane and in-plane motion do not separate")
    s = _positive("gyromagnetic_ratio", gyromagnetic_ratio, "rad/(s T)") * plane * np.abs(lag)
    x = alpha * s
    # For small x the difference below would lose its digits.
    dephasing = s**2 * np.where(x < 1e-4, 0.5 - x / 6, (x + np.expm1(-x)) / np.where(x < 1e-4, 1.0, x) ** 2)
    return np.asarray(np.exp(-(dephasing + x) * thermal / plane))[()]


def _easy_plane(easy_plane_field: ArrayLike, thermal_field: ArrayLike) -> tuple[Floats, Floats]:
    return _positive("easy_plane_field", easy_plane_field, "T"), _positive("thermal_field", thermal_field, "T")


def easy_plane_correlation_time(
    easy_plane_field: ArrayLike,
    thermal_field: ArrayLike,
    damping: ArrayLike,
    *,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> Floats:
    r"""Return the time in which an easy plane at low damping forgets its direction, to 1/e.

    .. math:: \tau = \frac{\sqrt{2\xi}}{\gamma B_d} = \frac{1}{\gamma}\sqrt{\frac{2M_sV}{k_BT\,B_d}}

    does not depend on the damping: it is the dephasing of the thermal spread of precession frequencies. Damping
    lengthens it by the fraction :math:`\alpha\sqrt{2\xi}/6`, and friction in the plane shortens it by
    :math:`\alpha/\sqrt{2\xi}`.

    Range: :math:`\alpha\sqrt{2\xi}` at most 0.5 (error of 9 %) and xi at least 100.

    Parameters
    ----------
    easy_plane_field : array_like
        B_d = M_xx - M_zz, T.
    thermal_field : array_like
        kB T/(Ms V), T.
    damping : array_like
        Gilbert damping, for the range alone, 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    array
        tau, s.

    References
    ----------
    J. Kaiser et al., Phys. Rev. Applied 12, 054056 (2019), arXiv:1902.03312.

    Examples
    --------
    >>> print(f"{easy_plane_correlation_time(0.2, 1e-3, 0.01):.3g} s")
    5.68e-10 s
    """
    plane, thermal = _easy_plane(easy_plane_field, thermal_field)
    alpha = _positive("damping", damping, "(dimensionless)")
    xi = plane / thermal
    _warn_outside("B_d Ms V/(kB T)", xi, 100.0, math.inf, "m leaves the plane")
    _warn_outside(
        "damping times sqrt(2 xi)",
        alpha * np.sqrt(2 * xi),
        0.0,
        0.5,
        "damping slows the dephasing; use easy_plane_autocorrelation",
    )
    gamma = _positive("gyromagnetic_ratio", gyromagnetic_ratio, "rad/(s T)")
    return np.asarray(np.sqrt(2 * xi) / (gamma * plane))[()]


# Switching


def switching_time(
    start_angle: ArrayLike,
    stop_angle: ArrayLike,
    drive: ArrayLike,
    anisotropy_field: ArrayLike,
    damping: ArrayLike,
    *,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> Floats:
    r"""Return the time in which m turns from one angle to another at zero temperature, exactly (Mallinson).

    Uniaxial particle, drive x against the easy direction from which theta is measured: a reversed longitudinal field, a
    collinear spin torque, or both. :math:`\dot\theta = \tau_D^{-1}\sin\theta\,(x-\cos\theta)` gives

    .. math:: t = \frac{\tau_D}{x^2-1}\left[x\ln\frac{\tan(\theta_1/2)}{\tan(\theta_0/2)}
        + \ln\frac{\sin\theta_1}{\sin\theta_0} + \ln\frac{x-\cos\theta_0}{x-\cos\theta_1}\right],\qquad
        \tau_D = \frac{1+\alpha^2}{\alpha\gamma B_k},

    whatever the precession does. Infinite where the torque holds m back, :math:`x\le\cos\theta_0`.

    Parameters
    ----------
    start_angle, stop_angle : array_like
        theta_0 < theta_1, rad, strictly between 0 and pi.
    drive : array_like
        x, positive against the start.
    anisotropy_field : array_like
        B_k, T.
    damping : array_like
        Gilbert damping, 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    array
        Time, s.

    References
    ----------
    J. C. Mallinson, IEEE Trans. Magn. 36, 1976 (2000); with spin torque: J. Z. Sun, Phys. Rev. B 62, 570 (2000).

    Examples
    --------
    >>> print(f"{switching_time(0.1, np.pi / 2, 2.0, 0.3, 0.01):.3g} s")
    4.8e-09 s
    """
    first = _numbers("start_angle", start_angle, "rad", 0.0, math.pi, open_low=True)
    last = _numbers("stop_angle", stop_angle, "rad", 0.0, math.pi, open_low=True)
    if np.any(first > last) or np.any(last >= math.pi):
        raise ParameterError(
            f"start_angle={start_angle!r} and stop_angle={stop_angle!r} rad must obey 0 < start <= stop < pi; "
            "measure both from the easy direction that is left"
        )
    x = _numbers("drive", drive, "(dimensionless)", -math.inf)
    diffusion = _diffusion_rate(anisotropy_field, damping, gyromagnetic_ratio)
    z0, z1 = np.cos(first), np.cos(last)
    double = np.abs(x - 1) < 1e-7  # the two poles merge
    safe = np.where(double | (x <= z0), 2.0, x)
    turn = np.log(np.tan(last / 2) / np.tan(first / 2))
    general = safe * turn + np.log(np.sin(last) / np.sin(first)) + np.log((safe - z0) / (safe - z1))
    merged = 0.5 * (0.5 / np.sin(first / 2) ** 2 - 0.5 / np.sin(last / 2) ** 2) + 0.5 * turn
    reduced = np.where(double, merged, general / (safe**2 - 1))
    held = (x <= z0) & (first < last)  # where nothing has to move, nothing is held back
    return np.asarray(np.where(held, np.inf, np.where(first < last, reduced, 0.0)) / diffusion)[()]


def ballistic_write_error(
    duration: ArrayLike,
    drive: ArrayLike,
    barrier: ArrayLike,
    anisotropy_field: ArrayLike,
    damping: ArrayLike,
    *,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> Floats:
    r"""Return the probability that a pulse beyond the critical drive leaves a uniaxial junction unswitched.

    Near the pole m is a linear unstable process of two components, which starts from the Boltzmann distribution
    (variance :math:`1/(2\Delta)`) and is fed by noise; the exact nonlinear trajectory takes it to the equator. With
    :math:`\tau = t/\tau_D`, :math:`\tau_D = (1+\alpha^2)/(\alpha\gamma B_k)`,

    .. math:: P = 1-\exp\left[-\frac{\Delta(x-1)u^2}{x\,e^{\lambda\tau}-1}\right],\quad
        u^2 = 4^{x/(x+1)}\left(\frac{x-1}{x}\right)^{2/(x+1)},\quad
        \lambda = 2(x-1)+\frac{3-x}{(x-1)\Delta}.

    u is the equator in the coordinate that grows as :math:`e^{(x-1)\tau}` all the way; the last term is the first
    correction of the slowest eigenvalue by the noise. In this limit :math:`dP/d\ln t` at P = 1/2 is
    :math:`(\ln2/2)\lambda\tau/(1-e^{-\lambda\tau}/x)`.

    Range: :math:`\Delta(x-1)^2` at least 40, where the relative error of P, for P below 0.9 and however small, is below
    6 % (3 % from 80, 1.5 % from 160).

    Parameters
    ----------
    duration : array_like
        Length of the pulse t, s.
    drive : array_like
        x > 1, against the start.
    barrier : array_like
        Delta of the start without drive, in units of kB T.
    anisotropy_field : array_like
        B_k, T.
    damping : array_like
        Gilbert damping, 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    array
        Write error P: m has not passed the equator.

    References
    ----------
    W. H. Butler et al., IEEE Trans. Magn. 48, 4684 (2012), arXiv:1202.2621 (the exponential law); J. He, J. Z. Sun,
    S. Zhang, J. Appl. Phys. 101, 09A501 (2007) (the eigenvalue).

    Examples
    --------
    >>> print(f"{ballistic_write_error(20e-9, 2.0, 60.0, 0.3, 0.01):.1e}")
    2.7e-08
    """
    time = _numbers("duration", duration, "s")
    delta = _positive("barrier", barrier, "kB T")
    x = _numbers("drive", drive, "(dimensionless)", 1.0, open_low=True)
    diffusion = _diffusion_rate(anisotropy_field, damping, gyromagnetic_ratio)
    _warn_outside(
        "barrier (drive - 1)^2",
        delta * (x - 1) ** 2,
        40.0,
        math.inf,
        "the noise acts beyond the linear range about the pole; use fokker_planck.write_error",
    )
    equator = 4 ** (x / (x + 1)) * ((x - 1) / x) ** (2 / (x + 1))
    growth = 2 * (x - 1) + (3 - x) / ((x - 1) * delta)
    with np.errstate(over="ignore"):
        spread = x * np.exp(growth * time * diffusion) - 1
    return np.asarray(-np.expm1(-delta * (x - 1) * equator / spread))[()]


def thermal_write_error(
    duration: ArrayLike,
    drive: ArrayLike,
    barrier: ArrayLike,
    anisotropy_field: ArrayLike,
    damping: ArrayLike,
    *,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> Floats:
    r"""Return the probability that a pulse below the critical drive leaves a uniaxial junction unswitched.

    .. math:: P = e^{-\Gamma t}

    with the escape rate :math:`\Gamma` of `uniaxial_escape_rates`: thermal activation over the lowered barrier
    :math:`\Delta(1-x)^2`. In this limit :math:`dP/d\ln t` at P = 1/2 is ln 2/2 = 0.347 (in magnitude), whatever the
    junction.

    Range: as there, and :math:`4\Delta x`, the difference of the two barriers, at least 5: the way back is neglected,
    which costs :math:`e^{-4\Delta x}`.

    Parameters
    ----------
    duration : array_like
        Length of the pulse t, s.
    drive : array_like
        0 < x < 1, against the start.
    barrier : array_like
        Delta of the start without drive, in units of kB T.
    anisotropy_field : array_like
        B_k, T.
    damping : array_like
        Gilbert damping, 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    array
        Write error P.

    References
    ----------
    W. F. Brown, Phys. Rev. 130, 1677 (1963); Z. Li, S. Zhang, Phys. Rev. B 69, 134416 (2004).

    Examples
    --------
    >>> print(f"{thermal_write_error(20e-6, 0.6, 60.0, 0.3, 0.01):.3f}")
    0.484
    """
    time = _numbers("duration", duration, "s")
    _warn_outside("4 barrier drive", 4 * np.multiply(barrier, drive), 5.0, math.inf, "the junction switches back")
    rates = uniaxial_escape_rates(barrier, anisotropy_field, damping, drive, gyromagnetic_ratio=gyromagnetic_ratio)
    return np.asarray(np.exp(-rates.antiparallel * time))[()]


# Telegraph noise


def machlup_spectrum(
    frequency: ArrayLike,
    amplitude: float,
    dwell_low: float,
    dwell_high: float,
    dt: float | None = None,
) -> Floats:
    r"""Return the one-sided spectrum of a telegraph signal (Machlup).

    .. math:: S(f) = \frac{4\,\Delta V^2}{(\tau_1+\tau_2)\left[(1/\tau_1+1/\tau_2)^2+(2\pi f)^2\right]},

    and of its samples :math:`S(f) = 2\,dt\,C(0)(1-r^2)/(1-2r\cos2\pi f\,dt+r^2)` with :math:`r = e^{-dt/\tau_c}`. Its
    integral is the variance. Exact.

    Parameters
    ----------
    frequency : array_like
        Frequencies, Hz.
    amplitude : float
        Distance of the two levels.
    dwell_low, dwell_high : float
        Mean dwell times, s.
    dt : float, optional
        Sampling interval in s, for the spectrum of the samples.

    Returns
    -------
    array
        Density in (unit of `amplitude`)^2/Hz.

    References
    ----------
    S. Machlup, J. Appl. Phys. 25, 341 (1954).

    Examples
    --------
    >>> print(f"{machlup_spectrum(0.0, 11.86e-3, 0.391e-3, 0.441e-3):.2e} V^2/Hz")
    2.90e-08 V^2/Hz
    """
    omega = 2 * math.pi * _numbers("frequency", frequency, "Hz", -math.inf)
    rate = 1 / telegraph_correlation_time(dwell_low, dwell_high)
    if dt is not None:
        r = math.exp(-rate * float(_positive("dt", dt, "s")))
        variance = telegraph_autocovariance(0.0, amplitude, dwell_low, dwell_high)
        return np.asarray(2 * dt * variance * (1 - r * r) / (1 - 2 * r * np.cos(omega * dt) + r * r))[()]
    return np.asarray(4 * amplitude**2 / ((dwell_low + dwell_high) * (rate**2 + omega**2)))[()]


def telegraph_autocovariance(time: ArrayLike, amplitude: float, dwell_low: float, dwell_high: float) -> Floats:
    r"""Return the autocovariance of a telegraph signal.

    .. math:: C(t) = \Delta V^2p(1-p)\,e^{-|t|/\tau_c},\qquad p = \frac{\tau_2}{\tau_1+\tau_2}

    Exact for exponential dwell times.

    Parameters
    ----------
    time : array_like
        Lag, s.
    amplitude : float
        Distance of the two levels.
    dwell_low, dwell_high : float
        Mean dwell times, s.

    Returns
    -------
    array
        In (unit of `amplitude`)^2.

    References
    ----------
    S. Machlup, J. Appl. Phys. 25, 341 (1954).

    Examples
    --------
    >>> print(f"{telegraph_autocovariance(0.0, 2.0, 1e-3, 1e-3):.3f}")
    1.000
    """
    lag = np.abs(np.asarray(time, dtype=float))
    correlation_time = telegraph_correlation_time(dwell_low, dwell_high)
    variance = amplitude**2 * dwell_low * dwell_high / (dwell_low + dwell_high) ** 2
    return np.asarray(variance * np.exp(-lag / correlation_time))[()]


def telegraph_correlation_time(dwell_low: ArrayLike, dwell_high: ArrayLike) -> Floats:
    r"""Return the correlation time of a telegraph signal, :math:`\tau_c = \tau_1\tau_2/(\tau_1+\tau_2)`.

    Its inverse is the sum of the two escape rates, and :math:`1/(2\pi\tau_c)` the corner of the spectrum.

    Parameters
    ----------
    dwell_low, dwell_high : array_like
        Mean dwell times, s.

    Returns
    -------
    array
        tau_c, s.

    References
    ----------
    S. Machlup, J. Appl. Phys. 25, 341 (1954).

    Examples
    --------
    >>> print(f"{1 / (2 * np.pi * telegraph_correlation_time(0.391e-3, 0.441e-3)):.0f} Hz")
    768 Hz
    """
    low, high = _positive("dwell_low", dwell_low, "s"), _positive("dwell_high", dwell_high, "s")
    return np.asarray(1 / (1 / low + 1 / high))[()]


# Resonance


def resonance_spectrum(
    frequency: ArrayLike,
    stiffness_fields: tuple[float, float],
    thermal_field: float,
    damping: float,
    *,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> Floats:
    r"""Return the thermal spectrum of m about a well: ferromagnetic resonance seen in its noise.

    The linearised stochastic LLG equation, solved exactly; for the component along principal axis i, j the other,

    .. math:: S_i(f) = 4\alpha\gamma b\,\frac{(\gamma B_j)^2+(1+\alpha^2)\omega^2}
        {\left[\gamma^2B_1B_2-(1+\alpha^2)\omega^2\right]^2+\left[\alpha\gamma(B_1+B_2)\omega\right]^2},\qquad
        \omega = 2\pi f,

    one-sided, with :math:`\int_0^\infty S_i\,df = b/B_i`. It peaks near :math:`f_0 = (\gamma/2\pi)\sqrt{B_1B_2}`
    (`MTJ.resonance_frequency`) with the full width :math:`\alpha\gamma(B_1+B_2)/2\pi` (`MTJ.resonance_linewidth`). By
    the fluctuation-dissipation theorem it is :math:`(2k_BT/\pi f)\chi''`. In a direction n of the tangent plane the
    spectrum is :math:`n_1^2S_1+n_2^2S_2`: the two components are correlated a quarter of a period apart only.

    Range: thermal_field/B at most 0.02 for both, where the anharmonic shift of the peak stays below a few per cent.

    Parameters
    ----------
    frequency : array_like
        f, Hz.
    stiffness_fields : (float, float)
        B_1, B_2 of the well, T: `MTJ.stiffness_fields()`.
    thermal_field : float
        b = kB T/(Ms V), T.
    damping : float
        Gilbert damping, 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    array of shape (2, ...)
        S_1 and S_2 at each frequency, 1/Hz.

    References
    ----------
    N. Smith, P. Arnett, Appl. Phys. Lett. 78, 1448 (2001); C. Kittel, Phys. Rev. 73, 155 (1948).

    Examples
    --------
    >>> in_plane, out_of_plane = resonance_spectrum(0.0, (0.02, 0.8), 1e-4, 0.01)
    >>> print(f"{in_plane:.2e} 1/Hz")
    5.68e-14 1/Hz
    """
    omega = 2 * math.pi * _numbers("frequency", frequency, "Hz", -math.inf)
    soft, stiff = (float(_positive("stiffness_fields", field, "T")) for field in stiffness_fields)
    thermal = float(_positive("thermal_field", thermal_field, "T"))
    alpha = float(_positive("damping", damping, "(dimensionless)"))
    _warn_outside(
        "thermal_field/stiffness field",
        thermal / min(soft, stiff),
        0.0,
        0.02,
        "the well is not harmonic on the scale of the fluctuations; use fokker_planck.spectrum",
    )
    gamma = float(_positive("gyromagnetic_ratio", gyromagnetic_ratio, "rad/(s T)"))
    inertia = (1 + alpha**2) * omega**2
    denominator = (gamma**2 * soft * stiff - inertia) ** 2 + (alpha * gamma * (soft + stiff) * omega) ** 2
    return np.stack(
        [4 * alpha * gamma * thermal * ((gamma * other) ** 2 + inertia) / denominator for other in (stiff, soft)]
    )


# Critical current and field


def critical_current(
    stiffness_fields: tuple[ArrayLike, ArrayLike], moment: ArrayLike, damping: ArrayLike, efficiency: ArrayLike
) -> Floats:
    r"""Return the current at which a collinear spin torque makes a well unstable, at zero temperature.

    .. math:: I_{c0} = \frac{2e}{\hbar}\frac{\alpha}{\eta}M_sV\,\frac{B_1+B_2}{2}

    With B_1 = B_2 = B_k (perpendicular) that is :math:`4e\alpha\Delta k_BT/(\hbar\eta)`; with B_1 = B_k,
    B_2 = B_k + B_d (in the plane) it holds B_k + B_d/2. To first order in the damping, for a torque along the easy
    axis; `MTJ.critical_currents` follows the equilibrium with all torques of a junction.

    Parameters
    ----------
    stiffness_fields : pair of array_like
        B_1, B_2 of the well, T: `MTJ.stiffness_fields()`.
    moment : array_like
        Ms V, A m2.
    damping : array_like
        Gilbert damping, 1.
    efficiency : array_like
        eta of the torque per electron, :math:`a_{DL}M_sV = (\hbar/2e)\eta I`: P/(1 + P^2 cos theta) at fixed current.

    Returns
    -------
    array
        I_c0, A.

    References
    ----------
    J. Z. Sun, Phys. Rev. B 62, 570 (2000).

    Examples
    --------
    >>> from scipy.constants import Boltzmann
    >>> current = critical_current((0.3, 0.3), 2 * 60 * Boltzmann * 300 / 0.3, 0.01, 0.6)
    >>> print(f"{current * 1e6:.1f} uA")
    25.2 uA
    """
    first, second = (_positive("stiffness_fields", field, "T") for field in stiffness_fields)
    angular_momentum = _positive("damping", damping, "(dimensionless)") * _positive("moment", moment, "A m2")
    eta = _positive("efficiency", efficiency, "(dimensionless)")
    return np.asarray(e / hbar * angular_momentum * (first + second) / eta)[()]


def sharrock_field(
    duration: ArrayLike, barrier: ArrayLike, field: ArrayLike, attempt_rate: ArrayLike, exponent: ArrayLike = 2.0
) -> Floats:
    r"""Return the field that switches half of the junctions within a time (Sharrock's law).

    .. math:: B_c(t) = B_0\left\{1-\left[\frac1\Delta\ln\frac{f_0t}{\ln2}\right]^{1/n}\right\}

    from a barrier :math:`\Delta(1-B/B_0)^n` and a constant attempt rate: n = 2 along or across the easy axis, 3/2 near
    the astroid otherwise. The attempt rate does depend on the field: for a uniaxial particle with the one at zero
    field, the law is too low by at most 0.03 B_0 at barriers of 40 and more and fields up to B_0/2.

    Range: times with 0 < ln(f0 t/ln 2) < Delta.

    Parameters
    ----------
    duration : array_like
        t during which the field is applied, s.
    barrier : array_like
        Delta without field, in units of kB T.
    field : array_like
        B_0, at which the barrier is gone, T.
    attempt_rate : array_like
        f_0, 1/s.
    exponent : array_like
        n, 1 to 2.

    Returns
    -------
    array
        B_c, T; 0 beyond the range at long, B_0 at short times.

    References
    ----------
    M. P. Sharrock, J. Appl. Phys. 76, 6413 (1994).

    Examples
    --------
    >>> print(sharrock_field([1e-3, 1.0, 1e3], 60.0, 0.3, 1e9).round(4))
    [0.1541 0.1221 0.0951]
    """
    time = _positive("duration", duration, "s")
    delta = _positive("barrier", barrier, "kB T")
    start = _positive("field", field, "T")
    n = _numbers("exponent", exponent, "(dimensionless)", 1.0, 2.0)
    spent = np.log(_positive("attempt_rate", attempt_rate, "1/s") * time / math.log(2)) / delta
    _warn_outside("ln(f0 t/ln 2)/barrier", spent, 0.0, 1.0, "no thermally activated switching on this time scale")
    return np.asarray(start * (1 - np.clip(spent, 0.0, 1.0) ** (1 / n)))[()]


__all__ = [
    "GYROMAGNETIC_RATIO",
    "EscapeRates",
    "ballistic_write_error",
    "collinear_barrier",
    "critical_current",
    "depopulation_factor",
    "easy_plane_autocorrelation",
    "easy_plane_correlation_time",
    "escape_rates",
    "low_barrier_relaxation_rate",
    "machlup_spectrum",
    "near_astroid_barrier",
    "resonance_spectrum",
    "sharrock_field",
    "stoner_wohlfarth_barrier",
    "stoner_wohlfarth_switching_field",
    "switching_time",
    "telegraph_autocovariance",
    "telegraph_correlation_time",
    "thermal_write_error",
    "uniaxial_escape_rates",
    "uniaxial_relaxation_rate",
]
