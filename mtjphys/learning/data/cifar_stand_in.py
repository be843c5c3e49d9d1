"""Files in the format of CIFAR that are not CIFAR."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mtjphys.core.checks import as_choice
from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import check_range
from mtjphys.core.streams import Use, generator
from mtjphys.learning.data.cifar import CHANNELS, LAYOUTS, PIXELS, SIDE, TRAIN_TO_TEST


def write_cifar_stand_in(
    folder: str | Path, dataset: str = "cifar10", *, test_samples: int = 200, noise: float = 40.0, seed: int = 0
) -> Path:
    """Write files in the format of CIFAR that are *not* CIFAR, to try a program without the data.

    Each class is a smooth random picture; a sample is the picture of its class plus white noise. A network
    learns it in a few epochs: what it reaches says nothing about CIFAR.

    Parameters
    ----------
    folder : path
        Where to; the files go to ``cifar-10-batches-bin`` or ``cifar-100-binary`` in it.
    dataset : str
        ``"cifar10"`` or ``"cifar100"``, which has 100 classes in 20 groups.
    test_samples : int
        Images to test with, a multiple of the classes; there are five times as many to train with.
    noise : float
        Standard deviation of the noise in steps of the pixel value, 0 to 255.
    seed : int
        Seed of pictures and noise.

    Returns
    -------
    Path
        `folder`, to be given to `cifar10` or `cifar100` as `data_dir`.

    Raises
    ------
    ParameterError
        If the data set is unknown, or a number is outside its range.

    Examples
    --------
    >>> import tempfile
    >>> from mtjphys.learning.data import cifar10
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     data = cifar10(write_cifar_stand_in(folder, test_samples=20), validation_samples=10)
    >>> data.train.inputs.shape, data.test.inputs.shape
    ((90, 3072), (20, 3072))
    """
    layout = LAYOUTS[as_choice("dataset", dataset, sorted(LAYOUTS))]
    n_classes = layout.classes[-1]
    check_range("test_samples", test_samples, "samples", n_classes, 10_000)
    if test_samples % n_classes:
        raise ParameterError(f"test_samples={test_samples} is not a multiple of the {n_classes} classes")
    check_range("noise", noise, "(pixel value)", 0.0, 255.0)
    stream = generator(seed, 0, Use.STAND_IN)
    coarse = stream.uniform(20, 220, (n_classes, CHANNELS, 4, 4))
    pictures = coarse.repeat(SIDE // 4, axis=2).repeat(SIDE // 4, axis=3).reshape(n_classes, PIXELS)
    target = Path(folder) / layout.folder
    target.mkdir(parents=True, exist_ok=True)
    per_file = test_samples * TRAIN_TO_TEST // len(layout.train)
    for name, n in ((layout.test, test_samples), *((name, per_file) for name in layout.train)):
        classes = stream.permutation(np.arange(n) % n_classes)
        pixels = pictures[classes] + noise * stream.standard_normal((n, PIXELS))
        labels = [classes * groups // n_classes for groups in layout.classes]
        records = np.column_stack([*labels, pixels.clip(0, 255)]).astype(np.uint8)
        (target / name).write_bytes(records.tobytes())
    return Path(folder)
