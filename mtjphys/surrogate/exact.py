"""Two states with the exact rates of a junction, from its Fokker-Planck equation."""

from __future__ import annotations

import math
import warnings

import numpy as np
from numpy.typing import ArrayLike

from mtjphys import fokker_planck
from mtjphys.bias import Bias
from mtjphys.core.errors import MtjphysWarning, ParameterError
from mtjphys.junction import JunctionLike, as_mtj
from mtjphys.junction.spin import macrospin
from mtjphys.surrogate.fluctuations import DEVIATES
from mtjphys.surrogate.tables import grid, in_words
from mtjphys.surrogate.two_state import TwoState, with_rates
from mtjphys.surrogate.wells import wells
from mtjphys.theory import escape_rates

SMALLEST_SEPARATION = 5.0
"""Second over first relaxation rate below which two states are refused; a barrier of about 1.5 kT."""

GOOD_SEPARATION = 12.0
"""Separation below which they are warned of; a barrier of about 3 kT."""


def from_fokker_planck(
    junction: JunctionLike,
    *,
    voltages: ArrayLike = (0.0,),
    fields: ArrayLike = ((0.0, 0.0, 0.0),),
    temperatures: ArrayLike = (300.0,),
    series_resistance: float = 0.0,
    rtol: float = 1e-4,
) -> TwoState:
    r"""Return the two-state surrogate with the exact rates of a junction.

    The rates are those of `fokker_planck.dwell_times` without thresholds, behind the series resistance if one is
    given. The distribution of m.p in each state is the stationary one on its side of the least probable m.p
    between the wells; its correlation time is that of the linearised equation about the stable state, with J its
    Jacobian, S the covariance (:math:`JS + SJ^T + 2D = 0`), l the projection of p on the tangent plane and
    :math:`m\cdot p = c_0 (1 - |x|^2/2) + l\cdot x`:

    .. math::

        \tau = \frac{c_0^2\,\mathrm{tr}X/2 - l^TJ^{-1}Sl}{c_0^2\,\mathrm{tr}S^2/2 + l^TSl}, \qquad
        JX + XJ^T + S^2 = 0.

    It is what sets the noise at low frequency, and good to some per cent at a barrier of 10 kT and more.

    Parameters
    ----------
    junction : MTJ, str or Path
        The junction, the name of a preset, or the path of a TOML file.
    voltages : array_like
        Of the source in V, rising; one, or three or more.
    fields : array_like (f, 3)
        In T, points of a straight line, rising along it.
    temperatures : array_like
        In K, rising.
    series_resistance : float
        ohm, between source and junction: the circuit the rates are exact in.
    rtol : float
        Relative accuracy asked of each rate.

    Returns
    -------
    TwoState
        Its `error` holds the error of interpolation and that of two states.

    Raises
    ------
    ParameterError
        If two states do not describe the junction, with the reason: the second relaxation rate is less than
        `SMALLEST_SEPARATION` times the first (an easy plane, a barrier below about 1.5 kT), the states have the same
        m.p, or one of them is not stable.
    SimulationError
        If `rtol` cannot be reached.

    Warns
    -----
    MtjphysWarning
        If the separation is below `GOOD_SEPARATION` (a barrier below about 3 kT), or a rate is the asymptotic one,
        whose error then is the `node_error`.

    Examples
    --------
    >>> import mtjphys as mp
    >>> device = mp.surrogate.from_fokker_planck(mp.presets.funatsu_2022(), voltages=[-0.02, -0.01, 0.0, 0.01, 0.02])
    >>> device.error < 0.02
    True
    """
    junction = as_mtj(junction)
    axes, shape = grid(voltages, fields, temperatures)
    dwell, memory = np.empty((2, *shape)), np.empty((2, *shape))
    cosines = np.empty((2, *shape, DEVIATES.size))
    smallest, weakest, worst = math.inf, Bias(), rtol
    for place in np.ndindex(shape):
        x, y, z = map(float, axes[1][place[1]])
        bias = Bias(
            voltage=float(axes[0][place[0]]),
            field=(x, y, z),
            temperature=float(axes[2][place[2]]),
            series_resistance=series_resistance,
        )
        spin = macrospin(junction, bias)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", MtjphysWarning)
            try:
                times = fokker_planck.dwell_times(spin, rtol=rtol)
            except ParameterError as error:
                raise ParameterError(f"two states do not describe this junction at {in_words(bias)}: {error}") from None
        separation = times.separation
        if math.isnan(separation):
            # Not needed for a high barrier, in which the second rate is faster than free diffusion.
            separation = spin.diffusion / (1.0 / times.parallel + 1.0 / times.antiparallel)
            for warning in caught:  # the asymptotic rate
                worst = max(worst, escape_rates(spin).relative_error)
                warnings.warn(warning.message, stacklevel=2)
        if separation < SMALLEST_SEPARATION:
            raise ParameterError(
                f"two states do not describe this junction at {in_words(bias)}: its second relaxation rate is only "
                f"{separation:.3g} times the first (at least {SMALLEST_SEPARATION:g} are needed, a barrier of about "
                "1.5 kT); simulate the junction itself"
            )
        if separation < smallest:
            smallest, weakest = separation, bias
        dwell[(slice(None), *place)] = times.parallel, times.antiparallel
        for state, (quantiles, time) in enumerate(wells(spin, in_words(bias))):
            cosines[(state, *place)], memory[(state, *place)] = quantiles, time
    if smallest < GOOD_SEPARATION:
        warnings.warn(
            f"at {in_words(weakest)} the second relaxation rate is only {smallest:.3g} times the first, a barrier "
            f"below about 3 kT: two states leave out about {100 / smallest:.2g} % of the rates",
            MtjphysWarning,
            stacklevel=2,
        )
    return with_rates(
        axes,
        1.0 / dwell,
        cosines,
        memory,
        resistance_parallel=junction.resistance_parallel,
        tunnel_magnetoresistance=junction.barrier.tunnel_magnetoresistance,
        half_voltage=junction.barrier.half_voltage,
        series_resistance=float(series_resistance),
        two_state_error=1.0 / smallest,
        node_error=worst,
        origin=f"Fokker-Planck equation of {junction.name or 'a junction'}",
    )
