r"""Recurrent cells: the pre-activations that their gates are functions of.

============  =====================================================================  ==============================
cell          pre-activations                                                        what becomes of them
============  =====================================================================  ==============================
``RNNCell``   :math:`a = W_i x + b_i + W_h h + b_h`                                  :math:`h' = f(a)`
``LSTMCell``  the same, of four gates                                                :math:`c' = \sigma(a_f) c +
                                                                                     \sigma(a_i)\tanh a_g`,
                                                                                     :math:`h' = \sigma(a_o)\tanh c'`
``GRUCell``   the same of the gates r and z, then :math:`W_i x + b_i` and            :math:`n = \tanh(a_i +
              :math:`W_h h + b_h` of the candidate, on which r acts in between       \sigma(a_r) a_h)`,
                                                                                     :math:`h' = n + \sigma(a_z)(h-n)`
============  =====================================================================  ==============================

A cell that is called once for each step in time counts as so many layers with shared weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from mtjphys.learning.torch.installed import nn, torch


class Cell(NamedTuple):
    """How a kind of cell is taken apart."""

    preactivations: Callable[..., Any]
    outputs: Callable[..., Any]


def _start(cell: Any, x: Any, state: Any) -> Any:
    """Return the hidden state that a cell is called with, zeros if none."""
    hidden = state[0] if isinstance(state, tuple) else state
    return x.new_zeros(*x.shape[:-1], cell.hidden_size) if hidden is None else hidden


def _sums(cell: Any, x: Any, state: Any = None) -> Any:
    from_input = nn.functional.linear(x, cell.weight_ih, cell.bias_ih)
    return from_input + nn.functional.linear(_start(cell, x, state), cell.weight_hh, cell.bias_hh)


def _of_rnn(cell: Any, a: Any, x: Any, state: Any = None) -> Any:
    return torch.tanh(a) if cell.nonlinearity == "tanh" else torch.relu(a)


def _of_lstm(cell: Any, a: Any, x: Any, state: Any = None) -> Any:
    entry, forget, candidate, out = a.chunk(4, dim=-1)
    kept = 0.0 if state is None else torch.sigmoid(forget) * state[1]
    memory = kept + torch.sigmoid(entry) * torch.tanh(candidate)
    return torch.sigmoid(out) * torch.tanh(memory), memory


def _gru_sums(cell: Any, x: Any, state: Any = None) -> Any:
    from_input = nn.functional.linear(x, cell.weight_ih, cell.bias_ih)
    from_hidden = nn.functional.linear(_start(cell, x, state), cell.weight_hh, cell.bias_hh)
    gates = 2 * cell.hidden_size
    parts = from_input[..., :gates] + from_hidden[..., :gates], from_input[..., gates:], from_hidden[..., gates:]
    return torch.cat(parts, dim=-1)


def _of_gru(cell: Any, a: Any, x: Any, state: Any = None) -> Any:
    reset, update, from_input, from_hidden = a.chunk(4, dim=-1)
    candidate = torch.tanh(from_input + torch.sigmoid(reset) * from_hidden)
    return candidate + torch.sigmoid(update) * (_start(cell, x, state) - candidate)


CELLS: dict[Any, Cell] = {
    nn.RNNCell: Cell(_sums, _of_rnn),
    nn.LSTMCell: Cell(_sums, _of_lstm),
    nn.GRUCell: Cell(_gru_sums, _of_gru),
}
"""The cells of PyTorch that are taken apart."""
