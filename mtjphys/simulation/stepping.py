"""Which step a junction needs, and how far a given step is from it."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.constants import Boltzmann

from mtjphys.core.errors import MtjphysWarning, ParameterError, SimulationError
from mtjphys.kernels.conduction import conductance
from mtjphys.kernels.contributions import TERMS, TORQUES, terms_at
from mtjphys.kernels.temperature import anisotropy_ratio
from mtjphys.macrospin.constant import circuit_weights, ratio_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mtjphys.bias import Bias
    from mtjphys.kernels.parameters import LaneParameters

# Angles a step at which every second moment at equilibrium is still within 0.5 % of Boltzmann for all devices of the
# case `step_size` of the validation suite: uniaxial, tilted fields, thin films, barriers to 20 kT, alpha 0.005 to 1.
# Errors grow as the square of the rotation (0.06 w^2 at most) and of the damping's share of it (0.15 (alpha w)^2).
LARGEST_ROTATION = 0.25
LARGEST_DAMPING_ROTATION = 0.15
LARGEST_THERMAL_ROTATION = 0.3
# Where precession is elliptic the predicted midpoint takes a little energy from it, as w^3 times the share of the
# field that is not symmetric about one axis, against the damping's alpha.
MIDPOINT_COOLING = 0.1
# Without damping there is no equilibrium to keep.
SMALLEST_ROTATION = 0.02
# Heun's scheme heats: per precession of angle w it gains energy as w^3 against the damping's alpha; and its free
# diffusion is right to first order only.
HEUN_HEATING = 0.15
HEUN_THERMAL_ROTATION = 0.15
REFUSED_ROTATION = 3.0
REFUSED_THERMAL_ROTATION = 1.0


@dataclass(frozen=True)
class FastestRates:
    """The fastest rates of a junction over all that a bias can reach.

    Attributes
    ----------
    rotation : float
        Largest angular velocity of the magnetisation, rad/s: precession and damping.
    diffusion : float
        Variance of the thermal rotation a component and time, rad^2/s: ``2 alpha gamma kB T/((1 + alpha^2) Ms V)``.
    damping : float
        Gilbert damping.
    skew : float
        Part of `rotation` that comes from fields without a common axis of symmetry, rad/s.
    """

    rotation: float
    diffusion: float
    damping: float
    skew: float = 0.0


def fastest_rates(p: LaneParameters, bias: Bias) -> FastestRates:
    """Return the fastest rates of junction `p` under `bias`.

    The magnetisation turns no faster than ``gamma/sqrt(1 + alpha^2)`` times the sum of the applied and stray
    field, the torques at the largest voltage, and the spread of the eigenvalues of the anisotropy matrix (an
    isotropic part turns nothing), at the temperature of the bounds where it is largest. Its part without a common
    axis is what is left once all that is symmetric about the best of the principal axes is taken out.

    Parameters
    ----------
    p : LaneParameters
        The junction.
    bias : Bias
        What is applied.

    Returns
    -------
    FastestRates
        In rad/s and rad^2/s.
    """
    bounds = bias.bounds()
    largest = np.abs(bounds).max(axis=1)
    a, b = circuit_weights(bias)
    voltage = float(largest[0] / (a + b * conductance(p, -1.0, 0.0)))
    heating = p.thermal_resistance * voltage * voltage * p.conductance_parallel
    coldest, hottest = float(bounds[4, 0]), float(bounds[4, 1]) + heating
    ratios = [_ratio(p, temperature) for temperature in (coldest, hottest)]
    smallest = min(ratios)
    field = np.hypot(np.hypot(largest[1], largest[2]), largest[3])
    field += math.sqrt(p.stray_x**2 + p.stray_y**2 + p.stray_z**2)
    torques = [(size / smallest, direction) for size, direction in _torques(p, voltage, float(largest[5]))]
    torques.append((abs(p.vcma) * voltage / smallest, np.array([0.0, 0.0, 1.0])))
    torque = sum(size for size, _ in torques)
    components = largest[1:4] + np.abs([p.stray_x, p.stray_y, p.stray_z])
    spread = skew = general = 0.0
    for s in ratios:
        k = float(anisotropy_ratio(p, s))
        terms = terms_at(p.terms, s, k)
        eigenvalues, axes = np.linalg.eigh(_matrix(p, "shape") * s + _matrix(p, "anisotropy") * k / s)
        spread = max(spread, float(eigenvalues[2] - eigenvalues[0]))
        general = max(general, sum(TERMS.of(type(t)).largest(t) for t in terms))
        across = [
            abs(eigenvalues[i - 1] - eigenvalues[i - 2])
            + math.sqrt(float(np.sum(components**2 * (1.0 - axes[:, i] ** 2))))
            + sum(size * float(np.linalg.norm(np.cross(direction, axes[:, i]))) for size, direction in torques)
            + sum(_size_across(t, axes[:, i]) for t in terms)
            for i in range(3)
        ]
        skew = max(skew, float(min(across)))
    turning = p.gyromagnetic_ratio / math.sqrt(1.0 + p.damping**2)
    rotation = turning * (spread + float(field) + torque + general)
    diffusion = 2.0 * p.damping * p.gyromagnetic_ratio * Boltzmann * hottest
    diffusion /= (1.0 + p.damping**2) * p.moment * smallest
    return FastestRates(rotation, diffusion, p.damping, turning * skew)


def feels_squares(p: LaneParameters) -> bool:
    """Return whether the mean square of the voltage does anything that its mean does not: heat, quadratic torques."""
    quadratic = [TORQUES.of(type(t)).largest(t, p.conductance_parallel)[2:] for t in p.torques]
    return p.thermal_resistance > 0.0 or bool(np.any(quadratic))


def _torques(p: LaneParameters, voltage: float, channel: float) -> list[tuple[float, np.ndarray]]:
    """Return the largest field of each torque at T_ref, in T, and its direction."""
    sizes = []
    for torque in p.torques:
        declared = TORQUES.of(type(torque))
        dl, fl, dl2, fl2 = declared.largest(torque, p.conductance_parallel)
        size = voltage * (dl + fl + voltage * (dl2 + fl2))
        if declared.channel is not None:
            size += channel * sum(abs(amplitude) for amplitude in declared.channel(torque))
        sizes.append((size, np.array(declared.direction(torque, p), dtype=float)))
    return sizes


def _size_across(term: object, axis: np.ndarray) -> float:
    """Return the part of a general term's field that is not symmetric about an axis, in T."""
    declared = TERMS.of(type(term))
    own = declared.axis(term)
    share = 1.0 if own is None else float(np.linalg.norm(np.cross(own, axis)))
    return float(declared.largest(term)) * share


