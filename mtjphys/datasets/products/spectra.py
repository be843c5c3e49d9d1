"""Power spectral density of each lane."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.datasets.products.product import LANES, PRODUCTS, Block, Frame, Product, Variable
from mtjphys.datasets.products.signals import Analysed, interval_of, records, samples_of, times_of, units_of

SEGMENT = Quantity("(samples)", 8, 2**24, (), "samples of a segment")


@PRODUCTS.register("spectra")
class Spectra(Product):
    r"""One-sided spectral density by Welch's estimate: Hann windows that overlap by half, means taken off.

    Parameters
    ----------
    quantity : {"resistance", "voltage", "signal"}
        Of which; "signal" is that of ``[keep.record]``.
    segment : int
        Samples of a segment: frequencies are multiples of ``1/(segment sample_interval)``.

    References
    ----------
    P. D. Welch, IEEE Trans. Audio Electroacoust. 15, 70 (1967).
    """

    quantity: Analysed = "resistance"
    segment: Annotated[int, SEGMENT] = 256

    def records(self, frame: Frame) -> tuple[str, ...]:
        """Return what is analysed."""
        return records(frame, self.quantity)

    def check(self, frame: Frame) -> None:
        """Raise where a lane is shorter than a segment."""
        super().check(frame)
        samples = times_of(frame, self.quantity).size
        if samples < self.segment:
            raise ParameterError(
                f"segment={self.segment} samples is longer than the {samples} samples of a lane; give a shorter one"
            )

    def shortest(self, frame: Frame) -> int:
        """Return a segment."""
        return int(self.segment * interval_of(frame, self.quantity) / frame.sample_interval) + 2

    def variables(self, frame: Frame) -> dict[str, Variable]:
        """Return the density over frequency."""
        units = {"units": f"{units_of(frame, self.quantity)}2/Hz", "long_name": f"spectrum of the {self.quantity}"}
        return {"spectral_density": Variable((*LANES, "frequency"), "float32", units)}

    def coordinates(self, frame: Frame) -> dict[str, tuple[Any, dict[str, Any]]]:
        """Return the frequencies above zero."""
        frequencies = np.fft.rfftfreq(self.segment, interval_of(frame, self.quantity))[1:]
        return {"frequency": (frequencies, {"units": "Hz", "long_name": "frequency"})}

    def values(self, block: Block) -> dict[str, NDArray[Any]]:
        """Return the densities."""
        from scipy.signal import welch

        rate = 1.0 / interval_of(block.frame, self.quantity)
        samples = samples_of(block, self.quantity)
        return {"spectral_density": welch(samples, fs=rate, nperseg=self.segment, axis=3)[1][..., 1:]}
