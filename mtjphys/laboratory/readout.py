"""What the lab's instruments make of a junction: divider, amplifier, noise, sampling, quantisation.

    junction --divider--> volts --gain, filter--> + noise --sampling--> --quantiser--> record

The chain acts on what `mtjphys.simulate` returns, or on any array of resistances or voltages.
"""

from __future__ import annotations

import math
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BeforeValidator, Field, model_validator

from mtjphys.bias.waveforms import Number, plain_number
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.core.parameters import Parameters, check_range, to_toml

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

NOISE_STREAM = 1
"""Second key of the instrument's noise, so that it shares no stream with the junction's."""

BUFFER_STREAM = 2
"""Second key of the shuffles of a `RingBuffer`."""


def number_or_pair(value: Any) -> Any:
    """Return a number, or the entries of a sequence as a tuple."""
    if isinstance(value, (list, tuple, np.ndarray)) and np.ndim(value) == 1:
        return tuple(plain_number(entry) for entry in value)
    return plain_number(value)


class Instrument(Parameters):
    """The settings of an instrument chain.

    Parameters
    ----------
    signal : {"voltage", "resistance", "current"}
        What is measured: the junction's voltage, its resistance, or the current through it.
    source_voltage : float, optional
        In V. With it the junction of resistance ``R`` is read by a divider of its own,
        ``V = source_voltage R/(R + series_resistance)`` and ``I = source_voltage/(R +
        series_resistance)``; without it the simulation's own voltage is used.
    series_resistance : float
        Between that source and the junction, in ohm.
    gain : float
        Of the amplifier: output units per unit of the signal (V/V, V/A for a current, ohm/ohm).
    bandwidth : float, optional
        In Hz, where the response is 3 dB down; None is an amplifier without limit.
    filter : {"one-pole", "bessel"}
        ``one-pole`` is ``tau dy/dt = x - y``, ``tau = 1/(2 pi bandwidth)``, solved exactly for an
        input that is held between samples; ``bessel`` is a bilinear Bessel filter whose magnitude
        is 3 dB down at the bandwidth.
    order : int
        Of the Bessel filter, 1 to 10.
    noise_rms : float
        Root mean square, at the output and on each sample, of Gaussian noise that is white ahead of
        the filter: after the filter its one-sided density is ``noise_rms^2 / B``, with ``B`` the
        filter's noise bandwidth (pi/2 times the bandwidth for one pole). Without a bandwidth the
        noise of different samples is independent.
    sample_rate : float, optional
        In Hz, at most that of the input; None keeps the input's. Where it divides the input's rate,
        every n-th sample is taken, else samples are interpolated linearly.
    bits : int, optional
        Of the converter, 1 to 32.
    full_scale : float or (float, float), optional
        Range of the converter in output units: ``(low, high)``, or ``F`` for ``(-F, F)``. The codes
        stand at ``low + k (high - low)/2^bits``, each taking what lies within half a step.

    Examples
    --------
    >>> from mtjphys.laboratory.readout import Instrument
    >>> Instrument(bandwidth=20e3, sample_rate=40e3, bits=12, full_scale=0.1).filter
    'one-pole'
    """

    signal: Literal["voltage", "resistance", "current"] = "voltage"
    source_voltage: Number | None = Field(default=None, description="V")
    series_resistance: Number = Field(default=0.0, description="ohm")
    gain: Number = Field(default=1.0, description="output units per unit of the signal")
    bandwidth: Number | None = Field(default=None, description="Hz, -3 dB")
    filter: Literal["one-pole", "bessel"] = "one-pole"
    order: int = Field(default=4, description="of the Bessel filter")
    noise_rms: Number = Field(default=0.0, description="output units")
    sample_rate: Number | None = Field(default=None, description="Hz")
    bits: int | None = Field(default=None, description="of the converter")
    full_scale: Annotated[float | tuple[float, float] | None, BeforeValidator(number_or_pair)] = Field(
        default=None, description="output units"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.source_voltage is not None:
            hint = "in V: if this is in mV, multiply by 1e-3"
            check_range("source_voltage", self.source_voltage, "V", -50.0, 50.0, hint)
        elif self.series_resistance != 0.0:
            raise ParameterError(
                f"series_resistance={self.series_resistance:g} ohm needs a source_voltage; without "
                "one the simulation's own voltage, series resistor included, is used"
            )
        hint = "in ohm; a resistance is not negative"
        check_range("series_resistance", self.series_resistance, "ohm", 0.0, 1e12, hint)
        if self.gain == 0.0:
            raise ParameterError("gain=0 leaves no signal; give a gain that is not zero")
        if self.bandwidth is not None:
            check_range("bandwidth", self.bandwidth, "Hz", 0.0, 1e15, "in Hz", open_low=True)
        if not 1 <= self.order <= 10:
            raise ParameterError(f"order={self.order} is outside [1, 10]; give the order of a filter")
        check_range("noise_rms", self.noise_rms, "V", 0.0, 1e12, "a root mean square is not negative")
        if self.sample_rate is not None:
            check_range("sample_rate", self.sample_rate, "Hz", 0.0, 1e18, "in Hz", open_low=True)
            if self.bandwidth is not None and self.bandwidth > 0.5 * self.sample_rate:
                warnings.warn(
                    f"bandwidth={self.bandwidth:g} Hz exceeds half of sample_rate="
                    f"{self.sample_rate:g} Hz, so faster signals and noise alias into the record; "
                    "lower the bandwidth or sample faster",
                    MtjphysWarning,
                    stacklevel=5,
                )
        if (self.bits is None) != (self.full_scale is None):
            raise ParameterError(f"bits={self.bits} and full_scale={self.full_scale} go together; give both or none")
        if self.bits is not None:
            if not 1 <= self.bits <= 32:
                raise ParameterError(f"bits={self.bits} is outside [1, 32]; give the converter's bits")
            low, high = self.converter_range
            if not low < high:
                raise ParameterError(
                    f"full_scale={self.full_scale!r} is no range; give F > 0 for (-F, F), "
                    "or (low, high) with low < high"
                )
        return self

    @property
    def converter_range(self) -> tuple[float, float]:
        """Lower and upper end of the converter's range in output units."""
        if isinstance(self.full_scale, tuple):
            return self.full_scale
        scale = self.full_scale or 0.0
        return -scale, scale

    def to_toml(self) -> str:
        """Return the settings as TOML text."""
        return to_toml(self.model_dump())


def measure(
    run: xr.Dataset | xr.DataArray | ArrayLike,
    instrument: Instrument | None = None,
    *,
    seed: int = 0,
    sample_interval: float | None = None,
    units: Literal["ohm", "V"] | None = None,
    **settings: Any,
) -> xr.Dataset:
    """Return what an instrument chain records of a junction.

    The filter starts settled on the first value. Lanes are counted over all dimensions but time, or
    named by a coordinate `lane`; the noise of a lane depends on `seed` and its number alone.

    Parameters
    ----------
    run : Dataset, DataArray or array_like
        What `mtjphys.simulate` returns (`resistance` in ohm and `voltage` in V over `time` in s),
        or one trace or one trace a row, with time on the last axis.
    instrument : Instrument, optional
        The settings; or give them one by one as keywords (see `Instrument`).
    seed : int
        Of the noise.
    sample_interval : float, optional
        In s, for an array without a time coordinate.
    units : {"ohm", "V"}, optional
        Of an array or DataArray; a DataArray's own `units` by default, else ohm.
    **settings
        Fields of `Instrument`.

    Returns
    -------
    Dataset
        `signal` in V (ohm if the resistance is measured) over `time` in s; the settings, the seed
        and the number of clipped samples are in the attributes, beside those of `run`.

    Raises
    ------
    ParameterError
        If a setting is illegal or does not fit the input.
    DataError
        If the input is empty, not equally spaced in time, or not finite.

    Examples
    --------
    >>> from mtjphys.laboratory.readout import measure
    >>> record = measure([5.67e3, 9.23e3], sample_interval=25e-6, source_voltage=0.1,
    ...                  series_resistance=10e3)
    >>> record.signal.values.round(4).tolist()
    [0.0362, 0.048]
    """
    if instrument is None:
        instrument = Instrument(**settings)
    elif settings:
        raise ParameterError(f"an instrument and {', '.join(sorted(settings))} are both given; give one of the two")
    key = whole_number("seed", seed)
    quantities, times = inputs(run, units, sample_interval)
    interval = float(times[-1] - times[0]) / (times.size - 1)
    trace = electrical_signal(quantities, instrument)
    values = np.asarray(trace.values, dtype=np.float64)
    bad = np.count_nonzero(~np.isfinite(values))
    if bad:
        raise DataError(f"{bad} of {values.size} samples are not finite; remove or repair them")
    rows = values.reshape(-1, values.shape[-1])
    lanes = lane_numbers(trace, len(rows))

    stride, positions, sampling = sample_positions(rows.shape[1], interval, instrument)
    n_samples = positions.size
    sections = amplifier(instrument, interval)
    record = np.empty((len(rows), n_samples))
    for row, lane, output in zip(rows, lanes, record, strict=True):
        generator = np.random.default_rng(np.random.SeedSequence(key, spawn_key=(lane, NOISE_STREAM)))
        amplified = instrument.gain * row
        if sections is not None:
            amplified = filtered(sections, amplified)
            if instrument.noise_rms > 0.0:
                noise = filtered_noise(instrument, interval, sections, row.size, generator)
                amplified += instrument.noise_rms * noise
        if stride:
            output[:] = amplified[::stride]
        else:
            output[:] = np.interp(positions, np.arange(row.size), amplified)
        if sections is None and instrument.noise_rms > 0.0:
            output += instrument.noise_rms * generator.standard_normal(n_samples)
    clipped = 0
    if instrument.bits is not None:
        record, clipped = quantised(record, *instrument.converter_range, instrument.bits)
    taken = times[::stride] if stride else times[0] + positions * interval
    return as_dataset(run, trace, record, taken, instrument).assign_attrs(
        readout_seed=key, readout_sampling=sampling, readout_clipped_samples=clipped
    )


def whole_number(name: str, value: Any) -> int:
    """Return a non-negative integer, or raise one sentence."""
    number = plain_number(value)
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise ParameterError(f"{name}={value!r} is not a whole number from 0; give 0, 1, 2, ...")
    return number


def inputs(run: Any, units: str | None, sample_interval: float | None) -> tuple[dict[str, xr.DataArray], Array]:
    """Return the quantities of a run with time last, and their times in s."""
    import xarray as xr

    if isinstance(run, xr.Dataset):
        if units is not None:
            raise ParameterError(f"units={units!r} is for arrays; a Dataset names its own units")
        found = {name: run[name] for name in ("resistance", "voltage") if name in run}
        if not found:
            raise DataError("the Dataset has neither resistance nor voltage; record one of the two")
    else:
        array = run if isinstance(run, xr.DataArray) else labelled(run)
        unit = units or array.attrs.get("units", "ohm")
        names = {"ohm": "resistance", "V": "voltage"}
        if unit not in names:
            raise ParameterError(f'units={unit!r} is neither "ohm" nor "V"; give one of the two')
        found = {names[unit]: array}
    for name, array in found.items():
        if "time" not in array.dims:
            raise DataError(f"{name} has no dimension time; give a trace over time")
        if array.sizes["time"] < 2 or array.size == 0:
            raise DataError(f"{name} has {array.sizes['time']} samples in time; give at least two")
    found = {name: array.transpose(..., "time") for name, array in found.items()}
    first = next(iter(found.values()))
    if "time" not in first.coords:
        if sample_interval is None:
            raise ParameterError("the trace has no time coordinate; give sample_interval in s")
        number = plain_number(sample_interval)
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise ParameterError(f"sample_interval={sample_interval!r} is not a number; give it in s")
        check_range("sample_interval", float(number), "s", 0.0, 1e9, "in s", open_low=True)
        return found, np.arange(first.sizes["time"]).astype(np.float64) * float(number)
    if sample_interval is not None:
        raise ParameterError(
            f"sample_interval={sample_interval!r} s is given, but the trace has a time coordinate; "
            "leave sample_interval out"
        )
    times = np.asarray(first["time"].values, dtype=np.float64)
    interval = float(times[-1] - times[0]) / (times.size - 1)
    if not (interval > 0.0 and np.all(np.abs(np.diff(times) - interval) <= 1e-3 * interval)):
        raise DataError("the times are not equally spaced; record with one sample_interval")
    return found, times


def labelled(values: Any) -> xr.DataArray:
    """Return a trace, or one trace a row, as a DataArray."""
    import xarray as xr

    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError("the trace holds something that is not a number; give real numbers") from None
    if array.ndim not in (1, 2):
        raise DataError(f"an array of shape {array.shape} is given; give (time) or (replica, time)")
    return xr.DataArray(array, dims=("replica", "time")[-array.ndim :])


def electrical_signal(quantities: dict[str, xr.DataArray], instrument: Instrument) -> xr.DataArray:
    """Return the measured quantity ahead of the amplifier, from the divider or from the run."""
    resistance, voltage = quantities.get("resistance"), quantities.get("voltage")
    source = instrument.source_voltage
    if instrument.signal == "resistance":
        if resistance is None:
            raise DataError("the run has no resistance; measure the voltage or record the resistance")
        return resistance
    if source is not None:
        if resistance is None:
            raise DataError("a divider needs the resistance; leave source_voltage out or record it")
        illegal = resistance.values[resistance.values <= 0.0]
        if illegal.size:
            raise DataError(
                f"{illegal.size} samples are not above 0 ohm, the lowest {illegal.min():g} ohm; give resistances"
            )
        current = source / (resistance + instrument.series_resistance)
        return current if instrument.signal == "current" else current * resistance
    if voltage is None:
        raise ParameterError(
            f"the {instrument.signal} does not follow from the resistance alone; give "
            "source_voltage in V and series_resistance in ohm"
        )
    if instrument.signal == "voltage":
        return voltage
    if resistance is None:
        raise DataError("the current needs voltage and resistance; record both or give source_voltage")
    return voltage / resistance


def lane_numbers(trace: xr.DataArray, n_lanes: int) -> list[int]:
    """Return the number of each lane: its coordinate `lane` where there is one, else its place."""
    if "lane" in trace.coords:
        lane = trace["lane"].broadcast_like(trace.isel(time=0, drop=True))
        return [int(number) for number in np.ravel(lane.values)]
    return list(range(n_lanes))


def sample_positions(n: int, interval: float, instrument: Instrument) -> tuple[int, Array, str]:
    """Return the stride (0: interpolate), the positions of the samples in the input, and a note."""
    if instrument.sample_rate is None:
        return 1, np.arange(n, dtype=np.float64), "every sample"
    ratio = 1.0 / (instrument.sample_rate * interval)
    if ratio < 1.0 - 1e-6:
        raise ParameterError(
            f"sample_rate={instrument.sample_rate:g} Hz is above the {1 / interval:g} Hz of the "
            "input; simulate with a shorter sample_interval or sample more slowly"
        )
    stride = round(ratio)
    # Taken as whole if the drift over the record stays below a hundredth of an input sample.
    if abs(ratio - stride) * (n / ratio) < 0.01:
        return stride, np.arange(0, n, stride).astype(np.float64), f"one sample in {stride}"
    count = math.floor((n - 1) / ratio) + 1
    return 0, np.arange(count).astype(np.float64) * ratio, "linear interpolation"


def amplifier(instrument: Instrument, interval: float) -> Array | None:
    """Return the amplifier's low-pass as second-order sections for a sample interval in s.

    One pole, exact for an input held between samples:
    ``y[n] = a y[n-1] + (1 - a) x[n-1]`` with ``a = exp(-2 pi bandwidth interval)``.
    """
    if instrument.bandwidth is None:
        return None
    if instrument.filter == "one-pole":
        decay = 2.0 * math.pi * instrument.bandwidth * interval
        return np.array([[0.0, -math.expm1(-decay), 0.0, 1.0, -math.exp(-decay), 0.0]])
    if instrument.bandwidth * interval < 1e-5:
        raise ParameterError(
            f"bandwidth={instrument.bandwidth:g} Hz is below 1e-5 of the input's rate, "
            f"{1 / interval:g} Hz, where rounding spoils a Bessel filter; simulate with a longer "
            "sample_interval or use one-pole"
        )
    if not instrument.bandwidth < 0.5 / interval:
        raise ParameterError(
            f"bandwidth={instrument.bandwidth:g} Hz is not below half of the input's rate, "
            f"{0.5 / interval:g} Hz; simulate with a shorter sample_interval or leave bandwidth out"
        )
    from scipy import signal

    sections = signal.bessel(instrument.order, instrument.bandwidth, fs=1.0 / interval, output="sos", norm="mag")
    return np.asarray(sections, dtype=np.float64)


def filtered(sections: Array, values: Array) -> Array:
    """Return `values` after the filter, which starts settled on the first of them."""
    from scipy import signal

    # The deviation from the first value starts from rest, so that a constant comes out unchanged.
    out, _ = signal.sosfilt(sections, values - values[0], zi=np.zeros((len(sections), 2)))
    return np.asarray(out + values[0])


def filtered_noise(
    instrument: Instrument,
    interval: float,
    sections: Array,
    n: int,
    generator: np.random.Generator,
) -> Array:
    """Return `n` samples of filtered white Gaussian noise of unit variance, from the first on."""
    from scipy import signal

    if instrument.filter == "one-pole":
        first, gain, decay = generator.standard_normal(), sections[0, 1], -sections[0, 4]
        rest = math.sqrt(gain * (1.0 + decay)) * generator.standard_normal(n - 1)
        later, _ = signal.lfilter([1.0], [1.0, -decay], rest, zi=[decay * first])
        return np.concatenate(([first], later))
    # After three periods of the bandwidth the filter has forgotten its start to 1e-7.
    start = math.ceil(3.0 / (instrument.bandwidth * interval)) if instrument.bandwidth else 0
    out = signal.sosfilt(sections, generator.standard_normal(start + n))[start:]
    return np.asarray(out / math.sqrt(bessel_noise_gain(instrument, interval)))


@lru_cache(maxsize=16)
def bessel_noise_gain(instrument: Instrument, interval: float) -> float:
    """Return the variance of the Bessel filter's output for white noise of unit variance.

    The bilinear transform maps the prototype's ``|H(i w)|^2`` to ``w = tan(pi f dt)/T``,
    ``T = tan(pi bandwidth dt)``, so that
    ``2 dt int_0^{1/(2 dt)} |H|^2 df = (2 T/pi) int_0^inf |H(i w)|^2 / (1 + w^2 T^2) dw``,
    which keeps its precision where the poles of the sampled filter crowd at 1.
    """
    from scipy import integrate, signal

    _, poles, gain = signal.bessel(instrument.order, 1.0, analog=True, output="zpk", norm="mag")
    turn = math.tan(math.pi * (instrument.bandwidth or 0.0) * interval)

    def density(w: float) -> float:
        response = gain / np.prod(np.abs(1j * w - poles))
        return float(response**2 / (1.0 + (w * turn) ** 2))

    area, _ = integrate.quad(density, 0.0, math.inf, epsabs=0.0, epsrel=1e-10, limit=200)
    return 2.0 * turn / math.pi * area


def quantised(values: Array, low: float, high: float, bits: int) -> tuple[Array, int]:
    """Return the values of the nearest codes and how many samples lay beyond half a step of any."""
    codes = 2.0**bits
    step = (high - low) / codes
    nearest = np.floor((values - low) / step + 0.5)
    clipped = int(np.count_nonzero((nearest < 0) | (nearest > codes - 1)))
    if clipped:
        warnings.warn(
            f"{clipped} of {values.size} samples were clipped to [{low:g}, {high - step:g}] by the "
            "converter; raise full_scale or lower the gain",
            MtjphysWarning,
            stacklevel=3,
        )
    return low + step * np.clip(nearest, 0.0, codes - 1.0), clipped


def as_dataset(run: Any, trace: xr.DataArray, record: Array, times: Array, instrument: Instrument) -> xr.Dataset:
    """Return the record with the dimensions and coordinates of the trace, but for time."""
    import xarray as xr

    shape = (*trace.shape[:-1], record.shape[-1])
    coords = {name: c for name, c in trace.coords.items() if "time" not in c.dims}
    units = "ohm" if instrument.signal == "resistance" else "V"
    signal = xr.DataArray(
        record.reshape(shape),
        dims=trace.dims,
        coords=coords,
        attrs={"units": units, "long_name": f"recorded {instrument.signal}"},
    )
    dataset = xr.Dataset({"signal": signal}).assign_coords(time=("time", times, {"units": "s", "long_name": "time"}))
    attributes = dict(run.attrs) if isinstance(run, xr.Dataset) else {}
    return dataset.assign_attrs(attributes, readout=instrument.to_toml())


class RingBuffer:
    """The buffer of a live experiment: the newest values, shuffled on every call.

    An analog-to-digital converter pushes values as they come; the learner draws from them in a
    fresh random order, which breaks their correlation in time.

    Parameters
    ----------
    size : int
        Number of values held; the oldest gives way.
    seed : int
        Of the shuffles.
    lane : int
        Number of the buffer, where several share a seed.

    References
    ----------
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025): 200 values, read at about 1 kHz.

    Examples
    --------
    >>> from mtjphys.laboratory.readout import RingBuffer
    >>> buffer = RingBuffer(size=3)
    >>> buffer.push([0.1, 0.2, 0.3, 0.4])
    >>> sorted(buffer.draw(3).tolist())
    [0.2, 0.3, 0.4]
    """

    def __init__(self, size: int = 200, *, seed: int = 0, lane: int = 0) -> None:
        self.size = whole_number("size", size)
        if self.size == 0:
            raise ParameterError("size=0 holds no values; give a size of at least 1")
        key = (whole_number("lane", lane), BUFFER_STREAM)
        sequence = np.random.SeedSequence(whole_number("seed", seed), spawn_key=key)
        self._generator = np.random.default_rng(sequence)
        self._values: Array = np.empty(0)

    def __len__(self) -> int:
        """Return the number of values held."""
        return self._values.size

    def push(self, values: ArrayLike) -> None:
        """Add values, oldest first; beyond `size` the oldest are dropped."""
        try:
            new = np.ravel(np.asarray(values, dtype=np.float64))
        except (TypeError, ValueError):
            raise DataError("the values are not all numbers; push real numbers") from None
        if not np.all(np.isfinite(new)):
            raise DataError("a pushed value is not finite; push finite numbers")
        self._values = np.concatenate((self._values, new))[-self.size :]

    def draw(self, n: int) -> Array:
        """Return `n` different entries in a fresh random order; the buffer keeps them.

        Raises
        ------
        ParameterError
            If the buffer holds fewer than `n` values.
        """
        count = whole_number("n", n)
        if count > len(self):
            raise ParameterError(
                f"n={count} values are asked for and the buffer holds {len(self)}; push more or "
                f"draw fewer (its size is {self.size})"
            )
        return self._generator.permutation(self._values)[:count]
