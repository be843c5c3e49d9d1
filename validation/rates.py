"""The slowest relaxation rate in units of gamma B_k: exact, and from the closed form."""

import warnings

from mtjphys import fokker_planck, theory
from mtjphys.core.errors import MtjphysWarning
from validation.devices import ANISOTROPY_FIELD, Macrospin


def exact_rate(spin: Macrospin, rtol: float = 1e-4) -> float:
    """Return lambda_1/(gamma B_k) from the Fokker-Planck equation."""
    return fokker_planck.relaxation_rate(spin.junction, spin.bias, rtol) / (spin.gyromagnetic_ratio * ANISOTROPY_FIELD)


def closed_form_rate(spin: Macrospin) -> tuple[float, float]:
    """Return lambda_1/(gamma B_k) of the closed form with and without its depopulation factor.

    It warns outside its range, which is what some cases are about, and is not shown.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MtjphysWarning)
        found = theory.escape_rates(spin.junction, spin.bias)
    rate = found.relaxation / (spin.gyromagnetic_ratio * ANISOTROPY_FIELD)
    return rate, rate / found.depopulation
