"""Sums over the energy terms and torques that a junction has, unrolled when a kernel is compiled.

`terms` and `torques` are tuples of NamedTuples; the type of each says which law is its own. An empty tuple leaves
nothing of a sum in the compiled code.
"""

from typing import Any

from mtjphys.kernels.compiling import inline, specialised
from mtjphys.kernels.declaration import Declared
from mtjphys.kernels.drive import cross, with_torque
from mtjphys.kernels.simd import fma

TERMS = Declared("mtjphys.kernels.terms")
TORQUES = Declared("mtjphys.kernels.torques")


def _first(members: Any, declared: Declared) -> Any:
    """Return the declaration of the first member of a tuple's numba type; None of an empty tuple."""
    return declared.of(next(iter(members)).instance_class) if len(members) else None


def _of(member: Any, declared: Declared) -> Any:
    return declared.of(type(member))


# Energy terms


def terms_at(terms, s, k):  # type: ignore[no-untyped-def]
    """Return the terms at a temperature with ``s = Ms(T)/Ms(T_ref)`` and ``k = K(T)/K(T_ref)``."""
    return tuple(_of(t, TERMS).at(t, s, k) for t in terms)


@specialised(terms_at)
def _terms_at(terms, s, k):  # type: ignore[no-untyped-def]
    term = _first(terms, TERMS)
    if term is None:
        return lambda terms, s, k: ()
    at = term.at
    return lambda terms, s, k: (at(terms[0], s, k), *terms_at(terms[1:], s, k))


def add_fields(terms, h, mx, my, mz, hx, hy, hz):  # type: ignore[no-untyped-def]
    """Return the field (hx, hy, hz) with `h` times the fields of the terms at m added to it."""
    for t in terms:
        fx, fy, fz = _of(t, TERMS).field(t, mx, my, mz)
        hx, hy, hz = fma(h, fx, hx), fma(h, fy, hy), fma(h, fz, hz)
    return hx, hy, hz


@specialised(add_fields)
def _add_fields(terms, h, mx, my, mz, hx, hy, hz):  # type: ignore[no-untyped-def]
    term = _first(terms, TERMS)
    if term is None:
        return lambda terms, h, mx, my, mz, hx, hy, hz: (hx, hy, hz)
    field = term.field

    def add(terms, h, mx, my, mz, hx, hy, hz):  # type: ignore[no-untyped-def]
        fx, fy, fz = field(terms[0], mx, my, mz)
        return add_fields(terms[1:], h, mx, my, mz, fma(h, fx, hx), fma(h, fy, hy), fma(h, fz, hz))

    return add


def potential(terms, mx, my, mz):  # type: ignore[no-untyped-def]
    """Return the energy of the terms at m over Ms V, in T."""
    total = 0.0 * mz
    for t in terms:
        total = total + _of(t, TERMS).potential(t, mx, my, mz)
    return total


@specialised(potential)
def _potential(terms, mx, my, mz):  # type: ignore[no-untyped-def]
    term = _first(terms, TERMS)
    if term is None:
        return lambda terms, mx, my, mz: 0.0 * mz
    law = term.potential
    return lambda terms, mx, my, mz: potential(terms[1:], mx, my, mz) + law(terms[0], mx, my, mz)


# Torques


def torques_scaled(torques, factor):  # type: ignore[no-untyped-def]
    """Return the torques with their amplitudes multiplied."""
    return tuple(_of(t, TORQUES).scaled(t, factor) for t in torques)


@specialised(torques_scaled)
def _torques_scaled(torques, factor):  # type: ignore[no-untyped-def]
    torque = _first(torques, TORQUES)
    if torque is None:
        return lambda torques, factor: ()
    scaled = torque.scaled
    return lambda torques, factor: (scaled(torques[0], factor), *torques_scaled(torques[1:], factor))


def follow_state(torques):  # type: ignore[no-untyped-def]
    """Return whether the amplitude of any torque depends on m beside the junction's voltage."""
    return any(_of(t, TORQUES).follows_state for t in torques)


@specialised(follow_state)
def _follow_state(torques):  # type: ignore[no-untyped-def]
    if any(TORQUES.of(t.instance_class).follows_state for t in torques):
        return lambda torques: True
    return lambda torques: False


def has_channel(torques):  # type: ignore[no-untyped-def]
    """Return whether the current of the channel drives any torque."""
    return any(_of(t, TORQUES).channel is not None for t in torques)


@specialised(has_channel)
def _has_channel(torques):  # type: ignore[no-untyped-def]
    if any(TORQUES.of(t.instance_class).channel is not None for t in torques):
        return lambda torques: True
    return lambda torques: False


def channel_torque(torques, p, current, total):  # type: ignore[no-untyped-def]
    """Return q and f, six components, of the torques that the current of the channel drives, added to `total`."""
    for t in torques:
        torque = _of(t, TORQUES)
        if torque.channel is not None:
            dl, fl = torque.channel(t)
            total = _with(total, dl * current, fl * current, *torque.direction(t, p))
    return total


