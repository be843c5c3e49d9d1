"""Switching probabilities and their derivatives with respect to the parameters of a junction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.fokker_planck.changes import shift_of
from mtjphys.fokker_planck.expansion import general_probability
from mtjphys.fokker_planck.pulses import check_pulse, pulse_and_start, solver, start_of
from mtjphys.fokker_planck.sensitivities import Sensitivity
from mtjphys.fokker_planck.volumes import axial_probability
from mtjphys.junction.given import as_mtj
from mtjphys.macrospin.spin import Macrospin

if TYPE_CHECKING:
    from mtjphys.junction import JunctionLike

_STEP = 1e-4  # relative change of a parameter, far above rounding


def pulse_sensitivities(
    junction: JunctionLike,
    bias: Bias | None = None,
    durations: npt.ArrayLike = (),
    names: Sequence[str] = (),
    quantity: Literal["switching_probability", "write_error"] = "switching_probability",
    *,
    start: Bias | None = None,
    initial: str = "parallel",
    settle: float = 0.0,
    rtol: float = 1e-4,
) -> Sensitivity:
    r"""Return probabilities after a pulse and their derivatives by parameters of the junction.

    Along an axis they are the derivatives of the solution itself: its equation is linear in what a parameter changes,
    and takes the same eliminations. Otherwise they are central differences of solutions between the weights and at the
    degree at which the value was found stable: what these leave out is then the same on both sides, and there is no
    search for the degree. Any number of durations costs as much as one.

    Parameters
    ----------
    junction : MTJ, str or Path
        The junction, the name of a preset, or a TOML file.
    bias : Bias, optional
        Constant bias during the pulse.
    durations : array_like
        Of the pulse in seconds, 0 or more, in any order.
    names : sequence of str
        Parameters by their path, as in `sensitivities`.
    quantity : {"switching_probability", "write_error"}
        What `switching_probability` returns, or `write_error`.
    start : Bias, optional
        Before and after the pulse; by default `bias` with voltage (or current) 0.
    initial : {"parallel", "antiparallel"}
        The well at the start.
    settle : float
        Time under `start` between the end of the pulse and reading the state, in seconds.
    rtol : float
        Relative accuracy asked for.

    Returns
    -------
    Sensitivity
        Probabilities, of the shape of `durations`, and derivatives, of shape (names, \*durations).

    Raises
    ------
    ParameterError
        As `switching_probability` does, or if a name is unknown.
    SimulationError
        If `rtol` cannot be reached, or would take minutes.

    Examples
    --------
    >>> import mtjphys as mp
    >>> from mtjphys.fokker_planck import pulse_sensitivities
    >>> layer = mp.FreeLayer(
    ...     saturation_magnetisation=1e6, volume=4e-24, damping=0.1,
    ...     demagnetising_factors=(0, 0, 0), uniaxial_anisotropy=(4e4, (0, 0, 1)))
    >>> junction = mp.MTJ(free_layer=layer, barrier=mp.Barrier(damping_like_per_volt=0.05))
    >>> found = pulse_sensitivities(
    ...     junction, mp.Bias(voltage=0.4), [1e-9, 2e-9], ["free_layer.damping"], initial="antiparallel")
    >>> found.derivatives.shape, bool((found.derivatives < 0).all())  # damping holds the junction back
    ((1, 2), True)
    """
    if quantity not in ("switching_probability", "write_error"):
        raise ParameterError(f'quantity={quantity!r} is unknown; use "switching_probability" or "write_error"')
    junction = as_mtj(junction)
    spin, before = pulse_and_start(junction, bias, start)
    times, rtol = check_pulse(durations, initial, settle, rtol)
    if times.size == 0:
        return Sensitivity(np.zeros(times.shape), np.zeros((len(names), *times.shape)))
    well = 1 if initial == "parallel" else -1
    final = -well if quantity == "switching_probability" else well
    ascending, place = np.unique(times, return_inverse=True)
    given, rest = Bias() if bias is None else bias, start_of(bias, start)
    shifts = [shift_of(junction, given, name, _STEP) for name in names]
    changes = [(shift.under(given), shift.under(rest)) for shift in shifts]
    if solver(spin, before) is axial_probability:
        assert spin.axis is not None and before.axis is not None  # for the type checker
        along = [(pulse.about(spin.axis), quiet.about(before.axis)) for pulse, quiet in changes]
        values, derivatives = axial_probability(spin, before, ascending, well, final, settle, rtol, along)
    else:
        values, at = general_probability(spin, before, ascending, well, final, settle, rtol)

        def found(pulse: Macrospin, quiet: Macrospin) -> npt.NDArray[np.float64]:
            return general_probability(pulse, quiet, ascending, well, final, settle, 1e-2 * rtol, at)[0]

        derivatives = np.array(
            [
                (found(pulse.above, quiet.above) - found(pulse.below, quiet.below)) / pulse.step
                for pulse, quiet in changes
            ]
        ).reshape(len(names), ascending.size)
    return Sensitivity(values[place].reshape(times.shape), derivatives[:, place].reshape(len(names), *times.shape))
