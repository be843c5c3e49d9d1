"""Easy cones: a second-order anisotropy in equilibrium, and the rates over its barrier.

With the energy ``E/kB T = D1 sin^2 + D2 sin^4`` about the film normal and D1 < 0 < -D1/2 < D2 the magnetisation lies on
a cone, up or down, and the barrier between the two is the film plane. D1 = -4, D2 = 8 is such a cone; D1 = 3, D2 = 2
an axis that the second order makes harder to leave; D1 = 4, D2 = -1.5 one that it nearly cuts through. In the last
device an easy axis in the film breaks the symmetry about the normal.

Three statements of the same physics: the energy integral written down here, the stochastic equation, and the
Fokker-Planck equation, which has one way for symmetric junctions (integrals along the axis) and another for all
(spherical harmonics). The rates of the symmetric ones were computed by two codes from outside. Judged are the second
moment <m_z^2> at the step that the solver chooses, for weak and for strong damping, and the slowest relaxation rate:
computed both ways, and read off a simulated autocorrelation.
"""

from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

from mtjphys import fokker_planck
from mtjphys.core.palette import BLUE, GREY, ORANGE
from validation.devices import ANISOTROPY_FIELD, Macrospin, macrospin
from validation.sampling import decay_rate, equilibrium_moments
from validation.statistics import jackknife
from validation.suite import Outcome, Row, sampled

SECTION = "Equilibrium"
CAPTION = (
    "Left: density of m_z of the three symmetric devices, by the energy integral. Right: autocorrelation of m_z of the "
    "cone (circles, simulated), and the exact slowest decay (line); the rate is read to the right of the dotted line."
)
# D1, D2, and Lambda = 2 tau_N lambda_1 by two codes from outside.
TABLE = ((3.0, 2.0, 0.1196683), (-4.0, 8.0, 0.1173471), (4.0, -1.5, 0.6618334))
DAMPINGS = (0.05, 0.5)


def device(first: float, second: float, damping: float, plane: float = 0.0) -> Macrospin:
    """Return the macrospin; `plane` is an easy axis x in units of |B_k|, on top."""
    field = ANISOTROPY_FIELD if first > 0.0 else -ANISOTROPY_FIELD
    spin = macrospin(first, damping, anisotropy_field=field, second=second / first)
    if not plane:
        return spin
    # N_x + N_y + N_z = 1: the shape is what tells x from y, and z is given back by the uniaxial anisotropy.
    extra = plane * ANISOTROPY_FIELD
    layer = spin.junction.free_layer
    magnetisation = layer.saturation_magnetisation
    unit = 4e-7 * np.pi * magnetisation
    share = extra / unit
    factors = (0.0, share, 1.0 - share)
    given_back = unit * (1.0 - share)
    density = layer.uniaxial_anisotropy[0] + 0.5 * given_back * magnetisation
    junction = spin.junction.with_parameters(
        {
            "free_layer.demagnetising_factors": factors,
            "free_layer.uniaxial_anisotropy": (density, (0.0, 0.0, 1.0)),
        }
    )
    return replace(spin, junction=junction, matrix=spin.matrix - np.diag([0.0, extra, 0.0]))


