"""Telegraph noise: the spectrum of a resistance that jumps.

A junction that jumps between two resistances dR apart, with mean dwell times tau_1 and tau_2, has Machlup's spectrum
(J. Appl. Phys. 25, 341 (1954)): a Lorentzian of corner (1/tau_1 + 1/tau_2)/(2 pi) and height
S(0) = 4 dR^2/[(tau_1 + tau_2)(1/tau_1 + 1/tau_2)^2], one-sided.

A perpendicular junction with a barrier of 5 kB T, in a field that favours one state, is simulated and its resistance
recorded. Nothing in it is two-level: the resistance fluctuates inside each well as well, and passes
through everything in between. Corner and height of its spectrum are held against the Fokker-Planck equation, and
against Machlup with its dwell times and the mean resistance of each well.

An exact two-level chain, with the dwell times and levels measured on a junction (0.391 and 0.441 ms, 11.86 mV),
shows that nothing is lost in sampling and transform.
"""

import math
from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from numpy.typing import NDArray

import mtjphys as mp
from mtjphys import fokker_planck, telegraph, theory
from mtjphys.core.palette import BLUE, GREY, ORANGE
from validation.devices import Macrospin, macrospin
from validation.spectra import Spectra, averaged, whittle
from validation.statistics import SampledMean, jackknife
from validation.suite import Outcome, Row, sampled

Array = NDArray[np.float64]

SECTION = "Noise"
CAPTION = (
    "Left: spectrum of the resistance of a perpendicular junction with a barrier of 5 kB T; line: Fokker-Planck, "
    "dashed: Machlup's two levels, which do not move inside a well. Right: an exact two-level chain with measured "
    "dwell times; line: Machlup's spectrum as samples have it, dashed: in continuous time."
)
BARRIER, DAMPING, FIELD = 5.0, 0.5, 0.03
LANES = 512
DWELLS, AMPLITUDE = (0.391e-3, 0.441e-3), 11.86e-3
EXACT = "Fokker-Planck"
TWO_LEVELS = "Machlup, exact dwell times"
MEASURED = "Machlup, measured dwell times and levels"


def junction_spectra(spin: Macrospin, relaxation: float, averages: int, seed: int) -> Spectra:
    """Average periodograms of the resistance in kilo-ohm, 60 relaxation times long."""
    interval = 0.01 * relaxation
    samples = 6000
    simulator = mp.Simulator(
        spin.junction,
        spin.bias,
        sample_interval=interval,
        replicas=LANES,
        seed=seed,
        initial="random",
        record=("resistance",),
    )
    simulator.settle(12.0 * relaxation)
    kilohms = (1e-3 * simulator.advance(samples)["resistance"] for _ in range(round(averages / LANES)))
    return averaged(kilohms, 1.0 / interval)


def chain_spectra(samples: int, seed: int) -> Spectra:
    """Average periodograms of an exact two-level chain, sampled ten times a correlation time."""
    interval = 20e-6
    rates = 1.0 / DWELLS[0], 1.0 / DWELLS[1]
    trace = telegraph.sample(*rates, interval, samples, (0.0, AMPLITUDE), noise=0.0, seed=seed)
    return averaged([trace.values.reshape(-1, 4096)], 1.0 / interval)


def corner_and_height(found: Spectra, rate: float, highest: float, sampling: bool) -> tuple[SampledMean, SampledMean]:
    """Fit a Lorentzian, below `highest` in Hz, to every group by Whittle's likelihood; corner in Hz, S(0).

    With `sampling` the law is that of the samples of a two-level chain; without, there is a constant beside the
    Lorentzian, for what moves inside the wells, and S(0) contains it. `rate` (1/s) is where the fit starts.
    """
    part = found.within(1.5 * found.frequency[1], highest)

    def law(frequency: Array, parameters: Array) -> Array:
        rate, height, floor = parameters
        # Equal dwell times 2/rate and the amplitude that gives this height.
        dwell, amplitude = 2.0 / rate, math.sqrt(rate * height)
        interval = 1.0 / found.rate if sampling else None
        return theory.machlup_spectrum(frequency, amplitude, dwell, dwell, interval) + floor

    first = part.density[:, :4].mean()
    fits = whittle(part, law, np.array([rate, first, 0.0 if sampling else 0.01 * first]))
    return jackknife(fits[:, 0] / (2.0 * math.pi)), jackknife(np.array([law(np.zeros(1), fit)[0] for fit in fits]))


def levels(spin: Macrospin) -> tuple[float, float]:
    """Return the mean resistance of the parallel and of the antiparallel well in kilo-ohm."""

    def parts(m: Array) -> Array:
        parallel, cosine = m[:, 2] > 0.0, m[:, 2]
        resistance = 5.0 / (0.5 * (1.0 + cosine) + 0.25 * (1.0 - cosine))
        return np.stack([resistance * parallel, resistance * ~parallel, 1.0 * parallel], axis=1)

    high, low, share = spin.boltzmann(parts)
    return high / share, low / (1.0 - share)


