"""Values and their derivatives with respect to the parameters of a junction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from mtjphys.core.checks import check_rtol
from mtjphys.core.errors import ParameterError
from mtjphys.fokker_planck.levels import converge_slow
from mtjphys.fokker_planck.rates import check_wells, relaxation_rate
from mtjphys.fokker_planck.response import Current, of_mean, of_rate, of_ratio
from mtjphys.fokker_planck.stationary import Equilibrium
from mtjphys.fokker_planck.two_states import axial_states, general_states
from mtjphys.macrospin.spin import Macrospin, Modulation, macrospin, resolve

if TYPE_CHECKING:
    from mtjphys.bias import Bias
    from mtjphys.junction import MTJ

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
_TWO_STATES = ("parallel", "antiparallel", "share")
_STEP = 2e-5  # relative change of what acts on m between the two sides of a difference


class Sensitivity(NamedTuple):
    """A value and its derivatives.

    Attributes
    ----------
    value : float
        In SI units.
    derivatives : array
        One for each name, in units of the value over those of the parameter.
    """

    value: float
    derivatives: Array


class _Change(NamedTuple):
    """A junction on both sides of a parameter's value."""

    below: Macrospin
    above: Macrospin
    step: float  # of the parameter, from one to the other

    def of(self, number: Callable[[Macrospin], Any]) -> Any:
        """Return the derivative of something that a macrospin has."""
        return (number(self.above) - number(self.below)) / self.step