@specialised(channel_torque)
def _channel_torque(torques, p, current, total):  # type: ignore[no-untyped-def]
    torque = _first(torques, TORQUES)
    if torque is None:
        return lambda torques, p, current, total: total
    if torque.channel is None:
        return lambda torques, p, current, total: channel_torque(torques[1:], p, current, total)
    channel, direction = torque.channel, torque.direction

    def add(torques, p, current, total):  # type: ignore[no-untyped-def]
        dl, fl = channel(torques[0])
        x, y, z = direction(torques[0], p)
        return channel_torque(torques[1:], p, current, _with(total, dl * current, fl * current, x, y, z))

    return add


@inline
def _with(total, dl, fl, x, y, z):  # type: ignore[no-untyped-def]
    """Return six components with a torque along (x, y, z) added."""
    qx, qy, qz, fx, fy, fz = total
    return fma(dl, x, qx), fma(dl, y, qy), fma(dl, z, qz), fma(fl, x, fx), fma(fl, y, fy), fma(fl, z, fz)


def voltage_torque(torques, p, voltage, uneven, variance, u):  # type: ignore[no-untyped-def]
    """Return the `Drive` with the torques of a voltage that is known before m, where they don't depend on it.

    Where it is `uneven`, what is quadratic in the voltage has its variance within the step beside its square.
    """
    for t in torques:
        torque = _of(t, TORQUES)
        if torque.powers is not None and not torque.follows_state:
            powers = torque.powers(t, 0.0, 0.0)
            u = with_torque(u, *_amplitudes(powers, voltage, uneven, variance), *torque.direction(t, p))
    return u


@inline
def _amplitudes(powers, voltage, uneven, variance):  # type: ignore[no-untyped-def]
    dl, fl, dl2, fl2 = powers
    q, f = voltage * fma(dl2, voltage, dl), voltage * fma(fl2, voltage, fl)
    if uneven:
        q, f = fma(dl2, variance, q), fma(fl2, variance, f)
    return q, f


@specialised(voltage_torque)
def _voltage_torque(torques, p, voltage, uneven, variance, u):  # type: ignore[no-untyped-def]
    torque = _first(torques, TORQUES)
    if torque is None:
        return lambda torques, p, voltage, uneven, variance, u: u
    if torque.powers is None or torque.follows_state:

        def skip(torques, p, voltage, uneven, variance, u):  # type: ignore[no-untyped-def]
            return voltage_torque(torques[1:], p, voltage, uneven, variance, u)

        return skip
    powers, direction = torque.powers, torque.direction

    def add(torques, p, voltage, uneven, variance, u):  # type: ignore[no-untyped-def]
        # Neither cosine nor conductance is used.
        q, f = _amplitudes(powers(torques[0], voltage, voltage), voltage, uneven, variance)
        x, y, z = direction(torques[0], p)
        return voltage_torque(torques[1:], p, voltage, uneven, variance, with_torque(u, q, f, x, y, z))

    return add


def torque_fields(torques, p, mx, my, mz, cosine, g, linear, quadratic):  # type: ignore[no-untyped-def]
    """Return the fields per V and per V^2 of the torques, three components each, added to those given.

    A torque along e is the field ``f + m x q``; `g` is the conductance at m and the voltage.
    """
    for t in torques:
        torque = _of(t, TORQUES)
        if torque.powers is not None:
            dl, fl, dl2, fl2 = torque.powers(t, cosine, g)
            e = torque.direction(t, p)
            r = cross(mx, my, mz, *e)
            linear, quadratic = _field(dl, fl, r, e, linear), _field(dl2, fl2, r, e, quadratic)
    return linear, quadratic


@specialised(torque_fields)
def _torque_fields(torques, p, mx, my, mz, cosine, g, linear, quadratic):  # type: ignore[no-untyped-def]
    torque = _first(torques, TORQUES)
    if torque is None:
        return lambda torques, p, mx, my, mz, cosine, g, linear, quadratic: (linear, quadratic)
    if torque.powers is None:

        def skip(torques, p, mx, my, mz, cosine, g, linear, quadratic):  # type: ignore[no-untyped-def]
            return torque_fields(torques[1:], p, mx, my, mz, cosine, g, linear, quadratic)

        return skip
    powers, direction = torque.powers, torque.direction

    def add(torques, p, mx, my, mz, cosine, g, linear, quadratic):  # type: ignore[no-untyped-def]
        dl, fl, dl2, fl2 = powers(torques[0], cosine, g)
        x, y, z = direction(torques[0], p)
        r = cross(mx, my, mz, x, y, z)
        e = (x, y, z)
        first, second = _field(dl, fl, r, e, linear), _field(dl2, fl2, r, e, quadratic)
        return torque_fields(torques[1:], p, mx, my, mz, cosine, g, first, second)

    return add


@inline
def _field(dl, fl, r, e, total):  # type: ignore[no-untyped-def]
    """Return ``total + dl r + fl e``."""
    return (
        fma(dl, r[0], fma(fl, e[0], total[0])),
        fma(dl, r[1], fma(fl, e[1], total[1])),
        fma(dl, r[2], fma(fl, e[2], total[2])),
    )
