"""Two steppers of the rotation, Stratonovich: the midpoint scheme, and Heun's for comparison.

Both evaluate the thermal field, held over a step, with the predicted end or middle of the step.
"""

from mtjphys.kernels.compiling import inline
from mtjphys.kernels.conduction import DIVIDED, STIFF, chord_voltage, newton_voltage
from mtjphys.kernels.contributions import follow_state
from mtjphys.kernels.drive import cross
from mtjphys.kernels.llg import at_voltage, project, rotation_vector, voltage_rotation
from mtjphys.kernels.simd import fma, sqrt

MIDPOINT, HEUN = 0, 1

# The rotation by the Cayley map of w falls short of the angle |w| by |w|^3/12. Two corrections of higher order in
# the step repair what this does to thermal equilibrium. (1) w is stretched by 1 + CAYLEY |w|^2; 3/80 removes the
# cooling of a strongly precessing, weakly damped moment (measured: zero at 0.036 +- 0.002). (2) The standard
# deviation s of the thermal angle is enlarged to s (1 + DIFFUSION s^2): rotational diffusion of the first
# harmonic multiplies it by exp(-s^2) a step, the stretched map by 1 - s^2 + (5/4 - 10 CAYLEY) s^4, so that
# DIFFUSION = (3/4 - 10 CAYLEY)/2 makes free diffusion right to second order.
# (3) Thermal rotation blurs what the fields do. A small field along b pulls a free moment by a n x b, the rotation of
# damping, at the chord's midpoint n = m + xi x m/2 + xi x (xi x m)/4 + ..., with the noise xi. The rotation exp(xi x)
# responds to it by (J a n x b) x (exp(xi x) m), J = 1 + xi x/2 + xi x (xi x)/6 less what the Cayley map falls short of
# the angle by, (1/12 - CAYLEY)(|xi|^2 + 2 xi xi). Averaged over xi and m its part along b is a (2/3)(1 - r s^2) with
# r = 1/4 + 1/3 + 5 (1/12 - CAYLEY) = 1 - 5 CAYLEY; a moment that diffuses on has r = 1/2. The pull of uniform fields
# and torques is enlarged by UNIFORM s^2, the difference, and that of anisotropies, by the same average for a uniaxial
# one, by ANISOTROPY s^2. Without, a moment with kT in a field is 2.6 % short of Langevin's function at s = 0.3. The
# precession about a uniform field is s^2/4 fast instead of s^2/16 slow, which its decay by s^2 a step hides.
CAYLEY = 3.0 / 80.0
DIFFUSION = 0.5 * (0.75 - 10.0 * CAYLEY)
UNIFORM = 0.5 - 5.0 * CAYLEY
ANISOTROPY = 0.25 - 5.0 * CAYLEY

# g/(1 + g^2 q) = (1 + X1 q + X2 q^2)/2 + O(q^3) and g^2/(1 + g^2 q) = (1 + Y1 q + Y2 q^2)/4 + O(q^3), q = |w|^2.
_X1 = CAYLEY - 0.25
_X2 = 0.0625 - 0.75 * CAYLEY
_Y1 = 2.0 * CAYLEY - 0.25
_Y2 = CAYLEY * CAYLEY - CAYLEY + 0.0625


@inline
def corrections_of(scheme):  # type: ignore[no-untyped-def]
    """Return the corrections of thermal angle, uniform fields and anisotropy; Heun's scheme has none."""
    return (DIFFUSION, UNIFORM, ANISOTROPY) if scheme == MIDPOINT else (0.0, 0.0, 0.0)


