"""The stochastic Landau-Lifshitz-Gilbert equation of one macrospin: its fields and torques as a rotation.

In Gilbert form, with damping-like and field-like torques,

    dm/dt = -gamma m x (B + B_th) + alpha m x dm/dt - gamma m x (m x q) - gamma m x f

with q and f summed over the torques, such as a_DL p and a_FL p of the reference layer. It is a rotation
dm/dt = w x m about ``w = gamma/(1 + alpha^2) (H + alpha m x H)``, H = B + B_th + f + m x q.
The functions here carry angles: fields times ``gamma dt/(1 + alpha^2)``, so that `rotation_vector` returns
w dt. The thermal field of variance ``2 alpha kB T/(gamma Ms V dt)`` a component (W. F. Brown, Phys. Rev. 130,
1677 (1963)) is held over a step; it enters as the rotation vector ``gamma/sqrt(1 + alpha^2) B_th``, which moves m
by a noise of the same covariance, isotropic in the tangent plane, as ``gamma/(1 + alpha^2) (B_th + alpha m x
B_th)`` does, and with no other Stratonovich drift: the same process. Every function works on sixteen lanes (`Lanes`),
on one (float64), and from Python on scalars and arrays.
"""

from typing import Any, NamedTuple

from mtjphys.kernels.compiling import inline
from mtjphys.kernels.conduction import conductance
from mtjphys.kernels.contributions import (
    add_fields,
    channel_torque,
    follow_state,
    has_channel,
    terms_at,
    torque_fields,
    torques_scaled,
    voltage_torque,
)
from mtjphys.kernels.drive import Drive, cross, with_damping, with_vectors
from mtjphys.kernels.simd import fma, like, sqrt
from mtjphys.kernels.temperature import BOLTZMANN, anisotropy_ratio, magnetisation_ratio


class Coefficients(NamedTuple):
    """A junction at one temperature: fields and torques as angles a step (see the module), or in T where `h` is 1."""

    xx: Any  # matrix of the quadratic terms' field, per unit m
    yy: Any
    zz: Any
    xy: Any
    xz: Any
    yz: Any
    vcma: Any  # per V
    stray_x: Any
    stray_y: Any
    stray_z: Any
    noise: Any  # standard deviation of the thermal field's angle, per component
    h: Any  # angle a step of 1 T of an applied field
    terms_h: Any  # angle a step of 1 T of the terms' field
    terms: Any  # in T
    torques: Any  # amplitudes as angles a step


@inline
def angle_of_tesla(p, dt):  # type: ignore[no-untyped-def]
    """Return ``gamma dt/(1 + alpha^2)``, in rad/T."""
    return p.gyromagnetic_ratio * dt / (1.0 + p.damping * p.damping)


@inline
def scaled_fields(p, s, k, h, uniform, noise):  # type: ignore[no-untyped-def]
    """Return the `Coefficients` of junction `p` where Ms and K are s and k of what they are at T_ref, times `h`.

    Uniform fields and torques are multiplied by `uniform` instead.
    """
    hs = h * s
    hk = h * k / s
    ht = h / s
    return Coefficients(
        fma(hs, p.shape_xx, hk * p.anisotropy_xx),
        fma(hs, p.shape_yy, hk * p.anisotropy_yy),
        fma(hs, p.shape_zz, hk * p.anisotropy_zz),
        fma(hs, p.shape_xy, hk * p.anisotropy_xy),
        fma(hs, p.shape_xz, hk * p.anisotropy_xz),
        fma(hs, p.shape_yz, hk * p.anisotropy_yz),
        ht * p.vcma,
        uniform * p.stray_x,
        uniform * p.stray_y,
        uniform * p.stray_z,
        noise,
        uniform,
        h,
        terms_at(p.terms, s, k),
        torques_scaled(p.torques, uniform / s),
    )


@inline
def coefficients(p, temperature, dt, corrections, reference):  # type: ignore[no-untyped-def]
    """Return the `Coefficients` of junction `p` at `temperature` (K) for steps of `dt` (s).

    `reference` is `bloch` at the reference temperature; `corrections` are those of the scheme: of the thermal angle,
    the uniform fields and the anisotropy, per variance of the thermal angle, see `mtjphys.kernels.steppers`.
    """
    diffusion, uniform, anisotropy = corrections
    s = magnetisation_ratio(p, temperature, reference)
    k = anisotropy_ratio(p, s)
    h = angle_of_tesla(p, dt)
    noise = thermal_angle(p, temperature, s, h, dt)
    square = noise * noise
    return scaled_fields(
        p,
        s,
        k,
        h * fma(anisotropy, square, 1.0),
        h * fma(uniform, square, 1.0),
        noise * fma(diffusion, square, 1.0),
    )


@inline
def thermal_angle(p, temperature, s, h, dt):  # type: ignore[no-untyped-def]
    """Return the standard deviation of the thermal rotation of a step per component, in rad."""
    variance = 2.0 * p.damping * BOLTZMANN * temperature
    variance = variance / (p.gyromagnetic_ratio * p.moment * s * dt)
    return h * sqrt(variance * (1.0 + p.damping * p.damping))


