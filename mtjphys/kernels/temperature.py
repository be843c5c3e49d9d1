"""How the free layer's magnetisation and anisotropies follow its temperature.

    Ms(T)/Ms(T_ref) = [1 - (T/T_C)^b]/[1 - (T_ref/T_C)^b],   K(T)/K(T_ref) = [Ms(T)/Ms(T_ref)]^n

(H. B. Callen and E. Callen, J. Phys. Chem. Solids 27, 1271 (1966), for the power law); both are exactly 1 at the
reference temperature, or without a Curie temperature.
"""

from mtjphys.kernels.compiling import inline
from mtjphys.kernels.random import power

BOLTZMANN = 1.380649e-23  # J/K, exact in the SI


@inline
def bloch(p, temperature):  # type: ignore[no-untyped-def]
    """Return ``1 - (T/T_C)^b``, to which the saturation magnetisation is proportional."""
    return 1.0 - power(temperature * p.inverse_curie_temperature, p.bloch_exponent)


@inline
def magnetisation_ratio(p, temperature, reference):  # type: ignore[no-untyped-def]
    """Return ``s = Ms(T)/Ms(T_ref)``; `reference` is `bloch` at the reference temperature, which does not change."""
    return bloch(p, temperature) / reference


@inline
def anisotropy_ratio(p, s):  # type: ignore[no-untyped-def]
    """Return ``K(T)/K(T_ref) = s^n``."""
    return power(s, p.anisotropy_exponent)
