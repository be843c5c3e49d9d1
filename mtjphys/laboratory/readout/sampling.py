"""The converter: when it samples, and to which codes."""

from __future__ import annotations

import math
import warnings

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import MtjphysWarning, ParameterError
from mtjphys.laboratory.readout.instrument import Instrument

Array = NDArray[np.float64]


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
