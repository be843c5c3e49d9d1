"""Tilted field, and magnetisation and anisotropy that depend on temperature.

A field at an angle to the easy axis breaks every symmetry: all first and second moments of m take part. A
magnetisation and an anisotropy that fall with temperature change the depth of the wells and the strength of the
noise together. The law used is the one that Rehm et al. measured on the free layer of a 40 nm junction, Ms ~ 1
- (T/1453 K)^1.0583 and K ~ Ms^1.804.

Thin film, d = B_d/B_k = 5, Delta = 3 at 300 K, field (0.5, 0.3, 1) B_k, at 200, 300 and 500 K. Judged is the
mean cosine <m.p> that sets the resistance, and <m_y^2>, against the Boltzmann integral.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

from mtjphys import fokker_planck
from mtjphys.core.palette import BLUE, ORANGE
from validation.devices import Macrospin, macrospin
from validation.sampling import equilibrium_moments
from validation.statistics import jackknife
from validation.suite import Outcome, Row, sampled

SECTION = "Equilibrium"
CAPTION = (
    "Mean cosine and second moment of a film in a tilted field against temperature. Lines: Boltzmann integral with "
    "(solid) and without (dashed) the temperature dependence of Ms and K. Symbols: simulated; error bars are smaller."
)
REHM = (1453.0, 1.0583, 1.804)
FIELD = (0.5, 0.3, 1.0)
TEMPERATURES = (200.0, 300.0, 500.0)
DAMPING = 0.05


def film(temperature: float, *, curie: tuple[float, float, float] | None = REHM) -> Macrospin:
    """Return the film at a temperature in K."""
    options = {"easy": (1, 0, 0), "flatness": 5.0, "field": FIELD}
    return macrospin(3.0, DAMPING, temperature=temperature, curie=curie, **options)


def run(quick: bool) -> Outcome:
    """Sample three temperatures; compare the library's own equilibrium with the same integral."""
    rows, exact = [], []
    for seed, temperature in enumerate(TEMPERATURES, 30):
        spin = film(temperature)
        expected = spin.boltzmann(lambda m: np.stack([m[:, 0], m[:, 1] ** 2], axis=1))
        found = equilibrium_moments(spin, 0.6e8 if quick else 5e8, seed=seed)
        source = "Boltzmann integral"
        allowed = 0.01 if quick else 0.005
        at = f"at {temperature:g} K"
        cosine, square = jackknife(found.first[:, 0]), jackknife(found.second[:, 1, 1])
        rows.append(sampled(f"<m.p> {at}", cosine, expected[0], allowed, source))
        rows.append(sampled(f"<m_y^2> {at}", square, expected[1], allowed, source))
        own = fokker_planck.equilibrium(spin.junction, spin.bias)
        exact.append(Row(f"fokker_planck <m.p> {at}", own.projection, 0.0, expected[0], 1e-6, source))
    return Outcome(rows + exact, rows)


def figure(rows: list[Row]) -> Figure:
    """Draw both moments against temperature."""
    temperatures = np.linspace(150.0, 550.0, 21)
    observables = (lambda m: m[:, 0]), (lambda m: m[:, 1] ** 2)
    labels = r"$\langle \mathbf{m}\cdot\mathbf{p}\rangle$", r"$\langle m_y^2\rangle$"
    drawing, panels = subplots(1, 2, figsize=(6.4, 2.7))
    for k, panel in enumerate(panels):
        for curie, line in ((REHM, "-"), (None, "--")):
            spins = [film(t, curie=curie) for t in temperatures]
            name = r"$M_s(T)$, $K(T)$" if curie else "fixed $M_s$, $K$"
            values = [spin.boltzmann(observables[k], 120) for spin in spins]
            panel.plot(temperatures, values, line, color=BLUE, label=name)
        ours = [row.ours for row in rows[k::2]]
        errors = [row.error for row in rows[k::2]]
        panel.errorbar(TEMPERATURES, ours, errors, fmt="o", color=ORANGE, mfc="white", label="simulated")
        panel.set(xlabel="temperature (K)", ylabel=labels[k])
    panels[0].legend()
    return drawing
