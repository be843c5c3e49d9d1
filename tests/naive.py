"""Slow, obvious twins of the compiled code: Python integers, floats and numpy, one thing after the other."""

import itertools
import math

import numpy as np
from scipy.optimize import brentq

BOLTZMANN = 1.380649e-23
WORD = 2**64 - 1


# Random numbers


def xoshiro256plusplus(state):
    """Yield 64-bit integers; `state` is four of them (Blackman and Vigna 2021)."""
    s = [int(word) for word in state]

    def rotated(x, k):
        return ((x << k) | (x >> (64 - k))) & WORD

    while True:
        yield (rotated((s[0] + s[3]) & WORD, 23) + s[0]) & WORD
        t = (s[1] << 17) & WORD
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotated(s[3], 45)


def gaussian_pair(bits1, bits2):
    """Return two normal numbers from two words, by the formulas of Box and Muller in full precision."""
    u = 1.0 - (bits1 >> 12) * 2.0**-52
    angle = math.pi * ((bits2 >> 12) * 2.0**-52 - 0.5)
    radius = math.sqrt(-2.0 * math.log(u))
    sign = -1.0 if bits2 & 1 else 1.0
    return sign * radius * math.cos(angle), radius * math.sin(angle)


def normals(seed, lane, n_steps):
    """Return the normal numbers of a lane, three a step."""
    words = np.random.SeedSequence(seed, spawn_key=(lane,)).generate_state(4, np.uint64)
    stream = xoshiro256plusplus(words)
    numbers = []
    while len(numbers) < 3 * n_steps:
        numbers += gaussian_pair(next(stream), next(stream))
    return np.array(numbers[: 3 * n_steps]).reshape(n_steps, 3)


# The Landau-Lifshitz-Gilbert equation


def symmetric(p, name):
    """Return one of the 3x3 matrices of the parameters."""
    xx, yy, zz, xy, xz, yz = (getattr(p, f"{name}_{pair}") for pair in ("xx", "yy", "zz", "xy", "xz", "yz"))
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def vector(p, name):
    """Return one of the vectors of the parameters."""
    return np.array([getattr(p, f"{name}_{axis}") for axis in "xyz"])


def magnetisation_ratio(p, temperature):
    """Return Ms(T)/Ms(T_ref)."""
    if p.inverse_curie_temperature == 0.0:
        return 1.0

    def bloch(t):
        return 1.0 - (t * p.inverse_curie_temperature) ** p.bloch_exponent

    return bloch(temperature) / bloch(p.reference_temperature)


def conductance(p, cosine, voltage):
    """Return G in S."""
    ratio = p.tunnel_magnetoresistance / (1.0 + (voltage * p.inverse_half_voltage) ** 2)
    return p.conductance_parallel * (0.5 * (1.0 + cosine) + 0.5 * (1.0 - cosine) / (1.0 + ratio))


def junction_voltage(p, cosine, source, a, b):
    """Return the root of ``a V + b V G(V) = source``."""
    if b == 0.0 or source == 0.0:
        return source
    end = 1.01 * source / (a + b * p.conductance_parallel / (1.0 + p.tunnel_magnetoresistance))
    return brentq(
        lambda v: a * v + b * v * conductance(p, cosine, v) - source,
        *sorted((0.0, end)),
        xtol=1e-18,
        rtol=1e-15,
    )


def torque(p, t, voltage, cosine, channel, variance=0.0):
    """Return direction, damping-like and field-like amplitude of one torque at T_ref, in T.

    `variance` is that of the voltage within a step, beside the square of its mean.
    """
    kind = type(t).__name__
    if kind == "SpinOrbit":
        return np.array([t.x, t.y, t.z]), t.damping_like * channel, t.field_like * channel
    square = voltage**2 + variance
    a_dl, a_fl = t.damping_like_quadratic * square, t.field_like_quadratic * square
    if kind == "SpinTransfer":
        return vector(p, "reference"), a_dl + t.damping_like * voltage, a_fl + t.field_like * voltage
    current = voltage * conductance(p, cosine, voltage) / (1.0 + t.polarisation_squared * cosine)
    return vector(p, "reference"), a_dl + t.damping_like_current * current, a_fl + t.field_like_current * current


