"""White noise of two levels."""

from __future__ import annotations

from dataclasses import dataclass, field

from mtjphys.learning.noise.coins import Amplitude, Coins, Probability
from mtjphys.learning.noise.source import NOISES


@NOISES.register("bernoulli")
@dataclass
class BernoulliNoise(Coins):
    """White noise of two levels, `amplitude` with probability `p` and 0 V else, in each sample and unit anew.

    The volts are raw, not centred: their mean is ``amplitude p``. ``offset=noise.mean`` centres the perturbation, which
    learning from the difference of two passes does not need.

    Parameters
    ----------
    p : float
        Probability of the high level, 0 to 1.
    amplitude : float
        The high level, above 0 V.
    seed : int or None
        Seed, kept; None draws one. Unit k draws from ``SeedSequence(seed, spawn_key=(k,))``.
    gain, offset : float
        Conversion to pre-activation, ``gain (V - offset)``, in 1/V and V.

    Raises
    ------
    ParameterError
        If a parameter is not finite or outside its range.

    References
    ----------
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025), Fig. 3.

    Examples
    --------
    >>> import numpy as np
    >>> noise = BernoulliNoise(0.7, 0.01, seed=1)
    >>> np.unique(noise.volts(64, 110)).size
    2
    >>> round(noise.mean, 5), round(noise.standard_deviation, 5)
    (0.007, 0.00458)
    """

    p: Probability
    amplitude: Amplitude
    n: int = field(default=1, init=False, repr=False)
