"""White noise of many two-level devices whose voltages add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from mtjphys.core.quantity import Quantity
from mtjphys.learning.noise.coins import Amplitude, Coins, Probability
from mtjphys.learning.noise.source import NOISES


@NOISES.register("binomial")
@dataclass
class BinomialNoise(Coins):
    """White noise of `n` coins, ``V = amplitude k`` with k ~ Binomial(n, p) in each sample and unit anew.

    The volts are raw, as n two-level devices whose voltages add give them, not centred: their mean is ``amplitude n
    p``. ``offset=noise.mean`` centres the perturbation, which learning from the difference of two passes does not need.

    Parameters
    ----------
    n : int
        Coins, 1 to 1000.
    p : float
        Probability that a coin adds `amplitude`, 0 to 1.
    amplitude : float
        V, above 0.
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
    >>> noise = BinomialNoise(10, 0.5, 0.002, seed=1)
    >>> noise.offset = noise.mean
    >>> noise.offset, noise.volts(64, 110).shape
    (0.01, (64, 110))
    """

    n: Annotated[int, Quantity("coins", 1, 1000, (), "more are as good as Gaussian: use GaussianNoise")]
    p: Probability
    amplitude: Amplitude
