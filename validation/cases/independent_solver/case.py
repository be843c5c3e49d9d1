"""An independent solver: sdeint on the same equation.

sdeint integrates any stochastic equation of drift and diffusion functions. Here both are written down once more, from
the Gilbert form with damping-like and field-like torque,

dm/dt = gamma/(1 + alpha^2) (T + alpha m x T), T = -m x (B + B_th) - a m x (m x p) - b m x p,

and nothing of mtjphys is in them. Two questions are asked.

Is it the same path? Both get the same Wiener increments of an isotropic thermal rotation, which is what the thermal
field amounts to. Our Heun scheme, with its normalisation left out, has to be sdeint's stratHeun to rounding. For a
noise that does not commute, schemes that know the increments of a step and not in which order they came within it have
a strong error of order 1/2. It is the same for all of them, so that the midpoint rotation differs from stratHeun by
order 1. Roessler's stratSRS2 is told the double integrals as well, has order 1, and has to arrive where the midpoint
rotation goes in the limit of small steps.

Is it the same law? sdeint's Heun scheme with the thermal field of the Gilbert equation itself, against second moments
from the Fokker-Planck equation of the junction under torque, where no Boltzmann factor helps.
"""

import math
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from numpy.typing import NDArray

from mtjphys import fokker_planck
from mtjphys.core.palette import COLOURS, GREY, MARKERS
from mtjphys.kernels.conduction import STIFF
from mtjphys.kernels.replay import replay
from mtjphys.kernels.steppers import HEUN, MIDPOINT
from mtjphys.simulation.stepping import centred
from validation.devices import ANISOTROPY_FIELD, Macrospin, macrospin
from validation.figures import plain_ticks
from validation.sampling import equilibrium_moments
from validation.statistics import SampledMean, jackknife
from validation.suite import Outcome, Row

Array = NDArray[np.float64]

SECTION = "Integrators"
CAPTION = (
    "Left: root mean square distance of two solutions under the same Wiener increments against the step; grey: slopes. "
    "Right: one of the paths; lines: midpoint rotation at a step of 3e-5, symbols: stratSRS2 at the shortest step on "
    "the left, every fourth."
)
VOLTAGE, DAMPING_LIKE, FIELD_LIKE = 0.1, 0.4, 0.3  # V; torques in units of B_k
START = np.array([0.6, 0.0, 0.8])
FINEST = 2**14
PIECE = 20  # steps of sdeint between two normalisations
STEPS = (16, 32, 64, 128)
REFERENCE = np.array([1.0, 0.0, 0.0])
TURN = np.array([[0, 0, 0, 0, 0, -1, 0, 1, 0], [0, 0, 1, 0, 0, 0, -1, 0, 0], [0, -1, 0, 1, 0, 0, 0, 0, 0]], dtype=float)
# What is compared, its order and how far off the fit may be.
COMPARED = {
    "midpoint from its limit": (0.5, 0.15),
    "stratSRS2 from the midpoint's limit": (1.0, 0.12),
    "midpoint from stratHeun": (1.0, 0.15),
}


def device(stability: float, damping: float) -> Macrospin:
    """Return a film under an oblique field and both torques."""
    return macrospin(
        stability,
        damping,
        easy=(1.0, 0.0, 0.0),
        flatness=2.0,
        field=(0.2, 0.3, 0.4),
        voltage=VOLTAGE,
        barrier={
            "damping_like_per_volt": DAMPING_LIKE * ANISOTROPY_FIELD / VOLTAGE,
            "field_like_per_volt": FIELD_LIKE * ANISOTROPY_FIELD / VOLTAGE,
        },
    )


