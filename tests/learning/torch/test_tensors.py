"""Noise as tensors."""

import numpy as np
from naive_learning import Replay
from torch_modules import torch

from mtjphys import learning
from mtjphys.learning.torch import ChainsOnDevice, perturbation_tensor


def test_tensors_are_the_memory_of_the_source():
    table = np.ones((4, 3), np.float32)
    eps = perturbation_tensor(Replay(table), 4, 3)
    assert eps.data_ptr() == table.ctypes.data
    table[2, 1] = 7.0
    assert float(eps[2, 1]) == 7.0
    streams = perturbation_tensor(learning.TelegraphNoise(seed=1), 4, 3)
    assert streams.stride() == (1, 4)  # as the source lays them out, sample beside sample


def test_what_may_not_be_written_to_is_copied():
    table = np.ones((4, 3), np.float32)
    table.flags.writeable = False
    perturbation_tensor(Replay(table), 4, 3)[0, 0] = 2.0
    assert table[0, 0] == 1.0


def test_gain_and_offset_are_those_of_the_source():
    numbers = learning.perturbation(learning.TelegraphNoise(seed=1, gain=3.0, offset=0.04), 4, 3, np.float64)
    eps = perturbation_tensor(learning.TelegraphNoise(seed=1, gain=3.0, offset=0.04), 4, 3, torch.float64)
    assert np.array_equal(eps.numpy(), numbers)
    device = ChainsOnDevice(learning.GaussianNoise(0.0, mean=0.5, gain=3.0, offset=0.04), "cpu")
    torch.testing.assert_close(perturbation_tensor(device, 4, 3), torch.full((4, 3), 3.0 * 0.46))
