r"""The second-order anisotropy about the film normal: energy density :math:`K_2\sin^4\theta`.

Where shape and interfacial anisotropy nearly compensate it decides the state: with an effective first-order constant
:math:`K_1 < 0` and :math:`K_2 > -K_1/2` the layer has an easy cone. J. M. Shaw et al., IEEE Magn. Lett. 6, 3500404
(2015), see it in CoFeB/MgO films, A. A. Timopheev et al., Sci. Rep. 6, 26877 (2016), in perpendicular junctions.
"""

from typing import Any, NamedTuple

import numpy as np

from mtjphys.core.quantity import Quantity
from mtjphys.kernels.compiling import inline
from mtjphys.kernels.declaration import GeneralTerm, Parameter, Stack, Values, Vector
from mtjphys.kernels.simd import fma


class SecondOrder(NamedTuple):
    """The numbers of the term."""

    second_order: Any  # T, 4 K2/Ms


def _numbers(values: Values, stack: Stack) -> SecondOrder | None:
    density = values["second_order_anisotropy"]
    return SecondOrder(4.0 * density / stack.saturation_magnetisation) if density else None


@inline
def _at(t, s, k):  # type: ignore[no-untyped-def]
    return SecondOrder(t.second_order * (k / s))


@inline
def _field(t, mx, my, mz):  # type: ignore[no-untyped-def]
    nothing = mz * 0.0
    return nothing, nothing, t.second_order * mz * fma(-mz, mz, 1.0)


@inline
def _potential(t, mx, my, mz):  # type: ignore[no-untyped-def]
    across = fma(-mz, mz, 1.0)
    return 0.25 * t.second_order * across * across


def _axis(t: SecondOrder) -> Vector:
    return (0.0, 0.0, 1.0)


def _largest(t: SecondOrder) -> float:
    # The field is at most 0.385 of it, its slope along z at most 2.
    return 2.0 * abs(t.second_order)


def _entries(t: SecondOrder) -> list[tuple[str, str, float, str]]:
    return [("second-order anisotropy field", "4 K_2/M_s", t.second_order, "T")]


def _energy(values: Values, stack: Stack, m: np.ndarray, voltage: float) -> np.ndarray:
    return values["second_order_anisotropy"] * (1.0 - m[..., 2] ** 2) ** 2


TERM = GeneralTerm(
    name="second_order_anisotropy",
    part="free_layer",
    title="second-order anisotropy about the film normal",
    parameters=(
        Parameter(
            "second_order_anisotropy",
            "K2 of an energy density :math:`K_2\\sin^4\\theta` about the film normal z, J/m3; the field is "
            ":math:`(4K_2/M_s)\\,m_z(1-m_z^2)` along z.",
            float,
            Quantity("J/m3", -1e8, 1e8, (), "1 erg/cm3 is 0.1 J/m3"),
        ),
    ),
    examples=({"second_order_anisotropy": 3e4}, {"second_order_anisotropy": -3e4}),
    energy=_energy,
    lane=SecondOrder,
    numbers=_numbers,
    at=_at,
    field=_field,
    potential=_potential,
    axis=_axis,
    largest=_largest,
    entries=_entries,
)
