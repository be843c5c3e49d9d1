"""The stochastic Landau-Lifshitz-Gilbert equation of one macrospin: fields, torques and two steppers.

In Gilbert form, with the damping-like and field-like spin-transfer torque of the reference layer p and the
spin-orbit torque of polarisation axis sigma,

    dm/dt = -gamma m x (B + B_th) + alpha m x dm/dt - gamma m x (m x q) - gamma m x f
    q = a_DL p + b_DL sigma,   f = a_FL p + b_FL sigma

is a rotation dm/dt = w x m about ``w = gamma/(1 + alpha^2) (H + alpha m x H)``, H = B + B_th + f + m x q.
The functions here carry angles: fields times ``gamma dt/(1 + alpha^2)``, so that `rotation_vector` returns
w dt. The thermal field of variance ``2 alpha kB T/(gamma Ms V dt)`` a component (W. F. Brown, Phys. Rev. 130,
1677 (1963)) is held over a step; it enters as the rotation vector ``gamma/sqrt(1 + alpha^2) B_th``, which moves m
by a noise of the same covariance, isotropic in the tangent plane, as ``gamma/(1 + alpha^2) (B_th + alpha m x
B_th)`` does, and with no other Stratonovich drift: the same process. Both steppers evaluate it with the
predicted end or middle of the step: the Stratonovich solution. Every function works on sixteen lanes (`Lanes`)
or one (float64).
"""

from typing import Any, NamedTuple

from mtjphys.kernels.compiling import inline
from mtjphys.kernels.random import power
from mtjphys.kernels.simd import fma, like, sqrt

BOLTZMANN = 1.380649e-23  # J/K, exact in the SI

# The rotation by the Cayley map of w falls short of the angle |w| by |w|^3/12. Two corrections of higher order in
# the step repair what this does to thermal equilibrium. (1) w is stretched by 1 + CAYLEY |w|^2; 3/80 removes the
# cooling of a strongly precessing, weakly damped moment (measured: zero at 0.036 +- 0.002). (2) The standard
# deviation s of the thermal angle is enlarged to s (1 + DIFFUSION s^2): rotational diffusion of the first
# harmonic multiplies it by exp(-s^2) a step, the stretched map by 1 - s^2 + (5/4 - 10 CAYLEY) s^4, so that
# DIFFUSION = (3/4 - 10 CAYLEY)/2 makes free diffusion right to second order.
CAYLEY = 3.0 / 80.0
DIFFUSION = 0.5 * (0.75 - 10.0 * CAYLEY)

# g/(1 + g^2 q) = (1 + X1 q + X2 q^2)/2 + O(q^3) and g^2/(1 + g^2 q) = (1 + Y1 q + Y2 q^2)/4 + O(q^3), q = |w|^2.
_X1 = CAYLEY - 0.25
_X2 = 0.0625 - 0.75 * CAYLEY
_Y1 = 2.0 * CAYLEY - 0.25
_Y2 = CAYLEY * CAYLEY - CAYLEY + 0.0625

# How the voltage across the junction follows from the source.
# STIFF: the source's voltage, known beforehand and part of the `Drive`; DIVIDED: solved at each step;
# FIXED: the source's voltage, with a torque that needs it beside the magnetisation (current law).
STIFF, DIVIDED, FIXED = 0, 1, 2


class Coefficients(NamedTuple):
    """A junction at one temperature and step: fields and torques as angles a step, see the module."""

    xx: Any  # matrix of the effective field, per unit m
    yy: Any
    zz: Any
    xy: Any
    xz: Any
    yz: Any
    vcma: Any  # per V
    stray_x: Any
    stray_y: Any
    stray_z: Any
    damping_like: Any  # per V
    damping_like_quadratic: Any  # per V^2
    field_like: Any
    field_like_quadratic: Any
    damping_like_current: Any  # per A
    field_like_current: Any
    spin_orbit_damping_like: Any  # per A
    spin_orbit_field_like: Any
    noise: Any  # standard deviation of the thermal field's angle, per component


