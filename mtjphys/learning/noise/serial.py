"""One device read serially by all units: the worst case of shared noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.learning.noise.inner import PassesOn
from mtjphys.learning.noise.source import NOISES, NoiseSource, check_request


@NOISES.register("serial")
@dataclass
class SerialNoise(PassesOn):
    """One stream of any source, handed out from unit to unit and then from sample to sample.

    Unit u of sample s gets reading ``s n_units + u`` of the one unit that the inner source feeds, as Koenders et
    al. read their measured junction. Neighbouring units see noise that is correlated by its
    autocorrelation, ``0.84**k`` at a distance of k units for the chain of `TelegraphNoise`.

    A record is read in this way by `RecordedNoise` itself, and live junctions by `JunctionNoise` with ``lanes=1``.

    Parameters
    ----------
    inner : NoiseSource
        Feeds one unit, and nobody else.

    Attributes
    ----------
    gain, offset : float
        Conversion to pre-activation: that of the inner source, also when it is set.

    References
    ----------
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025), arXiv:2412.12783.

    Examples
    --------
    >>> from mtjphys.learning import TelegraphNoise
    >>> volts = SerialNoise(TelegraphNoise(seed=1)).volts(2, 3)
    >>> bool((volts.ravel() == TelegraphNoise(seed=1).volts(6, 1)[:, 0]).all())
    True
    """

    inner: Annotated[NoiseSource, NOISES]

    def volts(self, n_samples: int, n_units: int) -> NDArray[np.float32]:
        """Return the next voltages of every unit; their number may change from call to call.

        Parameters
        ----------
        n_samples, n_units : int
            Samples to draw and units to feed.

        Returns
        -------
        ndarray of float32, shape (n_samples, n_units)
            Voltages in V.

        Raises
        ------
        ParameterError
            If a number is below 1.
        """
        check_request(n_samples, n_units, None)
        return self.inner.volts(n_samples * n_units, 1).reshape(n_samples, n_units)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the state of the inner source."""
        return self.inner.state_dict()

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the source that made `state` stopped."""
        self.inner.load_state_dict(state)
