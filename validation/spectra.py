"""How the cases estimate spectra: averaged periodograms, and fits by Whittle's likelihood."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.signal import welch

Array = NDArray[np.float64]

GROUPS = 16


class Spectra(NamedTuple):
    """One-sided spectra (unit^2/Hz) by groups of lanes, shape (groups, ..., frequencies), and samples a second."""

    frequency: Array
    density: Array
    rate: float

    def within(self, low: float, high: float) -> "Spectra":
        """Return the part with low <= f < high in Hz."""
        used = (self.frequency >= low) & (self.frequency < high)
        return Spectra(self.frequency[used], self.density[..., used], self.rate)


def averaged(signals: Iterable[Array], rate: float) -> Spectra:
    """Return the periodograms (Hann window, mean removed) of all `signals`, averaged over the lanes of each group.

    Each signal has shape (lanes, ..., samples), the lanes a multiple of `GROUPS`, with `rate` samples a second.
    """
    total: Array | float = 0.0
    count = 0
    for signal in signals:
        signal = np.ascontiguousarray(signal)
        frequency, density = welch(signal, rate, nperseg=signal.shape[-1], detrend="constant")
        total = total + density.reshape(GROUPS, -1, *density.shape[1:]).mean(axis=1)
        count += 1
    return Spectra(frequency, np.asarray(total / count), rate)


def whittle(found: Spectra, law: Callable[[Array, Array], Array], start: Array) -> Array:
    """Return the positive parameters of ``law(frequency, parameters)`` of every group, shape (groups, parameters).

    They minimise the mean of ``ln S + P/S`` over all frequencies, with P the periodogram and S the law. A parameter
    that starts at zero stays there.
    """

    def unlikeliness(logarithms: Array, density: Array) -> float:
        expected = law(found.frequency, start * np.exp(logarithms))
        return float(np.mean(np.log(expected) + density / expected))

    options = {"xatol": 1e-5, "fatol": 1e-10}
    fits = [
        minimize(unlikeliness, np.zeros(len(start)), (one,), "Nelder-Mead", options=options) for one in found.density
    ]
    return start * np.exp([fit.x for fit in fits])
