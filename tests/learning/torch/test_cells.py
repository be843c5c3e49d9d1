"""Recurrent cells, taken apart and put together again."""

import pytest
from torch_modules import nn, torch

from mtjphys.learning.torch.cells import CELLS
from mtjphys.learning.torch.passes import Passes


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", CELLS)
def test_a_cell_without_noise_computes_what_pytorch_does(kind, bias):
    torch.manual_seed(1)
    cell = kind(3, 4, bias=bias)
    x, hidden = torch.randn(2, 5, 3), torch.randn(5, 4)
    for entering, state in ((x[0], None), (x[1], (hidden, -hidden) if kind is nn.LSTMCell else hidden)):
        arguments = (entering,) if state is None else (entering, state)
        expected = cell(*arguments)
        with Passes(cell).tapped(lambda k, call, a: a):
            found = cell(*arguments)
        torch.testing.assert_close(found, expected)
        torch.testing.assert_close(cell(*arguments), expected)  # as it was before


def test_rectified_cells():
    torch.manual_seed(1)
    cell, x = nn.RNNCell(3, 4, nonlinearity="relu"), torch.randn(5, 3)
    with Passes(cell).tapped(lambda k, call, a: a):
        found = cell(x)
    torch.testing.assert_close(found, cell(x))


@pytest.mark.parametrize(("kind", "units"), [(nn.RNNCell, 4), (nn.LSTMCell, 16), (nn.GRUCell, 16)])
def test_units_are_what_the_gates_are_functions_of(kind, units):
    assert Passes(kind(3, 4)).n_units((torch.zeros(5, 3),)) == units
