"""Layers behind a decorrelating matrix."""

import numpy as np
import pytest
from torch_modules import nn, torch

from mtjphys import learning
from mtjphys.core.errors import ParameterError
from mtjphys.learning import torch as mtorch
from mtjphys.learning.torch.decorrelated import decorrelate


@pytest.mark.parametrize("whitening", [0.0, 0.3])
def test_a_step_is_that_of_our_own_networks(whitening):
    rule, stream = learning.Decorrelation(0.05, whitening), np.random.default_rng(1)
    layer, x = mtorch.DecorrelatedLinear(4, 2, dtype=torch.float64), stream.standard_normal((9, 4))
    matrix = np.eye(4) + 0.2 * stream.standard_normal((4, 4))
    layer.decorrelation.copy_(torch.from_numpy(matrix))
    decorrelate(layer, torch.from_numpy(x), rule)
    rule.update([matrix], [x @ matrix.T])
    np.testing.assert_allclose(layer.decorrelation.numpy(), matrix, rtol=1e-12)


def test_a_convolution_is_linear_in_decorrelated_patches():
    """Patch by patch, with the matrix of a linear layer."""
    torch.manual_seed(1)
    layer = mtorch.DecorrelatedConv2d(2, 3, (2, 3), stride=2, padding=1, dtype=torch.float64)
    layer.decorrelation += 0.3 * torch.randn_like(layer.decorrelation)
    layer.centre += 0.3 * torch.randn_like(layer.centre)
    x = torch.randn(2, 2, 5, 6, dtype=torch.float64)
    padded, found = nn.functional.pad(x, (1, 1, 1, 1)), layer(x)
    patches = []
    for s in range(2):
        for i in range(found.shape[2]):
            for j in range(found.shape[3]):
                patch = padded[s, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 3].flatten()
                patches.append((layer.decorrelation @ patch + layer.centre).detach())
                expected = layer.weight.flatten(1) @ patches[-1] + layer.bias
                torch.testing.assert_close(found[s, :, i, j], expected)
    xb = torch.stack(patches)
    torch.testing.assert_close(layer.decorrelated(x).flatten(0, 1), xb)
    matrix, centre = layer.decorrelation.numpy().copy(), layer.centre.numpy().copy()
    rule = learning.Decorrelation(0.05, centring=0.1)
    rule.update([matrix], [xb.numpy()], centres=[centre])
    decorrelate(layer, x, rule)
    np.testing.assert_allclose(layer.decorrelation.numpy(), matrix, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(layer.centre.numpy(), centre, rtol=1e-10, atol=1e-14)


def test_decorrelation_beside_back_propagation():
    """Steps of the hook, while autograd goes through; correlated inputs lose their correlation."""
    torch.manual_seed(1)
    module = nn.Sequential(mtorch.DecorrelatedLinear(3, 3), nn.Tanh(), mtorch.DecorrelatedLinear(3, 1))
    x = torch.randn(500, 3) @ torch.tensor([[1.0, 0.8, 0.0], [0.0, 0.6, 0.5], [0.0, 0.0, 0.7]])

    def correlation():
        moments = torch.corrcoef(module[0].decorrelated(x).T)
        return float((moments - moments.diag().diag()).abs().max())

    before = correlation()
    with mtorch.decorrelating(module, learning.Decorrelation(0.1)):
        for _ in range(300):
            module(x).square().mean().backward()
    assert before > 0.4 and correlation() < 0.05
    kept = module[0].decorrelation.clone()
    module(x)  # outside
    with mtorch.decorrelating(module.eval(), learning.Decorrelation(0.1)):
        module(x)  # not in training
    assert torch.equal(module[0].decorrelation, kept)


def test_matrices_and_centres_are_saved_and_not_optimised():
    layer = mtorch.DecorrelatedLinear(3, 2)
    assert {*layer.state_dict()} == {"weight", "bias", "decorrelation", "centre"}
    assert len([*layer.parameters()]) == 2


@pytest.mark.parametrize("given", [{"groups": 2}, {"padding_mode": "circular"}, {"padding": "same"}])
def test_convolutions_without_plain_patches_are_refused(given):
    with pytest.raises(ParameterError, match="decorrelated patches need"):
        mtorch.DecorrelatedConv2d(4, 4, 3, **given)


def test_nothing_to_decorrelate_is_said():
    with (
        pytest.raises(ParameterError, match="no layer is decorrelated"),
        mtorch.decorrelating(nn.Linear(2, 2), learning.Decorrelation(0.1)),
    ):
        pass
