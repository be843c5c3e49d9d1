"""Which parts of a module are perturbed."""

import pytest
from torch_modules import convolutional, nn, recurrent

from mtjphys.core.errors import ParameterError
from mtjphys.learning.torch.layers import find_layers, mixes_samples


def attention():
    """Return a module that holds parameters beside other parts."""
    return nn.Sequential(nn.Linear(4, 4), nn.MultiheadAttention(4, 2), nn.Linear(4, 2))


def test_parts_with_parameters_are_layers():
    assert [*find_layers(convolutional()).values()] == ["0", "3"]
    assert [*find_layers(recurrent(nn.LSTMCell)).values()] == ["cell", "head"]
    assert [*find_layers(nn.Linear(2, 2)).values()] == [""]
    normal = nn.Sequential(nn.Conv1d(2, 2, 1), nn.BatchNorm1d(2), nn.GroupNorm(1, 2), nn.Embedding(3, 2))
    assert [*find_layers(normal).values()] == ["0", "1", "2", "3"]


def test_frozen_parts_are_none():
    module = convolutional()
    module[0].requires_grad_(False)
    assert [*find_layers(module).values()] == ["3"]
    assert [*find_layers(module.requires_grad_(False)).values()] == ["0", "3"]  # as a whole: it can still be noisy
    with pytest.raises(ParameterError, match="no parameters"):
        find_layers(nn.ReLU())


def test_parts_are_listed_by_name_or_themselves():
    module = attention()
    assert [*find_layers(module, ["2", module[1], "0"]).values()] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (None, r"parameter 'in_proj_weight' of 1 \(MultiheadAttention\) .* name '1' among layers="),
        (["0", "1"], "parameter 'weight' of 2"),
        (["0", "1", "2", "3"], "layer '3' is no part"),
        (["0", "1", "2", "1.out_proj"], "layer '1.out_proj' is inside layer '1'"),
    ],
)
def test_what_would_never_learn_is_said(layers, words):
    with pytest.raises(ParameterError, match=words):
        find_layers(attention(), layers)


def test_recurrent_layers_hide_their_pre_activations():
    module = nn.Sequential(nn.LSTM(2, 2))
    with pytest.raises(ParameterError, match=r"LSTM '0' does not show .* nn.LSTMCell"):
        find_layers(module)
    assert [*find_layers(module, ["0"]).values()] == ["0"]


def test_compiled_modules_are_refused():
    compiled = type("OptimizedModule", (nn.Module,), {})()  # as torch.compile calls what it returns, after six seconds
    with pytest.raises(ParameterError, match="compiled"):
        find_layers(compiled)


@pytest.mark.parametrize("part", [nn.Dropout(), nn.BatchNorm2d(2), nn.LSTM(2, 2, 2, dropout=0.1)], ids=str)
def test_what_mixes_samples_does_so_in_training_alone(part):
    module = nn.Sequential(nn.Linear(2, 2), part)
    assert mixes_samples(module) and not mixes_samples(module.eval())
    assert not mixes_samples(nn.Sequential(nn.LayerNorm(2), nn.LSTM(2, 2)))