class Equation:
    """The junction's drift and diffusion, from its numbers; time in units of 1/(gamma B_k), m of shape (..., 3)."""

    def __init__(self, spin: Macrospin, damping: float) -> None:
        self.alpha = damping
        self.matrix = spin.matrix / ANISOTROPY_FIELD
        self.field = spin.field / ANISOTROPY_FIELD
        self.thermal = math.sqrt(2.0 * damping * spin.thermal_field / ANISOTROPY_FIELD)

    def explicit(self, turn: Array, torque: Array) -> Array:
        """Return dm/dt for the columns of T; `turn` is the matrix of m x."""
        return (torque + self.alpha * turn @ torque) / (1.0 + self.alpha**2)

    def drift(self, m: Array) -> Array:
        """Return dm/dt without noise."""
        turn = turning(m)
        field = self.field + m @ self.matrix + DAMPING_LIKE * turn @ REFERENCE + FIELD_LIKE * REFERENCE
        return self.explicit(turn, -turn @ field[..., None])[..., 0]

    def thermal_field(self, m: Array) -> Array:
        """Return the columns of dm for the three components of the thermal field, shape (..., 3, 3)."""
        turn = turning(m)
        return self.explicit(turn, -self.thermal * turn)

    def rotation(self, m: Array) -> Array:
        """Return the columns of dm for the three components of an isotropic thermal rotation."""
        return -self.thermal / math.sqrt(1.0 + self.alpha**2) * turning(m)


def turning(m: Array) -> Array:
    """Return the matrix of m x."""
    return (m @ TURN).reshape(*m.shape, 3)


class Paths(NamedTuple):
    """What `paths` found."""

    distance: dict[str, Array]  # mean square along every path, shape (paths, steps), by what is compared
    rounding: float  # largest distance of Heun without normalisation from stratHeun
    drawn: tuple[Array, Array, Array, Array]  # time and m of the limit, time and m of stratSRS2


