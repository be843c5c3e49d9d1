"""``mtjphys demo``: published junctions through the whole chain, with figures and a one-page report.

Two junctions of one laboratory: the 60 nm disc whose telegraph noise taught the network of Koenders et al.,
simulated, read out as in the laboratory and laid beside the measured curves; and the 50 nm disc of Schnitzspan et
al., fast enough to hold its statistics against exact theory and to teach a network live.
"""

from __future__ import annotations

import base64
import html
import io
import json
import os
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
import typer
from numpy.typing import NDArray

from mtjphys.cli.inputs import save_figure
from mtjphys.core.errors import MtjphysWarning, ParameterError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mtjphys import learning

Floats = NDArray[np.float64]

DATA = Path(__file__).parent.parent / "data"
BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "0.45"
SEED = 1


class Scale(NamedTuple):
    """How much is computed."""

    measured_lanes: int
    measured_time: float  # s of device time a lane
    fast_lanes: int
    fast_time: float  # s
    epochs: int


FULL = Scale(64, 1.0e-3, 512, 4e-6, 20)
QUICK = Scale(16, 0.4e-3, 64, 0.5e-6, 2)


class Section(NamedTuple):
    """One part of the report."""

    title: str
    text: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    figure: Figure
    name: str
    numbers: dict[str, Any]


def demo(
    output: Annotated[Path, typer.Option(help="Folder for the report and the figures.")] = Path("demo-output"),
    quick: Annotated[bool, typer.Option("--quick", help="A small fraction of the work, to see that it runs.")] = False,
) -> None:
    """Take published junctions from the stack to a network that learns from their noise."""
    if output.exists() and not output.is_dir():
        raise ParameterError(f"{output}: is a file; give the name of a folder with --output")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ParameterError(f"{output}: cannot be made ({error}); give another --output") from None
    scale = QUICK if quick else FULL
    started = time.monotonic()
    parts: list[tuple[str, Callable[[Scale], Section]]] = [
        ("a measured junction, simulated and read out as in the laboratory", measured_junction),
        ("a nanosecond junction against exact theory", fast_junction),
        ("handwritten digits, learned from the noise of live junctions", learned_digits),
    ]
    sections = []
    for number, (title, function) in enumerate(parts, 1):
        print(f"[{number}/{len(parts)}] {title}", flush=True)
        begun = time.monotonic()
        section = function(scale)
        save_figure(section.figure, output / f"{section.name}.png")
        print_rows(section)
        print(f"      {time.monotonic() - begun:.0f} s", flush=True)
        sections.append(section)
    numbers = {section.name: section.numbers for section in sections}
    write(output / "numbers.json", json.dumps(numbers, indent=2) + "\n")
    write(output / "report.html", report(sections))
    print(f"\nreport:  {output / 'report.html'}")
    for section in sections:
        print(f"figure:  {output / f'{section.name}.png'}")
    print(f"numbers: {output / 'numbers.json'}")
    print(f"{time.monotonic() - started:.0f} s in all")


def print_rows(section: Section) -> None:
    """Print the table of a section."""
    table = [section.header, *section.rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(section.header))]
    for row in table:
        print("      " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)))


def write(path: Path, text: str) -> None:
    """Write a file under a temporary name, then rename it."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def panels(rows: int, columns: int, size: tuple[float, float], **options: Any) -> tuple[Figure, Any]:
    """Return a figure and its axes, lettered."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(rows, columns, **options)
    for letter, ax in zip("abcdefgh", np.ravel(axes), strict=False):
        ax.set_title(f"({letter})", loc="left", fontsize="medium", fontweight="bold")
        ax.spines[["top", "right"]].set_visible(False)
    return figure, axes


def correlation(traces: Floats, lags: int) -> tuple[Floats, Floats]:
    """Return the autocorrelation of traces (lanes, samples) at 0..lags and its error from the lanes' spread."""
    x = traces - traces.mean()
    n = x.shape[1]
    products = np.array([(x[:, : n - k] * x[:, k:]).mean(axis=1) for k in range(lags + 1)])
    mean = products.mean(axis=1)
    # The lanes are independent; the error is that of the ratio to the variance.
    deviation = products - mean[:, None] * (products[0] / mean[0])
    error = deviation.std(axis=1) / np.sqrt(max(len(x) - 1, 1)) / mean[0]
    return mean / mean[0], error


def first_below(times: Floats, values: Floats, level: Any) -> float:
    """Return the time at which a falling curve crosses `level`, or NaN."""
    below = np.flatnonzero(values < level)
    if below.size == 0 or below[0] == 0:
        return float("nan")
    k = int(below[0])
    share = (values[k - 1] - level) / (values[k - 1] - values[k])
    return float(times[k - 1] + share * (times[k] - times[k - 1]))


