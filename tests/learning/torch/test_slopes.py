"""Slopes of activations, seen as they are called."""

import pytest
from torch_modules import nn, torch

from mtjphys.learning.torch.slopes import Slopes

FUNCTIONS = [
    nn.ReLU(),
    nn.ReLU(inplace=True),
    nn.LeakyReLU(0.2),
    nn.Tanh(),
    nn.Sigmoid(),
    nn.GELU(),
    nn.SiLU(inplace=True),
    nn.Softplus(),
    torch.relu,
    torch.tanh,
    nn.functional.elu,
    lambda a: a.relu(),
    lambda a: a.clamp(min=0.0),
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_slopes_are_those_of_autograd(function):
    torch.manual_seed(1)
    a = torch.randn(6, 4)
    asked = a[:3].clone().requires_grad_()
    (expected,) = torch.autograd.grad(function(asked * 1.0).sum(), asked)
    values = function(a.clone())
    with torch.no_grad(), Slopes(3) as slopes:
        slopes.watch(0, a)
        found = function(a)
    torch.testing.assert_close(slopes.times_slope(0, torch.ones(3, 4)), expected)
    torch.testing.assert_close(found, values)


def test_what_mixes_units_has_no_slope():
    a, other = torch.randn(6, 4), torch.randn(6, 4)
    with torch.no_grad(), Slopes(3) as slopes:
        slopes.watch(0, a)
        torch.softmax(a, 1), torch.relu(other)
    assert torch.equal(slopes.times_slope(0, a[:3]), a[:3])
