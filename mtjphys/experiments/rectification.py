"""Spin-torque ferromagnetic resonance: the DC voltage that a junction makes of an alternating current."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.bias import Bias
from mtjphys.bias.waveforms import Sine
from mtjphys.core.checks import as_choice, as_count, as_seconds
from mtjphys.core.drawing import axes_for, scaled
from mtjphys.core.errors import ParameterError
from mtjphys.core.palette import BLACK, BLUE, GREY
from mtjphys.core.quantity import check_range
from mtjphys.core.streams import as_seed
from mtjphys.experiments.small_signal import SmallSignal, small_signal
from mtjphys.junction import MTJ, JunctionLike, as_mtj
from mtjphys.kernels.conduction import junction_voltage
from mtjphys.simulation import Simulator
from mtjphys.telegraph.intervals import Floats

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

PER_PERIOD = 32  # samples
LARGEST_TURN = 0.025  # rad of the drive and of the resonance in a step, which shifts the latter by 0.01 % of itself
RING_DOWNS = 8.0  # time constants of the resonance before anything is read
LARGEST_SAMPLE = 2**22  # numbers of m that are held at a time


def rectified_spectrum(
    junction: JunctionLike,
    frequencies: ArrayLike,
    *,
    amplitude: float,
    bias: Bias | None = None,
    method: Literal["simulated", "linear"] = "simulated",
    duration: float | None = None,
    replicas: int = 1,
    seed: int | None = 0,
    initial: ArrayLike | None = None,
    threads: int | None = None,
    progress: bool = False,
) -> xr.Dataset:
    r"""Measure an ST-FMR spectrum: the rectified voltage over the frequency of an alternating current.

    The current :math:`I = I_0 + I_{rf}\sin\omega t` turns the magnetisation, whose resistance follows with a phase;

    .. math:: V_{dc} = \langle V(t)\rangle - V_0,\qquad V(t) = I(t)\,R(\mathbf m(t), V(t)),

    with :math:`V_0` the voltage without the alternating current. ``simulated`` averages it over whole periods of the
    stochastic Landau-Lifshitz-Gilbert equation, at 0 K without noise, after the transients of the resonance. Its
    noise is small because the same lanes, with the same thermal field, run without the alternating current beside it:
    :math:`I_{rf}\sin\omega t\,R` of these, whose mean is zero, is subtracted.

    ``linear`` is the response to second order in :math:`I_{rf}`, without noise and heating: with J the Jacobian of the
    deterministic :math:`\dot{\mathbf m} = \mathbf v(\mathbf m, I)` about the equilibrium and :math:`c = m\cdot p`

    .. math:: V_{dc} = \frac{I_{rf}^2}{2}\,\mathrm{Re}\left[\frac{\partial^2V}{\partial c\,\partial I}\,
        \mathbf p\cdot(i\omega - J)^{-1}\frac{\partial\mathbf v}{\partial I}\right]
        + \frac{I_{rf}^2}{4}\frac{\partial^2V}{\partial I^2}.

    The damping-like torque gives a symmetric, the field-like torque an antisymmetric line about the resonance; both
    vanish where m is collinear with p. With a direct current :math:`I_0` it leaves out what the mean m shifts.

    Parameters
    ----------
    junction : MTJ, str or Path
        The junction, the name of a preset, or the path of a TOML file.
    frequencies : array_like
        In Hz, above zero.
    amplitude : float
        :math:`I_{rf}` in A, half of peak to peak.
    bias : Bias, optional
        Constant: field, temperature, and the direct current; without voltage and series resistance.
    method : {"simulated", "linear"}
        See above.
    duration : float, optional
        Time of averaging in s, rounded up to whole periods; default 20 periods, above 0 K at least 20 over the line
        width.
    replicas : int
        Lanes with streams of their own.
    seed : int or None
        Non-negative; None draws one. It is the attribute ``seed`` of the result.
    initial : array_like, optional
        Direction near the equilibrium that is meant; default the well nearest to the parallel state.
    threads : int, optional
        Default: the cores this process may use.
    progress : bool
        Show a progress bar.

    Returns
    -------
    xarray.Dataset
        ``rectified_voltage`` (V) over ``frequency`` (Hz), and of several replicas its ``standard_error`` (V);
        attributes: ``resonance_frequency`` and ``linewidth`` (full width, Hz) of the linear response, junction and
        bias as TOML, amplitude (A).

    Raises
    ------
    ParameterError
        If an argument is illegal, or no stable equilibrium is near the well that is meant.

    References
    ----------
    A. A. Tulapurkar et al., Nature 438, 339 (2005); J. C. Sankey et al., Phys. Rev. Lett. 96, 227601 (2006).

    Examples
    --------
    >>> import numpy as np
    >>> import mtjphys as mp
    >>> tilted = mp.Bias(field=(0.01, 0.05, 0.0))
    >>> frequencies = np.linspace(0.5e9, 5e9, 91)
    >>> spectrum = mp.experiments.rectified_spectrum(
    ...     mp.presets.koenders_2025(), frequencies, amplitude=2e-6, bias=tilted, method="linear"
    ... )
    >>> strongest = float(frequencies[np.argmax(np.abs(spectrum.rectified_voltage.values))])
    >>> print(f"{strongest / 1e9:.2f} GHz, resonance at {spectrum.resonance_frequency / 1e9:.2f} GHz")
    3.75 GHz, resonance at 3.76 GHz
    """
    import xarray as xr

    junction = as_mtj(junction)
    as_choice("method", method, ("simulated", "linear"))
    f = np.atleast_1d(np.asarray(frequencies, dtype=float))
    if f.ndim != 1 or not f.size or not (np.isfinite(f).all() and np.all(f > 0.0)):
        raise ParameterError(f"frequencies={frequencies!r} are not a list of numbers above 0 Hz; give them in Hz")
    check_range(
        "amplitude", float(amplitude), "A", 0.0, 0.02, "in A: if this is in uA, multiply by 1e-6", open_low=True
    )
    given = Bias(current=0.0) if bias is None else bias
    if given.source == "voltage":
        if given.channels[0].bounds() != (0.0, 0.0) or given.series_resistance:
            raise ParameterError("bias has a voltage or a series resistance; give the direct Bias(current=...)")
        given = Bias(current=0.0, **{k: v for k, v in given if k in ("field", "temperature", "spin_orbit_current")})
    seed = as_seed(seed)
    linear = small_signal(junction, given, initial)
    units = {"units": "V"}
    variables: dict[str, Any] = {}
    if method == "linear":
        variables["rectified_voltage"] = ("frequency", linear.rectified(f, amplitude), units)
    else:
        length = 0.0 if duration is None else as_seconds("duration", duration)
        if duration is None and given.channels[4].bounds()[1] > 0.0:
            length = 20.0 / linear.linewidth
        options = {"replicas": as_count("replicas", replicas), "seed": seed, "threads": threads}
        volts = _simulated(junction, f, amplitude, given, linear, length, options, progress)
        variables["rectified_voltage"] = ("frequency", volts.mean(axis=0), units)
        if replicas > 1:
            variables["standard_error"] = ("frequency", volts.std(axis=0, ddof=1) / math.sqrt(replicas), units)
    attributes = {
        "junction": junction.to_toml(),
        "bias": given.to_toml(),
        "method": method,
        "amplitude": float(amplitude),
        "amplitude_units": "A",
        "resonance_frequency": linear.resonance_frequency,
        "resonance_frequency_units": "Hz",
        "linewidth": linear.linewidth,
        "linewidth_units": "Hz",
        "seed": seed,
    }
    return xr.Dataset(variables, {"frequency": ("frequency", f, {"units": "Hz"})}, attributes)


def _simulated(
    junction: MTJ,
    frequencies: Floats,
    amplitude: float,
    bias: Bias,
    linear: SmallSignal,
    duration: float,
    options: dict[str, Any],
    progress: bool,
) -> Floats:
    """Return the rectified voltage of each replica, (replica, frequency)."""
    from tqdm import tqdm

    lane, p = junction.lane_parameters(), np.asarray(junction.reference_direction)
    direct = float(bias.channels[0].bounds()[0])
    phases = 2.0 * math.pi * np.arange(1, PER_PERIOD + 1) / PER_PERIOD
    alternating = amplitude * np.sin(phases)
    found = []
    for frequency in tqdm(frequencies, disable=not progress, unit=" frequencies"):
        driven = bias.model_copy(update={"current": Sine(amplitude=amplitude, frequency=frequency, offset=direct)})
        settings = options | {"sample_interval": 1.0 / (frequency * PER_PERIOD), "record": ("m",)}
        chosen = Simulator(junction, driven, **settings).step
        fastest = 2.0 * math.pi * max(frequency, linear.resonance_frequency)
        steps = math.ceil(settings["sample_interval"] / min(chosen, LARGEST_TURN / fastest))
        settings |= {"step": settings["sample_interval"] / steps, "initial": linear.equilibrium}
        lanes = [Simulator(junction, one, **settings) for one in (driven, bias)]
        transient = math.ceil(RING_DOWNS / (math.pi * linear.linewidth) * frequency)
        periods = max(20, math.ceil(duration * frequency))
        chunk = max(1, LARGEST_SAMPLE // (3 * PER_PERIOD * options["replicas"]))
        for first in range(0, transient, chunk):
            for live in lanes:
                live.advance(min(chunk, transient - first) * PER_PERIOD)
        total = np.zeros(options["replicas"])
        for first in range(0, periods, chunk):
            n = min(chunk, periods - first)
            moved, rest = (live.advance(n * PER_PERIOD)["m"] @ p for live in lanes)
            ac = np.tile(alternating, n)
            at_rest = junction_voltage(lane, rest, direct, 0.0, 1.0)
            # The mean of the second term is zero, and its noise that of the first.
            resistance = _resistance(lane, rest, direct)
            mixed = junction_voltage(lane, moved, direct + ac, 0.0, 1.0) - at_rest - ac * resistance
            total += mixed.sum(axis=1)
        found.append(total / (periods * PER_PERIOD))
    return np.stack(found, axis=1)


def _resistance(lane: Any, cosine: Floats, current: float) -> Floats:
    """Return R at a current, at rest that without voltage, ohm."""
    probe = current if current != 0.0 else 1e-12
    return np.asarray(junction_voltage(lane, cosine, probe, 0.0, 1.0) / probe)


def plot_rectified_spectrum(spectrum: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Draw the rectified voltage over the frequency, and where the resonance of the linear response is.

    Parameters
    ----------
    spectrum : xarray.Dataset
        Of `rectified_spectrum`; the simulated one as points, the linear one as a line.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default. A second spectrum can be drawn over the first.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes_for(ax)
    f, v = spectrum.frequency.values, spectrum.rectified_voltage.values
    ff, unit_f = scaled(float(f.max()), "Hz")
    fv, unit_v = scaled(float(np.abs(v).max()), "V")
    if spectrum.attrs["method"] == "linear":
        ax.plot(f * ff, v * fv, color=BLACK, lw=1.0, label="linear response")
    else:
        error = spectrum.standard_error.values * fv if "standard_error" in spectrum else None
        ax.errorbar(f * ff, v * fv, error, fmt="o", ms=3, mfc="none", mew=0.8, lw=0.8, color=BLUE, label="simulated")
    if not ax.texts:
        ax.axhline(0.0, color="0.7", lw=0.6, zorder=0)
        resonance = float(spectrum.attrs["resonance_frequency"]) * ff
        if f.min() * ff < resonance < f.max() * ff:
            ax.axvline(resonance, color=GREY, lw=0.7, ls=":", zorder=0)
            ax.text(resonance, 1.01, f"{resonance:.3g} {unit_f}", transform=ax.get_xaxis_transform(), ha="center",
                    va="bottom", fontsize="small", color=GREY)  # fmt: skip
    ax.set(xlabel=f"Frequency ({unit_f})", ylabel=f"Rectified voltage ({unit_v})")
    ax.legend(frameon=False, fontsize="small", handlelength=1.2)
    return ax
