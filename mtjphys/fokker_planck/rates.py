"""Relaxation rates and dwell times."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev
from scipy.special import roots_legendre

from mtjphys.core.checks import as_thresholds, check_rtol
from mtjphys.core.errors import MtjphysWarning, ParameterError, SimulationError
from mtjphys.fokker_planck.axial import MAXIMUM_EXPONENT, Axial, barrier_top
from mtjphys.fokker_planck.committor import hysteresis_dwell_times
from mtjphys.fokker_planck.galerkin import Galerkin
from mtjphys.fokker_planck.levels import converge, converge_slow
from mtjphys.fokker_planck.two_states import axial_states, check_alignment, general_states
from mtjphys.junction.spin import resolve
from mtjphys.macrospin.constant import described
from mtjphys.macrospin.critical import critical_drive
from mtjphys.macrospin.energy import barrier
from mtjphys.macrospin.spin import Macrospin

if TYPE_CHECKING:
    from mtjphys.bias import Bias
    from mtjphys.junction import JunctionLike
    from mtjphys.theory import EscapeRates

Array = npt.NDArray[np.float64]


class RelaxationRates(NamedTuple):
    """Eigenvalues of the Fokker-Planck operator and how well they are known.

    Attributes
    ----------
    rates : complex array
        Decay rates in 1/s, nearest to zero first; the imaginary part is an angular frequency in
        rad/s.
    relative_error : float
        Estimate of the relative error: of the expansion from the change at the last increase of its degree, and of
        rounding; of the formula where the method is asymptotic.
    degree : int
        Highest degree of the spherical harmonics used; 0 where there was no need of them.
    method : str
        "exact", or "asymptotic" where the barrier was beyond the reach of the expansion.
    """

    rates: npt.NDArray[np.complex128]
    relative_error: float
    degree: int
    method: str = "exact"


def relaxation_rates(
    junction: JunctionLike | Macrospin, bias: Bias | None = None, n: int = 6, rtol: float = 1e-4
) -> RelaxationRates:
    r"""Return the `n` slowest relaxation rates, the eigenvalues nearest to zero.

    Parameters
    ----------
    junction : MTJ, str, Path or Macrospin
        The junction, the name of a preset, or the path of a TOML file; with a `Macrospin`, leave `bias` out.
    bias : Bias, optional
        Constant bias; none is the default `Bias()`.
    n : int
        Number of rates.
    rtol : float
        Relative stability asked for.

    Returns
    -------
    RelaxationRates
        RelaxationRates in 1/s with the error reached.

    Raises
    ------
    ParameterError
        If `n` or `rtol` is out of range, or the bias is not constant.
    SimulationError
        If `rtol` cannot be reached.

    Examples
    --------
    Free rotational diffusion relaxes at ``l (l + 1) D``:

    >>> import numpy as np
    >>> free = Macrospin(np.zeros(3), np.zeros((3, 3)), thermal_field=0.01, damping=0.1)
    >>> np.round(relaxation_rates(free, n=4).rates.real / free.diffusion, 6).tolist()
    [2.0, 2.0, 2.0, 6.0]
    """
    spin = resolve(junction, bias)
    if not (isinstance(n, int | np.integer) and 1 <= n <= 100):
        raise ParameterError(f"n={n!r} is outside [1, 100]; ask for at least one rate")
    check_rtol(rtol)
    axial = None
    if spin.axis is None and n == 1:
        return _slowest_alone(spin, rtol)
    if spin.axis is not None:
        axial = Axial(spin).slowest()[0]
        # The sectors of order m relax at m^2 D or faster, so below 1 the order 0 is the slowest.
        if n == 1 and axial < 1:
            return RelaxationRates(np.array([axial * spin.diffusion], dtype=complex), 1e-12, 0)

    def measure(galerkin: Galerkin) -> npt.NDArray[Any]:
        return _ordered(_slowest(galerkin, int(n), axial))

    sector = None if axial is None else (1 if n == 1 else int(n) + 1)
    rounding = None if axial is None else (lambda galerkin: 0.0)
    galerkin, _, error = converge(spin, measure, rtol, sector, rounding)
    return RelaxationRates(_slowest(galerkin, int(n), axial) * spin.diffusion, error, int(galerkin.degree.max()))


def _slowest_alone(spin: Macrospin, rtol: float) -> RelaxationRates:
    try:
        galerkin, error = converge_slow(spin, rtol)
    except SimulationError as failure:
        escape = _asymptotic(spin, failure)
        return RelaxationRates(np.array([escape.relaxation], dtype=complex), escape.relative_error, 0, "asymptotic")
    rate = galerkin.slow_mode.rate * spin.diffusion
    return RelaxationRates(np.array([rate]), error, int(galerkin.degree.max()))


def _slowest(galerkin: Galerkin, n: int, axial: float | None) -> npt.NDArray[np.complex128]:
    """Return the n slowest rates in units of D, the first one as exact as it can be had."""
    first = galerkin.slow_mode.rate if axial is None or axial >= 1 else axial
    if n == 1:
        return np.array([first], dtype=complex)
    values = galerkin.slowest(n + 1)[0][:n]
    if abs(first) < 1:
        values[0] = first
    return values


def _ordered(values: npt.NDArray[np.complex128]) -> npt.NDArray[np.complex128]:
    """Return the rates with positive imaginary parts: which of a conjugate pair comes last is chance."""
    return np.asarray(values.real + 1j * np.abs(values.imag))


def _asymptotic(spin: Macrospin, failure: SimulationError) -> EscapeRates:
    """Return the asymptotic escape rates where they hold, with a warning; else raise `failure`."""
    from mtjphys.theory import escape_rates

    if spin.modulations or np.any(spin.damping_like):
        raise failure
    try:
        escape = escape_rates(spin)
    except ParameterError:
        raise failure from None
    if not escape.relative_error < 0.5:
        raise failure
    warnings.warn(
        f"{failure}. This is the asymptotic rate, with an estimated relative error of {escape.relative_error:.1%}",
        MtjphysWarning,
        stacklevel=4,
    )
    return escape


def relaxation_rate(junction: JunctionLike | Macrospin, bias: Bias | None = None, rtol: float = 1e-4) -> float:
    r"""Return the slowest relaxation rate :math:`\lambda_1`, in 1/s.

    It is the real part of the non-zero eigenvalue of the Fokker-Planck operator nearest to zero. In
    two symmetric wells the mean dwell time is :math:`2/\lambda_1`.

    Parameters
    ----------
    junction : MTJ, str, Path or Macrospin
        The junction, the name of a preset, or the path of a TOML file; with a `Macrospin`, leave `bias` out.
    bias : Bias, optional
        Constant bias; none is the default `Bias()`.
    rtol : float
        Relative accuracy asked for; an axially symmetric junction reaches about 1e-12 in any case.

    Returns
    -------
    float
        Rate in 1/s.

    Raises
    ------
    ParameterError
        If the bias is not constant or `rtol` is out of range.
    SimulationError
        If `rtol` cannot be reached and there is no detailed balance; with it (no spin torque) the asymptotic
        rate of `mtjphys.theory.escape_rates` is returned instead, with a warning that states its error.

    Examples
    --------
    A uniaxial particle with a barrier of 5 kT:

    >>> import numpy as np
    >>> spin = Macrospin(np.zeros(3), np.diag([0, 0, 0.1]), thermal_field=0.01, damping=0.1)
    >>> print(f"{relaxation_rate(spin) / spin.diffusion:.6f}")
    0.135406
    """
    return float(relaxation_rates(junction, bias, 1, rtol).rates[0].real)


class MeanDwellTimes(NamedTuple):
    """Mean dwell times of the two states.

    Attributes
    ----------
    parallel, antiparallel : float
        In seconds; infinite beyond the range of float64.
    separation : float
        Second over first relaxation rate; NaN where it was not needed. Two states are a good
        description when it is large.
    """

    parallel: float
    antiparallel: float
    separation: float


def dwell_times(
    junction: JunctionLike | Macrospin,
    bias: Bias | None = None,
    thresholds: tuple[float, float] | None = None,
    rtol: float = 1e-4,
) -> MeanDwellTimes:
    r"""Return the mean dwell times in the parallel and antiparallel well.

    Without thresholds: those of the two-state process that relaxes like the junction. With the
    slowest mode f of the backward operator, the committor is
    :math:`q = (f - f_{min})/(f_{max} - f_{min})`, the occupation :math:`\pi_P = \langle q\rangle`,
    and :math:`\tau_P = 1/(\lambda_1\pi_{AP})`, :math:`\tau_{AP} = 1/(\lambda_1\pi_P)`; the relative
    error is of the order of 1/separation.

    With thresholds: of the trace of m.p read with hysteresis, exactly: the state is antiparallel from
    reaching the lower threshold until reaching the upper one. With the probability q(m) that of the two
    thresholds the upper one was reached last (the backward committor of transition path theory) and
    the rate :math:`\nu` of changes of state in one direction, :math:`\tau_P = \langle q\rangle/\nu` and
    :math:`\tau_{AP} = \langle 1 - q\rangle/\nu`. :math:`\rho q` obeys the stationary Fokker-Planck
    equation between the thresholds, equals :math:`\rho` at the upper and 0 at the lower one, and
    :math:`\nu` is its flow through the lower one. A junction that is symmetric about p has it in integrals, at
    any barrier; any other is solved by finite elements, which are refined until the times are
    stable to `rtol`.

    Parameters
    ----------
    junction : MTJ, str, Path or Macrospin
        The junction, the name of a preset, or the path of a TOML file; with a `Macrospin`, leave `bias` out.
    bias : Bias, optional
        Constant bias; none is the default `Bias()`.
    thresholds : pair of float, optional
        Lower and upper threshold of m.p, within (-1, 1).
    rtol : float
        Relative accuracy asked for.

    Returns
    -------
    MeanDwellTimes
        In seconds.

    Raises
    ------
    ParameterError
        If the thresholds or `rtol` are out of range. Without thresholds also if the wells do not differ in m.p, or if
        there is no second well: none of the energy, or one that the spin torque makes unstable. A small separation
        warns.
    SimulationError
        If `rtol` cannot be reached; without thresholds and spin torque the asymptotic times of
        `mtjphys.theory.escape_rates` are returned instead, with a warning that states their error.

    References
    ----------
    W. E and E. Vanden-Eijnden, Annu. Rev. Phys. Chem. 61, 391 (2010).

    Examples
    --------
    >>> import numpy as np
    >>> spin = Macrospin(np.zeros(3), np.diag([0, 0, 0.2]), thermal_field=0.01, damping=0.1)
    >>> times = dwell_times(spin)
    >>> print(f"{times.parallel * relaxation_rate(spin):.6f}")
    2.000000
    """
    spin = resolve(junction, bias)
    check_rtol(rtol)
    axis = spin.axis
    if thresholds is not None:
        thresholds = as_thresholds(thresholds)
        if axis is None or abs(axis @ spin.reference) < 1 - 1e-12:
            upper, lower = hysteresis_dwell_times(spin, *thresholds, rtol)
            return MeanDwellTimes(float(upper), float(lower), np.nan)
        return _hysteresis_dwell_times(spin, *thresholds)
    check_wells(spin, bias)
    if axis is not None:
        states, separation = axial_states(spin), np.nan
        if states.rate > 0.01:
            rates = relaxation_rates(spin, n=4, rtol=1e-2).rates.real / spin.diffusion
            separation = float(np.delete(rates, np.argmin(np.abs(rates - states.rate)))[0] / states.rate)
    else:
        try:
            states = general_states(spin, rtol)
        except SimulationError as failure:
            escape = _asymptotic(spin, failure)
            return MeanDwellTimes(1 / escape.parallel, 1 / escape.antiparallel, np.nan)
        assert states.galerkin is not None
        separation = float(states.galerkin.slowest(2, 1e-3)[0][1].real / states.rate)
    if separation < 3:
        warnings.warn(
            f"the second relaxation rate is only {separation:.2g} times the first: two states "
            "describe this junction poorly; use autocorrelation, or dwell_times with thresholds",
            MtjphysWarning,
            stacklevel=2,
        )
    return MeanDwellTimes(*states.dwell_times(spin.diffusion), separation)


def check_wells(spin: Macrospin, bias: Bias | None) -> None:
    """Raise if there are no two wells of different m.p, where an energy or axial symmetry tells without solving."""
    if spin.axis is not None:
        check_alignment(float(spin.axis @ spin.reference))
        both = barrier_top(spin.axial_potential) is not None
    elif spin.modulations or np.any(spin.damping_like):
        both = not _destabilised(spin)
    else:
        found = barrier(spin.landscape, spin.reference)
        both = found is not None
        if found is not None:
            difference = found.parallel[0].direction - found.antiparallel[0].direction
            check_alignment(float(difference @ spin.reference))
    if not both:
        raise ParameterError(
            f"the junction has no second well under {'its field and torque' if bias is None else described(bias)}, so "
            "there is no second dwell time; bring the bias nearer to zero, or give thresholds of m.p, such as "
            "(-0.5, 0.5), to read its trace with"
        )


def _destabilised(spin: Macrospin) -> bool:
    """Return whether torque and modulations leave one of the two wells that the energy has without a stable state.

    The equilibria are followed as the torque grows; False where the energy alone does not have two wells.
    """
    at_rest = replace(spin, damping_like=(0.0, 0.0, 0.0), modulations=())
    found = barrier(at_rest.landscape, spin.reference)
    if found is None:
        return False

    def torque(m: Array, share: float) -> Array:
        return np.asarray((1.0 - share) * at_rest.drift(m) + share * spin.drift(m))

    for well in (found.parallel[0], found.antiparallel[0]):
        if not well.ring_radius:
            lost = critical_drive(torque, well.direction, 1.0, span=1.0)
            if lost is not None and lost < 1.0:
                return True
    return False


def _hysteresis_dwell_times(spin: Macrospin, low: float, high: float) -> MeanDwellTimes:
    axis = spin.axis
    assert axis is not None  # for the type checker; the caller has seen to it
    sign = 1.0 if axis @ spin.reference > 0 else -1.0
    potential = spin.axial_potential
    levels = chebyshev.chebval(np.linspace(-1, 1, 513), potential)
    reference = float(levels.max())
    if not reference - float(levels.min()) < MAXIMUM_EXPONENT:
        raise SimulationError(
            f"the energy varies by {reference - float(levels.min()):.4g} kT over the sphere, more than the "
            f"{MAXIMUM_EXPONENT:g} kT that float64 holds; raise the temperature"
        )

    def segment(start: float, end: float, count: int = 400) -> tuple[Array, Array, Array]:
        x, w = roots_legendre(count)
        c = start + (end - start) * (x + 1) / 2
        u = chebyshev.chebval(sign * c, potential) - reference
        return c, w * (end - start) / 2, np.exp(u)

    below = segment(-1.0, low)
    above = segment(high, 1.0)
    c, w, rho = segment(low, high)
    slope = 1.0 / ((1 - c**2) * rho)
    resistance = float(w @ slope)
    # q = int_low^c slope / resistance; double integrals by exchanging the order.
    x, wx = roots_legendre(c.size)
    inside = 0.0
    for weight, end, density in zip(w, c, rho, strict=True):
        part = low + (end - low) * (x + 1) / 2
        u = chebyshev.chebval(sign * part, potential) - reference
        inner = (end - low) / 2 * float(wx @ (np.exp(-u) / (1 - part**2)))
        inside += weight * density * inner / resistance
    rising = float(above[1] @ above[2]) + inside
    falling = float(below[1] @ below[2]) + float(w @ rho) - inside
    scale = resistance / spin.diffusion
    return MeanDwellTimes(float(rising * scale), float(falling * scale), np.nan)
