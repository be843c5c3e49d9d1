"""Passes with noise: two in one, statistics and random numbers shared, modules left as they were."""

import pytest
from torch_modules import Residual, convolutional, made, nn, recurrent, torch

from mtjphys.core.errors import ParameterError
from mtjphys.learning.torch.passes import Passes


def normalised(kind):
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(4, 6), kind, nn.ReLU(inplace=True), nn.Linear(6, 2))


@pytest.mark.parametrize("build", [convolutional, recurrent])
def test_two_passes_in_one_are_two_passes(build):
    module, x, _ = made(build, 5)
    eps = 0.1 * torch.randn(10, Passes(module).n_units((x,)), dtype=torch.float64)
    with torch.no_grad():
        one, two = (Passes(module, batched=batched).pair((x,), eps) for batched in (True, False))
    torch.testing.assert_close(one.first.outputs, two.first.outputs)
    torch.testing.assert_close(one.second_outputs, two.second_outputs)
    torch.testing.assert_close(one.changes, two.changes)
    for ours, theirs in zip(one.first.calls, two.first.calls, strict=True):
        torch.testing.assert_close(ours.arguments, theirs.arguments)


def test_noise_enters_at_the_pre_activations():
    module = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    x, eps = torch.randn(3, 2), torch.randn(6, 3)
    with torch.no_grad():
        pair = Passes(module).pair((x,), eps)
        expected = module[2](torch.relu(module[0](x) + eps[3:, :2])) + eps[3:, 2:]
    torch.testing.assert_close(pair.second_outputs, expected)
    assert pair.first.output_call == 1
    torch.testing.assert_close(pair.changes[0], eps[:3, :2] - eps[3:, :2])


@pytest.mark.parametrize("batched", [True, False])
def test_outputs_that_an_activation_has_overwritten_are_no_pre_activations(batched):
    module = nn.Sequential(nn.Linear(2, 2), nn.ReLU(inplace=True))
    with torch.no_grad():
        pair = Passes(module, batched=batched).pair((torch.randn(3, 2),), torch.randn(6, 2))
    assert pair.first.output_call is None


def test_the_first_layer_is_computed_once():
    seen = []
    module = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    for layer in module:
        layer.register_forward_pre_hook(lambda layer, arguments: seen.append(len(arguments[0])))
    passes, x = Passes(module), torch.randn(3, 2)
    passes.units((x,))
    seen.clear()
    with torch.no_grad():
        passes.pair((x,), torch.zeros(6, 3))
    assert seen == [6, 6]  # hooks of the user come before ours
    assert passes.pair((x,), torch.zeros(6, 3)).first.calls[0].arguments[0].shape == (3, 2)


def test_dropout_is_the_same_in_both_passes():
    module, x = normalised(nn.Dropout(0.5)), torch.ones(50, 4)
    passes = Passes(module)
    assert not passes.batched
    torch.manual_seed(1)
    with torch.no_grad():
        pair = passes.pair((x,), torch.zeros(100, 8))
    assert torch.equal(pair.first.outputs, pair.second_outputs) and len({*pair.first.outputs[:, 0].tolist()}) > 1
    torch.manual_seed(1)
    module(x)
    following = torch.rand(1)
    torch.manual_seed(1)
    with torch.no_grad():
        passes.pair((x,), torch.zeros(100, 8))
    assert torch.equal(torch.rand(1), following)  # the second pass has drawn nothing


def test_batch_normalisation_counts_a_batch_once():
    module, twin, x = normalised(nn.BatchNorm1d(6)), normalised(nn.BatchNorm1d(6)), torch.randn(7, 4)
    twin(x)
    with torch.no_grad():
        Passes(module).pair((x,), torch.cat([torch.zeros(7, 14), torch.ones(7, 14)]))
    torch.testing.assert_close(module[1].running_mean, twin[1].running_mean)
    assert module[1].num_batches_tracked == 1 and module.training


def test_looking_at_the_units_leaves_the_module_as_it_was():
    module = normalised(nn.BatchNorm1d(6))
    module[3].eval()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    x = torch.randn(7, 4)
    state = torch.get_rng_state()
    assert Passes(module).n_units((x,)) == 14
    assert [part.training for part in module] == [True, True, True, False]
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)


def test_several_arguments_and_names():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.left, self.right = nn.Linear(2, 3), nn.Bilinear(3, 3, 1)

        def forward(self, x, y):
            return self.right(self.left(x), self.left(y))

    x, y = torch.randn(4, 2), torch.randn(4, 2)
    passes = Passes(Two())
    assert passes.units((x, y)) == [(3,), (3,), (1,)]
    with torch.no_grad():
        assert passes.pair((x, y), torch.zeros(8, 7)).second_outputs.shape == (4, 1)


class Wandering(nn.Module):
    """Calls a layer once more in training than in evaluation."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x):
        return self.layer(self.layer(x)) if self.training else self.layer(x)


class Leaving(Wandering):
    """Calls a layer once less in training than in evaluation."""

    def forward(self, x):
        return self.layer(x) if self.training else self.layer(self.layer(x))


class Idle(nn.Module):
    """Uses the weights of a layer, but does not call it."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x):
        return x @ self.layer.weight


class Turned(nn.Module):
    """Hands a layer its samples on the second axis."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x):
        return self.layer(x.transpose(0, 1))


@pytest.mark.parametrize(
    ("module", "x", "words"),
    [
        (Wandering(), torch.zeros(3, 2), "must call the same layers in the same order"),
        (Leaving(), torch.zeros(3, 2), "a pass had 1 calls of layers, and one of these inputs had 2"),
        (Idle(), torch.zeros(3, 2), r"none of the layers \['layer'\] is called"),
        (Turned(), torch.zeros(3, 5, 2), "samples must be on the first axis"),
    ],
)
def test_modules_that_cannot_be_perturbed_are_told(module, x, words):
    for batched in (True, False):
        with pytest.raises(ParameterError, match=words):
            passes = Passes(module, batched=batched)
            passes.pair((x,), torch.zeros(6, passes.n_units((x,))))


def test_residual_connections_see_both_passes():
    module, x = Residual(4, 2), torch.randn(1, 4)  # of one sample a wrong shape would be broadcast
    eps = torch.randn(2, 10)
    with torch.no_grad():
        pair = Passes(module).pair((x,), eps)
        inner = torch.tanh(module.inner(x) + eps[1:, :4])
        expected = module.head(x + module.outer(inner) + eps[1:, 4:8]) + eps[1:, 8:]
    torch.testing.assert_close(pair.second_outputs, expected)


class Named(nn.Module):
    """Calls its first layer by the name of the argument, or one with two arguments."""

    def __init__(self, first):
        super().__init__()
        self.first, self.last = first, nn.Linear(3, 1)

    def forward(self, x):
        return self.last(self.first(input=x) if isinstance(self.first, nn.Linear) else self.first(x, x))


@pytest.mark.parametrize("first", [nn.Linear(3, 3), nn.Bilinear(3, 3, 3)])
def test_first_layers_are_called_as_the_module_likes(first):
    module, x = Named(first), torch.randn(4, 3)
    eps = torch.randn(8, 4)
    with torch.no_grad():
        one, two = (Passes(module, batched=batched).pair((x,), eps) for batched in (True, False))
    torch.testing.assert_close(one.first.outputs, two.first.outputs)
    torch.testing.assert_close(one.second_outputs, two.second_outputs)
