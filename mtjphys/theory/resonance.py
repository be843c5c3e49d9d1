"""Resonance as it is seen in the noise."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.theory.checks import GYROMAGNETIC_RATIO, Floats, numbers, one, positive, stiffness_pair, warn_outside


def resonance_spectrum(
    frequency: ArrayLike,
    stiffness_fields: tuple[float, float],
    thermal_field: float,
    damping: float,
    *,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> Floats:
    r"""Return the thermal spectrum of m about a well: ferromagnetic resonance seen in its noise.

    The linearised stochastic LLG equation, solved exactly; for the component along principal axis i, j the other,

    .. math:: S_i(f) = 4\alpha\gamma b\,\frac{(\gamma B_j)^2+(1+\alpha^2)\omega^2}
        {\left[\gamma^2B_1B_2-(1+\alpha^2)\omega^2\right]^2+\left[\alpha\gamma(B_1+B_2)\omega\right]^2},\qquad
        \omega = 2\pi f,

    one-sided, with :math:`\int_0^\infty S_i\,df = b/B_i`. It peaks near :math:`f_0 = (\gamma/2\pi)\sqrt{B_1B_2}`
    (`MTJ.resonance_frequency`) with the full width :math:`\alpha\gamma(B_1+B_2)/2\pi` (`MTJ.resonance_linewidth`). By
    the fluctuation-dissipation theorem it is :math:`(2k_BT/\pi f)\chi''`. In a direction n of the tangent plane the
    spectrum is :math:`n_1^2S_1+n_2^2S_2`: the two components are correlated a quarter of a period apart only.

    Range: thermal_field/B at most 0.02 for both, where the anharmonic shift of the peak stays below a few per cent.

    Parameters
    ----------
    frequency : array_like
        f, Hz.
    stiffness_fields : (float, float)
        B_1, B_2 of the well, T: `MTJ.stiffness_fields()`.
    thermal_field : float
        b = kB T/(Ms V), T.
    damping : float
        Gilbert damping, 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    array of shape (2, ...)
        S_1 and S_2 at each frequency, 1/Hz.

    References
    ----------
    N. Smith, P. Arnett, Appl. Phys. Lett. 78, 1448 (2001); C. Kittel, Phys. Rev. 73, 155 (1948).

    Examples
    --------
    >>> in_plane, out_of_plane = resonance_spectrum(0.0, (0.02, 0.8), 1e-4, 0.01)
    >>> print(f"{in_plane:.2e} 1/Hz")
    5.68e-14 1/Hz
    """
    omega = 2 * math.pi * numbers("frequency", frequency, "Hz", -math.inf)
    soft, stiff = (one("stiffness_fields", field, "T") for field in stiffness_pair(stiffness_fields))
    thermal = float(positive("thermal_field", thermal_field, "T"))
    alpha = float(positive("damping", damping, "(dimensionless)"))
    warn_outside(
        "thermal_field/stiffness field",
        thermal / min(soft, stiff),
        0.0,
        0.02,
        "the well is not harmonic on the scale of the fluctuations; use fokker_planck.spectrum",
    )
    gamma = float(positive("gyromagnetic_ratio", gyromagnetic_ratio, "rad/(s T)"))
    inertia = (1 + alpha**2) * omega**2
    denominator = (gamma**2 * soft * stiff - inertia) ** 2 + (alpha * gamma * (soft + stiff) * omega) ** 2
    return np.stack(
        [4 * alpha * gamma * thermal * ((gamma * other) ** 2 + inertia) / denominator for other in (stiff, soft)]
    )
