"""Switching probability and write error of a pulse."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mtjphys.bias import Bias
from mtjphys.core.checks import nonnegative
from mtjphys.core.errors import MtjphysWarning, ParameterError
from mtjphys.fokker_planck.expansion import general_probability
from mtjphys.fokker_planck.volumes import axial_probability
from mtjphys.junction.spin import resolve
from mtjphys.macrospin.favoured import already_there, favoured
from mtjphys.macrospin.spin import Macrospin

if TYPE_CHECKING:
    from mtjphys.junction import JunctionLike

Array = npt.NDArray[np.float64]


def switching_probability(
    junction: JunctionLike | Macrospin,
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
    volumes in the polar angle with Richardson extrapolation, and keep the relative accuracy down to 1e-15: 2 to 30 ms
    for a curve of any number of durations at barriers up to 100 kT, 0.2 s at 400 kT. All others take spherical
    harmonics: relative accuracy down to 1e-8 and absolute below, 0 with a warning where nothing is left
    (below 1e-11 at the default `rtol`); 0.1 to 90 s, most at low damping and for thin films.

    Parameters
    ----------
    junction : MTJ, str, Path or Macrospin
        The junction, the name of a preset, or the path of a TOML file; with a `Macrospin`, leave `bias` out.
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

    Warns
    -----
    MtjphysWarning
        If the pulse drives towards the state that it starts from, and does not switch it.

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
    >>> print(switching_probability(spin, durations=np.array([2, 4]) * tau, initial="antiparallel").round(4))
    [0.5495 0.99  ]
    """
    spin, before = pulse_and_start(junction, bias, start)
    return _probability(spin, before, durations, initial, settle, rtol, switched=True)


def write_error(
    junction: JunctionLike | Macrospin,
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
    volumes in the polar angle with Richardson extrapolation, and keep the relative accuracy down to 1e-15: 2 to 30 ms
    for a curve of any number of durations at barriers up to 100 kT, 0.2 s at 400 kT. All others take spherical
    harmonics: relative accuracy down to 1e-8 and absolute below, 0 with a warning where nothing is left
    (below 1e-11 at the default `rtol`); 0.1 to 90 s, most at low damping and for thin films.

    Parameters
    ----------
    junction : MTJ, str, Path or Macrospin
        The junction, the name of a preset, or the path of a TOML file; with a `Macrospin`, leave `bias` out.
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

    Warns
    -----
    MtjphysWarning
        If the pulse drives towards the state that it starts from, and does not switch it.

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
    >>> print(write_error(spin, durations=np.array([2, 4]) * tau, initial="antiparallel").round(5))
    [0.45045 0.01002]
    """
    spin, before = pulse_and_start(junction, bias, start)
    return _probability(spin, before, durations, initial, settle, rtol, switched=False)


def pulse_and_start(
    junction: JunctionLike | Macrospin, bias: Bias | None, start: Bias | Macrospin | None
) -> tuple[Macrospin, Macrospin]:
    """Return the numbers during the pulse, and before and after it."""
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
    return spin, resolve(junction, start_of(bias, start))


def start_of(bias: Bias | None, start: Bias | None) -> Bias:
    """Return the bias before and after the pulse: what was given, or that of the pulse without voltage or current."""
    if start is not None:
        return start
    given = Bias() if bias is None else bias
    return given.model_copy(update={"voltage": 0.0} if given.current is None else {"current": 0.0})


def _probability(
    spin: Macrospin,
    start: Macrospin,
    durations: npt.ArrayLike,
    initial: str,
    settle: float,
    rtol: float,
    switched: bool,
) -> Array:
    times, rtol = check_pulse(durations, initial, settle, rtol)
    if times.size == 0:
        return np.zeros(times.shape)
    well = 1 if initial == "parallel" else -1
    ascending, place = np.unique(times, return_inverse=True)
    values, _ = solver(spin, start)(spin, start, ascending, well, -well if switched else well, settle, rtol)
    stays = values < 0.5 if switched else values > 0.5
    if stays.all() and favoured(spin, start) == well:
        warnings.warn(already_there(initial), MtjphysWarning, stacklevel=3)
    return values[place].reshape(times.shape)


def check_pulse(durations: npt.ArrayLike, initial: str, settle: float, rtol: float) -> tuple[Array, float]:
    """Return durations and rtol, or raise."""
    times = nonnegative("durations", durations, "s")
    nonnegative("settle", settle, "s")
    if initial not in ("parallel", "antiparallel"):
        raise ParameterError(f'initial={initial!r} is unknown; use "parallel" or "antiparallel"')
    if not (isinstance(rtol, int | float | np.number) and 1e-6 <= rtol < 1):
        raise ParameterError(f"rtol={rtol!r} is outside [1e-6, 1); 1e-4 is usual")
    return times, float(rtol)


def solver(spin: Macrospin, start: Macrospin) -> Any:
    """Return what solves for a pulse: by finite volumes along a common axis, by harmonics otherwise."""
    axes = spin.axis, start.axis
    if axes[0] is not None and axes[1] is not None and abs(axes[0] @ axes[1]) > 1 - 1e-12:
        return axial_probability
    return general_probability
