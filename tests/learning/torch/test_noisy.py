"""Noisy inference and back-propagation."""

import naive_learning as naive
import numpy as np
from torch_modules import convolutional, made, nn, of_network, recurrent, torch

from mtjphys import learning
from mtjphys.learning import torch as mtorch


def test_back_propagation_with_noise_is_ours():
    network, x, y = naive.make(decorrelated=False)
    module, noise = of_network(network), naive.table(6, naive.N_UNITS)
    with mtorch.noisy(module, naive.Replay(noise)):
        nn.functional.cross_entropy(module(torch.from_numpy(x)), torch.from_numpy(y)).backward()
    expected = learning.BP()(network, x, y, learning.CrossEntropy(), naive.Replay(noise))
    for found, gradient in zip([*module.parameters()][::2], expected.weights, strict=True):
        np.testing.assert_allclose(found.grad.numpy(), gradient, rtol=1e-9, atol=1e-12)


def test_every_pass_has_its_own_readings():
    module, x, _ = made(recurrent, 4)
    noise = learning.GaussianNoise(0.1, seed=1)
    with torch.no_grad(), mtorch.noisy(module, noise):
        one, two = module(x), module(x)
    again = learning.GaussianNoise(0.1, seed=1)
    with torch.no_grad(), mtorch.noisy(module, again):
        assert torch.equal(module(x), one) and torch.equal(module(x), two)
    assert not torch.equal(one, two)
    quiet = module(x).detach()
    assert 0.0 < float((one - quiet).abs().max()) < 1.0
    assert torch.equal(module(x), quiet)


def test_it_is_the_noise_of_the_first_pass_of_learning():
    module, x, y = made(convolutional, 4)
    table = naive.table(8, 50)
    outputs = mtorch.NodePerturbation(module, naive.Replay(table)).backward(x, y, nn.CrossEntropyLoss()).outputs
    with torch.no_grad(), mtorch.noisy(module, naive.Replay(table)):
        torch.testing.assert_close(module(x), outputs)


def test_a_frozen_module_is_noisy_too():
    module, x, _ = made(convolutional, 4)
    quiet = module.requires_grad_(False)(x)
    with mtorch.noisy(module, learning.GaussianNoise(0.1, seed=1)):
        assert 0.0 < float((module(x) - quiet).abs().max()) < 2.0


def test_it_can_be_listed_what_is_noisy():
    module, x, _ = made(convolutional, 4)
    with torch.no_grad(), mtorch.noisy(module, naive.Replay(np.ones((4, 2))), layers=[module]):
        noisy = module(x)
    torch.testing.assert_close(noisy, module(x) + 1.0)
