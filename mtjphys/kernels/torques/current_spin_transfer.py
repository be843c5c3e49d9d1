r"""The spin-transfer torque proportional to the current, ``torque_law = "current"`` of the barrier.

.. math:: a_{DL} = \epsilon\frac{\hbar}{2e}\frac{P}{1+P^2c}\frac{I}{M_sV_F}, \qquad I = V\,G(c, V)
"""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from mtjphys.kernels.compiling import inline
from mtjphys.kernels.declaration import Stack, Torque, Values
from mtjphys.kernels.simd import fma
from mtjphys.kernels.torques.spin_transfer import per_ampere, reference_direction


class CurrentSpinTransfer(NamedTuple):
    """The numbers of the current law."""

    damping_like_current: Any  # T/A, a_DL += damping_like_current I/(1 + polarisation_squared m.p)
    damping_like_quadratic: Any  # T/V^2
    field_like_current: Any  # T/A
    field_like_quadratic: Any  # T/V^2
    polarisation_squared: Any  # 1


def _numbers(values: Values, stack: Stack) -> CurrentSpinTransfer | None:
    if values["torque_law"] != "current":
        return None
    damping_like = per_ampere(values, stack)
    return CurrentSpinTransfer(
        damping_like,
        values["damping_like_per_volt_squared"],
        values["field_like_ratio"] * damping_like,
        values["field_like_per_volt_squared"],
        stack.spin_polarisation**2,
    )


@inline
def _scaled(t, factor):  # type: ignore[no-untyped-def]
    return CurrentSpinTransfer(
        factor * t.damping_like_current,
        factor * t.damping_like_quadratic,
        factor * t.field_like_current,
        factor * t.field_like_quadratic,
        t.polarisation_squared,
    )


@inline
def _powers(t, cosine, conductance):  # type: ignore[no-untyped-def]
    per_volt = conductance / fma(t.polarisation_squared, cosine, 1.0)
    return (
        t.damping_like_current * per_volt,
        t.field_like_current * per_volt,
        t.damping_like_quadratic,
        t.field_like_quadratic,
    )


def _largest(t: CurrentSpinTransfer, conductance: float) -> tuple[float, float, float, float]:
    per_volt = conductance / (1.0 - min(t.polarisation_squared, 0.99))
    return (
        abs(t.damping_like_current) * per_volt,
        abs(t.field_like_current) * per_volt,
        abs(t.damping_like_quadratic),
        abs(t.field_like_quadratic),
    )


def _vectors(
    values: Values,
    stack: Stack,
    p: NDArray[Any],
    voltage: float,
    conductance: float,
    cosine: float,
    channel: float,
) -> tuple[NDArray[Any], NDArray[Any]]:
    efficiency = stack.spin_polarisation / (1.0 + stack.spin_polarisation**2 * cosine)
    a = values["damping_like_efficiency"] * stack.torque_per_ampere / stack.moment * efficiency * voltage * conductance
    q = a + values["damping_like_per_volt_squared"] * voltage**2
    return q * p, (values["field_like_ratio"] * a + values["field_like_per_volt_squared"] * voltage**2) * p


TERM = Torque(
    name="current_spin_transfer",
    part="barrier",
    title="spin-transfer torque of the tunnel current, proportional to the current",
    examples=({"torque_law": "current", "damping_like_efficiency": 0.7, "field_like_ratio": 0.3},),
    lane=CurrentSpinTransfer,
    numbers=_numbers,
    scaled=_scaled,
    direction=reference_direction,
    vectors=_vectors,
    powers=_powers,
    follows_state=True,
    largest=_largest,
)