def run(quick: bool) -> Outcome:
    """Fit the spectra of the junction and of the chain."""
    spin = macrospin(BARRIER, DAMPING, field=(0.0, 0.0, FIELD))
    rate = fokker_planck.relaxation_rate(spin.junction, spin.bias)
    dwells = fokker_planck.dwell_times(spin.junction, spin.bias)
    found = junction_spectra(spin, 1.0 / rate, 5120 if quick else 36864, 160)
    corner, height = corner_and_height(found, rate, rate, sampling=False)
    corner, height = (SampledMean(*(unit * v for v in pair)) for unit, pair in ((1e-6, corner), (1e9, height)))
    parallel, antiparallel = levels(spin)
    machlup = theory.machlup_spectrum(0.0, antiparallel - parallel, dwells.antiparallel, dwells.parallel)
    exact = 1e-6 * fokker_planck.spectrum(spin.junction, spin.bias, 0.0, "resistance")
    allowed = 0.05 if quick else 0.025
    name = "S(0) in kOhm^2/GHz, junction"
    rows = [
        sampled("corner in MHz, junction", corner, 1e-6 * rate / (2.0 * math.pi), allowed, EXACT),
        sampled(name, height, 1e9 * float(exact), allowed, EXACT),
        sampled(name, height, 1e9 * float(machlup), 0.06, TWO_LEVELS),
    ]
    chain = chain_spectra(2**22 if quick else 2**24, 161)
    rate = 1.0 / DWELLS[0] + 1.0 / DWELLS[1]
    corner, height = corner_and_height(chain, rate, 20e3, sampling=True)
    height = SampledMean(*(1e9 * v for v in height))
    rows += [
        sampled("corner in Hz, chain", corner, 769.0, 0.02, MEASURED),
        sampled("S(0) in 1e-9 V^2/Hz, chain", height, 29.0, 0.03, MEASURED),
        Row("corner in Hz, theory", rate / (2.0 * math.pi), 0.0, 769.0, 2e-3, MEASURED),
    ]
    formula = 1e9 * float(theory.machlup_spectrum(0.0, AMPLITUDE, *DWELLS))
    rows.append(Row("S(0) in 1e-9 V^2/Hz, theory", formula, 0.0, 29.0, 2e-3, MEASURED))
    return Outcome(rows, (spin, found, chain))


def figure(data: tuple[Macrospin, Spectra, Spectra]) -> Figure:
    """Draw both spectra."""
    spin, found, chain = data
    drawing, (left, right) = subplots(1, 2, figsize=(7.0, 3.2))
    frequency = np.geomspace(2 * found.frequency[1], found.frequency[-1], 120)
    # Samples fold what lies above half their rate; the tail falls as 1/f^2.
    folded = abs(np.add.outer(found.rate * np.arange(-10, 11), frequency))
    exact = 1e-6 * fokker_planck.spectrum(spin.junction, spin.bias, folded, "resistance").sum(axis=0)
    dwells = fokker_planck.dwell_times(spin.junction, spin.bias)
    parallel, antiparallel = levels(spin)
    machlup = theory.machlup_spectrum(frequency, antiparallel - parallel, dwells.antiparallel, dwells.parallel)
    left.plot(frequency / 1e6, exact, color=BLUE, label="Fokker-Planck, sampled")
    left.plot(frequency / 1e6, machlup, "--", color=GREY, label="Machlup")
    for panel, spectra, unit in ((left, found, 1e6), (right, chain, 1e3)):
        edges = np.unique(np.geomspace(2, len(spectra.frequency) - 1, 26).astype(int))
        middle = [spectra.frequency[a:b].mean() / unit for a, b in pairwise(edges)]
        mean = [spectra.density[:, a:b].mean() for a, b in pairwise(edges)]
        panel.plot(middle, mean, "o", color=ORANGE, mfc="white", label="simulated" if panel is left else "chain")
    left.set(xscale="log", yscale="log", xlabel="frequency (MHz)", ylabel=r"spectrum of $R$ (k$\Omega^2$/Hz)")
    frequency = np.geomspace(2 * chain.frequency[1], chain.frequency[-1], 200)
    line = theory.machlup_spectrum(frequency, AMPLITUDE, *DWELLS, 1.0 / chain.rate)
    right.plot(frequency / 1e3, line, color=BLUE, label="Machlup, sampled")
    right.plot(
        frequency / 1e3, theory.machlup_spectrum(frequency, AMPLITUDE, *DWELLS), "--", color=GREY, label="Machlup"
    )
    right.set(xscale="log", yscale="log", xlabel="frequency (kHz)", ylabel=r"spectrum of $V$ (V$^2$/Hz)")
    left.legend(loc="lower left")
    right.legend(loc="lower left")
    return drawing
