r"""The spin-transfer torque of the tunnel current, by one of two laws.

"voltage" (J. C. Slonczewski, Phys. Rev. B 71, 024411 (2005); at fixed voltage the torque is angle independent):

.. math:: a_{DL} = \epsilon\frac{\hbar}{2e}\frac{P}{1+P^2}\frac{G_P}{M_sV_F}\,V

"current": :math:`a_{DL} = \epsilon\frac{\hbar}{2e}\frac{P}{1+P^2c}\frac{I}{M_sV_F}`, c = m.p.

Each law is a torque of its own for the kernels, and the parameter `torque_law` chooses which of the two is there.
"""

from typing import Any, Literal, NamedTuple

from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.kernels.compiling import inline
from mtjphys.kernels.declaration import Parameter, Stack, Torque, Values

_RATIO = Quantity("(dimensionless)", -10.0, 10.0)
_PER_VOLT = Quantity("T/V", -10.0, 10.0)
_PER_VOLT_SQUARED = Quantity("T/V2", -10.0, 10.0)


class SpinTransfer(NamedTuple):
    """The numbers of the voltage law."""

    damping_like: Any  # T/V
    damping_like_quadratic: Any  # T/V^2
    field_like: Any  # T/V
    field_like_quadratic: Any  # T/V^2


def per_ampere(values: Values, stack: Stack) -> float:
    """Return ``eps hbar/(2 e) P/(Ms V_F)``, in T/A."""
    efficiency: float = values["damping_like_efficiency"]
    return efficiency * stack.torque_per_ampere * stack.spin_polarisation / stack.moment


def _numbers(values: Values, stack: Stack) -> SpinTransfer | None:
    if values["torque_law"] != "voltage":
        return None
    damping_like = values["damping_like_per_volt"]
    if damping_like is None:
        polarisation = stack.spin_polarisation
        damping_like = per_ampere(values, stack) * stack.conductance_parallel / (1.0 + polarisation**2)
    field_like = values["field_like_per_volt"]
    if field_like is None:
        field_like = values["field_like_ratio"] * damping_like
    quadratic = values["damping_like_per_volt_squared"], values["field_like_per_volt_squared"]
    return SpinTransfer(damping_like, quadratic[0], field_like, quadratic[1])


def _check(values: Values, stack: Stack | None) -> None:
    if values["torque_law"] == "current":
        for name in ("damping_like_per_volt", "field_like_per_volt"):
            if values[name] is not None:
                raise ParameterError(
                    f"{name} belongs to torque_law='voltage'; with 'current' use "
                    "damping_like_efficiency and field_like_ratio"
                )
        if stack is not None and stack.spin_polarisation >= 1.0:
            raise ParameterError(
                f"polarisation={stack.spin_polarisation:g} makes the current law P/(1 + P^2 cos) diverge at "
                "antiparallel; give a polarisation below 1"
            )


@inline
def _scaled(t, factor):  # type: ignore[no-untyped-def]
    return SpinTransfer(
        factor * t.damping_like,
        factor * t.damping_like_quadratic,
        factor * t.field_like,
        factor * t.field_like_quadratic,
    )


@inline
def reference_direction(t, p):  # type: ignore[no-untyped-def]
    """Return the direction p of the reference layer."""
    return p.reference_x, p.reference_y, p.reference_z


@inline
def _powers(t, cosine, conductance):  # type: ignore[no-untyped-def]
    return t.damping_like, t.field_like, t.damping_like_quadratic, t.field_like_quadratic


def _largest(t: SpinTransfer, conductance: float) -> tuple[float, float, float, float]:
    return abs(t.damping_like), abs(t.field_like), abs(t.damping_like_quadratic), abs(t.field_like_quadratic)


def _vectors(
    values: Values,
    stack: Stack,
    p: NDArray[Any],
    voltage: float,
    conductance: float,
    cosine: float,
    channel: float,
) -> tuple[NDArray[Any], NDArray[Any]]:
    share = stack.spin_polarisation / (1.0 + stack.spin_polarisation**2)
    slonczewski = stack.torque_per_ampere / stack.moment * share * stack.conductance_parallel
    a = values["damping_like_per_volt"]
    a = values["damping_like_efficiency"] * slonczewski if a is None else a
    f = values["field_like_per_volt"]
    f = values["field_like_ratio"] * a if f is None else f
    q = a * voltage + values["damping_like_per_volt_squared"] * voltage**2
    return q * p, (f * voltage + values["field_like_per_volt_squared"] * voltage**2) * p


TERM = Torque(
    name="spin_transfer",
    part="barrier",
    title="spin-transfer torque of the tunnel current, proportional to the voltage",
    parameters=(
        Parameter(
            "torque_law",
            "Which of the two laws drives the spin torques.",
            Literal["voltage", "current"],
            default="voltage",
        ),
        Parameter("damping_like_efficiency", "Factor epsilon on the damping-like torque, 1.", float, _RATIO, 1.0),
        Parameter("damping_like_per_volt", "T/V; replaces the voltage law's value.", float | None, _PER_VOLT, None),
        Parameter("damping_like_per_volt_squared", "T/V2.", float, _PER_VOLT_SQUARED),
        Parameter("field_like_ratio", "a_FL over a_DL of the linear part, 1.", float, _RATIO),
        Parameter(
            "field_like_per_volt",
            "T/V; replaces ratio times damping-like torque in the voltage law.",
            float | None,
            _PER_VOLT,
            None,
        ),
        Parameter(
            "field_like_per_volt_squared",
            "T/V2; at fixed voltage the field-like torque is even in V.",
            float,
            _PER_VOLT_SQUARED,
        ),
    ),
    check=_check,
    examples=(
        {"damping_like_efficiency": 0.7, "field_like_ratio": 0.3, "field_like_per_volt_squared": 0.01},
        {"damping_like_per_volt": -0.02, "damping_like_per_volt_squared": 0.003, "field_like_per_volt": 0.004},
    ),
    lane=SpinTransfer,
    numbers=_numbers,
    scaled=_scaled,
    direction=reference_direction,
    vectors=_vectors,
    powers=_powers,
    largest=_largest,
)