@inline
def drive(p, c, source, field_x, field_y, field_z, spin_orbit_current, voltage, uneven, variance):  # type: ignore[no-untyped-def]
    """Return the `Drive` of one step from the source (V or A), the field (T) and the channel current (A).

    `voltage` is the part of the junction's voltage that is known beforehand: the whole of it with a stiff
    voltage source, zero where it follows from the magnetisation; where it is `uneven`, `variance` (V^2) is that within
    the step.
    """
    u = Drive(
        c.xx,
        c.xy,
        c.xz,
        c.xy,
        c.yy,
        c.yz,
        c.xz,
        c.yz,
        c.zz,
        fma(c.h, field_x, c.stray_x),
        fma(c.h, field_y, c.stray_y),
        fma(c.h, field_z, c.stray_z),
        source,
    )
    if has_channel(c.torques):
        nothing = like(0.0, source)
        total = (nothing, nothing, nothing, nothing, nothing, nothing)
        qx, qy, qz, fx, fy, fz = channel_torque(c.torques, p, spin_orbit_current, total)
        u = with_vectors(u, qx, qy, qz, u.x + fx, u.y + fy, u.z + fz)
    return at_voltage(p, c, u, voltage, uneven, variance)


@inline
def at_voltage(p, c, u, voltage, uneven, variance):  # type: ignore[no-untyped-def]
    """Return the `Drive` with the torques and the anisotropy of a voltage that does not depend on m."""
    u = voltage_torque(c.torques, p, voltage, uneven, variance, u)
    zz = fma(c.vcma, voltage, u.zz)
    return Drive(u.xx, u.xy, u.xz, u.yx, u.yy, u.yz, u.zx, u.zy, zz, u.x, u.y, u.z, u.source)


@inline
def project(p, mx, my, mz):  # type: ignore[no-untyped-def]
    """Return m.p."""
    return fma(mx, p.reference_x, fma(my, p.reference_y, mz * p.reference_z))


@inline
def effective_field(c, u, mx, my, mz):  # type: ignore[no-untyped-def]
    """Return H without the thermal field and without what a voltage does that depends on m."""
    hx = fma(u.xx, mx, fma(u.xy, my, fma(u.xz, mz, u.x)))
    hy = fma(u.yx, mx, fma(u.yy, my, fma(u.yz, mz, u.y)))
    hz = fma(u.zx, mx, fma(u.zy, my, fma(u.zz, mz, u.z)))
    return add_fields(c.terms, c.terms_h, mx, my, mz, hx, hy, hz)


@inline
def rotation_vector(p, c, u, mx, my, mz, tx, ty, tz):  # type: ignore[no-untyped-def]
    """Return the rotation vector ``w dt`` for magnetisation m and thermal angle t, without `voltage_rotation`."""
    hx, hy, hz = effective_field(c, u, mx, my, mz)
    return with_damping(p.damping, mx, my, mz, hx, hy, hz, hx + tx, hy + ty, hz + tz)


@inline
def voltage_fields(p, c, mx, my, mz, cosine, voltage):  # type: ignore[no-untyped-def]
    """Return the fields per V and per V^2 that the voltage makes at m: torques, and anisotropy along z."""
    nothing = like(0.0, mx)
    g = conductance(p, cosine, voltage) if follow_state(c.torques) else nothing
    linear = (nothing, nothing, c.vcma * mz)
    return torque_fields(c.torques, p, mx, my, mz, cosine, g, linear, (nothing, nothing, nothing))


@inline
def voltage_rotation(p, c, mx, my, mz, wx, wy, wz, cosine, voltage, uneven, variance):  # type: ignore[no-untyped-def]
    """Add to w what a voltage does that depends on m; the voltage, known last, enters last.

    An `uneven` one has a variance within the step.
    """
    (gx, gy, gz), (kx, ky, kz) = voltage_fields(p, c, mx, my, mz, cosine, voltage)
    gx, gy, gz = with_damping(p.damping, mx, my, mz, gx, gy, gz, gx, gy, gz)
    kx, ky, kz = with_damping(p.damping, mx, my, mz, kx, ky, kz, kx, ky, kz)
    if uneven:
        wx, wy, wz = fma(variance, kx, wx), fma(variance, ky, wy), fma(variance, kz, wz)
    return (
        fma(voltage, fma(voltage, kx, gx), wx),
        fma(voltage, fma(voltage, ky, gy), wy),
        fma(voltage, fma(voltage, kz, gz), wz),
    )


@inline
def velocity(alpha, mx, my, mz, hx, hy, hz):  # type: ignore[no-untyped-def]
    """Return the deterministic drift ``w x m`` in units of ``gamma/(1 + alpha^2)``, for H in T."""
    wx, wy, wz = with_damping(alpha, mx, my, mz, hx, hy, hz, hx, hy, hz)
    return cross(wx, wy, wz, mx, my, mz)