def _ratio(p: LaneParameters, temperature: float) -> float:
    """Return ``Ms(T)/Ms(T_ref)``, or raise if the temperature comes near the Curie temperature."""
    if temperature * p.inverse_curie_temperature >= 0.98:
        raise SimulationError(
            f"temperature={temperature:.4g} K, heating included, is not below 0.98 of the Curie temperature "
            f"{1.0 / p.inverse_curie_temperature:.4g} K; lower the voltage, the thermal resistance or the temperature"
        )
    return ratio_at(p, temperature)


def centred(p: LaneParameters) -> LaneParameters:
    """Return the same junction with the middle eigenvalue of its anisotropy matrix shifted to zero.

    A multiple of m in the field turns nothing, but it makes the steppers' rotation vectors longer than the motion
    they describe: a thin film described by its demagnetising factors would be heated by 12 % at the step that
    suffices once the isotropic part is taken out. With the middle eigenvalue at zero, a uniaxial magnet precesses
    about its axis alone, and a thin film about its normal.

    Parameters
    ----------
    p : LaneParameters
        The junction.

    Returns
    -------
    LaneParameters
        With another isotropic part, and hence the same dynamics.
    """
    shift = float(np.linalg.eigvalsh(_matrix(p, "shape") + _matrix(p, "anisotropy"))[1])
    return p._replace(shape_xx=p.shape_xx - shift, shape_yy=p.shape_yy - shift, shape_zz=p.shape_zz - shift)


def _matrix(p: LaneParameters, name: str) -> np.ndarray:
    xx, yy, zz, xy, xz, yz = (getattr(p, f"{name}_{pair}") for pair in ("xx", "yy", "zz", "xy", "xz", "yz"))
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def largest_step(rates: FastestRates, integrator: str) -> tuple[float, str]:
    """Return the largest step in s whose equilibrium moments are within 0.5 %, and what sets it.

    Parameters
    ----------
    rates : FastestRates
        From `fastest_rates`.
    integrator : {"midpoint", "heun"}
        The scheme.

    Returns
    -------
    tuple
        Step in s (infinite if nothing moves) and a phrase for the record.
    """
    limits = []
    if rates.rotation > 0.0:
        angle = min(LARGEST_ROTATION, LARGEST_DAMPING_ROTATION / max(rates.damping, 1e-9))
        if integrator == "heun":
            angle = min(angle, (HEUN_HEATING * rates.damping) ** (1.0 / 3.0))
        elif rates.skew > 0.0:
            share = rates.skew / rates.rotation
            angle = min(angle, (MIDPOINT_COOLING * rates.damping / share) ** (1.0 / 3.0))
        angle = max(angle, SMALLEST_ROTATION)
        limits.append(
            (
                angle / rates.rotation,
                f"a rotation of {angle:.3g} rad a step at the fastest {rates.rotation:.4g} rad/s",
            )
        )
    if rates.diffusion > 0.0:
        angle = HEUN_THERMAL_ROTATION if integrator == "heun" else LARGEST_THERMAL_ROTATION
        limits.append(
            (
                angle**2 / rates.diffusion,
                f"a thermal rotation of {angle:g} rad a step and component at {rates.diffusion:.4g} rad^2/s",
            )
        )
    return min(limits, default=(math.inf, "nothing moves"))