def general_field(t, m, s, k):
    """Return the field of a general energy term as the slope of its energy over Ms V, in T."""
    (size,) = t  # of the second-order anisotropy, 4 K2/Ms at T_ref

    def energy(m):
        return 0.25 * size * k / s * (1.0 - m[2] ** 2) ** 2

    return -np.array([energy(m + 1e-30j * e).imag / 1e-30 for e in np.eye(3)])


def fields(p, m, voltage, applied, temperature, variance=0.0, square=0.0):
    """Return the effective field, a_DL p + b_DL sigma and a_FL p + b_FL sigma, all in T.

    `square` is the variance of the thermal rotation of a step, for which the midpoint scheme corrects them.
    """
    uniform, anisotropy = 1.0 + 5.0 / 16.0 * square, 1.0 + square / 16.0
    s = magnetisation_ratio(p, temperature)
    k = s**p.anisotropy_exponent
    reference = vector(p, "reference")
    matrix = symmetric(p, "shape") * s + symmetric(p, "anisotropy") * k / s
    matrix[2, 2] += p.vcma * voltage / s
    effective = uniform * (applied[1:4] + vector(p, "stray")) + anisotropy * (matrix @ m)
    for t in p.terms:
        effective = effective + anisotropy * general_field(t, m, s, k)
    q, f = np.zeros(3), np.zeros(3)
    for t in p.torques:
        direction, a_dl, a_fl = torque(p, t, voltage, m @ reference, applied[5], variance)
        q, f = q + uniform * a_dl / s * direction, f + uniform * a_fl / s * direction
    return effective, q, f


def gilbert(p, m, voltage, applied, temperature, thermal=(0.0, 0.0, 0.0)):
    """Return dm/dt by solving the implicit Gilbert form as a linear system."""
    effective, q, f = fields(p, m, voltage, applied, temperature)
    gamma = p.gyromagnetic_ratio
    torque = -gamma * np.cross(m, effective + np.asarray(thermal))
    torque -= gamma * np.cross(m, np.cross(m, q)) + gamma * np.cross(m, f)
    x, y, z = m
    m_cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.linalg.solve(np.eye(3) - p.damping * m_cross, torque)


def angular_velocity(p, m, voltage, applied, temperature, variance=0.0, square=0.0):
    """Return w of the explicit form ``dm/dt = w x m``, in rad/s."""
    effective, q, f = fields(p, m, voltage, applied, temperature, variance, square)
    h = effective + f + np.cross(m, q)
    return p.gyromagnetic_ratio / (1.0 + p.damping**2) * (h + p.damping * np.cross(m, h))


def thermal_angle(p, temperature, dt):
    """Return the standard deviation a component of the isotropic thermal rotation of a step."""
    moment = p.moment * magnetisation_ratio(p, temperature)
    variance = 2.0 * p.damping * BOLTZMANN * temperature / (p.gyromagnetic_ratio * moment * dt)
    return p.gyromagnetic_ratio * dt / math.sqrt(1.0 + p.damping**2) * math.sqrt(variance)


def cayley(m, w):
    """Return m' of ``m' - m = g w x (m + m')``, ``g = (1 + 3/80 |w|^2)/2``, by a linear system."""
    x, y, z = 0.5 * (1.0 + 3.0 / 80.0 * (w @ w)) * w
    turn = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.linalg.solve(np.eye(3) - turn, m + turn @ m)


