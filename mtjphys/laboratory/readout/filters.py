"""The amplifier's low-pass: its response to a signal, and to white noise ahead of it."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.laboratory.readout.instrument import Instrument

Array = NDArray[np.float64]


def amplifier(instrument: Instrument, interval: float) -> Array | None:
    """Return the amplifier's low-pass as second-order sections for a sample interval in s.

    One pole, exact for an input held between samples:
    ``y[n] = a y[n-1] + (1 - a) x[n-1]`` with ``a = exp(-2 pi bandwidth interval)``.
    """
    if instrument.bandwidth is None:
        return None
    if instrument.filter == "one-pole":
        decay = 2.0 * math.pi * instrument.bandwidth * interval
        return np.array([[0.0, -math.expm1(-decay), 0.0, 1.0, -math.exp(-decay), 0.0]])
    if instrument.bandwidth * interval < 1e-5:
        raise ParameterError(
            f"bandwidth={instrument.bandwidth:g} Hz is below 1e-5 of the input's rate, "
            f"{1 / interval:g} Hz, where rounding spoils a Bessel filter; simulate with a longer "
            "sample_interval or use one-pole"
        )
    if not instrument.bandwidth < 0.5 / interval:
        raise ParameterError(
            f"bandwidth={instrument.bandwidth:g} Hz is not below half of the input's rate, "
            f"{0.5 / interval:g} Hz; simulate with a shorter sample_interval or leave bandwidth out"
        )
    from scipy import signal

    sections = signal.bessel(instrument.order, instrument.bandwidth, fs=1.0 / interval, output="sos", norm="mag")
    return np.asarray(sections, dtype=np.float64)


def filtered(sections: Array, values: Array) -> Array:
    """Return `values` after the filter, which starts settled on the first of them."""
    from scipy import signal

    # The deviation from the first value starts from rest, so that a constant comes out unchanged.
    out, _ = signal.sosfilt(sections, values - values[0], zi=np.zeros((len(sections), 2)))
    return np.asarray(out + values[0])


def filtered_noise(
    instrument: Instrument,
    interval: float,
    sections: Array,
    n: int,
    generator: np.random.Generator,
) -> Array:
    """Return `n` samples of filtered white Gaussian noise of unit variance, from the first on."""
    from scipy import signal

    if instrument.filter == "one-pole":
        first, gain, decay = generator.standard_normal(), sections[0, 1], -sections[0, 4]
        rest = math.sqrt(gain * (1.0 + decay)) * generator.standard_normal(n - 1)
        later, _ = signal.lfilter([1.0], [1.0, -decay], rest, zi=[decay * first])
        return np.concatenate(([first], later))
    # After three periods of the bandwidth the filter has forgotten its start to 1e-7.
    start = math.ceil(3.0 / (instrument.bandwidth * interval)) if instrument.bandwidth else 0
    out = signal.sosfilt(sections, generator.standard_normal(start + n))[start:]
    return np.asarray(out / math.sqrt(bessel_noise_gain(instrument, interval)))


@lru_cache(maxsize=16)
def bessel_noise_gain(instrument: Instrument, interval: float) -> float:
    """Return the variance of the Bessel filter's output for white noise of unit variance.

    The bilinear transform maps the prototype's ``|H(i w)|^2`` to ``w = tan(pi f dt)/T``,
    ``T = tan(pi bandwidth dt)``, so that
    ``2 dt int_0^{1/(2 dt)} |H|^2 df = (2 T/pi) int_0^inf |H(i w)|^2 / (1 + w^2 T^2) dw``,
    which keeps its precision where the poles of the sampled filter crowd at 1.
    """
    from scipy import integrate, signal

    _, poles, gain = signal.bessel(instrument.order, 1.0, analog=True, output="zpk", norm="mag")
    turn = math.tan(math.pi * (instrument.bandwidth or 0.0) * interval)

    def density(w: float) -> float:
        response = gain / np.prod(np.abs(1j * w - poles))
        return float(response**2 / (1.0 + (w * turn) ** 2))

    area, _ = integrate.quad(density, 0.0, math.inf, epsabs=0.0, epsrel=1e-10, limit=200)
    return 2.0 * turn / math.pi * area
