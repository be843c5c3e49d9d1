"""Waveforms that no part of the package knows: what every shape has to say is all that they say."""

import math
from typing import ClassVar, Literal

import numpy as np
from scipy.special import erf, fresnel

from mtjphys.bias.waveforms import Waveform


class Bump(Waveform):
    """A Gaussian pulse, of which nothing is declared but value, mean and bounds."""

    levels: ClassVar[tuple[str, ...]] = ("height",)
    kind: Literal["bump"] = "bump"
    height: float = 1.0
    centre: float = 0.4
    width: float = 0.3

    def _value(self, t):
        return self.height * np.exp(-0.5 * ((t - self.centre) / self.width) ** 2)

    def _mean(self, t, dt):
        scale = math.sqrt(2.0) * self.width
        begin, end = (t - self.centre) / scale, (t + dt - self.centre) / scale
        exact = self.height * math.sqrt(0.5 * math.pi) * self.width * (erf(end) - erf(begin)) / dt
        # The difference of two large integrals where the interval is short: there the middle tells.
        return np.where(dt < 1e-5 * self.width, self._value(t + 0.5 * dt), exact)

    def bounds(self):
        return min(0.0, self.height), max(0.0, self.height)

    def breakpoints(self, start, stop):
        return np.empty(0)

    def longest_step(self):
        return 0.3 * self.width


class Chirp(Bump):
    """A sine whose frequency rises with time, from a breakpoint at zero on."""

    kind: Literal["chirp"] = "chirp"
    rate: float = 3.0

    def _value(self, t):
        return np.where(t > 0.0, self.height * np.sin(0.5 * math.pi * self.rate * t**2), 0.0)

    def _mean(self, t, dt):
        begin, end = (math.sqrt(self.rate) * np.maximum(time, 0.0) for time in (t, t + dt))
        exact = self.height * (fresnel(end)[0] - fresnel(begin)[0]) / (math.sqrt(self.rate) * dt)
        # To second order in the phase that passes.
        short = math.pi * self.rate * np.maximum(t + dt, 0.0) * dt < 1e-4
        return np.where(short, self._value(t + 0.5 * dt), exact)

    def bounds(self):
        return -abs(self.height), abs(self.height)

    def breakpoints(self, start, stop):
        return np.array([0.0])[: int(start <= 0.0 <= stop)]


class Kink(Bump):
    """|t - centre|, cut off at `width`, that forgets to name its breakpoints."""

    kind: Literal["kink"] = "kink"

    def _value(self, t):
        return self.height * np.minimum(np.abs(t - self.centre), self.width)

    def _mean(self, t, dt):
        def integral(x):
            inside = np.minimum(np.abs(x), self.width)
            return np.sign(x) * (0.5 * inside**2 + self.width * (np.abs(x) - inside))

        exact = self.height * (integral(t + dt - self.centre) - integral(t - self.centre)) / dt
        return np.where(dt < 1e-9, self._value(t + 0.5 * dt), exact)

    def bounds(self):
        return 0.0, self.height * self.width
