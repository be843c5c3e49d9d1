"""What an instrument chain records of each lane: `mtjphys.readout.measure`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.datasets.products.product import LANES, PRODUCTS, Block, Floats, Frame, Product, Variable
from mtjphys.laboratory.readout import Instrument, measure
from mtjphys.laboratory.readout.filters import amplifier
from mtjphys.laboratory.readout.sampling import sample_positions


@PRODUCTS.register("record")
class Record(Product):
    """The signal after divider, amplifier, noise, sampling and quantisation; decimated with a ``sample_rate``.

    The table ``[keep.record]`` has the fields of `mtjphys.readout.Instrument`. The noise of a lane depends on seed and
    lane alone.

    Parameters
    ----------
    instrument : Instrument
        The chain.
    """

    instrument: Instrument

    @classmethod
    def of_table(cls, table: Mapping[str, Any]) -> Product:
        """Return the record of a table of the instrument's fields."""
        return cls(instrument=Instrument(**table))

    def table(self) -> dict[str, Any]:
        """Return the instrument's fields."""
        return self.instrument.model_dump(exclude_none=True)

    def records(self, frame: Frame) -> tuple[str, ...]:
        """Return what the chain reads."""
        if self.instrument.signal == "resistance" or self.instrument.source_voltage is not None:
            return ("resistance",)
        return ("voltage",) if self.instrument.signal == "voltage" else ("resistance", "voltage")

    def check(self, frame: Frame) -> None:
        """Raise where the chain does not go with the samples."""
        super().check(frame)
        if frame.times.size < 2:
            raise ParameterError("a record needs two samples at least; give a shorter sample_interval")
        amplifier(self.instrument, frame.sample_interval)
        if self.taken(frame).size < 2:
            raise ParameterError(
                f"sample_rate={self.instrument.sample_rate:g} Hz leaves one sample of {frame.duration:g} s; sample "
                "faster or simulate longer"
            )

    def taken(self, frame: Frame) -> Floats:
        """Return the times of the record's samples, s."""
        times = frame.times
        interval = float(times[-1] - times[0]) / (times.size - 1)
        stride, positions, _ = sample_positions(times.size, interval, self.instrument)
        return np.asarray(times[::stride] if stride else times[0] + positions * interval)

    def variables(self, frame: Frame) -> dict[str, Variable]:
        """Return the signal over the record's own time."""
        units = "ohm" if self.instrument.signal == "resistance" else "V"
        meaning = {"units": units, "long_name": f"recorded {self.instrument.signal}"}
        return {"signal": Variable((*LANES, "record_time"), frame.precision, meaning)}

    def coordinates(self, frame: Frame) -> dict[str, tuple[Any, dict[str, Any]]]:
        """Return the record's time."""
        return {"record_time": (self.taken(frame), {"units": "s", "long_name": "time of the record"})}

    def shortest(self, frame: Frame) -> int:
        """Return two samples of the record."""
        rate = self.instrument.sample_rate
        return 2 if rate is None else 2 + int(2.0 / (rate * frame.sample_interval))

    def values(self, block: Block) -> dict[str, NDArray[Any]]:
        """Return the signal."""
        import xarray as xr

        run = xr.Dataset(
            {name: ((*LANES, "time"), block.samples[name]) for name in self.records(block.frame)},
            {"time": block.frame.times, "lane": (LANES, block.lanes)},
        )
        return {"signal": measure(run, self.instrument, seed=block.frame.seed).signal.values}
