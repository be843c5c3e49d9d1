r"""The spin-orbit torque of a heavy-metal channel under the free layer.

.. math:: b_{DL} = \frac{\hbar}{2e}\theta_{SH}\frac{J}{M_st}, \qquad J = I/(w\,t_{ch})

along the polarisation sigma of the spins at positive current.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.kernels.compiling import inline
from mtjphys.kernels.declaration import Parameter, Stack, Torque, Values, Vector

_RATIO = Quantity("(dimensionless)", -10.0, 10.0)
_LENGTH_IN_NM = ((0.05, 1e6, 1e-9, "nanometres"),)


class SpinOrbit(NamedTuple):
    """The numbers of the torque."""

    x: Any  # polarisation of the spins, unit vector
    y: Any
    z: Any
    damping_like: Any  # T/A of channel current
    field_like: Any  # T/A


def _check(values: Values, stack: Stack | None) -> None:
    if not any(values["polarisation"]):
        raise ParameterError(f"polarisation={values['polarisation']} has no direction; give a non-zero vector")
    if stack is not None and stack.thickness is None:
        raise ParameterError(
            "a spin-orbit torque needs the thickness of the free layer; give the free layer by its stack "
            "(diameter and thickness) instead of by volume"
        )


def _numbers(values: Values, stack: Stack) -> SpinOrbit | None:
    if stack.thickness is None:
        return None
    length = math.hypot(*values["polarisation"])
    section = values["channel_width"] * values["channel_thickness"]
    moment = section * stack.saturation_magnetisation * stack.thickness
    damping_like = stack.torque_per_ampere * values["spin_hall_angle"] / moment
    x, y, z = (component / length for component in values["polarisation"])
    return SpinOrbit(x, y, z, damping_like, values["field_like_ratio"] * damping_like)


@inline
def _scaled(t, factor):  # type: ignore[no-untyped-def]
    return SpinOrbit(t.x, t.y, t.z, factor * t.damping_like, factor * t.field_like)


@inline
def _direction(t, p):  # type: ignore[no-untyped-def]
    return t.x, t.y, t.z


@inline
def _channel(t):  # type: ignore[no-untyped-def]
    return t.damping_like, t.field_like


def _vectors(
    values: Values,
    stack: Stack,
    p: NDArray[Any],
    voltage: float,
    conductance: float,
    cosine: float,
    channel: float,
) -> tuple[NDArray[Any], NDArray[Any]]:
    sigma = np.array(values["polarisation"]) / math.hypot(*values["polarisation"])
    density = channel / (values["channel_width"] * values["channel_thickness"])
    areal_moment = stack.saturation_magnetisation * (stack.thickness or math.nan)
    q = stack.torque_per_ampere * values["spin_hall_angle"] * density / areal_moment * sigma
    return q, values["field_like_ratio"] * q


TERM = Torque(
    name="spin_orbit",
    part="spin_orbit",
    title="spin-orbit torque of a heavy-metal channel under the free layer",
    parameters=(
        Parameter("spin_hall_angle", "theta_SH, 1; its sign counts.", float, _RATIO, ...),
        Parameter("channel_width", "m.", float, Quantity("m", 1e-9, 1e-4, _LENGTH_IN_NM), ...),
        Parameter("channel_thickness", "m.", float, Quantity("m", 1e-10, 1e-6, _LENGTH_IN_NM), ...),
        Parameter(
            "polarisation",
            "Direction of the spins at positive current, of any length.",
            Vector,
            None,
            (0.0, 1.0, 0.0),
        ),
        Parameter("field_like_ratio", "Field-like over damping-like torque, 1.", float, _RATIO),
    ),
    check=_check,
    examples=(
        {
            "spin_hall_angle": -0.3,
            "channel_width": 1e-7,
            "channel_thickness": 5e-9,
            "polarisation": (0.3, -2.0, 0.1),
            "field_like_ratio": 0.4,
        },
    ),
    lane=SpinOrbit,
    numbers=_numbers,
    scaled=_scaled,
    direction=_direction,
    vectors=_vectors,
    channel=_channel,
)
