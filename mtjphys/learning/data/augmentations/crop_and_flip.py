"""Images cut from themselves with a margin around them, and flipped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mtjphys.core.declared import Declared
from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.learning.data.augmentation import AUGMENTATIONS


@AUGMENTATIONS.register("crop_and_flip")
@dataclass(frozen=True)
class CropAndFlip(Declared):
    """Cut every image from itself with a margin around it, at random, and flip half of them left to right.

    All ``(2 padding + 1)^2`` positions are equally likely, independently for every image.

    Parameters
    ----------
    height, width, channels : int
        Of an image, whose pixels come channel after channel, row after row.
    padding : int
        Pixels added on every side.
    fill : tuple of float
        What is added, one value a channel or one for all, in the units of the inputs; black is not 0 where
        they are normalised.

    Raises
    ------
    ParameterError
        If a number is outside its range.

    Examples
    --------
    >>> image = np.arange(4.0).reshape(1, 4)
    >>> CropAndFlip(2, 2, 1, padding=0)(image, np.random.default_rng(0)).tolist()
    [[0.0, 1.0, 2.0, 3.0]]
    >>> CropAndFlip(2, 2, 1, padding=0)(image, np.random.default_rng(2)).tolist()
    [[1.0, 0.0, 3.0, 2.0]]
    """

    height: Annotated[int, Quantity("pixels", 1, 2**15)]
    width: Annotated[int, Quantity("pixels", 1, 2**15)]
    channels: Annotated[int, Quantity("", 1, 2**15)]
    padding: Annotated[int, Quantity("pixels", 0, 2**10)] = 4
    fill: Annotated[tuple[float, ...], Quantity("(as the inputs)", -1e6, 1e6)] = (0.0,)

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.fill) not in (1, self.channels):
            raise ParameterError(
                f"fill={self.fill} has {len(self.fill)} values: give one, or one for each of {self.channels} channels"
            )

    def __call__(self, inputs: NDArray[Any], stream: np.random.Generator) -> NDArray[Any]:
        """Return the images cut and flipped.

        Parameters
        ----------
        inputs : ndarray of shape (n_samples, channels * height * width)
            Images in rows; they are left as they are.
        stream : numpy.random.Generator
            Where the random numbers come from.

        Returns
        -------
        ndarray
            Of the same shape and type.

        Raises
        ------
        ParameterError
            If the inputs are not of that shape.
        """
        n, p = len(inputs), self.padding
        shape = (self.channels, self.height, self.width)
        if inputs.shape != (n, self.channels * self.height * self.width):
            raise ParameterError(f"inputs of shape {inputs.shape} are not rows of {shape} pixels")
        padded = np.empty((n, self.channels, self.height + 2 * p, self.width + 2 * p), inputs.dtype)
        padded[:] = np.array(self.fill).reshape(-1, 1, 1)
        padded[:, :, p : p + self.height, p : p + self.width] = inputs.reshape(n, *shape)
        top, left = stream.integers(0, 2 * p + 1, (2, n))
        flipped = stream.random(n) < 0.5
        windows = sliding_window_view(padded, (self.height, self.width), (2, 3))
        cut = windows[np.arange(n), :, top, left]
        cut[flipped] = cut[flipped, :, :, ::-1]
        result: NDArray[Any] = cut.reshape(inputs.shape)
        return result