def run(p, m, noise, bias, dt, scheme, *, a=1.0, b=0.0, hot=False, hold=1, renormalise=True):
    """Return m, voltage and temperature of every step under given normal numbers and bias (7, steps)."""
    m = np.array(m, dtype=float)
    reference = vector(p, "reference")
    voltage = junction_voltage(p, m @ reference, bias[0, 0], a, b)
    temperature = held = bias[4, 0]
    driven = bias.shape[1] > 1

    def warmed(time, m, voltage, variance, ambient):
        square = voltage**2 + variance
        goal = ambient + p.thermal_resistance * square * conductance(p, m @ reference, math.sqrt(square))
        relax = 1.0 - math.exp(-time * p.thermal_rate) if p.thermal_rate > 0.0 else 1.0
        return temperature + relax * (goal - temperature)

    path, voltages, temperatures = [m], [voltage], [temperature]
    for k, normal in enumerate(noise):
        applied = bias[:, k if driven else 0]

        def solved(m, source=applied[0]):
            return junction_voltage(p, m @ reference, source, a, b)

        # That of the junction's voltage, by the divider at the start of the step.
        now = solved(m) if driven or b == 0.0 else voltage
        variance = applied[6] / (a + b * conductance(p, m @ reference, now)) ** 2
        if hot and k % hold == 0:  # in the middle of the steps for which it is held
            held = warmed(0.5 * hold * dt, m, now, variance, applied[4])
        sigma = thermal_angle(p, held, dt)
        if scheme == "midpoint":
            kick = sigma * (1.0 + 3.0 / 16.0 * sigma**2) * normal
            # The prediction is made with the last step's voltage, or today's where the source varies.
            if driven or b == 0.0:
                voltage = solved(m)
            w = angular_velocity(p, m, voltage, applied, held, variance, sigma**2) * dt + kick
            halfway = 0.5 * (m + cayley(m, w))
            voltage = solved(halfway)
            w = angular_velocity(p, halfway, voltage, applied, held, variance, sigma**2) * dt + kick
            m = cayley(m, w)
        else:
            kick = sigma * normal
            w = angular_velocity(p, m, solved(m), applied, held, variance) * dt + kick
            first = np.cross(w, m)
            voltage = solved(m + first)
            w = angular_velocity(p, m + first, voltage, applied, held, variance) * dt + kick
            m = m + 0.5 * (first + np.cross(w, m + first))
            if renormalise:
                m = m / np.linalg.norm(m)
        if hot:
            temperature = warmed(dt, m, voltage, variance, applied[4])
        path.append(m)
        voltages.append(voltage)
        temperatures.append(temperature)
    return np.array(path), np.array(voltages), np.array(temperatures)


# Statistics of a sampled lane


def splitmix(key, step):
    """Return number `step` of SplitMix64 from `key`, in [0, 1)."""
    word = 2**64 - 1
    z = (int(key) + step * 0x9E3779B97F4A7C15) & word
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & word
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & word
    return ((z ^ (z >> 31)) >> 11) * 2.0**-53


def telegraph(cosine, low, high, parallel, spread, key):
    """Return steps in P, transitions into (AP, P) and complete dwell times in steps of (AP, P).

    `cosine` has the start as well; within a step the angle is a Brownian bridge of variance `spread`, of which the
    number of the step from `key` tells how many thresholds it touches.
    """
    steps, into, dwells, last = 0, [0, 0], ([], []), None
    angle = np.arccos(cosine)
    for step in range(1, len(cosine)):
        start, end = angle[step - 1], angle[step]
        touched = [start]
        while True:
            goal = math.acos(low if parallel else high)
            touched.append(goal)
            length = sum(abs(b - a) for a, b in itertools.pairwise([*touched, end]))
            over = cosine[step] < low if parallel else cosine[step] > high
            likely = math.exp(-(length**2 - (end - start) ** 2) / (2.0 * spread))
            if not over and splitmix(key, step) >= likely:
                break
            if last is not None:
                dwells[parallel].append(step - last)
            parallel, last = 1 - parallel, step
            into[parallel] += 1
        steps += parallel
    return steps, into, dwells