class Drive(NamedTuple):
    """Everything that does not depend on m during one step: ``H = matrix m + (x, y, z)``, as angles.

    The antisymmetric part of the matrix is the damping-like torque, ``m x q``.
    """

    xx: Any
    xy: Any
    xz: Any
    yx: Any
    yy: Any
    yz: Any
    zx: Any
    zy: Any
    zz: Any
    x: Any
    y: Any
    z: Any
    source: Any  # right-hand side of a V + b V G(V) = source


@inline
def bloch(p, temperature):  # type: ignore[no-untyped-def]
    """Return ``1 - (T/T_C)^b``, to which the saturation magnetisation is proportional."""
    return 1.0 - power(temperature * p.inverse_curie_temperature, p.bloch_exponent)


@inline
def coefficients(p, temperature, dt, diffusion, reference):  # type: ignore[no-untyped-def]
    """Return the `Coefficients` of junction `p` at `temperature` (K) for steps of `dt` (s).

    `reference` is `bloch` at the reference temperature; `diffusion` is `DIFFUSION` for the midpoint scheme, and zero
    for Heun's, which has no such correction. ``Ms(T)/Ms(T_ref) = (1 - (T/T_C)^b)/(1 - (T_ref/T_C)^b)`` and
    ``K ~ Ms^n``; the quotient is exactly 1 at the reference temperature or without a Curie temperature.
    """
    s = bloch(p, temperature) / reference
    k = power(s, p.anisotropy_exponent)
    h = p.gyromagnetic_ratio * dt / (1.0 + p.damping * p.damping)
    hs = h * s
    hk = h * k / s
    ht = h / s
    variance = 2.0 * p.damping * BOLTZMANN * temperature
    variance = variance / (p.gyromagnetic_ratio * p.moment * s * dt)
    s_noise = h * sqrt(variance * (1.0 + p.damping * p.damping))
    return Coefficients(
        fma(hs, p.shape_xx, hk * p.anisotropy_xx),
        fma(hs, p.shape_yy, hk * p.anisotropy_yy),
        fma(hs, p.shape_zz, hk * p.anisotropy_zz),
        fma(hs, p.shape_xy, hk * p.anisotropy_xy),
        fma(hs, p.shape_xz, hk * p.anisotropy_xz),
        fma(hs, p.shape_yz, hk * p.anisotropy_yz),
        ht * p.vcma,
        h * p.stray_x,
        h * p.stray_y,
        h * p.stray_z,
        ht * p.damping_like,
        ht * p.damping_like_quadratic,
        ht * p.field_like,
        ht * p.field_like_quadratic,
        ht * p.damping_like_current,
        ht * p.field_like_current,
        ht * p.spin_orbit_damping_like,
        ht * p.spin_orbit_field_like,
        s_noise * fma(diffusion, s_noise * s_noise, 1.0),
    )


@inline
def drive(p, c, source, field_x, field_y, field_z, spin_orbit_current, dt, voltage):  # type: ignore[no-untyped-def]
    """Return the `Drive` of one step from the source (V or A), the field (T) and the channel current (A).

    `voltage` is the part of the junction's voltage that is known beforehand: the whole of it with a stiff
    voltage source, zero where it follows from the magnetisation.
    """
    h = p.gyromagnetic_ratio * dt / (1.0 + p.damping * p.damping)
    qx = c.spin_orbit_damping_like * spin_orbit_current * p.spin_orbit_x
    qy = c.spin_orbit_damping_like * spin_orbit_current * p.spin_orbit_y
    qz = c.spin_orbit_damping_like * spin_orbit_current * p.spin_orbit_z
    fl = c.spin_orbit_field_like * spin_orbit_current
    u = Drive(
        c.xx,
        c.xy + qz,
        c.xz - qy,
        c.xy - qz,
        c.yy,
        c.yz + qx,
        c.xz + qy,
        c.yz - qx,
        c.zz,
        fma(h, field_x, c.stray_x) + fl * p.spin_orbit_x,
        fma(h, field_y, c.stray_y) + fl * p.spin_orbit_y,
        fma(h, field_z, c.stray_z) + fl * p.spin_orbit_z,
        source,
    )
    return at_voltage(p, c, u, voltage)


