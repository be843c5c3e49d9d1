"""What an energy term or a torque declares of itself, in one file of `terms` or `torques`.

Four kinds of terms. A `LinearTerm` is a uniform field and a `QuadraticTerm` a field linear in m: these are summed
before a kernel runs, and cost nothing however many there are. A `GeneralTerm` is any energy of m, and a `Torque` does
no work on an energy: kernels are compiled for those that a junction has, and those that it lacks cost nothing.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.quantity import Quantity

Vector = tuple[float, float, float]
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a term, as it stands in its part of a junction.

    Attributes
    ----------
    name : str
        As in TOML.
    meaning : str
        One or two sentences with the equation that it enters.
    annotation : type
        float, a tuple of floats, a `Literal`, or one of these or None.
    quantity : Quantity, optional
        Unit and legal range of its numbers.
    default : object
        What absence means; `...` if it has to be given.
    """

    name: str
    meaning: str
    annotation: Any = float
    quantity: Quantity | None = None
    default: Any = 0.0


class Stack(NamedTuple):
    """What terms may need of the junction beside their own parameters, in SI at the reference temperature."""

    saturation_magnetisation: float  # A/m
    polarisation: float  # T, mu0 Ms
    moment: float  # A m^2, Ms V
    thickness: float | None  # m, of the free layer; None for a macrospin
    demagnetising_factors: Vector
    barrier_thickness: float  # m
    conductance_parallel: float  # S
    spin_polarisation: float
    torque_per_ampere: float  # hbar/(2 e), T A m^2/A: of one ampere of fully polarised current on a unit moment


def none(values: Values, stack: Stack | None) -> None:
    """Find nothing wrong with the parameters of a term."""


@dataclass(frozen=True, kw_only=True)
class Term:
    """What every term declares.

    Attributes
    ----------
    name : str
        Of the term, in lists of terms and errors.
    part : str
        The table that its parameters stand in: "free_layer", "barrier", "reference", or one of its own.
    title : str
        One line for the documentation.
    parameters : tuple of Parameter
        Its own; their values come to the other functions of the declaration by name.
    check : callable
        ``check(values, stack)`` raises what is wrong with parameters that are legal one by one. It is asked when the
        part is made, without a stack, and again when the junction is.
    examples : tuple of mappings
        Values of the part under which the term is there, for the tests that every term has to pass.
    energy : callable, optional
        ``energy(values, stack, m, voltage)``: its energy density in J/m^3 at unit vectors m (..., 3), as obvious as it
        can be written, and for complex m as well: tests hold the field of the kernels against its derivative.
    """

    name: str
    part: str
    title: str
    parameters: tuple[Parameter, ...] = ()
    check: Callable[[Values, Stack | None], None] = none
    examples: tuple[Values, ...] = ()
    energy: Callable[[Values, Stack, NDArray[Any], float], Any] | None = None


@dataclass(frozen=True, kw_only=True)
class LinearTerm(Term):
    """A uniform field that does not depend on temperature.

    Attributes
    ----------
    field : callable
        ``field(values, stack)`` in T, shape (3,).
    """

    field: Callable[[Values, Stack], Any]


