"""The stray field of the reference layer."""

from mtjphys.core.quantity import Quantity
from mtjphys.kernels.declaration import LinearTerm, Parameter, Vector

TERM = LinearTerm(
    name="stray_field",
    part="reference",
    title="stray field of the reference layer, uniform over the free layer",
    parameters=(
        Parameter(
            "stray_field",
            "T, uniform over the free layer.",
            Vector,
            Quantity(
                "T", -20.0, 20.0, ((20.0, 1e6, 1e-4, "oersted (or millitesla)"),), "fields are B = mu0 H in tesla"
            ),
            (0.0, 0.0, 0.0),
        ),
    ),
    examples=({"stray_field": (0.01, -0.02, 0.03)},),
    energy=lambda values, stack, m, voltage: -stack.saturation_magnetisation * (m @ values["stray_field"]),
    field=lambda values, stack: values["stray_field"],
)