def choose_step(
    rates: Sequence[FastestRates],
    followed: tuple[float, str],
    integrator: str,
    step: float | None,
    sample_interval: float,
) -> tuple[float, int, str]:
    """Return the step in s, the steps a sample, and why.

    With `step` None it is the largest whole fraction of `sample_interval` that `largest_step` allows for every
    junction and that follows what is applied; a given step is checked: above what the equilibrium or the bias allows it
    is warned about, far above refused.

    Parameters
    ----------
    rates : sequence of FastestRates
        One for every junction and bias.
    followed : tuple
        The longest step in s that follows every bias, and the channel that sets it, from `Bias.longest_step`.
    integrator : {"midpoint", "heun"}
        The scheme.
    step : float or None
        In s, or None to choose.
    sample_interval : float
        In s.

    Returns
    -------
    tuple
        Step in s, steps a sample, reason.

    Raises
    ------
    ParameterError
        If the sample interval is not a whole number of steps.
    SimulationError
        If the step is too large to mean anything.
    """
    limit, reason = min((largest_step(rate, integrator) for rate in rates), key=lambda pair: pair[0])
    if step is None:
        if followed[0] < limit:
            limit, reason = followed[0], f"what follows the {followed[1]}, {followed[0]:.3g} s"
        steps = max(1, math.ceil(sample_interval / limit * (1.0 - 1e-12)))
        if steps > 10**12:
            raise SimulationError(
                f"sample_interval={sample_interval:g} s needs {steps:.3g} steps of at most {limit:.3g} s; "
                "sample more often or use a slower junction"
            )
        if steps == 1:
            return sample_interval, 1, f"the sample interval, under the {limit:.3g} s of {reason}"
        return sample_interval / steps, steps, f"{steps} steps a sample; the limit is {reason}"
    if not (math.isfinite(step) and step > 0.0):
        raise ParameterError(f"step={step!r} s must be above 0 s; give a step in s or None to choose it")
    steps = round(sample_interval / step)
    if steps < 1 or abs(steps * step - sample_interval) > 1e-6 * sample_interval:
        raise ParameterError(
            f"sample_interval={sample_interval:g} s is not a whole number of steps of {step:g} s; "
            f"give a multiple, such as {max(1, steps) * step:g} s"
        )
    angle = max(rate.rotation for rate in rates) * step
    thermal = math.sqrt(max(rate.diffusion for rate in rates) * step)
    advice = f"use at most {limit:.3g} s, or step=None to have it chosen"
    if angle > REFUSED_ROTATION or thermal > REFUSED_THERMAL_ROTATION:
        raise SimulationError(
            f"step={step:g} s turns the magnetisation by up to {angle:.3g} rad (thermally {thermal:.3g} rad) "
            f"a step, above the {REFUSED_ROTATION:g} rad ({REFUSED_THERMAL_ROTATION:g} rad) that mean anything; "
            f"{advice}"
        )
    if step > limit * (1.0 + 1e-9):
        warnings.warn(
            f"step={step:g} s turns the magnetisation by up to {angle:.3g} rad (thermally {thermal:.3g} rad) "
            f"a step, so that equilibrium moments may be off by more than 0.5 %; {advice}",
            MtjphysWarning,
            stacklevel=4,
        )
    if step > followed[0] * (1.0 + 1e-9):
        warnings.warn(
            f"step={step:g} s is too long to follow the {followed[1]}: what it does within a step acts by its mean "
            "(its heat, and torques that are quadratic in it, by its mean square); use at most "
            f"{min(followed[0], limit):.3g} s, or step=None to have it chosen",
            MtjphysWarning,
            stacklevel=4,
        )
    return sample_interval / steps, steps, "given"