def run(quick: bool) -> Outcome:
    """Compute the rates both ways, sample the moments, and read the cone's rate off its trace."""
    rows = []
    for first, second, known in TABLE:
        name = f"D1 = {first:g}, D2 = {second:g}"
        spin = device(first, second, 0.1)
        square = spin.boltzmann(lambda m: m[:, 2] ** 2)
        numbers = fokker_planck.macrospin(spin.junction, spin.bias)
        unit = 2.0 * spin.diffusion_time
        rows.append(
            Row(
                f"Lambda along the axis, {name}",
                unit * fokker_planck.relaxation_rate(spin.junction, spin.bias),
                0.0,
                known,
                1e-6,
                "two independent codes",
            )
        )
        # A field across of a billionth is no axis any more: spherical harmonics.
        oblique = replace(numbers, field=np.array([1e-9 * ANISOTROPY_FIELD, 0.0, 0.0]))
        rows.append(
            Row(
                f"Lambda by harmonics, {name}",
                unit * fokker_planck.relaxation_rate(oblique, rtol=1e-7),
                0.0,
                known,
                1e-6,
                "two independent codes",
            )
        )
        own = fokker_planck.equilibrium(spin.junction, spin.bias).second_moments[2, 2]
        rows.append(Row(f"fokker_planck <m_z^2>, {name}", own, 0.0, square, 1e-6, "energy integral"))
    allowed = 0.01 if quick else 0.005
    devices = [(first, second, 0.0) for first, second, _ in (TABLE[0], TABLE[2], TABLE[1])] + [(-4.0, 8.0, 0.5)]
    for seed, (first, second, plane) in enumerate(devices[-2:] if quick else devices, 40):
        for damping in DAMPINGS:
            spin = device(first, second, damping, plane)
            squares = spin.boltzmann(lambda m: m**2)
            found = equilibrium_moments(spin, 0.8e8 if quick else 6e8, seed=seed, settle=2e-7)
            name = f"D1 = {first:g}, D2 = {second:g}" + (", axis in the film" if plane else "") + f", alpha {damping:g}"
            rows.append(
                sampled(f"<m_z^2>, {name}", jackknife(found.second[:, 2, 2]), squares[2], allowed, "energy integral")
            )
            if plane:
                across = jackknife(found.second[:, 0, 0])
                rows.append(sampled(f"<m_x^2>, {name}", across, squares[0], allowed, "energy integral"))
    cone = device(-4.0, 8.0, 0.2)
    decay = decay_rate(cone, 2, 3e5 if quick else 9e5, axial=True, seed=7)
    exact = TABLE[1][2] / (2.0 * cone.diffusion_time)
    rows.append(
        sampled(
            "lambda_1 of the cone, simulated (1/s)", decay.rate, exact, 0.05 if quick else 0.02, "two independent codes"
        )
    )
    tilted = device(-4.0, 8.0, 0.2, 0.5)
    other = decay_rate(tilted, 2, 3e5 if quick else 9e5, axial=False, seed=8)
    expected = fokker_planck.relaxation_rate(tilted.junction, tilted.bias)
    rows.append(
        sampled(
            "lambda_1 with an axis in the film (1/s)",
            other.rate,
            expected,
            0.05 if quick else 0.02,
            "spherical harmonics",
        )
    )
    return Outcome(rows, (decay, exact))


def figure(data: tuple) -> Figure:
    """Draw the densities and the decay."""
    decay, exact = data
    drawing, (left, right) = subplots(1, 2, figsize=(6.4, 2.7))
    z = np.linspace(-1.0, 1.0, 401)
    for (first, second, _), colour in zip(TABLE, (GREY, BLUE, ORANGE), strict=True):
        density = np.exp(-first * (1.0 - z * z) - second * (1.0 - z * z) ** 2)
        left.plot(z, density / np.trapezoid(density, z), color=colour, label=f"$D_1$ = {first:g}, $D_2$ = {second:g}")
    left.set(xlabel="$m_z$", ylabel="density", ylim=(0.0, None))
    left.legend()
    time = 1e9 * decay.time
    curve = decay.autocovariance / decay.autocovariance[0]
    right.semilogy(time, curve, "o", color=ORANGE, mfc="white", label="simulated")
    late = np.searchsorted(decay.time, decay.first_lag)
    right.semilogy(time, curve[late] * np.exp(-exact * (decay.time - decay.time[late])), color=BLUE, label="exact")
    right.axvline(1e9 * decay.first_lag, color=GREY, ls=":")
    right.set(xlabel="time (ns)", ylabel="autocorrelation of $m_z$")
    right.legend()
    return drawing
