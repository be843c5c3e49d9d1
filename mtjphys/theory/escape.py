"""Escape from any well, at any damping."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import ive

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.junction import JunctionLike
from mtjphys.junction.spin import resolve
from mtjphys.macrospin import energy
from mtjphys.macrospin.energy import Landscape, States
from mtjphys.macrospin.spin import Macrospin
from mtjphys.theory.checks import Floats, diffusion_rate, warn_outside
from mtjphys.theory.turnover import action, turnover
from mtjphys.theory.uniaxial import brown

LOWEST_BARRIER = 3.0
"""Over kB T, of the range of `escape_rates`."""


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
    losses = [max(alpha * action(landscape, well, passes[0].energy) / thermal, 1e-9) for well in both]
    depopulation = max(turnover(losses, heights[1] if len(passes) > 1 else math.inf), floor)
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
    attempt = diffusion_rate(anisotropy_field, spin.damping, spin.gyromagnetic_ratio) * math.sqrt(barrier / math.pi)
    parallel, antiparallel = (attempt * brown(np.array(barrier), np.array(x)) for x in (drive, -drive))
    return EscapeRates(float(parallel), float(antiparallel), barriers, 1.0, 1.5 / min(barriers) ** 2)


def escape_rates(junction: JunctionLike | Macrospin, bias: Bias | None = None) -> EscapeRates:
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
    junction : MTJ, str, Path or fokker_planck.Macrospin
        The junction, the name of a preset, or the path of a TOML file; a `Macrospin` is the same in
        plain numbers and holds its bias.
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
    spin = resolve(junction, bias)
    axis = spin.axis
    if spin.modulations or (axis is None and np.any(spin.damping_like)):
        raise ParameterError(
            "this spin torque follows the state or is not collinear with an axial energy, and no closed form holds the "
            "escape; use fokker_planck or rare_events, or set the voltage to zero"
        )
    rates = _escape_over_saddles(spin) if axis is None else _escape_over_ring(spin, axis)
    warn_outside(
        "the lower barrier over kB T",
        min(rates.barriers),
        LOWEST_BARRIER,
        math.inf,
        "this is not thermal activation; use fokker_planck",
    )
    return rates
