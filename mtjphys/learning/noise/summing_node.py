"""The analogue circuit that brings a junction to a network: the summing node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.declared import Declared
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.quantity import Quantity, check_range
from mtjphys.learning.noise.inner import check_raw
from mtjphys.learning.noise.live import LiveNoise
from mtjphys.learning.noise.source import NOISES, Gain, NoiseSource, Offset, Usage


@NOISES.register("summing_node")
@dataclass
class SummingNode(Declared):
    r"""The analogue summing node: the junction as one more input branch of an operational amplifier.

    An inverting amplifier with feedback resistor :math:`R_0` adds the currents of its branches at a virtual ground,
    :math:`V = -R_0\sum_i V_i/R_i`. A branch of a junction at the voltage :math:`V_\varepsilon` adds

    .. math:: \varepsilon(t) = -\frac{R_0 V_\varepsilon}{R(t)}, \qquad
        \varepsilon_{AP} - \varepsilon_P = R_0 V_\varepsilon\Big(\frac1{R_P} - \frac1{R_{AP}}\Big)

    to the pre-activation: the noise is proportional to the conductance, and its step is set by
    :math:`R_0 V_\varepsilon`, whose sign turns it over. The amplifier is ideal; its mean,
    :math:`-R_0V_\varepsilon\langle1/R\rangle`, is left in unless `offset` takes it out.

    Parameters
    ----------
    inner : NoiseSource
        `JunctionNoise` at a constant voltage :math:`V_\varepsilon` without series resistance, which is what the
        virtual ground gives; or, with `divider`, any source of volts across a junction. A circuit takes its raw volts:
        leave its gain and offset alone.
    feedback_resistance : float
        :math:`R_0`, ohm.
    voltage : float, optional
        :math:`V_\varepsilon`, V, other than 0; only with a `divider`.
    divider : (float, float), optional
        Source voltage U (V) and series resistance (ohm) behind which the volts V of `inner` were read:
        ``R = R_s V/(U - V)``. The junction is taken to do at :math:`V_\varepsilon` what it did there, and `usage` is
        what it spent there, behind the divider.
    gain, offset : float
        Conversion to pre-activation, ``gain (V - offset)``, in 1/V and V.

    Raises
    ------
    ParameterError
        If a parameter is out of range, the voltage at the junction is not known or not constant, or the inner source
        has a gain or offset of its own.

    References
    ----------
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025), Figure 1 and circuit proposal.

    Examples
    --------
    >>> from mtjphys.learning import TelegraphNoise
    >>> recorded = TelegraphNoise(sigma=0.0, seed=1)  # levels of 36.2 and 48.0 mV: 5.67 and 9.24 kohm
    >>> node = SummingNode(recorded, 1e3, voltage=0.1, divider=(0.1, 1e4))
    >>> np.unique(node.volts(100, 1)).astype(float).round(5).tolist()
    [-0.01765, -0.01082]
    """

    inner: Annotated[NoiseSource, NOISES]
    feedback_resistance: Annotated[float, Quantity("ohm", 0.0, 1e12, open_low=True)]
    voltage: float | None = field(default=None, kw_only=True)
    divider: tuple[float, float] | None = field(default=None, kw_only=True)
    gain: Gain = field(default=1.0, kw_only=True)
    offset: Offset = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_raw(self.inner)
        if self.divider is not None:
            if len(self.divider) != 2:
                raise ParameterError(f"divider={self.divider!r} is not a pair: give (source voltage in V, ohm)")
            if self.voltage is None:
                raise ParameterError("a divider without voltage: give the voltage of the branch in V")
            check_range("voltage", abs(self.voltage), "V", 0.0, 10.0, open_low=True)
            check_range("divider's source voltage", abs(self.divider[0]), "V", 0.0, 50.0, open_low=True)
            check_range("divider's series resistance", self.divider[1], "ohm", 0.0, 1e12, open_low=True)
            return
        if self.voltage is not None:
            raise ParameterError(
                f"voltage={self.voltage:g} V without a divider: leave it out, it is that of the junction's bias"
            )
        self._junctions()

    def _junctions(self) -> tuple[LiveNoise, float]:
        """Return the inner source and the voltage of its bias, V, or raise if it cannot be a branch."""
        if not isinstance(self.inner, LiveNoise):
            raise ParameterError(
                f"{type(self.inner).__name__} gives no resistances: give a JunctionNoise, or the divider=(source "
                "voltage in V, series resistance in ohm) that its volts come from"
            )
        bias = self.inner.bias
        low, high = bias.bounds()[0]
        if bias.source != "voltage" or bias.series_resistance != 0.0 or low != high or low == 0.0:
            raise ParameterError(
                "a branch of the summing node puts a constant voltage across the junction: give its bias a voltage "
                "other than 0 V, and no series_resistance or current"
            )
        return self.inner, float(low)

    def volts(self, n_samples: int, n_units: int) -> NDArray[np.float32]:
        """Return what the branch adds to every pre-activation.

        Parameters
        ----------
        n_samples, n_units : int
            As for the inner source.

        Returns
        -------
        ndarray of float32, shape (n_samples, n_units)
            Voltages in V.

        Raises
        ------
        DataError
            If the volts of the inner source lie outside the divider.
        """
        if self.divider is None:
            junctions, voltage = self._junctions()
            branch = voltage / junctions.resistances(n_samples, n_units)
        else:
            assert self.voltage is not None
            read = self.inner.volts(n_samples, n_units).astype(np.float64)
            applied, series = self.divider
            share = read / applied
            if not np.all((share > 0.0) & (share < 1.0)):
                raise DataError(
                    f"the inner source reads {read.min():.4g} to {read.max():.4g} V behind a divider of {applied:g} V: "
                    "a junction reads between 0 V and that; give the voltage of the divider the volts come from"
                )
            branch = self.voltage * (1.0 - share) / (series * share)
        return np.asarray(-self.feedback_resistance * branch, np.float32)

    @property
    def usage(self) -> Usage | None:
        """What the junctions of the inner source have spent; None for one that does not count."""
        return getattr(self.inner, "usage", None)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the state of the inner source."""
        return self.inner.state_dict()

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the source that made `state` stopped."""
        self.inner.load_state_dict(state)