@dataclass(frozen=True, kw_only=True)
class QuadraticTerm(Term):
    """An energy ``-Ms V m.M m/2``, whose field is ``M m``.

    Attributes
    ----------
    follows : {"magnetisation", "anisotropy", "voltage"}
        M is proportional to Ms(T), to K(T)/Ms(T), or to V/Ms(T) with the junction's voltage V; then it may have one
        element only, along the film normal.
    matrix : callable
        ``matrix(values, stack)`` in T or T/V at the reference temperature, symmetric, shape (3, 3).
    """

    follows: Literal["magnetisation", "anisotropy", "voltage"]
    matrix: Callable[[Values, Stack], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class GeneralTerm(Term):
    """An energy that is no quadratic form of m.

    Attributes
    ----------
    lane : type
        The NamedTuple of numbers that the kernels carry for it.
    numbers : callable
        ``numbers(values, stack)``: a `lane` in T at the reference temperature, or None where the term is absent.
    at : callable
        ``at(t, s, k)``: the `lane` at a temperature with ``s = Ms(T)/Ms(T_ref)`` and ``k = K(T)/K(T_ref)``. Inlined.
    field : callable
        ``field(t, mx, my, mz)``: the three components in T. Inlined; for lanes, scalars and arrays.
    potential : callable
        ``potential(t, mx, my, mz)``: energy over Ms V in T. Inlined likewise.
    axis : callable
        ``axis(t)``: the unit vector about which the energy is symmetric, or None. About an axis the Fokker-Planck
        operators take the term exactly; without one there is its Boltzmann distribution by quadrature, and simulation.
    largest : callable
        ``largest(t)``: a bound in T on how fast its field turns m, by itself and by its gradient, for the step.
    entries : callable
        ``entries(t)``: derived quantities for the summary of a junction: (quantity, symbol, value, unit) each.
    """

    lane: type
    numbers: Callable[[Values, Stack], Any]
    at: Callable[..., Any]
    field: Callable[..., Any]
    potential: Callable[..., Any]
    axis: Callable[[Any], Vector | None]
    largest: Callable[[Any], float]
    entries: Callable[[Any], list[tuple[str, str, float, str]]] = lambda t: []


@dataclass(frozen=True, kw_only=True)
class Torque(Term):
    """A damping-like torque ``-gamma m x (m x q)`` and a field-like one ``-gamma m x f`` along one direction e.

        q = e [d_0 I_channel + V (d_1 + d_2 V)],   f = e [f_0 I_channel + V (f_1 + f_2 V)]

    with the junction's voltage V and the current of the channel under the free layer, all proportional to 1/Ms(T).

    Attributes
    ----------
    lane : type
        The NamedTuple of numbers that the kernels carry for it.
    numbers : callable
        ``numbers(values, stack)``: a `lane` at the reference temperature, or None where the torque is absent.
    scaled : callable
        ``scaled(t, factor)``: the `lane` with its amplitudes multiplied. Inlined.
    direction : callable
        ``direction(t, p)``: the three components of e; p is the junction, whose reference direction may be meant.
    channel : callable, optional
        ``channel(t)``: d_0 and f_0 in T/A. Inlined.
    powers : callable, optional
        ``powers(t, cosine, conductance)``: d_1, f_1 in T/V, d_2, f_2 in T/V^2. Inlined.
    follows_state : bool
        Whether `powers` depends on m, through the cosine m.p and the conductance G(m.p, V).
    vectors : callable
        ``vectors(values, stack, p, voltage, conductance, cosine, channel)``: q and f in T at the reference temperature
        for the reference direction p, as obvious as they can be written, for the tests.
    largest : callable
        ``largest(t, conductance)``: the largest |d_1|, |f_1|, |d_2|, |f_2| that any state has, for the step.
    """

    lane: type
    numbers: Callable[[Values, Stack], Any]
    scaled: Callable[..., Any]
    direction: Callable[..., Any]
    vectors: Callable[..., tuple[Any, Any]]
    channel: Callable[..., Any] | None = None
    powers: Callable[..., Any] | None = None
    follows_state: bool = False
    largest: Callable[[Any, float], tuple[float, float, float, float]] = lambda t, conductance: (0.0, 0.0, 0.0, 0.0)


class Declared:
    """The declarations in the modules of one folder, by name, found when they are first asked for."""

    _by_lane: ClassVar[dict[type, Any]] = {}

    def __init__(self, package: str) -> None:
        self._package = package
        self._terms: tuple[Any, ...] | None = None

    def all(self) -> tuple[Any, ...]:
        """Return the ``TERM`` of every module, in the order of the modules' names."""
        if self._terms is None:
            folder = import_module(self._package)
            names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
            self._terms = tuple(term for name in names for term in (import_module(f"{self._package}.{name}").TERM,))
        return self._terms

    def of(self, lane: type) -> Any:
        """Return the declaration whose numbers a NamedTuple holds."""
        for term in self.all():
            if getattr(term, "lane", None) is lane:
                return term
        raise KeyError(lane)
