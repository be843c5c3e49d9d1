"""Conduction of a junction: its conductance, and the voltage that its circuit leaves it.

The conductance, not the resistance, is linear in the cosine c = m.p between free and reference layer:

    G(c, V) = G_P [(1 + c)/2 + (1 - c)/2/(1 + TMR(V))],   TMR(V) = TMR0/(1 + (V/V_half)^2)

J. C. Slonczewski, Phys. Rev. B 39, 6995 (1989), for the angle; the Lorentzian is the customary description of
the bias dependence, with V_half the voltage at which the ratio has halved. In its circuit the junction's voltage V is
the root of ``a V + b V G(c, V) = source``: a voltage source with series resistance R_s has a = 1 and b = R_s, a
current source a = 0 and b = 1.
"""

import numpy as np

from mtjphys.kernels.compiling import inline, specialised
from mtjphys.kernels.simd import fma, lanes_type

# How the voltage across the junction follows from the source.
# STIFF: the source's voltage, known beforehand and part of the `Drive`; DIVIDED: solved at each step;
# FIXED: the source's voltage, with a torque that needs it beside the magnetisation (current law).
STIFF, DIVIDED, FIXED = 0, 1, 2


@inline
def antiparallel_share(p, voltage):  # type: ignore[no-untyped-def]
    """Return ``G_AP/G_P = 1/(1 + TMR(V))``."""
    ratio = voltage * p.inverse_half_voltage
    n = fma(ratio, ratio, 1.0)
    return n / (n + p.tunnel_magnetoresistance)


@inline
def conductance(p, cosine, voltage):  # type: ignore[no-untyped-def]
    """Return ``G = G_P [(1 + c)/2 + (1 - c)/2/(1 + TMR(V))]`` in siemens, TMR(V) = TMR0/(1 + (V/V_half)^2)."""
    half = 0.5 * cosine
    return p.conductance_parallel * fma(0.5 - half, antiparallel_share(p, voltage), 0.5 + half)


@inline
def cosine_of(p, g, voltage):  # type: ignore[no-untyped-def]
    """Return the cosine m.p at which the conductance is `g`: `conductance` the other way round."""
    low = p.conductance_parallel * antiparallel_share(p, voltage)
    return (2.0 * g - p.conductance_parallel - low) / (p.conductance_parallel - low)


@inline
def secant_voltage(p, cosine, source, a, b, voltage):  # type: ignore[no-untyped-def]
    """Return the root of ``a V + b V G = source`` with G held at its value for `voltage`: a safe start."""
    return source / fma(b, conductance(p, cosine, voltage), a)


@inline
def newton_voltage(p, cosine, source, a, b, voltage):  # type: ignore[no-untyped-def]
    """Improve the root V of ``a V + b V G(V) = source`` from `voltage` by one Newton step.

    Multiplied by ``D = 1 + TMR0 + (V/V_half)^2`` the equation is a cubic. From `secant_voltage` at 0 V, which is never
    short of the root, where the cubic is convex, the steps approach it from one side. Returned beside the new voltage
    is the reciprocal slope, with which `chord_voltage` follows small changes of the magnetisation without a division.
    """
    q = p.inverse_half_voltage * p.inverse_half_voltage
    n = fma(q * voltage, voltage, 1.0)
    d = n + p.tunnel_magnetoresistance
    half = 0.5 * cosine
    bg = b * p.conductance_parallel
    e = fma(bg, fma(0.5 + half, d, (0.5 - half) * n), a * d)
    inverse_slope = 1.0 / fma(2.0 * q * voltage, fma(voltage, a + bg, -source), e)
    return fma(inverse_slope, fma(source, d, -(voltage * e)), voltage), inverse_slope


@inline
def chord_voltage(p, cosine, source, a, b, voltage, inverse_slope):  # type: ignore[no-untyped-def]
    """Improve the root as `newton_voltage` does, with the reciprocal slope of a magnetisation close by."""
    q = p.inverse_half_voltage * p.inverse_half_voltage
    n = fma(q * voltage, voltage, 1.0)
    d = n + p.tunnel_magnetoresistance
    half = 0.5 * b * p.conductance_parallel
    # The part without the cosine is ready before the magnetisation is.
    fixed = voltage * fma(half, d + n, a * d) - source * d
    return fma(-inverse_slope, fma(cosine, voltage * half * (d - n), fixed), voltage)


def at_rest(before, after):  # type: ignore[no-untyped-def]
    """Return whether another step would change nothing, not even the last bit."""
    return bool(np.all(before == after))


@specialised(at_rest)
def _at_rest(before, after):  # type: ignore[no-untyped-def]
    if after is lanes_type:
        return lambda before, after: False
    return lambda before, after: before == after


@inline
def junction_voltage(p, cosine, source, a, b):  # type: ignore[no-untyped-def]
    """Return the root of ``a V + b V G(V) = source`` to rounding, from no guess.

    The start is at most 1 + TMR0 times the root, each step takes a third of what is beyond it or more, and in the end
    squares the error: for a ratio of 10 twelve are enough.
    """
    voltage = secant_voltage(p, cosine, source, a, b, 0.0)
    for _ in range(14):
        before = voltage
        voltage, _ = newton_voltage(p, cosine, source, a, b, voltage)
        if at_rest(before, voltage):
            break
    return voltage
