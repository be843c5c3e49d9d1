"""What the paper does to the images of CIFAR."""

from __future__ import annotations

from typing import Annotated

from mtjphys.core.quantity import Quantity
from mtjphys.learning.data.augmentation import AUGMENTATIONS
from mtjphys.learning.data.augmentations.crop_and_flip import CropAndFlip
from mtjphys.learning.data.cifar import CHANNELS, DEVIATION, MEAN, SIDE


@AUGMENTATIONS.register("cifar")
def cifar_augmentation(padding: Annotated[int, Quantity("pixels", 0, 2**10)] = 4) -> CropAndFlip:
    """Return the paper's augmentation: 32 x 32 pixels cut from 40 x 40, and flipped half of the time.

    The margin is black, as the images are normalised after they are cut.

    Parameters
    ----------
    padding : int
        Pixels of the margin on every side; that of the paper by default.

    Returns
    -------
    CropAndFlip
        For the inputs of `cifar10` and `cifar100`.

    References
    ----------
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025).

    Examples
    --------
    >>> import numpy as np
    >>> inputs = np.zeros((2, 3072), np.float32)
    >>> cifar_augmentation()(inputs, np.random.default_rng(1)).shape
    (2, 3072)
    """
    black = tuple(-mean / deviation for mean, deviation in zip(MEAN, DEVIATION, strict=True))
    return CropAndFlip(SIDE, SIDE, CHANNELS, padding=padding, fill=black)