@inline
def at_voltage(p, c, u, voltage):  # type: ignore[no-untyped-def]
    """Return the `Drive` with the torques and the anisotropy of a voltage that does not depend on m."""
    dl = voltage * fma(c.damping_like_quadratic, voltage, c.damping_like)
    fl = voltage * fma(c.field_like_quadratic, voltage, c.field_like)
    qx = dl * p.reference_x
    qy = dl * p.reference_y
    qz = dl * p.reference_z
    return Drive(
        u.xx,
        u.xy + qz,
        u.xz - qy,
        u.yx - qz,
        u.yy,
        u.yz + qx,
        u.zx + qy,
        u.zy - qx,
        fma(c.vcma, voltage, u.zz),
        fma(fl, p.reference_x, u.x),
        fma(fl, p.reference_y, u.y),
        fma(fl, p.reference_z, u.z),
        u.source,
    )


@inline
def conductance(p, cosine, voltage):  # type: ignore[no-untyped-def]
    """Return ``G = G_P [(1 + c)/2 + (1 - c)/2/(1 + TMR(V))]`` in siemens, TMR(V) = TMR0/(1 + (V/V_half)^2)."""
    ratio = voltage * p.inverse_half_voltage
    n = fma(ratio, ratio, 1.0)
    antiparallel = n / (n + p.tunnel_magnetoresistance)
    half = 0.5 * cosine
    return p.conductance_parallel * fma(0.5 - half, antiparallel, 0.5 + half)


@inline
def secant_voltage(p, cosine, source, a, b, voltage):  # type: ignore[no-untyped-def]
    """Return the root of ``a V + b V G = source`` with G held at its value for `voltage`: a safe start."""
    return source / fma(b, conductance(p, cosine, voltage), a)