# Uniaxial macrospins in numpy, right and wrong: axis z, time in 1/(gamma B_k), barrier in kT


def boltzmann_mz2(barrier):
    """Return <mz^2> of ``exp(barrier mz^2)`` on the sphere by quadrature."""
    z, weight = np.polynomial.legendre.leggauss(200)
    p = weight * np.exp(barrier * (z**2 - 1.0))
    return float(np.sum(p * z**2) / np.sum(p))


def boltzmann_start(barrier, copies, generator):
    """Return `copies` unit vectors drawn from Boltzmann's distribution of a uniaxial macrospin."""
    z = np.linspace(-1.0, 1.0, 20001)
    cumulative = np.cumsum(np.exp(barrier * (z**2 - 1.0)))
    mz = np.interp(generator.random(copies), cumulative / cumulative[-1], z)
    phi = generator.uniform(0.0, 2.0 * np.pi, copies)
    r = np.sqrt(1.0 - mz**2)
    return np.array([r * np.cos(phi), r * np.sin(phi), mz])


def uniaxial(m, alpha, barrier, dt, steps, generator, mistake=None):
    """Run copies of a macrospin (3, copies); return m and the mean of mz^2 over copies and second half.

    `mistake` is None or one of those published: "euler_drift" (only the noise is corrected by Heun's second
    evaluation), "doubled_variance", "componentwise" (each component multiplied with a noise of its own in
    place of m x dW), "noise_without_denominator" ((1 + alpha^2) missing in the drift but not in the noise).
    """
    scale = 1.0 if mistake == "noise_without_denominator" else 1.0 / (1.0 + alpha**2)
    # gamma B_k t = 1 has <B_th^2>/B_k^2 = alpha/barrier, since barrier = Ms V B_k/(2 kT).
    sigma = math.sqrt(alpha / barrier / (1.0 + alpha**2) * dt)
    if mistake == "doubled_variance":
        sigma *= math.sqrt(2.0)

    def cross(a, b):
        return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])

    def drift(m):
        h = np.zeros_like(m)
        h[2] = m[2]
        return cross(scale * dt * (h + alpha * cross(m, h)), m)

    def diffuse(m, kick):
        return kick * m if mistake == "componentwise" else cross(kick, m)

    total = 0.0
    for step in range(steps):
        kick = sigma * generator.standard_normal(m.shape)
        f, g = drift(m), diffuse(m, kick)
        ahead = m + f + g
        if mistake != "euler_drift":
            f = 0.5 * (f + drift(ahead))
        m = m + f + 0.5 * (g + diffuse(ahead, kick))
        m /= np.sqrt(np.sum(m * m, axis=0))
        if step >= steps // 2:
            total += np.mean(m[2] ** 2)
    return m, total / (steps - steps // 2)


def uniaxial_in_angles(theta, alpha, barrier, dt, steps, generator, *, cotangent):
    """Run the polar angle alone by Euler and Maruyama; return the mean of cos^2 over the second half.

    In the Ito sense ``d theta = [-alpha/(1 + alpha^2) sin cos + (sigma^2/2) cot] dt + sigma dW``; without the
    cotangent, which the curvature of the sphere makes, the poles are too empty or too full.
    """
    sigma2 = alpha / barrier / (1.0 + alpha**2)
    total = 0.0
    for step in range(steps):
        s, c = np.sin(theta), np.cos(theta)
        drift = -alpha / (1.0 + alpha**2) * s * c
        if cotangent:
            drift = drift + 0.5 * sigma2 * c / np.maximum(s, 0.02)
        theta = theta + drift * dt + math.sqrt(sigma2 * dt) * generator.standard_normal(theta.shape)
        theta = np.abs(theta)
        theta = np.where(theta > np.pi, 2.0 * np.pi - theta, theta)
        if step >= steps // 2:
            total += np.mean(np.cos(theta) ** 2)
    return total / (steps - steps // 2)
