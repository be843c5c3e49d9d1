"""Switching rates as a laboratory finds them: telegraph analysis of each lane."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mtjphys import telegraph
from mtjphys.core.errors import DataError, ParameterError, SimulationError
from mtjphys.datasets.products.product import LANES, PRODUCTS, STATE, Block, Frame, Product, Variable
from mtjphys.datasets.products.signals import Analysed, interval_of, record_of, records, samples_of

NAMES = ("rate", "rate_low", "rate_high")


@PRODUCTS.register("rates")
class Rates(Product):
    """Rates of leaving each state by `mtjphys.telegraph.analyse`, with their intervals of 95 per cent.

    NaN where the trace has no two levels, with the reason among the notes of the device.

    Parameters
    ----------
    quantity : {"resistance", "signal"}
        Of which; "signal" is that of ``[keep.record]``.
    method : {"hmm", "threshold"}
        As of `mtjphys.telegraph.analyse`.
    """

    quantity: Literal["resistance", "signal"] = "signal"
    method: Literal["hmm", "threshold"] = "hmm"

    @property
    def analysed(self) -> Analysed:
        """What is analysed."""
        return self.quantity

    def records(self, frame: Frame) -> tuple[str, ...]:
        """Return what is analysed."""
        return records(frame, self.analysed)

    def check(self, frame: Frame) -> None:
        """Raise where the low level of the signal is not known to be one state."""
        super().check(frame)
        interval_of(frame, self.analysed)
        if self.quantity == "signal":
            for number in range(len(frame.biases)):
                self._low_is_parallel(frame, number)

    def _low_is_parallel(self, frame: Frame, bias: int) -> bool:
        if self.quantity == "resistance":
            return True
        instrument = record_of(frame).instrument
        if instrument.signal == "resistance":
            return instrument.gain > 0.0
        if instrument.source_voltage is not None:
            source = instrument.source_voltage
        else:
            low, high = map(float, frame.biases[bias].bounds()[0])
            source = low if low == high else 0.0
        if source == 0.0:
            raise ParameterError(
                f"bias {bias} has no constant voltage or current, so that the signal does not tell the states; give "
                'the record a source_voltage, or take quantity = "resistance"'
            )
        return (source * instrument.gain > 0.0) != (instrument.signal == "current")

    def shortest(self, frame: Frame) -> int:
        """Return enough for an analysis."""
        return int(64 * interval_of(frame, self.analysed) / frame.sample_interval) + 2

    def variables(self, frame: Frame) -> dict[str, Variable]:
        """Return the rates and the ends of their intervals over the states."""
        texts = ("rate of leaving each state", "lower end of its interval", "upper end of its interval")
        return {
            name: Variable((*LANES, "state"), "float64", {"units": "1/s", "long_name": text})
            for name, text in zip(NAMES, texts, strict=True)
        }

    def coordinates(self, frame: Frame) -> dict[str, tuple[Any, dict[str, Any]]]:
        """Return the states."""
        return dict(STATE)

    def values(self, block: Block) -> dict[str, NDArray[Any]]:
        """Return what the analysis finds."""
        interval = interval_of(block.frame, self.analysed)
        samples = samples_of(block, self.analysed)
        found = np.full((3, *block.shape, 2), np.nan)
        for place in np.ndindex(block.shape):
            number = next(k for k, bias in enumerate(block.frame.biases) if bias is block.biases[place[1]])
            order = (0, 1) if self._low_is_parallel(block.frame, number) else (1, 0)
            try:
                result = telegraph.analyse(samples[place], interval, self.method)
            except (DataError, ParameterError, SimulationError) as error:
                block.notes.append(f"lane {int(block.lanes[place])}: rates: {error}")
                continue
            for state, rate in zip(order, (result.rate_up, result.rate_down), strict=True):
                found[(slice(None), *place, state)] = rate.value, rate.low, rate.high
        return dict(zip(NAMES, found, strict=True))
