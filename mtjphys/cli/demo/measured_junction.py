"""The junction of Koenders et al. in its circuit, beside its measured noise."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from mtjphys.cli.demo.correlation import Floats, correlation, first_below
from mtjphys.cli.demo.section import SEED, Scale, Section, panels
from mtjphys.core.errors import MtjphysWarning
from mtjphys.core.palette import BLUE, GREY, ORANGE

# Lag and autocorrelation of the junction at three field biases; the file says where they come from.
MEASURED = Path(__file__).with_name("koenders2025_fig2b_autocorrelation.csv")


def measured_junction(scale: Scale) -> Section:
    """Simulate the junction of Koenders et al. in its circuit, and lay it beside the measured noise."""
    import mtjphys as mp

    junction = mp.presets.koenders_2025()
    # The field of bias 1 is not printed; this one gives its occupation against the torque of the read voltage.
    bias = mp.Bias(voltage=0.1, series_resistance=10e3, field=(-0.17e-3, 0.0, 0.0))
    start = np.zeros((1, 1, scale.measured_lanes, 3))
    start[..., 0] = np.where(np.arange(scale.measured_lanes) % 2, 1.0, -1.0)
    run = mp.simulate(
        junction,
        bias,
        duration=scale.measured_time,
        sample_interval=1e-6,
        replicas=scale.measured_lanes,
        seed=SEED,
        initial=start,
        record=("voltage",),
        progress=True,
    )
    # As in the paper: 40 kHz records; the read noise is that of its two-level chain.
    record = mp.readout.measure(run, bandwidth=200e3, noise_rms=0.00090841466, sample_rate=1e6, bits=12, full_scale=0.1)
    volts = record.signal.values.reshape(scale.measured_lanes, -1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MtjphysWarning)
        analysis = mp.telegraph.analyse(volts, 1e-6, method="threshold", dead_time=2e-6)
    lag_ms, measured = read_autocorrelation("Bias1")
    lags = min(900, 9 * volts.shape[1] // 10)
    curve, error = correlation(volts, lags)
    # The first lag is lost to the white read noise, which is not correlated.
    curve, error = curve[1:] / curve[1], error[1:] / curve[1]
    times = np.arange(lags) * 1e-3

    figure, axes = panels(1, 3, (9.0, 2.7), width_ratios=(2, 1, 1.4))
    shown = np.arange(volts.shape[1]) * 1e-3
    axes[0].plot(shown, 1e3 * volts[0], lw=0.5, color=GREY)
    axes[0].set(xlabel="time (ms)", ylabel="voltage across the junction (mV)", xlim=(0, shown[-1]))
    # Bins of four codes of the converter, so that none holds more codes than another.
    code = 1e3 * 0.2 / 2**12
    edges = code * (np.arange(np.floor(1e3 * volts.min() / code), 1e3 * volts.max() / code + 5, 4) - 0.5)
    axes[1].hist(1e3 * volts.ravel(), edges, density=True, orientation="horizontal", color=BLUE)
    for level in (36.2, 48.0):
        axes[0].axhline(level, color=ORANGE, lw=0.9, ls="--")
        axes[1].axhline(level, color=ORANGE, lw=0.9, ls="--", label="measured" if level < 40 else None)
    axes[1].set(xlabel="density (1/mV)")
    axes[1].legend(frameon=False, fontsize="small")
    axes[2].plot(lag_ms, measured, ".", ms=3, color=ORANGE, label="measured")
    axes[2].plot(times, curve, color=BLUE, label="simulated")
    axes[2].fill_between(times, curve - error, curve + error, color=BLUE, alpha=0.25, lw=0)
    axes[2].axhline(0, color="0.8", lw=0.8, zorder=0)
    axes[2].set(xlabel="lag (ms)", ylabel="autocorrelation", xlim=(0, times[-1]), ylim=(-0.25, 1.02))
    axes[2].legend(frameon=False, fontsize="small")

    rows = []
    low, high = analysis.levels
    tau = 1e-3 * first_below(times, curve, np.exp(-1.0))
    rows.append(("low level (P)", f"{1e3 * low:.2f} mV", "36.2 mV", "sets R_P"))
    rows.append(("high level (AP)", f"{1e3 * high:.2f} mV", "48.0 mV", "sets R_AP"))
    rows.append(("share of the high level", f"{analysis.occupation.value:.3f}", "0.470", "sets the field"))
    tau_error = tau * np.sqrt(2 * 0.2e-3 / (scale.measured_time * scale.measured_lanes))
    rows.append(
        (
            "1/e time of the autocorrelation",
            f"{1e3 * tau:.3f} +- {1e3 * tau_error:.3f} ms",
            "0.207 ms",
            "sets the anisotropy",
        )
    )
    for name, stay, value in (
        ("mean dwell, high", analysis.dwell_high.mean, "0.391 ms"),
        ("mean dwell, low", analysis.dwell_low.mean, "0.441 ms"),
    ):
        text = f"{1e3 * stay.value:.3f} ms [{1e3 * stay.low:.3f}, {1e3 * stay.high:.3f}]"
        rows.append((name, text, value, "prediction"))
    text = (
        "The junction that taught the network of Koenders et al. (PR Applied 23, 054035): a 60 nm in-plane disc "
        f"behind 10 kΩ at 0.1 V, {scale.measured_lanes} simulated copies of {1e3 * scale.measured_time:g} ms each, "
        "amplified with 200 kHz bandwidth, 0.91 mV of read noise and a 12-bit converter at 1 MHz. The resistances, the "
        "anisotropy and the field were set from this measurement, as the last column says; the shape of the curve and "
        "the exponential dwell times were not."
    )
    numbers = {
        "levels_V": [low, high],
        "occupation_high": analysis.occupation.value,
        "correlation_time_s": tau,
        "dwell_high_s": analysis.dwell_high.mean.value,
        "dwell_low_s": analysis.dwell_low.mean.value,
        "exponential_p_high": analysis.dwell_high.exponential.p_value,
        "exponential_p_low": analysis.dwell_low.exponential.p_value,
    }
    header = ("", "simulated", "measured", "")
    return Section(
        "A measured junction, simulated and read out as in the laboratory",
        text, header, rows, figure, "measured_junction", numbers,
    )  # fmt: skip


def read_autocorrelation(bias: str) -> tuple[Floats, Floats]:
    """Return lag (ms, positive) and measured autocorrelation of one field bias of Koenders et al."""
    lines = MEASURED.read_text(encoding="utf-8").splitlines()
    points = [line.split(",")[1:] for line in lines if line.startswith(bias + ",")]
    lag, value = np.array(points, dtype=float).T
    return lag[lag >= 0], value[lag >= 0]