# The measured junction


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
    lags = min(900, volts.shape[1] // 2)
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
    path = DATA / "koenders2025_fig2b_autocorrelation.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    points = [line.split(",")[1:] for line in lines if line.startswith(bias + ",")]
    lag, value = np.array(points, dtype=float).T
    return lag[lag >= 0], value[lag >= 0]


# The fast junction


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


def late_rate(traces: Floats, times: Floats, first: int, last: int) -> tuple[float, float]:
    """Return the decay rate between two lags and its jackknife error over groups of lanes."""
    groups = np.array_split(np.arange(len(traces)), min(32, len(traces)))
    x = traces - traces.mean()
    n = x.shape[1]
    products = np.array([[(x[g, : n - k] * x[g, k:]).mean() for k in (first, last)] for g in groups])
    total = products.sum(axis=0)

    def rate(pair: Floats) -> float:
        return float(np.log(pair[0] / pair[1]) / (times[last] - times[first]))

    left_out = np.array([rate(total - pair) for pair in products])
    count = len(groups)
    return rate(total), float(np.sqrt((count - 1) * np.mean((left_out - left_out.mean()) ** 2)))


# The network


def learned_digits(scale: Scale) -> Section:
    """Teach a network the digits by DANP from live junctions, Gaussian noise, and by back-propagation."""
    import mtjphys as mp
    from mtjphys import learning

    data = learning.digits()
    units = 100 + 10
    bias = mp.Bias(voltage=0.1, series_resistance=10e3)

    def junctions(seed: int) -> learning.JunctionNoise:
        return learning.JunctionNoise(mp.presets.schnitzspan_2023(), bias, 2.5e-9, seed=seed)

    sigma = float(junctions(SEED + 1).volts(512, units).std(axis=0).mean())
    sources: dict[str, tuple[str, learning.NoiseSource | None]] = {
        "junction": ("DANP, live junctions", junctions(SEED)),
        "chain": ("DANP, two-level chain of the paper", learning.TelegraphNoise(seed=SEED)),
        "gaussian": ("DANP, Gaussian noise", learning.GaussianNoise(sigma, seed=SEED)),
        "bp": ("back-propagation", None),
    }
    curves = {}
    rows = []
    numbers: dict[str, Any] = {"noise_standard_deviation_V": sigma}
    for kind, (label, source) in sources.items():
        perturbed = source is not None
        network = learning.Network([64, 100, 10], decorrelated=perturbed, seed=SEED)
        training = learning.Training(
            network,
            learning.ANP() if perturbed else learning.BP(),
            data,
            learning.Adam(0.02 if perturbed else 0.01),
            epochs=scale.epochs,
            noise=source,
            decorrelation=learning.Decorrelation(1e-3) if perturbed else None,
            batch_size=64,
            schedule="cosine",
            seed=SEED,
        )
        begun = time.monotonic()
        curves[label] = training.run(progress=True)
        seconds = time.monotonic() - begun
        result = learning.evaluate(network, data.test, training.loss, source)
        error = np.sqrt(result.accuracy * (1 - result.accuracy) / len(data.test.targets))
        rows.append(
            (label, f"{100 * result.accuracy:.1f} +- {100 * error:.1f} %", f"{training.updates}", f"{seconds:.1f} s")
        )
        numbers[kind] = {"test_accuracy": result.accuracy, "seconds": seconds}
    figure, ax = panels(1, 1, (4.5, 3.0))
    learning.learning_curves(curves, "validation_accuracy", ax)
    ax.set_title("", loc="left")
    ax.legend(frameon=False, fontsize="small", loc="lower right")
    text = (
        f"A 64-100-10 network, {scale.epochs} passes over the handwritten digits of scikit-learn, decorrelated "
        "activity-based node perturbation: two noisy passes a sample, no clean pass, nothing back-propagated. In the "
        f"first row each of its {units} units is perturbed by a simulated junction of its own, read every 2.5 ns while "
        "it fluctuates and heats "
        f"(standard deviation {1e3 * sigma:.2f} mV). Test data are seen once, at the end."
    )
    header = ("", "test accuracy", "updates", "time")
    return Section(
        "Handwritten digits, learned from the noise of live junctions",
        text, header, rows, figure, "learned_digits", numbers,
    )  # fmt: skip


# The report

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1 { font-size: 1.5rem; margin-bottom: .2rem } h2 { font-size: 1.1rem; margin: 1.6rem 0 .3rem }
table { border-collapse: collapse; font-size: .9rem } td, th { padding: .15rem .9rem .15rem 0; text-align: left }
th { border-bottom: 1px solid #999 } img { max-width: 100% } footer { color: #666; font-size: .8rem; margin-top: 2rem }
"""


def report(sections: list[Section]) -> str:
    """Return the report as one HTML page with its figures inside."""
    import platform

    from mtjphys import __version__

    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>mtjphys demo</title>",
        f"<style>{_STYLE}</style><h1>From the stack to a network that learns from its noise</h1>",
    ]
    for section in sections:
        buffer = io.BytesIO()
        section.figure.savefig(buffer, format="png", dpi=160, bbox_inches="tight")
        picture = base64.b64encode(buffer.getvalue()).decode("ascii")
        parts.append(f"<h2>{html.escape(section.title)}</h2><p>{html.escape(section.text)}</p>")
        width = round(96 * section.figure.get_figwidth())
        parts.append(f"<img alt='{section.name}' width='{width}' src='data:image/png;base64,{picture}'>")
        parts.append("<table><tr>" + "".join(f"<th>{html.escape(t)}</th>" for t in section.header))
        for row in section.rows:
            parts.append("<tr>" + "".join(f"<td>{html.escape(text.replace('+-', '±'))}</td>" for text in row))
        parts.append("</table>")
    parts.append(
        f"<footer>mtjphys {__version__}, Python {platform.python_version()}, seed {SEED}; "
        "the same command gives the same numbers.</footer></html>"
    )
    return "\n".join(parts)
