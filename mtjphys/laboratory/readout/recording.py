"""The whole chain: from a junction's resistance and voltage to a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.core import streams
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.laboratory.readout.filters import amplifier, filtered, filtered_noise
from mtjphys.laboratory.readout.inputs import electrical_signal, inputs, lane_numbers
from mtjphys.laboratory.readout.instrument import Instrument
from mtjphys.laboratory.readout.sampling import quantised, sample_positions

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]


def measure(
    run: xr.Dataset | xr.DataArray | ArrayLike,
    instrument: Instrument | None = None,
    *,
    seed: int | None = 0,
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
    seed : int or None
        Of the noise; None draws one. It is the attribute ``readout_seed`` of the result.
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
    key = streams.as_seed(seed)
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
    noisy = instrument.noise_rms > 0.0
    # White noise, and that of one pole, whose memory is its last value, is drawn at the samples that are taken.
    seldom = sections is None or (stride > 0 and instrument.filter == "one-pole")
    rare_sections = amplifier(instrument, stride * interval) if seldom else None
    record = np.empty((len(rows), n_samples))
    for row, lane, output in zip(rows, lanes, record, strict=True):
        noise_of_lane = streams.generator(key, lane, streams.Use.READOUT_NOISE)
        amplified = instrument.gain * row
        if sections is not None:
            amplified = filtered(sections, amplified)
            if noisy and not seldom:
                noise = filtered_noise(instrument, interval, sections, row.size, noise_of_lane)
                amplified += instrument.noise_rms * noise
        if stride:
            output[:] = amplified[::stride]
        else:
            output[:] = np.interp(positions, np.arange(row.size), amplified)
        if noisy and seldom and rare_sections is None:
            output += instrument.noise_rms * noise_of_lane.standard_normal(n_samples)
        elif noisy and rare_sections is not None:
            noise = filtered_noise(instrument, stride * interval, rare_sections, n_samples, noise_of_lane)
            output += instrument.noise_rms * noise
    clipped = 0
    if instrument.bits is not None:
        record, clipped = quantised(record, *instrument.converter_range, instrument.bits)
    taken = times[::stride] if stride else times[0] + positions * interval
    return as_dataset(run, trace, record, taken, instrument).assign_attrs(
        readout_seed=key, readout_sampling=sampling, readout_clipped_samples=clipped
    )


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