@inline
def thermal_variance(c, scheme):  # type: ignore[no-untyped-def]
    """Return the variance in rad^2 of the thermal rotation of a step, of a component: s^2 without the correction."""
    square = c.noise * c.noise
    correction = 2.0 * corrections_of(scheme)[0] * square
    return square * fma(correction, correction - 1.0, 1.0)


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
def midpoint_step(p, c, u, mx, my, mz, tx, ty, tz, voltage, a, b, circuit, uneven, variance):  # type: ignore[no-untyped-def]
    """Advance m by the midpoint rotation; return m and the junction's voltage at the middle of the step.

    The rotation vector at the start predicts the chord's midpoint ``(m + m')/2``; the rotation vector there,
    with the same noise, turns m. Stratonovich; deterministic order 2, strong order 1/2 (the noise does not
    commute), weak order 1. |m| is kept to rounding. This is the semi-implicit scheme B of J. H. Mentink et al.,
    J. Phys.: Condens. Matter 22, 176001 (2010), with the two corrections of higher order in the step explained
    at `CAYLEY`. `uneven` and `variance` as in `voltage_rotation`.
    """
    current_law = follow_state(c.torques)
    cosine = project(p, mx, my, mz)
    if circuit == DIVIDED and not current_law:
        # The last step's voltage is known long before m: with it the prediction waits for nothing.
        wx, wy, wz = rotation_vector(p, c, at_voltage(p, c, u, voltage, uneven, variance), mx, my, mz, tx, ty, tz)
    else:
        wx, wy, wz = rotation_vector(p, c, u, mx, my, mz, tx, ty, tz)
        if current_law:
            wx, wy, wz = voltage_rotation(p, c, mx, my, mz, wx, wy, wz, cosine, voltage, uneven, variance)
    nx, ny, nz = middle(mx, my, mz, wx, wy, wz)
    wx, wy, wz = rotation_vector(p, c, u, nx, ny, nz, tx, ty, tz)
    if circuit != STIFF:
        halfway = project(p, nx, ny, nz)
        if circuit == DIVIDED:
            voltage, inverse_slope = newton_voltage(p, cosine, u.source, a, b, voltage)
            voltage = chord_voltage(p, halfway, u.source, a, b, voltage, inverse_slope)
        wx, wy, wz = voltage_rotation(p, c, nx, ny, nz, wx, wy, wz, halfway, voltage, uneven, variance)
    mx, my, mz = rotate(mx, my, mz, wx, wy, wz)
    return mx, my, mz, voltage


@inline
def heun_step(p, c, u, mx, my, mz, tx, ty, tz, voltage, a, b, circuit, uneven, variance):  # type: ignore[no-untyped-def]
    """Advance m by Heun's predictor-corrector (trapezoidal) step, without renormalising.

    Stratonovich; deterministic order 2, strong order 1/2, weak order 1. The caller renormalises |m|.
    """
    cosine = project(p, mx, my, mz)
    if circuit == DIVIDED:
        voltage, _ = newton_voltage(p, cosine, u.source, a, b, voltage)
    wx, wy, wz = rotation_vector(p, c, u, mx, my, mz, tx, ty, tz)
    if circuit != STIFF:
        wx, wy, wz = voltage_rotation(p, c, mx, my, mz, wx, wy, wz, cosine, voltage, uneven, variance)
    dx = fma(wy, mz, -(wz * my))
    dy = fma(wz, mx, -(wx * mz))
    dz = fma(wx, my, -(wy * mx))
    ex = mx + dx
    ey = my + dy
    ez = mz + dz
    cosine = project(p, ex, ey, ez)
    if circuit == DIVIDED:
        voltage, _ = newton_voltage(p, cosine, u.source, a, b, voltage)
    wx, wy, wz = rotation_vector(p, c, u, ex, ey, ez, tx, ty, tz)
    if circuit != STIFF:
        wx, wy, wz = voltage_rotation(p, c, ex, ey, ez, wx, wy, wz, cosine, voltage, uneven, variance)
    nx = fma(0.5, dx + fma(wy, ez, -(wz * ey)), mx)
    ny = fma(0.5, dy + fma(wz, ex, -(wx * ez)), my)
    nz = fma(0.5, dz + fma(wx, ey, -(wy * ex)), mz)
    return nx, ny, nz, voltage


@inline
def normalise(mx, my, mz):  # type: ignore[no-untyped-def]
    """Return m divided by its length."""
    k = 1.0 / sqrt(fma(mx, mx, fma(my, my, mz * mz)))
    return mx * k, my * k, mz * k
