"""Thermal ferromagnetic resonance.

Inside a well the moment precesses elliptically at f0 = (gamma/2 pi) sqrt(B_1 B_2), with B_1 and B_2 the stiffness
fields of the well, and the noise drives it over a linewidth of alpha gamma (B_1 + B_2)/(2 pi). The spectrum of the
components across the well is a measurement in itself: the fluctuation-dissipation theorem gives its height from
the temperature and its width from the damping, so both have to come back out of it.

First an in-plane film with a barrier of 2000 kB T, where the well is harmonic. Both components are fitted at once with
the closed form, and f0, linewidth and <m^2> are held against the device's own numbers. Then a perpendicular moment
with a barrier of 8 kB T: fluctuations that large see a softer well, the resonance is lower and lopsided, and
exact is the spectrum of the Fokker-Planck equation. It is judged in bands of frequency.
"""

import math

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from numpy.typing import NDArray

import mtjphys as mp
from mtjphys import fokker_planck, theory
from mtjphys.core.palette import BLUE, GREY, ORANGE
from validation.devices import ANISOTROPY_FIELD, Macrospin, macrospin
from validation.spectra import Spectra, averaged, whittle
from validation.statistics import jackknife
from validation.suite import Outcome, sampled

Array = NDArray[np.float64]

SECTION = "Noise"
CAPTION = (
    "One-sided spectra of m; symbols: simulated. Left: the in-plane film, components in the plane (circles) and along "
    "the normal (squares); lines: closed form, not fitted. Right: the perpendicular moment with a barrier of 8 kB T; "
    "dashed: the closed form of a harmonic well."
)
DAMPING, FLATNESS, BARRIER = 0.02, 10.0, 8.0
STIFFNESS = ANISOTROPY_FIELD * np.array([1.0, 1.0 + FLATNESS])  # B_1, B_2 of the film in T
BANDS = (0.7, 0.85), (0.85, 0.95), (0.95, 1.3)  # of the perpendicular moment's f0
LANES = 512


def spectra(
    spin: Macrospin,
    components: list[int],
    rate: float,
    width: float,
    averages: int,
    seed: int,
    steps: int | None = None,
) -> Spectra:
    """Average periodograms of 20 decay times each, with `rate` samples a second and `steps` a sample."""
    samples = 2 ** round(math.log2(20.0 * rate / width))
    simulator = mp.Simulator(
        spin.junction,
        spin.bias,
        sample_interval=1.0 / rate,
        step=None if steps is None else 1.0 / (steps * rate),
        replicas=LANES,
        seed=seed,
        record=("m",),
    )
    simulator.settle(10.0 / width)
    signals = (
        simulator.advance(samples)["m"].transpose(0, 2, 1)[:, components]
        for _ in range(max(1, round(averages / LANES)))
    )
    return averaged(signals, rate)


