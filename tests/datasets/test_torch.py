"""Windows in PyTorch's DataLoader, with and without processes of its own."""

import numpy as np
import pytest

from mtjphys.datasets import Windows

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(("store", "workers"), [("spread", 0), ("spread", 2), ("spread_file", 2)])
def test_a_loader_reads_what_windows_read(request, store, workers):
    from torch.utils.data import DataLoader

    from mtjphys.datasets.torch import Shuffled, WindowDataset

    windows = Windows(request.getfixturevalue(store), ["resistance", "m"], "free_layer.damping", length=30)
    windows.take([0])  # the dataset is open when the workers are forked
    order = Shuffled(windows, seed=1)
    options = {"num_workers": workers, "multiprocessing_context": "fork", "timeout": 120} if workers else {}
    loader = DataLoader(WindowDataset(windows), batch_size=32, sampler=order, **options)
    batches = list(loader)
    expected = list(windows.batches(32, seed=1))
    assert order.epoch == 1
    assert len(order) == len(windows)
    assert len(batches) == len(expected)
    for (inputs, labels), batch in zip(batches, expected, strict=True):
        assert inputs.dtype == torch.float32
        np.testing.assert_array_equal(inputs.numpy(), batch.inputs)
        np.testing.assert_array_equal(labels.numpy(), batch.labels)


def test_a_dataset_is_a_sequence_of_pairs(spread):
    from mtjphys.datasets.torch import WindowDataset

    pairs = WindowDataset(Windows(spread, length=100))
    assert len(list(pairs)) == len(pairs)
    inputs, labels = pairs[0]
    assert inputs.shape == (1, 100)
    assert labels.shape == (0,)
