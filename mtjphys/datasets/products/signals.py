"""What of the lanes is analysed: a trace of the engine, or what an instrument has recorded."""

from __future__ import annotations

from typing import Literal

from mtjphys.core.errors import ParameterError
from mtjphys.datasets.products.product import Block, Floats, Frame
from mtjphys.datasets.products.record import Record

Analysed = Literal["resistance", "voltage", "signal"]


def record_of(frame: Frame) -> Record:
    """Return the record of the specification, or raise where there is none."""
    record = frame.products.get("record")
    if not isinstance(record, Record):
        raise ParameterError('quantity="signal" needs a [keep.record]; add one, or analyse the resistance')
    return record


def records(frame: Frame, quantity: Analysed) -> tuple[str, ...]:
    """Return what the engine has to sample for it."""
    return record_of(frame).records(frame) if quantity == "signal" else (quantity,)


def times_of(frame: Frame, quantity: Analysed) -> Floats:
    """Return the times of its samples, s."""
    return record_of(frame).taken(frame) if quantity == "signal" else frame.times


def interval_of(frame: Frame, quantity: Analysed) -> float:
    """Return the time between its samples, s."""
    times = times_of(frame, quantity)
    if times.size < 2:
        raise ParameterError(f"the {quantity} has one sample; give a shorter sample_interval")
    return float(times[-1] - times[0]) / (times.size - 1)


def units_of(frame: Frame, quantity: Analysed) -> str:
    """Return its unit."""
    if quantity == "signal":
        return str(record_of(frame).variables(frame)["signal"].attributes["units"])
    return "ohm" if quantity == "resistance" else "V"


def samples_of(block: Block, quantity: Analysed) -> Floats:
    """Return its samples, over (device, bias, replica, time)."""
    return block.values["signal"] if quantity == "signal" else block.samples[quantity]
