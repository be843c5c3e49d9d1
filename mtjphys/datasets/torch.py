"""Windows for PyTorch: a ``Dataset`` for its ``DataLoader``, and an order that reads little at a time.

Importing this module imports torch: ``pip install "mtjphys[torch]"``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mtjphys.core.errors import MtjphysError
from mtjphys.datasets.use import Windows

try:
    import torch
    from torch.utils.data import Dataset, Sampler
except ImportError as error:
    raise MtjphysError(
        f'mtjphys.datasets.torch needs PyTorch 2.4 or later: install it with `pip install "mtjphys[torch]"` ({error})'
    ) from None

Pair = tuple[torch.Tensor, torch.Tensor]


class WindowDataset(Dataset[Pair]):
    """The windows of a split as pairs of tensors, inputs (channels, samples) and labels (labels), float32.

    Every worker of a ``DataLoader`` opens the dataset for itself, however it was started, and keeps at most
    ``windows.memory`` bytes.

    Parameters
    ----------
    windows : Windows
        Which; their scales are read here, once for all workers.

    Examples
    --------
    >>> import tempfile
    >>> import mtjphys as mp
    >>> from torch.utils.data import DataLoader
    >>> from mtjphys.datasets.torch import Shuffled, WindowDataset
    >>> text = '''
    ... name = "small"
    ... [devices]
    ... junction = "rehm_2023"
    ... count = 10
    ... [engine]
    ... duration = 1e-8
    ... sample_interval = 1e-10
    ... [keep.traces]
    ... '''
    >>> folder = tempfile.TemporaryDirectory()
    >>> store = mp.datasets.make(text, folder.name + "/set.zarr", progress=False)
    >>> train = mp.datasets.Windows(store, "resistance", length=50)
    >>> loader = DataLoader(WindowDataset(train), batch_size=8, sampler=Shuffled(train, seed=1))
    >>> [tuple(inputs.shape) for inputs, labels in loader]
    [(8, 1, 50), (8, 1, 50)]
    >>> folder.cleanup()
    """

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        if windows.normalised:
            windows.normalisation  # noqa: B018

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, index: int) -> Pair:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[Pair]:
        inputs, labels = self.windows.take(indices)
        return list(zip(torch.from_numpy(inputs), torch.from_numpy(labels), strict=True))


class Shuffled(Sampler[int]):
    """The order of `Windows.order` for a ``DataLoader``: each epoch another one, from a seed.

    Parameters
    ----------
    windows : Windows
        Of the ``DataLoader``'s dataset.
    seed : int
        Of the orders.

    Attributes
    ----------
    epoch : int
        Of the next order; it counts itself, and is set to go on after a stop.
    """

    def __init__(self, windows: Windows, seed: int) -> None:
        self.windows, self.seed, self.epoch = windows, seed, 0

    def __len__(self) -> int:
        return len(self.windows)

    def __iter__(self) -> Iterator[int]:
        epoch = self.epoch
        self.epoch += 1
        for part in self.windows.order(self.seed, epoch):
            yield from part.tolist()
