"""Derivatives of one layer, beside autograd's."""

import pytest
from torch_modules import nn, torch

from mtjphys.learning.torch import DecorrelatedConv2d, DecorrelatedLinear
from mtjphys.learning.torch.gradients import add_gradients
from mtjphys.learning.torch.passes import Call

LAYERS = [
    (nn.Linear(3, 2), (3,)),
    (nn.Linear(3, 2, bias=False), (4, 3)),
    (nn.Conv1d(2, 4, 3, stride=2, padding=1), (2, 7)),
    (nn.Conv2d(2, 4, 3, groups=2, dilation=2), (2, 7, 7)),
    (nn.Conv2d(2, 4, 3, padding="same", bias=False), (2, 5, 5)),
    (nn.Conv2d(2, 4, 3, padding=1, padding_mode="circular"), (2, 5, 5)),
    (nn.ConvTranspose2d(2, 3, 3, stride=2), (2, 4, 4)),
    (nn.LayerNorm(5), (3, 5)),
    (DecorrelatedLinear(3, 2), (3,)),
    (DecorrelatedConv2d(2, 3, 3, padding=1), (2, 4, 4)),
]


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=str)
def test_gradients_are_those_of_autograd(layer, shape):
    torch.manual_seed(1)
    x = torch.randn(5, *shape)
    if hasattr(layer, "decorrelation"):
        layer.decorrelation += 0.3 * torch.randn_like(layer.decorrelation)
    a = layer(x)
    signal = torch.randn_like(a)
    parameters = [*layer.parameters()]
    expected = torch.autograd.grad((a * signal).sum() / 5, parameters)
    for _ in range(2):
        with torch.no_grad():
            add_gradients(Call(layer, (x,), {}), signal)
    torch.testing.assert_close([p.grad for p in parameters], [2.0 * each for each in expected])


def test_what_is_frozen_gets_none():
    for layer, x in ((nn.Linear(3, 2), torch.randn(4, 3)), (nn.Conv1d(3, 2, 1), torch.randn(4, 3, 5))):
        layer.weight.requires_grad_(False)
        with torch.no_grad():
            add_gradients(Call(layer, (x,), {}), torch.ones_like(layer(x)))
        assert layer.weight.grad is None and layer.bias.grad is not None


def test_statistics_are_not_counted_again():
    layer, x = nn.BatchNorm1d(3), torch.randn(4, 3)
    with torch.no_grad():
        layer(x)
        before = layer.running_mean.clone()
        add_gradients(Call(layer, (x,), {}), torch.ones(4, 3))
    assert torch.equal(layer.running_mean, before) and layer.num_batches_tracked == 1
