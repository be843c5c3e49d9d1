"""The numbers of a junction under a constant bias, as the Fokker-Planck equation takes them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from scipy.constants import Boltzmann

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.junction.given import JunctionLike, as_mtj
from mtjphys.junction.mtj import MTJ
from mtjphys.kernels.contributions import TORQUES
from mtjphys.macrospin.constant import constant_fields
from mtjphys.macrospin.series import Array
from mtjphys.macrospin.spin import Macrospin, Modulation


def macrospin(junction: JunctionLike, bias: Bias) -> Macrospin:
    """Return the plain numbers of a junction under a constant bias.

    Parameters
    ----------
    junction : MTJ, str or Path
        The junction, the name of a preset, or the path of a TOML file.
    bias : Bias
        Constant bias. With a series resistance or a current source the junction's voltage follows
        its state m.p through its conductance, and torques and voltage-controlled anisotropy follow
        the voltage: exactly.

    Returns
    -------
    Macrospin
        Fields in tesla.

    Raises
    ------
    ParameterError
        If the bias varies in time, or Joule heating makes the temperature a state of its own.
    """
    acting = constant_fields(as_mtj(junction).lane_parameters(), bias)
    p, c = acting.p, acting.c
    if p.thermal_resistance != 0 and acting.source != 0:
        raise ParameterError(
            f"heating with thermal_resistance={p.thermal_resistance:g} K/W gives the "
            "temperature a memory of its own, which this Fokker-Planck equation does not hold; "
            "use heating=None and give the mean temperature in the bias, or simulate"
        )
    modulations: list[Modulation] = []
    if acting.follows:
        if c.vcma != 0:
            modulations.append(Modulation(acting.voltage, matrix=np.diag([0.0, 0.0, c.vcma])))
        for torque in c.torques:
            declared = TORQUES.of(type(torque))
            if declared.powers is None:
                continue
            direction = np.array(declared.direction(torque, p), dtype=float)
            for kind, name in enumerate(("damping_like", "field")):

                def amplitude(cosine: Array, torque: Any = torque, kind: int = kind) -> Array:
                    return acting.amplitudes(torque, cosine, acting.voltage(cosine))[kind]

                if np.any(amplitude(np.linspace(-1.0, 1.0, 5))):
                    modulations.append(Modulation(amplitude, **{name: direction}))
    return Macrospin(
        acting.field,
        acting.matrix,
        Boltzmann * acting.temperature / acting.moment,
        p.damping,
        acting.damping_like,
        p.gyromagnetic_ratio,
        np.array([p.reference_x, p.reference_y, p.reference_z], dtype=float),
        tuple(modulations),
        acting.resistance,
        c.terms,
    )


def resolve(junction: JunctionLike | Macrospin, bias: Bias | None) -> Macrospin:
    """Return the plain numbers of a junction under a bias, or those that were given."""
    if isinstance(junction, Macrospin):
        if bias is not None:
            raise ParameterError("a Macrospin holds its bias already; leave bias out")
        return junction
    junction = as_mtj(junction)
    if bias is None:
        bias = Bias()
    if not isinstance(bias, Bias):
        raise ParameterError(f"bias={bias!r} is not a Bias; give one Bias")
    return _resolved(junction, bias)


@lru_cache(maxsize=1024)
def _resolved(junction: MTJ, bias: Bias) -> Macrospin:
    """Return the same numbers for the same junction and bias, so that what was made of them can be used again."""
    return macrospin(junction, bias)
