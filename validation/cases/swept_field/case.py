"""A swept field: the distribution of switching fields.

The loop that a laboratory measures: a field along the easy axis is stepped from -1.2 B_k to 1.2 B_k and back, each
value held for a dwell time, and where the junction has switched is noted. Thermal activation over a barrier that falls
with the field spreads the switching fields, at lower fields the slower the sweep (J. Kurkijaervi, Phys. Rev. B 6, 832
(1972)).

A perpendicular moment obeys a Fokker-Planck equation in m_z alone, dP/dt = D d/dz {(1 - z^2) [dP/dz - P du/dz]} with
u = Delta z^2 + 2 Delta h z. It is solved here in finite volumes whose fluxes are exact for exponentials, dwell by dwell
along the sweep, without rates and without the assumption that a dwell is long: the probability to be found on the other
side at the end of each dwell. Judged are the mean switching field and its standard deviation. Beside the mean stands
the closed form with the attempt rate at zero field, `theory.swept_survival`.
"""

import math

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from numpy.typing import NDArray
from scipy.linalg import expm

from mtjphys import experiments, theory
from mtjphys.core.palette import BLACK, COLOURS, GREY, MARKERS
from validation.devices import ANISOTROPY_FIELD, macrospin
from validation.statistics import jackknife
from validation.suite import Outcome, Row, sampled

SECTION = "Experiments"
CAPTION = (
    "Fraction of the junctions that have switched when the field has come to h B_k, swept up and down at two rates: "
    "simulated loops, and the Fokker-Planck equation in m_z (black). Grey: Kurkijaervi's closed form."
)
STABILITY, DAMPING = 15.0, 0.5
DWELLS = (20.0, 200.0)  # in units of tau_D
DRIVES = np.linspace(-1.2, 1.2, 49)
CELLS = 200
SOURCE = "Fokker-Planck in m_z"


def generator(drive: float) -> NDArray[np.float64]:
    """Return the matrix of the Fokker-Planck equation in m_z in units of D, columns summing to zero.

    Between cells the flux of P = e^u f is -(1 - z^2) e^u df/dz, with e^u of the edge between the two.
    """
    edges = np.linspace(-1.0, 1.0, CELLS + 1)
    centres, width = 0.5 * (edges[1:] + edges[:-1]), edges[1] - edges[0]

    def log_density(z: NDArray[np.float64]) -> NDArray[np.float64]:
        return STABILITY * (z**2 + 2.0 * drive * z)

    inner = edges[1:-1]
    strength = (1.0 - inner**2) / width**2
    upwards = strength * np.exp(log_density(inner) - log_density(centres[:-1]))
    downwards = strength * np.exp(log_density(inner) - log_density(centres[1:]))
    matrix = np.diag(upwards, -1) + np.diag(downwards, 1)
    return np.asarray(matrix - np.diag(matrix.sum(axis=0)))


def exact_fractions(dwell: float) -> NDArray[np.float64]:
    """Return the probability of m_z > 0 at the end of each dwell, in units of tau_D, on the way up."""
    first = np.zeros(CELLS)
    first[0] = 1.0
    fractions = []
    for drive in DRIVES:
        # tau_D D = 1/(2 Delta)
        first = expm(generator(float(drive)) * dwell / (2.0 * STABILITY)) @ first
        fractions.append(first[CELLS // 2 :].sum())
    return np.array(fractions)


def moments(fractions: NDArray[np.float64]) -> tuple[float, float]:
    """Return mean and standard deviation of the switching fields from the fractions, in units of B_k."""
    weight = np.diff(fractions, prepend=0.0)
    weight = weight / weight.sum()
    mean = float(weight @ DRIVES)
    return mean, math.sqrt(float(weight @ (DRIVES - mean) ** 2))


def run(quick: bool) -> Outcome:
    """Make loops at two sweep rates."""
    spin = macrospin(STABILITY, DAMPING)
    unit = (1.0 + DAMPING**2) / (DAMPING * spin.gyromagnetic_ratio * ANISOTROPY_FIELD)
    attempt = float(theory.uniaxial_escape_rates(STABILITY, ANISOTROPY_FIELD, DAMPING).parallel) * math.exp(STABILITY)
    rows, points = [], []
    for seed, dwell in enumerate(DWELLS):
        loop = experiments.resistance_field_loop(
            spin.junction,
            DRIVES * ANISOTROPY_FIELD,
            dwell=dwell * unit,
            replicas=1024 if quick else 8192,
            readings=1,
            seed=seed,
        )
        # Up as it is, down turned round: the same distribution twice.
        over = np.concatenate(
            [loop.projection.sel(branch="up").values > 0.0, loop.projection.sel(branch="down").values[:, ::-1] < 0.0]
        )
        exact = exact_fractions(dwell)
        # By parts: the mean is the last drive less the sum of the fractions below it.
        ours = jackknife(DRIVES[-1] - (DRIVES[1] - DRIVES[0]) * over[:, :-1].sum(axis=1))
        mean, deviation = moments(exact)
        label = f"dwell {dwell:g} tau_D"
        rows.append(sampled(f"mean switching field over B_k, {label}", ours, mean, 0.025, SOURCE))
        found = moments(over.mean(axis=0))[1]
        error = deviation / math.sqrt(2.0 * len(over)) * 1.2  # of a sample, a little more for Gumbel's tail
        rows.append(Row(f"standard deviation over B_k, {label}", found, error, deviation, 0.2, SOURCE))
        sweep = (DRIVES[1] - DRIVES[0]) / (dwell * unit)
        closed = 1.0 - theory.swept_survival(DRIVES + 0.5 * (DRIVES[1] - DRIVES[0]), sweep, STABILITY, 1.0, attempt)
        rows.append(Row(f"closed form, mean, {label}", moments(closed)[0], 0.0, mean, 0.0, SOURCE, contrast=True))
        points.append((dwell, over.mean(axis=0), exact, closed))
    return Outcome(rows, points)


def figure(points: list[tuple[float, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]) -> Figure:
    """Draw the fractions over the drive."""
    drawing, panel = subplots(figsize=(4.4, 2.8))
    for k, (dwell, found, exact, closed) in enumerate(points):
        panel.plot(DRIVES, closed, color=GREY, lw=0.8, ls="--")
        panel.plot(DRIVES, exact, color=BLACK, lw=0.9)
        panel.plot(DRIVES, found, MARKERS[k], color=COLOURS[k], mfc="none", ms=3, label=f"{dwell:g} $\\tau_D$ a value")
    panel.set(xlabel="h", ylabel="fraction switched", xlim=(0.0, 1.0))
    panel.legend()
    return drawing