def paths(count: int, duration: float, seed: int) -> Paths:
    """Follow `count` paths of the given duration (in units of 1/(gamma B_k)) with every solver."""
    from sdeint import stratHeun, stratSRS2

    damping = 0.5
    spin = device(0.5, damping)
    equation = Equation(spin, damping)
    p = centred(spin.junction.lane_parameters())
    unit = 1.0 / (spin.gyromagnetic_ratio * ANISOTROPY_FIELD)
    generator = np.random.default_rng(seed)

    def ours(increments: Array, scheme: int, normalised: bool = True) -> Array:
        n = len(increments)
        table = spin.bias.table(0, 1, duration / n * unit)
        normals = increments / math.sqrt(duration / n)
        return replay(
            p,
            START,
            VOLTAGE,
            normals,
            table,
            duration / n * unit,
            scheme=scheme,
            circuit=STIFF,
            renormalise=normalised,
        )[0]

    def drift(m: Array, time: float) -> Array:
        return equation.drift(m)

    def diffusion(m: Array, time: float) -> Array:
        return equation.rotation(m)

    distance: dict[str, Array] = {name: np.zeros((count, len(STEPS))) for name in COMPARED}
    rounding = 0.0
    for path in range(count):
        fine = generator.normal(0.0, math.sqrt(duration / FINEST), (FINEST, 3))
        limit = ours(fine, MIDPOINT)
        for k, n in enumerate(STEPS):
            parts = fine.reshape(n, FINEST // n, 3)
            coarse = parts.sum(axis=1)
            # J_ij = int W_i dW_j: the sum up to a fine step, and half of that step's own share.
            before = np.cumsum(parts, axis=1) - 0.5 * parts
            double = np.einsum("nsi,nsj->nij", before, parts)
            times = np.linspace(0.0, duration, n + 1)
            theirs = stratHeun(drift, diffusion, START, times, dW=coarse)
            roessler = stratSRS2(drift, diffusion, START, times, dW=coarse, J=double)
            midpoint, exact = ours(coarse, MIDPOINT), limit[:: FINEST // n]
            rounding = max(rounding, float(abs(ours(coarse, HEUN, normalised=False) - theirs).max()))
            pairs = (midpoint, exact), (roessler, exact), (midpoint, theirs)
            for name, (one, other) in zip(COMPARED, pairs, strict=True):
                distance[name][path, k] = np.mean(np.sum((one - other) ** 2, axis=1))
        if path == 0:
            drawn = np.linspace(0.0, duration, FINEST + 1), limit, times, roessler
    return Paths(distance, rounding, drawn)


def order(squares: Array) -> SampledMean:
    """Return the power of the step with which a distance grows, from mean squares a path and step."""
    x = np.log(np.array(STEPS, dtype=float))
    x -= x.mean()
    return jackknife(squares, lambda mean: -0.5 * x @ np.log(mean) / (x @ x))


def sdeint_moments(spin: Macrospin, damping: float, copies: int, steps: int, step: float, seed: int) -> Array:
    """Return the time mean of m^2 for every one of `copies` moments, in one large system of sdeint's.

    Its scheme does not keep |m|, which is put right every few steps.
    """
    from sdeint import stratHeun

    equation = Equation(spin, damping)
    where = np.arange(copies)

    def drift(m: Array, time: float) -> Array:
        return equation.drift(m.reshape(copies, 3)).ravel()

    def diffusion(m: Array, time: float) -> Array:
        blocks = np.zeros((copies, 3, copies, 3))
        blocks[where, :, where, :] = equation.thermal_field(m.reshape(copies, 3))
        return blocks.reshape(3 * copies, 3 * copies)

    generator = np.random.default_rng(seed)
    m = np.tile(START, copies)
    total = np.zeros((copies, 3))
    pieces, settling = round(steps / PIECE), round(0.1 * steps / PIECE)
    for number in range(pieces):
        path = stratHeun(drift, diffusion, m, step * np.arange(PIECE + 1.0), generator=generator)
        vectors = path[1:].reshape(PIECE, copies, 3)
        vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
        m = vectors[-1].ravel()
        if number >= settling:
            total += (vectors**2).mean(axis=0)
    return total / (pieces - settling)


def run(quick: bool) -> Outcome:
    """Compare paths and moments."""
    found = paths(90 if quick else 300, 0.5, 140)
    rows = [Row("largest distance, Heun as it is", found.rounding, 0.0, 0.0, 0.0, "sdeint stratHeun", within=1e-11)]
    for name, (expected, within) in COMPARED.items():
        estimate = order(found.distance[name])
        rows.append(Row(f"order, {name}", *estimate, expected, 0.0, "order of the scheme", within=within))
    spin = device(1.0, 1.0)
    exact = np.diag(fokker_planck.equilibrium(spin.junction, spin.bias).second_moments)
    ours = equilibrium_moments(spin, 4e7, seed=141).second
    theirs = sdeint_moments(spin, 1.0, 64, 8000 if quick else 60000, 0.02, 142)
    for k in range(3):
        for name, squares, within in (
            ("midpoint", ours[:, k, k], 0.003),
            ("sdeint stratHeun", theirs[:, k], 0.025 if quick else 0.01),
        ):
            label = f"<m_{'xyz'[k]}^2>, {name}"
            rows.append(Row(label, *jackknife(squares), float(exact[k]), 0.0, "Fokker-Planck", within=within))
    return Outcome(rows, found)


def figure(found: Paths) -> Figure:
    """Draw the distances against the step, and a path."""
    drawing, (left, right) = subplots(1, 2, figsize=(7.0, 3.2))
    steps = 0.5 / np.array(STEPS, dtype=float)
    for k, (name, squares) in enumerate(found.distance.items()):
        size = np.sqrt(squares.mean(axis=0))
        error = 0.5 * squares.std(axis=0) / math.sqrt(len(squares)) / size
        left.errorbar(steps, size, error, color=COLOURS[k], marker=MARKERS[k], mfc="white", label=name)
    for power, first in ((0.5, 0.075), (1.0, 0.009)):
        left.plot(steps[:2], first * (steps[:2] / steps[0]) ** power, color=GREY)
        middle = math.sqrt(steps[0] * steps[1]), first * 0.5 ** (0.5 * power)
        left.annotate(f"{power:g}", middle, (0, -11), textcoords="offset points", color=GREY)
    left.set(xscale="log", yscale="log", xlabel=r"step $\gamma B_k \Delta t$", ylabel="root mean square distance")
    left.set_ylim(6e-4, 0.12)
    plain_ticks(left.xaxis, (0.004, 0.008, 0.016, 0.032))
    left.legend(loc="lower right")
    time, limit, times, points = found.drawn
    for k in range(3):
        right.plot(time, limit[:, k], color=COLOURS[k], lw=0.8)
        right.plot(times, points[:, k], MARKERS[k], color=COLOURS[k], mfc="white", markevery=4, label=f"$m_{'xyz'[k]}$")
    right.set(xlabel=r"time $\gamma B_k t$", ylabel=r"components of $m$", ylim=(-1, 1))
    right.legend(ncols=3)
    return drawing
