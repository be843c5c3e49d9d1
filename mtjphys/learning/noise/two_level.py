"""What is behind the two levels of a chain, and what becomes of the chain where devices differ."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.constants import Boltzmann

from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import Parameters
from mtjphys.core.quantity import Quantity
from mtjphys.junction.variability import Deviations
from mtjphys.learning.noise.chains import ChainLaw, Floats


class TwoLevelDevice(Parameters):
    r"""The junction behind a two-level chain; the defaults belong to that of Koenders et al.

    A chain is known by its levels and its probabilities to flip; how these change with resistance, barrier and stray
    field is a matter of the device. The levels are read behind a divider, :math:`V = V_s R/(R + R_s)`. The
    probabilities p to leave the low and the high state from one reading to the next belong to rates k and the time dt
    between readings, :math:`(k_l+k_h)\,dt = -\ln(1-p_l-p_h)` and :math:`k_l/k_h = p_l/p_h`. A device whose barrier is
    higher by b and whose wells are tilted by x, both in units of kB T, leaves its low state at the rate :math:`k_l
    e^{-x-b}` and its high one at :math:`k_h e^{x-b}` (Neel, Brown); the probability to be found in the high state one
    reading after the low one is :math:`k_l/(k_l+k_h)\,(1 - e^{-(k_l+k_h)dt})`. The tilt by a stray field B along the
    reference direction, which favours the low, parallel level, is :math:`x = mB/(k_B T)`, to first order in the field
    over the anisotropy field.

    Parameters
    ----------
    source_voltage, series_resistance : float
        :math:`V_s` in V and :math:`R_s` in ohm of the divider.
    barrier : float
        Of the nominal device, in kB T.
    moment : float
        m = Ms V, A m^2.
    temperature : float
        K.
    stray_field : float
        Beside what the nominal chain has seen, along the reference direction, in T.

    Raises
    ------
    ParameterError
        If a parameter is outside its range.

    References
    ----------
    W. F. Brown, Phys. Rev. 130, 1677 (1963); K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025).
    """

    source_voltage: Annotated[float, Quantity("V", 0.0, 50.0, (), "in V", open_low=True)] = 0.1
    series_resistance: Annotated[float, Quantity("ohm", 0.0, 1e12, (), "in ohm", open_low=True)] = 1e4
    barrier: Annotated[float, Quantity("kB T", 0.0, 1e3)] = Field(default=14.0)
    moment: Annotated[float, Quantity("A m^2", 0.0, 1e-12, (), "Ms V, 1e-18 for a nanometre-thin disc")] = 9.33e-18
    temperature: Annotated[float, Quantity("K", 0.0, 2000.0, (), "in K", open_low=True)] = 300.0
    stray_field: Annotated[float, Quantity("T", -1.0, 1.0, (), "in T: if this is in mT, multiply by 1e-3")] = 0.0

    @property
    def tesla(self) -> float:
        """The stray field that tilts the wells by kB T, T."""
        return Boltzmann * self.temperature / self.moment

    def chains(self, nominal: ChainLaw, deviations: Deviations) -> ChainLaw:
        """Return the law of each unit's chain.

        Parameters
        ----------
        nominal : ChainLaw
            Of the nominal device, with numbers.
        deviations : Deviations
            Of each unit's device.

        Returns
        -------
        ChainLaw
            Levels and probabilities of each unit.

        Raises
        ------
        ParameterError
            If the chain has no memory, hence no rates, or its levels are not those of the divider.

        Examples
        --------
        >>> from mtjphys.junction import Spread
        >>> device = TwoLevelDevice(stray_field=-0.444e-3)  # the wells are tilted by 1 kB T towards the high level
        >>> law = device.chains(ChainLaw(0.042, 0.006, 0.08, 0.08, 0.001), Spread().deviations(3))
        >>> (law.up / (law.up + law.down)).round(3).tolist()  # 1/(1 + e^-2)
        [0.881, 0.881, 0.881]
        """
        n_units = deviations.barrier.size
        mean, amplitude = np.full(n_units, nominal.mean), np.full(n_units, nominal.amplitude)
        if np.any(deviations.resistance != 1.0) or np.any(deviations.tunnel_magnetoresistance != 1.0):
            low, high = self._levels(nominal, deviations)
            mean, amplitude = 0.5 * (low + high), 0.5 * (high - low)
        barrier = self.barrier * (deviations.barrier - 1.0)
        tilt = (self.stray_field + deviations.stray_field) / self.tesla
        up, down = float(nominal.up), float(nominal.down)
        if not (np.any(barrier) or np.any(tilt)):
            return ChainLaw(mean, amplitude, np.full(n_units, up), np.full(n_units, down), nominal.sigma)
        if not 0.0 < up + down < 1.0:
            raise ParameterError(
                f"flip_probability={up if up == down else (up, down)} belongs to no rates of flipping, which barrier "
                "and stray field would change: give probabilities whose sum is between 0 and 1 (one number: below 0.5)"
            )
        scale = -math.log1p(-up - down) / (up + down)  # k dt over p
        rise, fall = scale * up * np.exp(-tilt - barrier), scale * down * np.exp(tilt - barrier)
        moved = -np.expm1(-rise - fall) / (rise + fall)
        return ChainLaw(mean, amplitude, rise * moved, fall * moved, nominal.sigma)

    def _levels(self, nominal: ChainLaw, deviations: Deviations) -> tuple[Floats, Floats]:
        """Return the levels of devices that differ in resistance, V."""
        supply, series = self.source_voltage, self.series_resistance
        low, high = float(nominal.mean - nominal.amplitude), float(nominal.mean + nominal.amplitude)
        if not (low > 0.0 and high < supply):
            raise ParameterError(
                f"levels of {low:g} and {high:g} V cannot be read behind a divider of source_voltage={supply:g} V; "
                "give levels between 0 and the source voltage"
            )
        nominal_parallel, nominal_antiparallel = (series * level / (supply - level) for level in (low, high))
        ratio = (nominal_antiparallel / nominal_parallel - 1.0) * deviations.tunnel_magnetoresistance
        parallel = nominal_parallel * deviations.resistance
        antiparallel = parallel * (1.0 + ratio)
        return supply * parallel / (parallel + series), supply * antiparallel / (antiparallel + series)
