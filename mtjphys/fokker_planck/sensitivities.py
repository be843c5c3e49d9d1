"""Values and their derivatives with respect to the parameters of a junction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from mtjphys.bias import Bias
from mtjphys.core.checks import check_rtol
from mtjphys.core.errors import ParameterError
from mtjphys.fokker_planck.changes import Change, shift_of
from mtjphys.fokker_planck.levels import converge_slow
from mtjphys.fokker_planck.rates import check_wells, relaxation_rate
from mtjphys.fokker_planck.response import Current, of_mean, of_rate, of_ratio
from mtjphys.fokker_planck.stationary import Equilibrium
from mtjphys.fokker_planck.two_states import axial_states, general_states
from mtjphys.junction.given import as_mtj
from mtjphys.junction.spin import resolve
from mtjphys.macrospin.series import chebyshev_series
from mtjphys.macrospin.spin import Macrospin

if TYPE_CHECKING:
    from mtjphys.junction import JunctionLike

Array = npt.NDArray[np.float64]
Quantity = Literal["relaxation_rate", "parallel", "antiparallel", "share", "occupation", "resistance"]

QUANTITIES: tuple[Quantity, ...] = (
    "relaxation_rate",
    "parallel",
    "antiparallel",
    "share",
    "occupation",
    "resistance",
)
_STEP = 2e-5  # relative change of what acts on m, which neither curvature nor rounding spoils
_TWO_STATES = ("parallel", "antiparallel", "share")
_MEANS = ("occupation", "resistance")


class Sensitivity(NamedTuple):
    """A value and its derivatives.

    Attributes
    ----------
    value : float or array
        In SI units.
    derivatives : array
        One for each name along the first axis, in units of the value over those of the parameter.
    """

    value: float | Array
    derivatives: Array


def sensitivities(
    junction: JunctionLike,
    bias: Bias | None = None,
    names: Sequence[str] = (),
    quantities: Sequence[Quantity] = QUANTITIES[:3],
    rtol: float = 1e-4,
) -> dict[str, Sensitivity]:
    r"""Return quantities of a junction under a constant bias and their derivatives by its parameters.

    Without axial symmetry the Fokker-Planck equation is solved once, whatever the number of parameters. A parameter
    changes the drift w, and a change of drift shifts the slowest rate by

    .. math::

        \delta\kappa = -\langle\psi|\delta w\cdot\nabla f\rangle/\langle\psi|f\rangle,

    with its modes :math:`\psi` and f, and likewise f and the stationary density (first-order perturbation theory). What
    parameters do to w comes from differences of the drift, which cost nothing. In axial symmetry, and where the density
    is Boltzmann's, a solution takes milliseconds, and differences of solutions are cheaper.

    Parameters
    ----------
    junction : MTJ, str or Path
        The junction, the name of a preset, or a TOML file.
    bias : Bias, optional
        Constant bias; none is the default `Bias()`.
    names : sequence of str
        Parameters by their path: "free_layer.damping". Of a vector one component, "reference.stray_field.z"; of an
        anisotropy with its axis the energy density.
    quantities : sequence of str
        "relaxation_rate" (1/s); "parallel" and "antiparallel", the mean dwell times of `dwell_times` without thresholds
        (s); "share" of the antiparallel state in them; "occupation", the stationary probability of m.p < 0;
        "resistance", its stationary mean (ohm).
    rtol : float
        Relative accuracy asked for.

    Returns
    -------
    dict of Sensitivity
        By quantity: value, and derivatives in the order of `names`.

    Raises
    ------
    ParameterError
        If a name or quantity is unknown, a parameter has no value to be changed, or the bias is not constant.
    SimulationError
        If `rtol` cannot be reached.

    References
    ----------
    T. Kato, Perturbation Theory for Linear Operators (Springer 1995), chapter II.

    Examples
    --------
    A uniaxial particle relaxes as fast as it diffuses, and D goes with damping/(1 + damping^2):

    >>> import mtjphys as mp
    >>> from mtjphys.fokker_planck import sensitivities
    >>> layer = mp.FreeLayer(
    ...     saturation_magnetisation=1e6, volume=1e-24, damping=0.1,
    ...     demagnetising_factors=(0, 0, 0), uniaxial_anisotropy=(2e4, (0, 0, 1)))
    >>> found = sensitivities(mp.MTJ(free_layer=layer), names=["free_layer.damping"])["relaxation_rate"]
    >>> print(f"{found.derivatives[0] * 0.1 / found.value:.6f}")  # (1 - damping^2)/(1 + damping^2)
    0.980198
    """
    check_rtol(rtol)
    for quantity in quantities:
        if quantity not in QUANTITIES:
            raise ParameterError(f"quantity {quantity!r} is unknown; use {', '.join(QUANTITIES)}")
    junction = as_mtj(junction)
    spin = resolve(junction, bias)
    if set(_TWO_STATES) & set(quantities):
        check_wells(spin, bias)
    given = Bias() if bias is None else bias
    changes = [shift_of(junction, given, name, _STEP).under(given) for name in names]
    if spin.axis is not None:
        return _differences(spin, [change.about(spin.axis) for change in changes], quantities, rtol)
    result = _two_states(spin, changes, quantities, rtol)
    means: list[Quantity] = [quantity for quantity in quantities if quantity in _MEANS]
    if spin.reversible:
        result |= _differences(spin, changes, means, rtol)
    else:
        result |= {quantity: _stationary(spin, changes, quantity, rtol) for quantity in means}
    return {quantity: result[quantity] for quantity in quantities}


def _differences(
    spin: Macrospin, changes: list[Change], quantities: Sequence[Quantity], rtol: float
) -> dict[str, Sensitivity]:
    """Return quantities, all positive, with derivatives by differences of their logarithm, which bends less."""
    values = _direct(spin, quantities, rtol)
    slopes = np.array([change.of(lambda other: np.log(_direct(other, quantities, rtol))) for change in changes])
    slopes = slopes.reshape(len(changes), len(quantities)).T
    return {
        str(quantity): Sensitivity(float(value), value * slope)
        for quantity, value, slope in zip(quantities, values, slopes, strict=True)
    }


def _direct(spin: Macrospin, quantities: Sequence[Quantity], rtol: float) -> Array:
    """Return quantities where a solution takes milliseconds."""
    found: dict[str, float] = {}
    if set(_TWO_STATES) & set(quantities):
        found |= _of_two_states(*axial_states(spin).dwell_times(spin.diffusion))
    if "relaxation_rate" in quantities:
        # Without a barrier the slowest mode may turn about the axis, and degrees are low.
        found["relaxation_rate"] = relaxation_rate(spin, rtol=1e-9)
    if set(_MEANS) & set(quantities):
        found |= _of_equilibrium(Equilibrium(spin, rtol), quantities)
    return np.array([found[quantity] for quantity in quantities], dtype=float)


def _of_equilibrium(equilibrium: Equilibrium, quantities: Sequence[str]) -> dict[str, float]:
    found = {}
    if "occupation" in quantities:
        found["occupation"] = 1.0 - equilibrium.occupation()
    if "resistance" in quantities:
        found["resistance"] = equilibrium.resistance
    return found


def _of_two_states(parallel: float, antiparallel: float) -> dict[str, float]:
    return {
        "parallel": parallel,
        "antiparallel": antiparallel,
        "share": antiparallel / (parallel + antiparallel),
    }


def _two_states(
    spin: Macrospin, changes: list[Change], quantities: Sequence[str], rtol: float
) -> dict[str, Sensitivity]:
    """Return rate and dwell times with their derivatives, as far as asked for, from the slowest mode."""
    if not {"relaxation_rate", *_TWO_STATES} & set(quantities):
        return {}
    faster = np.array([change.of(lambda other: np.log(other.diffusion)) for change in changes])
    if not set(_TWO_STATES) & set(quantities):
        galerkin = converge_slow(spin, rtol)[0]
        rate = galerkin.slow_mode.rate.real
        faster = faster + _shifts(of_rate(galerkin), changes) / rate
        return {"relaxation_rate": Sensitivity(rate * spin.diffusion, rate * spin.diffusion * faster)}
    states = general_states(spin, rtol)
    assert states.galerkin is not None
    rate = states.rate
    faster = faster + _shifts(of_rate(states.galerkin), changes) / rate
    tilt = _shifts(of_ratio(states), changes)
    values = _of_two_states(*states.dwell_times(spin.diffusion))
    share = values["share"]
    return {
        "relaxation_rate": Sensitivity(rate * spin.diffusion, rate * spin.diffusion * faster),
        "parallel": Sensitivity(values["parallel"], -values["parallel"] * (faster + (1 - share) * tilt)),
        "antiparallel": Sensitivity(values["antiparallel"], values["antiparallel"] * (share * tilt - faster)),
        "share": Sensitivity(share, share * (1 - share) * tilt),
    }


def _stationary(spin: Macrospin, changes: list[Change], quantity: str, rtol: float) -> Sensitivity:
    """Return a stationary mean without detailed balance, by the equation for what a disturbance brings it later."""
    equilibrium = Equilibrium(spin, rtol)
    galerkin = equilibrium.galerkin
    assert galerkin is not None
    value = _of_equilibrium(equilibrium, (quantity,))[quantity]
    if quantity == "occupation":
        rule = galerkin.edge_rule
        m = rule.nodes @ galerkin.frame
        (row,) = rule.project(np.where(m @ spin.reference < 0, galerkin.weight(m), 0.0))

        def alone(other: Macrospin) -> float:
            if np.array_equal(other.reference, spin.reference):
                return value
            return 1.0 - equilibrium.occupation(other.reference)

    else:
        profile = spin.resistance
        assert profile is not None
        row = galerkin.mean_of(chebyshev_series(profile))

        def alone(other: Macrospin) -> float:
            assert other.resistance is not None
            return float(equilibrium.probabilities @ other.resistance(equilibrium.nodes @ other.reference))

    shifts = _shifts(of_mean(galerkin, row), changes)
    return Sensitivity(value, shifts + np.array([change.of(alone) for change in changes], dtype=float))


def _shifts(current: Current, changes: list[Change]) -> Array:
    return np.array([current.of(change.of(lambda spin: spin.drift(current.nodes))) for change in changes], dtype=float)
