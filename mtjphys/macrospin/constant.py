"""Fields, torques and circuit of a junction under a constant bias, by the laws of the kernels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.kernels.conduction import conductance, junction_voltage
from mtjphys.kernels.contributions import TORQUES, follow_state
from mtjphys.kernels.drive import Drive
from mtjphys.kernels.llg import Coefficients, drive, scaled_fields
from mtjphys.kernels.parameters import LaneParameters
from mtjphys.kernels.temperature import anisotropy_ratio, bloch, magnetisation_ratio

Floats = NDArray[np.float64]


def ratio_at(p: LaneParameters, temperature: float) -> float:
    """Return ``Ms(T)/Ms(T_ref)``, or raise where there is no magnetisation.

    Parameters
    ----------
    p : LaneParameters
        The junction.
    temperature : float
        K.

    Returns
    -------
    float
        Above 0; 1 without a Curie temperature.

    Raises
    ------
    ParameterError
        If the temperature is not below the Curie temperature.
    """
    if p.inverse_curie_temperature == 0.0:
        return 1.0
    if temperature * p.inverse_curie_temperature >= 1.0:
        raise ParameterError(
            f"temperature={temperature:g} K is not below the Curie temperature "
            f"{1.0 / p.inverse_curie_temperature:g} K, where the free layer has no magnetisation; lower it"
        )
    return float(magnetisation_ratio(p, temperature, bloch(p, p.reference_temperature)))


def circuit_weights(bias: Bias) -> tuple[float, float]:
    """Return a and b of the circuit's equation ``a V + b V G(V) = source``: (1, R_s), or (0, 1) of a current source."""
    return (1.0, bias.series_resistance) if bias.source == "voltage" else (0.0, 1.0)


def constants(bias: Bias, purpose: str = "the Fokker-Planck equation is solved") -> list[float]:
    """Return source, three field components, temperature and channel current of a constant bias, or raise.

    Parameters
    ----------
    bias : Bias
        What is applied.
    purpose : str
        What asks for it, for the error.

    Raises
    ------
    ParameterError
        If a channel varies in time.
    """
    names = (bias.source, "field_x", "field_y", "field_z", "temperature", "spin_orbit_current")
    values = []
    for name, channel in zip(names, bias.channels, strict=True):
        if not channel.is_constant:
            raise ParameterError(
                f"{name}={channel!r} varies in time, and {purpose} for a constant bias; give {name} as a number, or "
                "simulate"
            )
        values.append(float(channel.bounds()[0]))
    return values


def described(bias: Bias) -> str:
    """Return source and fields of a constant bias in words, for an error."""
    source, *field, _, channel = constants(bias)
    unit = "A" if bias.source == "current" else "V"
    text = f"{bias.source}={source:g} {unit}, field=({', '.join(f'{value:g}' for value in field)}) T"
    return f"{text}, spin_orbit_current={channel:g} A" if channel else text


class ConstantFields(NamedTuple):
    """A junction under a constant bias: what acts on m, in T."""

    p: LaneParameters
    c: Coefficients
    u: Drive  # without what the junction's voltage does where `follows` is true
    magnetisation_ratio: float  # Ms(T)/Ms(T_ref)
    temperature: float  # K
    source: float  # V or A
    weights: tuple[float, float]  # a and b of a V + b V G(V) = source
    follows: bool  # whether what the voltage does depends on m

    @property
    def field(self) -> Floats:
        """Uniform field, field-like torques included, T."""
        return np.array([self.u.x, self.u.y, self.u.z], dtype=float)

    @property
    def matrix(self) -> Floats:
        """Symmetric M of the field ``M m``, T."""
        u = self.u
        rows = np.array([[u.xx, u.xy, u.xz], [u.yx, u.yy, u.yz], [u.zx, u.zy, u.zz]], dtype=float)
        return np.asarray(0.5 * (rows + rows.T))

    @property
    def damping_like(self) -> Floats:
        """Vector q of the damping-like torques, T."""
        u = self.u
        return 0.5 * np.array([u.yz - u.zy, u.zx - u.xz, u.xy - u.yx], dtype=float)

    @property
    def moment(self) -> float:
        """``Ms V`` at the temperature, A m^2."""
        return float(self.p.moment * self.magnetisation_ratio)

    def voltage(self, cosine: ArrayLike) -> Floats:
        """Return the junction's voltage at m.p, in V."""
        return np.asarray(junction_voltage(self.p, np.asarray(cosine, dtype=float), self.source, *self.weights))

    def resistance(self, cosine: ArrayLike) -> Floats:
        """Return the junction's resistance at m.p, in ohm."""
        c = np.asarray(cosine, dtype=float)
        return np.asarray(1.0 / conductance(self.p, c, self.voltage(c)))

    def amplitudes(self, torque: Any, cosine: ArrayLike, voltage: ArrayLike) -> tuple[Floats, Floats]:
        """Return the damping-like and the field-like amplitude of one of the torques ``c.torques``, in T."""
        c, v = np.asarray(cosine, dtype=float), np.asarray(voltage, dtype=float)
        dl, fl, dl2, fl2 = TORQUES.of(type(torque)).powers(torque, c, conductance(self.p, c, v))
        return np.asarray(v * (dl + dl2 * v)), np.asarray(v * (fl + fl2 * v))


def constant_fields(
    p: LaneParameters, bias: Bias, purpose: str = "the Fokker-Planck equation is solved"
) -> ConstantFields:
    """Return what acts on the magnetisation of a junction under a constant bias.

    Parameters
    ----------
    p : LaneParameters
        The junction.
    bias : Bias
        Constant. Behind a series resistance, with a current source, or where a torque follows the current, what the
        junction's voltage does depends on m, and is left out of `u`.
    purpose : str
        What asks for it, for errors.

    Raises
    ------
    ParameterError
        If the bias varies in time, or the temperature is not below the Curie temperature.
    """
    source, *applied, temperature, channel = constants(bias, purpose)
    s = ratio_at(p, temperature)
    c = scaled_fields(p, s, anisotropy_ratio(p, s), 1.0, 1.0, 0.0)
    a, b = circuit_weights(bias)
    follows = source != 0.0 and (b != 0.0 or follow_state(p.torques))
    u = drive(p, c, source, *applied, channel, 0.0 if follows or bias.source == "current" else source, False, 0.0)
    return ConstantFields(p, c, u, s, temperature, source, (a, b), follows)