def run(quick: bool) -> Outcome:
    """Fit the spectra of a harmonic well; hold those of an anharmonic one against Fokker-Planck."""
    film, stiffness = macrospin(2000.0, DAMPING, easy=(1.0, 0.0, 0.0), flatness=FLATNESS), STIFFNESS
    gamma = film.gyromagnetic_ratio
    resonance = gamma * math.sqrt(stiffness.prod()) / (2.0 * math.pi)
    width = DAMPING * gamma * stiffness.sum() / (2.0 * math.pi)
    inside = spectra(film, [1, 2], 32.0 * resonance, width, 3072 if quick else 16384, 150)

    def law(frequency: Array, parameters: Array) -> Array:
        """Return the closed form as samples have it, with what lies above half their rate folded back."""
        *fields, thermal, alpha = parameters
        folded = abs(np.add.outer(inside.rate * np.arange(-3, 3), frequency))
        return theory.resonance_spectrum(folded, tuple(fields), thermal, alpha).sum(axis=1)

    part = inside.within(inside.frequency[1], 0.15 * inside.rate)
    soft, stiff, thermal, alpha = whittle(part, law, np.array([*stiffness, film.thermal_field, DAMPING])).T
    kittel, fluctuation = "(gamma/2 pi) sqrt(B_1 B_2)", "equipartition, b/B"
    rows = [
        sampled(
            "f0 in GHz", jackknife(gamma * np.sqrt(soft * stiff) / (2e9 * math.pi)), resonance / 1e9, 0.003, kittel
        ),
        sampled(
            "linewidth in GHz",
            jackknife(alpha * gamma * (soft + stiff) / (2e9 * math.pi)),
            width / 1e9,
            0.025,
            "alpha gamma (B_1 + B_2)/2 pi",
        ),
        sampled("<m^2> in the plane", jackknife(thermal / soft), film.thermal_field / stiffness[0], 0.025, fluctuation),
        sampled(
            "<m^2> along the normal", jackknife(thermal / stiff), film.thermal_field / stiffness[1], 0.025, fluctuation
        ),
        sampled("damping", jackknife(alpha), DAMPING, 0.025, "the damping put in"),
    ]
    soft_well = macrospin(BARRIER, DAMPING)
    unit = gamma * ANISOTROPY_FIELD / (2.0 * math.pi)
    # Steps of a tenth of a radian, as the upper edge is steep.
    averages = 2048 if quick else 12288
    shallow = spectra(soft_well, [0, 1], 16.0 * unit, 2.0 * DAMPING * unit, averages, 151, steps=4)
    density = shallow.density.mean(axis=1)
    exact = anharmonic(shallow.frequency)
    for low, high in BANDS:
        band = (shallow.frequency >= low * unit) & (shallow.frequency < high * unit)
        ours = jackknife(density[:, band].sum(axis=1) * shallow.frequency[1])
        name = f"<m_x^2> within {low:g}-{high:g} f0, barrier {BARRIER:g} kB T"
        expected = exact[band].sum() * shallow.frequency[1]
        rows.append(sampled(name, ours, expected, 0.06 if quick else 0.03, "Fokker-Planck"))
    return Outcome(rows, (inside, shallow))


def anharmonic(frequency: Array) -> Array:
    """Return the exact spectrum of m_x of the perpendicular moment."""
    spin = macrospin(BARRIER, DAMPING)
    return fokker_planck.spectrum(spin.junction, spin.bias, frequency, (1.0, 0.0, 0.0))


def figure(data: tuple[Spectra, Spectra]) -> Figure:
    """Draw both wells."""
    inside, shallow = data
    drawing, (left, right) = subplots(1, 2, figsize=(7.0, 3.2))
    film = macrospin(2000.0, DAMPING, easy=(1.0, 0.0, 0.0), flatness=FLATNESS)
    frequency = np.linspace(0.02e9, 4e9, 400)
    lines = theory.resonance_spectrum(frequency, tuple(STIFFNESS), film.thermal_field, DAMPING)
    for k, (colour, marker, label) in enumerate(((BLUE, "o", "in the plane"), (ORANGE, "s", "along the normal"))):
        left.plot(frequency / 1e9, lines[k], color=colour)
        shown = slice(2, np.searchsorted(inside.frequency, 4e9), 9)
        density = inside.density[:, k].mean(axis=0)
        left.plot(inside.frequency[shown] / 1e9, density[shown], marker, color=colour, mfc="white", label=label)
    left.set(yscale="log", xlabel="frequency (GHz)", ylabel="spectrum of $m$ (1/Hz)", ylim=(1e-17, 4e-12))
    left.legend(loc="upper right")
    unit = macrospin(BARRIER, DAMPING).gyromagnetic_ratio * ANISOTROPY_FIELD / (2.0 * math.pi)
    frequency = np.linspace(0.5, 1.3, 161) * unit
    right.plot(frequency / 1e9, anharmonic(frequency), color=BLUE, label="Fokker-Planck")
    stiff = macrospin(2000.0, DAMPING)
    law = theory.resonance_spectrum(frequency, (ANISOTROPY_FIELD,) * 2, stiff.thermal_field, DAMPING)[0]
    # The closed form is proportional to the thermal field.
    right.plot(frequency / 1e9, 2000.0 / BARRIER * law, "--", color=GREY, label="harmonic")
    shown = np.flatnonzero((shallow.frequency > frequency[0]) & (shallow.frequency < frequency[-1]))[::8]
    density = shallow.density.mean(axis=(0, 1))
    right.plot(shallow.frequency[shown] / 1e9, density[shown], "o", color=ORANGE, mfc="white", label="simulated")
    right.set(yscale="log", xlabel="frequency (GHz)", ylabel="spectrum of $m_x$ (1/Hz)", ylim=(1e-12, None))
    right.legend()
    return drawing
