"""The nanosecond junction of Schnitzspan et al. against the Fokker-Planck equation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mtjphys.cli.demo.correlation import Floats, correlation, late_rate
from mtjphys.cli.demo.section import SEED, Scale, Section, panels
from mtjphys.core.palette import BLUE, GREY, ORANGE


def fast_junction(scale: Scale) -> Section:
    """Hold the nanosecond junction of Schnitzspan et al. against the Fokker-Planck equation."""
    import mtjphys as mp
    from mtjphys import fokker_planck

    # Heating has a memory of its own, which the Fokker-Planck equation of m lacks: left out on both sides.
    junction = mp.presets.schnitzspan_2023().with_parameters({"heating": None})
    bias = mp.Bias(voltage=0.05)
    run = mp.simulate(
        junction,
        bias,
        duration=scale.fast_time,
        sample_interval=0.25e-9,
        replicas=scale.fast_lanes,
        seed=SEED,
        settle=100e-9,
        record=("m", "resistance"),
        moments=True,
        progress=True,
    )
    resistance = run.resistance.values.reshape(scale.fast_lanes, -1)
    projection = run.m.values[..., 0].reshape(scale.fast_lanes, -1)
    exact = fokker_planck.equilibrium(junction, bias, rtol=1e-5)
    rate = fokker_planck.relaxation_rate(junction, bias)
    lags = 100
    curve, error = correlation(projection, lags)
    times: Floats = np.arange(lags + 1, dtype=np.float64) * 0.25e-9
    # By 6 ns every faster mode has died; what is left decays with the slowest rate.
    first, last = 24, 64
    ours, spread = late_rate(projection, times, first, last)
    slowest = curve[first] * np.exp(-rate * (times - times[first]))
    second = run.m_second_moment.values.reshape(-1, 3, 3)
    exact_second = exact.second_moments
    axis = np.linspace(-1.0, 1.0, 81)
    density = projected_density(exact.density, axis)

    trace = mp.readout.measure(
        run.isel(replica=[0]), signal="resistance", bandwidth=1e9, filter="bessel", noise_rms=150.0
    )
    figure, axes = panels(1, 3, (9.0, 2.7), width_ratios=(2, 1.2, 1.4))
    shown = slice(0, 600)
    axes[0].plot(1e9 * run.time[shown], resistance[0, shown] / 1e3, lw=0.8, color=BLUE, label="junction")
    axes[0].plot(
        1e9 * trace.time[shown], trace.signal.values.reshape(-1)[shown] / 1e3, lw=0.7, color=ORANGE,
        label="through 1 GHz, with noise",
    )  # fmt: skip
    axes[0].set(xlabel="time (ns)", ylabel="resistance (kΩ)", xlim=(0, 150), ylim=(7, 15.2))
    axes[0].legend(frameon=False, fontsize="small", loc="upper right", ncols=2)
    axes[1].hist(projection.ravel(), np.linspace(-1, 1, 81), density=True, color="0.75", label="simulated")
    axes[1].plot(axis, density, color=BLUE, label="exact")
    axes[1].set(xlabel="m·p", ylabel="density", yscale="log")
    axes[1].legend(frameon=False, fontsize="small", loc="upper center")
    axes[2].errorbar(1e9 * times[::4], curve[::4], error[::4], fmt=".", ms=4, color=GREY, label="simulated")
    axes[2].plot(1e9 * times, slowest, color=BLUE, label="exact slowest rate")
    axes[2].set(xlabel="lag (ns)", ylabel="autocorrelation of m·p", yscale="log", ylim=(0.01, 1.1))
    axes[2].legend(frameon=False, fontsize="small")

    rows = []
    numbers: dict[str, Any] = {}

    def add(name: str, ours: Any, spread: Any, expected: float, unit: str) -> None:
        rows.append(
            (name, f"{ours:.5g} +- {spread:.2g} {unit}".rstrip(), f"{expected:.5g} {unit}".rstrip(),
             f"{(ours - expected) / expected:+.2%} +- {spread / abs(expected):.2%}")
        )  # fmt: skip
        numbers[name] = [ours, spread, expected]

    root = np.sqrt(scale.fast_lanes)
    for k, letter in enumerate("xyz"):
        values = second[:, k, k]
        add(f"<m{letter}²>", values.mean(), values.std() / root, float(exact_second[k, k]), "")
    means = resistance.mean(axis=1)
    add("mean resistance", means.mean() / 1e3, means.std() / root / 1e3, exact.resistance / 1e3, "kΩ")
    add("slowest relaxation rate", ours / 1e9, spread / 1e9, rate / 1e9, "1/ns")
    text = (
        f"The 50 nm in-plane disc of Schnitzspan et al. (PR Applied 20, 024002; autocorrelation near 5 ns), "
        f"{scale.fast_lanes} copies of {1e6 * scale.fast_time:g} µs at 0.05 V, step {1e12 * run.attrs['step']:.2f} ps. "
        "Beside it the Fokker-Planck equation of the same junction and bias, without sampling. Heating (3 K here) is "
        "left out on both sides. With a barrier of two kT the resistance is not two-valued: the histogram shows what a "
        "two-level model would miss."
    )
    header = ("", "simulated", "exact", "difference")
    return Section("A nanosecond junction against exact theory", text, header, rows, figure, "fast_junction", numbers)


def projected_density(density: Callable[[Floats], Floats], cosines: Floats) -> Floats:
    """Return the density of m.x on [-1, 1] from the density on the sphere."""
    angles = 2 * np.pi * (np.arange(256) + 0.5) / 256
    sines = np.sqrt(np.maximum(0.0, 1.0 - cosines**2))
    m = np.stack(
        [
            np.repeat(cosines[:, None], angles.size, axis=1),
            sines[:, None] * np.cos(angles),
            sines[:, None] * np.sin(angles),
        ],
        axis=-1,
    )
    return np.asarray(density(m.reshape(-1, 3))).reshape(cosines.size, -1).mean(axis=1) * 2 * np.pi