def sensitivities(
    junction: MTJ,
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
    junction : MTJ
        The junction.
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
    spin = resolve(junction, bias)
    if set(_TWO_STATES) & set(quantities):
        check_wells(spin, bias)
    changes = [_change(junction, bias, name, spin) for name in names]
    if spin.axis is not None:
        changes = [_Change(_averaged(c.below, spin.axis), _averaged(c.above, spin.axis), c.step) for c in changes]
        return {str(quantity): _difference(_axial(quantity, rtol), spin, changes) for quantity in quantities}
    two_states = _two_states(spin, changes, quantities, rtol)
    result: dict[str, Sensitivity] = {}
    for quantity in quantities:
        if quantity in two_states:
            result[quantity] = two_states[quantity]
        elif spin.reversible:
            result[quantity] = _difference(_axial(quantity, rtol), spin, changes)
        else:
            result[quantity] = _stationary(spin, changes, quantity, rtol)
    return result


def _difference(value: Callable[[Macrospin], float], spin: Macrospin, changes: list[_Change]) -> Sensitivity:
    """Return a positive quantity with derivatives by differences of its logarithm, which bends less."""
    here = value(spin)
    slopes = [change.of(lambda other: np.log(value(other))) for change in changes]
    return Sensitivity(here, here * np.array(slopes, dtype=float))


def _axial(quantity: str, rtol: float) -> Callable[[Macrospin], float]:
    """Return what solves for a quantity where that takes milliseconds."""
    if quantity == "relaxation_rate":
        # Without a barrier the slowest mode may turn about the axis, and degrees are low.
        return lambda spin: relaxation_rate(spin, rtol=1e-9)
    if quantity in _TWO_STATES:
        return lambda spin: _of_two_states(*axial_states(spin).dwell_times(spin.diffusion))[quantity]
    if quantity == "occupation":
        return lambda spin: 1.0 - Equilibrium(spin, rtol).occupation()
    return lambda spin: Equilibrium(spin, rtol).resistance


def _of_two_states(parallel: float, antiparallel: float) -> dict[str, float]:
    return {
        "parallel": parallel,
        "antiparallel": antiparallel,
        "share": antiparallel / (parallel + antiparallel),
    }


def _two_states(
    spin: Macrospin, changes: list[_Change], quantities: Sequence[str], rtol: float
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


def _stationary(spin: Macrospin, changes: list[_Change], quantity: str, rtol: float) -> Sensitivity:
    """Return a stationary mean without detailed balance, by the equation for what a disturbance brings it later."""
    equilibrium = Equilibrium(spin, rtol)
    galerkin = equilibrium.galerkin
    assert galerkin is not None
    value = _axial(quantity, rtol)(spin)
    if quantity == "occupation":
        rule = galerkin.edge_rule
        m = rule.nodes @ galerkin.frame
        (row,) = rule.project(np.where(m @ spin.reference < 0, galerkin.weight(m), 0.0))

        def alone(other: Macrospin) -> float:
            return 1.0 - equilibrium.occupation(other.reference)

    else:
        profile = spin.resistance
        assert profile is not None
        row = galerkin.mean_of(profile)

        def alone(other: Macrospin) -> float:
            assert other.resistance is not None
            return float(equilibrium.probabilities @ other.resistance(equilibrium.nodes @ other.reference))

    shifts = _shifts(of_mean(galerkin, row), changes)
    return Sensitivity(value, shifts + np.array([change.of(alone) for change in changes], dtype=float))


def _shifts(current: Current, changes: list[_Change]) -> Array:
    return np.array([current.of(change.of(lambda spin: spin.drift(current.nodes))) for change in changes], dtype=float)


def _averaged(spin: Macrospin, axis: Array) -> Macrospin:
    """Return what of a macrospin is symmetric about an axis: the rest has no effect to first order."""

    def vector(value: Any) -> Array:
        return np.asarray((np.asarray(value) @ axis) * axis)

    def matrix(value: Any) -> Array:
        along = axis @ np.asarray(value) @ axis
        across = (np.trace(value) - along) / 2
        return np.asarray(across * np.eye(3) + (along - across) * np.outer(axis, axis))

    parts = tuple(
        Modulation(item.profile, vector(item.field), matrix(item.matrix), vector(item.damping_like))
        for item in spin.modulations
    )
    return replace(
        spin,
        field=vector(spin.field),
        matrix=matrix(spin.matrix),
        damping_like=vector(spin.damping_like),
        modulations=parts,
    )


def _change(junction: MTJ, bias: Bias | None, name: str, spin: Macrospin) -> _Change:
    """Return the junction with a parameter a little lower and a little higher.

    The step is one that changes what acts on m by 2e-5 of it, which neither curvature nor rounding spoils.
    """
    from mtjphys.bias import Bias as Default

    given = Default() if bias is None else bias
    value, changed = _parameter(junction, name)
    points = np.concatenate((np.eye(3), -np.eye(3), np.ones((1, 3)) / np.sqrt(3)))
    drift = spin.drift(points)

    def at(new: float) -> Macrospin:
        return macrospin(changed(new), given)

    def size(other: Macrospin) -> float:
        moved = np.abs(other.drift(points) - drift).max() / np.abs(drift).max()
        return float(max(moved, abs(other.diffusion / spin.diffusion - 1)))

    step = _STEP * abs(value)
    if value == 0.0:
        step = 1e-3
        for _ in range(40):  # a parameter that is 0 has no scale of its own
            moved = size(at(step))
            if 0.1 * _STEP <= moved <= 10 * _STEP or moved == 0.0:
                break
            step *= float(np.clip(_STEP / moved, 1e-6, 1e6))
    try:
        return _Change(at(value - step), at(value + step), 2 * step)
    except ParameterError:  # at the end of the legal range
        return _Change(spin, at(value + 1e-3 * step), 1e-3 * step)


def _parameter(junction: MTJ, name: str) -> tuple[float, Callable[[float], MTJ]]:
    """Return a parameter's value, and what returns the junction with another one."""
    path, _, component = name.rpartition(".")
    if component not in ("x", "y", "z"):
        path, component = name, ""
    found: Any = junction
    for part in path.split("."):
        found = getattr(found, part, None)
    if component and isinstance(found, tuple) and len(found) == 3:
        index = "xyz".index(component)
        vector = found

        def with_component(value: float) -> MTJ:
            return junction.with_parameters({path: (*vector[:index], value, *vector[index + 1 :])})

        return float(vector[index]), with_component
    if not component and isinstance(found, tuple) and len(found) == 2:
        density, axis = found
        return float(density), lambda value: junction.with_parameters({path: (value, axis)})
    if component or isinstance(found, bool) or not isinstance(found, int | float):
        raise ParameterError(
            f"{name} is {found!r} in this junction and has no number to be changed; give the path of one, such as "
            '"free_layer.damping" or "reference.stray_field.z"'
        )
    return float(found), lambda value: junction.with_parameters({path: value})