@inline
def newton_voltage(p, cosine, source, a, b, voltage):  # type: ignore[no-untyped-def]
    """Improve the root V of ``a V + b V G(V) = source`` from `voltage` by one Newton step.

    A voltage source with series resistance R_s has a = 1, b = R_s; a current source a = 0, b = 1. Multiplied
    by ``D = 1 + TMR0 + (V/V_half)^2`` the equation is a cubic. Returned beside the new voltage is the
    reciprocal slope, with which `chord_voltage` follows small changes of the magnetisation without a division.
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


@inline
def cross(ax, ay, az, bx, by, bz):  # type: ignore[no-untyped-def]
    """Return a x b."""
    return fma(ay, bz, -(az * by)), fma(az, bx, -(ax * bz)), fma(ax, by, -(ay * bx))


@inline
def project(p, mx, my, mz):  # type: ignore[no-untyped-def]
    """Return m.p."""
    return fma(mx, p.reference_x, fma(my, p.reference_y, mz * p.reference_z))


@inline
def with_damping(alpha, mx, my, mz, hx, hy, hz):  # type: ignore[no-untyped-def]
    """Return ``h + alpha m x h``."""
    cx, cy, cz = cross(mx, my, mz, hx, hy, hz)
    return fma(alpha, cx, hx), fma(alpha, cy, hy), fma(alpha, cz, hz)


@inline
def rotation_vector(p, u, mx, my, mz, tx, ty, tz):  # type: ignore[no-untyped-def]
    """Return the rotation vector ``w dt`` for magnetisation m and thermal angle t, without `voltage_rotation`."""
    hx = fma(u.xx, mx, fma(u.xy, my, fma(u.xz, mz, u.x)))
    hy = fma(u.yx, mx, fma(u.yy, my, fma(u.yz, mz, u.y)))
    hz = fma(u.zx, mx, fma(u.zy, my, fma(u.zz, mz, u.z)))
    cx, cy, cz = cross(mx, my, mz, hx, hy, hz)
    return fma(p.damping, cx, hx + tx), fma(p.damping, cy, hy + ty), fma(p.damping, cz, hz + tz)


@inline
def voltage_rotation(p, c, mx, my, mz, wx, wy, wz, cosine, voltage, current_law):  # type: ignore[no-untyped-def]
    """Add to w what a voltage does that depends on m; the voltage, known last, enters last."""
    dl = c.damping_like
    fl = c.field_like
    if current_law:
        per_volt = conductance(p, cosine, voltage) / fma(p.polarisation_squared, cosine, 1.0)
        dl = fma(c.damping_like_current, per_volt, dl)
        fl = fma(c.field_like_current, per_volt, fl)
    # Fields per V and per V^2: along p, along m x p and, from the anisotropy, along z.
    rx, ry, rz = cross(mx, my, mz, p.reference_x, p.reference_y, p.reference_z)
    gx = fma(dl, rx, fl * p.reference_x)
    gy = fma(dl, ry, fl * p.reference_y)
    gz = fma(dl, rz, fma(fl, p.reference_z, c.vcma * mz))
    kx = fma(c.damping_like_quadratic, rx, c.field_like_quadratic * p.reference_x)
    ky = fma(c.damping_like_quadratic, ry, c.field_like_quadratic * p.reference_y)
    kz = fma(c.damping_like_quadratic, rz, c.field_like_quadratic * p.reference_z)
    gx, gy, gz = with_damping(p.damping, mx, my, mz, gx, gy, gz)
    kx, ky, kz = with_damping(p.damping, mx, my, mz, kx, ky, kz)
    return (
        fma(voltage, fma(voltage, kx, gx), wx),
        fma(voltage, fma(voltage, ky, gy), wy),
        fma(voltage, fma(voltage, kz, gz), wz),
    )


@inline
def rotate(mx, my, mz, wx, wy, wz):  # type: ignore[no-untyped-def]
    """Return m turned by the stretched Cayley map of w, which keeps |m|.

    ``m' - m = a x (m + m')`` with ``a = g w``, ``g = (1 + CAYLEY |w|^2)/2``; solved for m',
    ``m' = m + 2 [g w x m + g^2 w x (w x m)]/(1 + g^2 |w|^2)``.
    """
    square = fma(wx, wx, fma(wy, wy, wz * wz))
    xx, xy, xz = cross(wx, wy, wz, mx, my, mz)
    yx, yy, yz = cross(wx, wy, wz, xx, xy, xz)
    g = fma(0.5 * CAYLEY, square, 0.5)
    # 1 + g^2 |w|^2, arranged to be ready early.
    low = fma(square, 0.25, 1.0)
    high = fma(square, 0.25 * CAYLEY * CAYLEY, 0.5 * CAYLEY)
    kx = (2.0 * g) / fma(square * square, high, low)
    ky = kx * g
    return fma(ky, yx, fma(kx, xx, mx)), fma(ky, yy, fma(kx, xy, my)), fma(ky, yz, fma(kx, xz, mz))


@inline
def middle(mx, my, mz, wx, wy, wz):  # type: ignore[no-untyped-def]
    """Return the chord's midpoint ``(m + m')/2`` of `rotate`, its quotient expanded to third order in |w|^2."""
    square = fma(wx, wx, fma(wy, wy, wz * wz))
    xx, xy, xz = cross(wx, wy, wz, mx, my, mz)
    yx, yy, yz = cross(wx, wy, wz, xx, xy, xz)
    kx = fma(square, fma(square, 0.5 * _X2, 0.5 * _X1), 0.5)
    ky = fma(square, fma(square, 0.25 * _Y2, 0.25 * _Y1), 0.25)
    return fma(kx, xx, fma(ky, yx, mx)), fma(kx, xy, fma(ky, yy, my)), fma(kx, xz, fma(ky, yz, mz))


@inline
def midpoint_step(p, c, u, mx, my, mz, tx, ty, tz, voltage, a, b, circuit, current_law):  # type: ignore[no-untyped-def]
    """Advance m by the midpoint rotation; return m and the junction's voltage at the middle of the step.

    The rotation vector at the start predicts the chord's midpoint ``(m + m')/2``; the rotation vector there,
    with the same noise, turns m. Stratonovich; deterministic order 2, strong order 1/2 (the noise does not
    commute), weak order 1. |m| is kept to rounding. This is the semi-implicit scheme B of J. H. Mentink et al.,
    J. Phys.: Condens. Matter 22, 176001 (2010), with the two corrections of higher order in the step explained
    at `CAYLEY`.
    """
    cosine = project(p, mx, my, mz)
    if circuit == DIVIDED and not current_law:
        # The last step's voltage is known long before m: with it the prediction waits for nothing.
        wx, wy, wz = rotation_vector(p, at_voltage(p, c, u, voltage), mx, my, mz, tx, ty, tz)
    else:
        wx, wy, wz = rotation_vector(p, u, mx, my, mz, tx, ty, tz)
        if current_law:
            wx, wy, wz = voltage_rotation(p, c, mx, my, mz, wx, wy, wz, cosine, voltage, True)
    nx, ny, nz = middle(mx, my, mz, wx, wy, wz)
    wx, wy, wz = rotation_vector(p, u, nx, ny, nz, tx, ty, tz)
    if circuit != STIFF:
        halfway = project(p, nx, ny, nz)
        if circuit == DIVIDED:
            voltage, inverse_slope = newton_voltage(p, cosine, u.source, a, b, voltage)
            voltage = chord_voltage(p, halfway, u.source, a, b, voltage, inverse_slope)
        wx, wy, wz = voltage_rotation(p, c, nx, ny, nz, wx, wy, wz, halfway, voltage, current_law)
    mx, my, mz = rotate(mx, my, mz, wx, wy, wz)
    return mx, my, mz, voltage


@inline
def heun_step(p, c, u, mx, my, mz, tx, ty, tz, voltage, a, b, circuit, current_law):  # type: ignore[no-untyped-def]
    """Advance m by Heun's predictor-corrector (trapezoidal) step, without renormalising.

    Stratonovich; deterministic order 2, strong order 1/2, weak order 1. The caller renormalises |m|.
    """
    cosine = project(p, mx, my, mz)
    if circuit == DIVIDED:
        voltage, _ = newton_voltage(p, cosine, u.source, a, b, voltage)
    wx, wy, wz = rotation_vector(p, u, mx, my, mz, tx, ty, tz)
    if circuit != STIFF:
        wx, wy, wz = voltage_rotation(p, c, mx, my, mz, wx, wy, wz, cosine, voltage, current_law)
    dx = fma(wy, mz, -(wz * my))
    dy = fma(wz, mx, -(wx * mz))
    dz = fma(wx, my, -(wy * mx))
    ex = mx + dx
    ey = my + dy
    ez = mz + dz
    cosine = project(p, ex, ey, ez)
    if circuit == DIVIDED:
        voltage, _ = newton_voltage(p, cosine, u.source, a, b, voltage)
    wx, wy, wz = rotation_vector(p, u, ex, ey, ez, tx, ty, tz)
    if circuit != STIFF:
        wx, wy, wz = voltage_rotation(p, c, ex, ey, ez, wx, wy, wz, cosine, voltage, current_law)
    nx = fma(0.5, dx + fma(wy, ez, -(wz * ey)), mx)
    ny = fma(0.5, dy + fma(wz, ex, -(wx * ez)), my)
    nz = fma(0.5, dz + fma(wx, ey, -(wy * ex)), mz)
    return nx, ny, nz, voltage


@inline
def normalise(mx, my, mz):  # type: ignore[no-untyped-def]
    """Return m divided by its length."""
    k = 1.0 / sqrt(fma(mx, mx, fma(my, my, mz * mz)))
    return mx * k, my * k, mz * k


@inline
def zero(pattern):  # type: ignore[no-untyped-def]
    """Return 0.0 in the shape (sixteen lanes or one) of `pattern`."""
    return like(0.0, pattern)
