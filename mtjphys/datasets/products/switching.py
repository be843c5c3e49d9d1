"""Whether each lane has switched."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys import fokker_planck
from mtjphys.bias import Bias
from mtjphys.bias.waveforms import PulseTrain
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.datasets.products.product import LANES, PAIRS, PRODUCTS, Block, Frame, Product, Variable


@PRODUCTS.register("switching")
class Switching(Product):
    """Outcome of each lane: 1 if at its end m.p has another sign than the state that it began in, else 0.

    Parameters
    ----------
    exact : bool
        Add the exact probability of each device and bias, `fokker_planck.switching_probability`, for biases that are
        one rectangular pulse of voltage, which is over some time before the end. NaN where theory has none.
    """

    exact: bool = False

    def records(self, frame: Frame) -> tuple[str, ...]:
        """Return what tells the state."""
        return ("parallel",) if "parallel" in frame.samples else ("m",)

    def check(self, frame: Frame) -> None:
        """Raise where there is no state to begin in, or no exact answer."""
        if frame.initial == "random":
            raise ParameterError(
                'switching needs a state to begin in; give [engine] initial = "parallel" or "antiparallel"'
            )
        if self.exact:
            for number, bias in enumerate(frame.biases):
                pulse_of(frame, bias, f"bias {number}")

    def variables(self, frame: Frame) -> dict[str, Variable]:
        """Return the outcomes, and the probabilities if asked for."""
        flags = {"long_name": f"1: switched from {frame.initial}, 0: not", "units": "1"}
        found = {"switched": Variable(LANES, "int8", flags)}
        if self.exact:
            text = {"units": "1", "long_name": "exact switching probability"}
            found["exact_switching_probability"] = Variable(PAIRS, "float64", text)
        return found

    def shortest(self, frame: Frame) -> int:
        """Return the samples until the pulses are over, where exact probabilities are wanted."""
        pulses = [bias.voltage for bias in frame.biases if isinstance(bias.voltage, PulseTrain)]
        if not self.exact or not pulses:
            return 1
        return math.ceil(max(pulse.start + pulse.width for pulse in pulses) / frame.sample_interval) + 1

    def values(self, block: Block) -> dict[str, NDArray[Any]]:
        """Return where each lane ended."""
        if "parallel" in block.samples:
            parallel = block.samples["parallel"][..., -1] > 0.5
        else:
            directions = np.array([junction.reference_direction for junction in block.junctions])
            parallel = np.einsum("dbrc,dc->dbr", block.samples["m"][..., -1, :], directions) > 0.0
        found: dict[str, NDArray[Any]] = {"switched": parallel != (block.frame.initial == "parallel")}
        if self.exact:
            probabilities = np.full(block.shape[:2], np.nan)
            for d, b in np.ndindex(block.shape[:2]):
                on, off, width, left = pulse_of(block.frame, block.biases[b], "bias")
                try:
                    options: dict[str, Any] = {"start": off, "initial": block.frame.initial, "settle": left}
                    answer = fokker_planck.switching_probability(block.junctions[d], on, [width], **options)
                    probabilities[d, b] = answer[0]
                except (ParameterError, SimulationError) as error:
                    block.notes.append(f"lane {int(block.lanes[d, b, 0])}: exact switching probability: {error}")
            found["exact_switching_probability"] = probabilities
        return found


def pulse_of(frame: Frame, bias: Bias, where: str) -> tuple[Bias, Bias, float, float]:
    """Return the bias in and beside its pulse, the width of the pulse and the time left after it, s."""
    pulse = bias.voltage
    others = all(channel.is_constant for channel in bias.channels[1:])
    if not isinstance(pulse, PulseTrain) or pulse.count not in (None, 1) or pulse.period is not None or not others:
        raise ParameterError(
            f"exact switching probabilities are those of one pulse_train without a period, and {where} is something "
            "else; leave exact out of [keep.switching]"
        )
    if pulse.rise_time or pulse.start < 0.0 or pulse.start + pulse.width > frame.duration:
        raise ParameterError(
            f"exact switching probabilities are those of a rectangular pulse inside the duration, and that of {where} "
            "has a rise_time or ends too late; leave exact out of [keep.switching]"
        )
    mapping = bias.to_mapping()
    on = Bias(**(mapping | {"voltage": pulse.baseline + pulse.amplitude}))
    off = Bias(**(mapping | {"voltage": pulse.baseline}))
    return on, off, pulse.width, frame.duration - pulse.start - pulse.width
