"""The macrospins of the cases, built from dimensionless numbers, and their Boltzmann integrals.

The energies are written down here once more, from the numbers and not from the library, so that a case compares
two independent statements of the same physics.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.constants import Boltzmann, mu_0

import mtjphys as mp

Array = NDArray[np.float64]

ANISOTROPY_FIELD = 0.02  # T
SATURATION_MAGNETISATION = 1.0e6  # A/m
TEMPERATURE = 300.0  # K, of barrier and magnetisation
_LAW = "curie_temperature", "bloch_exponent", "anisotropy_exponent"


@dataclass(frozen=True)
class Macrospin:
    """A junction with the field ``B(m) = field + matrix m`` (T) and the thermal field ``kB T/(Ms V)`` (T).

    A second-order anisotropy K2 sin^4 about z adds ``second m_z (1 - m_z^2)`` along z, second = 4 K2/Ms (T).
    """

    junction: mp.MTJ
    bias: mp.Bias
    matrix: Array
    field: Array
    thermal_field: float
    second: float = 0.0

    @property
    def gyromagnetic_ratio(self) -> float:
        """In rad/(s T)."""
        return float(self.junction.free_layer.gyromagnetic_ratio)

    @property
    def diffusion_time(self) -> float:
        """``tau_N = Ms V (1 + alpha^2)/(2 alpha gamma kB T)`` in s."""
        alpha = self.junction.free_layer.damping
        return (1.0 + alpha**2) / (2.0 * alpha * self.gyromagnetic_ratio * self.thermal_field)

    def effective_field(self, m: Array) -> Array:
        """Return B(m) in T, shape (..., 3)."""
        field = self.field + m @ self.matrix
        field[..., 2] += self.second * m[..., 2] * (1.0 - m[..., 2] ** 2)
        return field

    def boltzmann(self, function: Callable[[Array], Array], nodes: int = 400) -> Array:
        """Return the mean of `function` (m of shape (n, 3) to shape (n, ...)) over ``exp(-E/kB T)``.

        ``-E/(Ms V) = field.m + m.matrix m/2 - second (1 - m_z^2)^2/4``; Gauss-Legendre in m_z,
        trapezoidal in the azimuth.
        """
        z, weight = np.polynomial.legendre.leggauss(nodes)
        azimuth = 2.0 * np.pi * np.arange(2 * nodes) / (2 * nodes)
        radius = np.sqrt(1.0 - z**2)[:, None]
        m = np.stack(np.broadcast_arrays(radius * np.cos(azimuth), radius * np.sin(azimuth), z[:, None]), axis=-1)
        exponent = m @ self.field + 0.5 * np.einsum("...i,ij,...j", m, self.matrix, m)
        exponent = exponent - 0.25 * self.second * (1.0 - m[..., 2] ** 2) ** 2
        density = weight[:, None] * np.exp((exponent - exponent.max()) / self.thermal_field)
        return np.tensordot(density.ravel() / density.sum(), function(m.reshape(-1, 3)), axes=1)


def macrospin(
    stability: float,
    damping: float,
    *,
    easy: tuple[float, float, float] = (0.0, 0.0, 1.0),
    flatness: float = 0.0,
    anisotropy_field: float = ANISOTROPY_FIELD,
    field: tuple[float, float, float] = (0.0, 0.0, 0.0),
    temperature: float = TEMPERATURE,
    voltage: float = 0.0,
    barrier: dict[str, Any] | None = None,
    curie: tuple[float, float, float] | None = None,
    second: float = 0.0,
) -> Macrospin:
    """Return a macrospin with its easy axis along `easy` and a barrier of `stability` kB 300 K.

    With `flatness` d it is a thin film as well: ``B = B_k (m.e) e - d B_k m_z z``, B_d = mu0 Ms. `field` is in units of
    B_k. `curie` = (T_C, b, n) lets ``Ms ~ s = [1 - (T/T_C)^b]/[1 - (300 K/T_C)^b]`` and the anisotropy energy
    ``~ s^n``. `second` is K2/K1 of a second-order anisotropy about z; with K1 < 0 (`stability` and `anisotropy_field`
    negative) and K2 > -K1/2 that is an easy cone.
    """
    magnetisation = flatness * anisotropy_field / mu_0 if flatness else SATURATION_MAGNETISATION
    volume = 2.0 * stability * Boltzmann * TEMPERATURE / (magnetisation * anisotropy_field)
    axis = np.array(easy) / np.linalg.norm(easy)
    layer = mp.FreeLayer(
        saturation_magnetisation=magnetisation,
        volume=volume,
        demagnetising_factors=(0.0, 0.0, 1.0 if flatness else 0.0),
        uniaxial_anisotropy=(0.5 * anisotropy_field * magnetisation, tuple(axis)),
        second_order_anisotropy=0.5 * second * anisotropy_field * magnetisation,
        damping=damping,
        **({} if curie is None else dict(zip(_LAW, curie, strict=True))),
    )
    s, exponent = 1.0, 1.0
    if curie is not None:
        critical, bloch, exponent = curie
        s = (1.0 - (temperature / critical) ** bloch) / (1.0 - (TEMPERATURE / critical) ** bloch)
    uniaxial, shape = anisotropy_field * s ** (exponent - 1.0), flatness * anisotropy_field * s
    applied = anisotropy_field * np.array(field)
    return Macrospin(
        junction=mp.MTJ(
            free_layer=layer,
            barrier=mp.Barrier(**{"damping_like_efficiency": 0.0} | (barrier or {})),
            reference=mp.ReferenceLayer(direction=easy),
        ),
        bias=mp.Bias(field=tuple(applied), temperature=temperature, voltage=voltage),
        matrix=uniaxial * np.outer(axis, axis) - shape * np.diag([0.0, 0.0, 1.0]),
        field=applied,
        thermal_field=Boltzmann * temperature / (magnetisation * s * volume),
        second=2.0 * second * anisotropy_field * s ** (exponent - 1.0),
    )
