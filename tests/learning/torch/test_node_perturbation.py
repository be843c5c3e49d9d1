"""Modules learn from noise: the same as our networks, unbiased, reproducible, counted."""

import copy
import io

import naive_learning as naive
import numpy as np
import pytest
from live_noise import SOURCES
from torch_modules import (
    SHAPES,
    convolutional,
    deviations,
    gradients,
    made,
    naive_anp,
    nn,
    of_network,
    recurrent,
    residual,
    torch,
)

from mtjphys import learning
from mtjphys.core.errors import DataError, ParameterError, SimulationError
from mtjphys.learning import torch as mtorch

CROSS_ENTROPY = nn.CrossEntropyLoss()


@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize(
    "rule",
    [
        learning.ANP(),
        learning.NP(0.1),
        learning.INP(),
        learning.GuidedNP(residual=0.7),
        learning.GuidedNP(residual=0.0),
        learning.DANP(),
        learning.DNP(0.1),
        learning.DINP(),
        learning.DGuidedNP(guide_rate=0.3),
    ],
    ids=str,
)
def test_updates_are_those_of_our_own_networks(rule, batched):
    """Three updates, since the guide and the decorrelation learn on the way."""
    network, x, y = naive.make(decorrelated=rule.decorrelates)
    module = of_network(network, mtorch.DecorrelatedLinear if rule.decorrelates else nn.Linear)
    decorrelation = learning.Decorrelation(0.01, 0.2, centring=0.1) if rule.decorrelates else None
    noise = naive.table(100, naive.N_UNITS)
    replay, ours = naive.Replay(noise), copy.deepcopy(rule)
    learner = mtorch.NodePerturbation(module, naive.Replay(noise), rule, decorrelation=decorrelation, batched=batched)
    for _ in range(3):
        estimate = ours(network, x, y, learning.CrossEntropy(), replay)
        module.zero_grad()
        learned = learner.backward(torch.from_numpy(x), torch.from_numpy(y), CROSS_ENTROPY)
        expected = [each for pair in zip(estimate.weights, estimate.biases, strict=True) for each in pair]
        for found, gradient in zip(gradients(module), expected, strict=True):
            np.testing.assert_allclose(found.numpy(), gradient, rtol=1e-7, atol=1e-9 * np.abs(gradient).max())
        np.testing.assert_allclose(learned.loss.numpy(), estimate.loss, rtol=1e-12)
        np.testing.assert_allclose(learned.outputs.numpy(), estimate.first.outputs, rtol=1e-12, atol=1e-14)
        if decorrelation is not None:
            decorrelation.update(network.decorrelations, estimate.first.inputs, centres=network.centres)
        for parameter, gradient in zip(network.parameters, estimate.gradients, strict=True):
            parameter -= 0.1 * gradient
        torch.optim.SGD(module.parameters(), 0.1).step()


@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("build", SHAPES)
def test_updates_are_those_of_the_naive_twin(build, batched):
    module, x, y = made(build, 4)
    n_units = mtorch.NodePerturbation(module, learning.GaussianNoise(0.1)).passes.n_units((x,))
    noise = naive.table(8, n_units)
    mtorch.NodePerturbation(module, naive.Replay(noise), batched=batched).backward(x, y, CROSS_ENTROPY)
    for found, expected in zip(gradients(module), naive_anp(build, module, x, y, noise), strict=True):
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-9, atol=1e-11)


UNBIASED = [(build, rule) for build in SHAPES for rule in (learning.NP(1e-3), learning.INP(), learning.GuidedNP())]


@pytest.mark.parametrize(("build", "rule"), UNBIASED)
def test_estimates_are_unbiased_at_any_depth(build, rule):
    """Some 100 parameters each: beyond five standard errors once in 10,000 tests, with 60 batches."""
    module, x, y = made(build, 2)
    z = deviations(module, x, y, rule)
    assert np.abs(z).max() < 5.0
    assert np.square(z).mean() < 1.0 + 5.0 * (2.0 / z.size) ** 0.5 * 3.0  # parameters share their noise


@pytest.mark.parametrize("kind", [nn.LSTMCell, nn.GRUCell])
def test_gated_cells_are_unbiased(kind):
    torch.manual_seed(1)
    module, x = recurrent(kind).double(), torch.randn(2, 3, 2, dtype=torch.float64)
    assert np.abs(deviations(module, x, torch.tensor([0, 1]), learning.NP(1e-3))).max() < 5.0


def test_attention_is_unbiased_as_one_layer():
    class Attentive(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention, self.head = nn.MultiheadAttention(4, 2, batch_first=True), nn.Linear(4, 2)

        def forward(self, x):
            return self.head(self.attention(x, x, x, need_weights=False)[0].mean(1))

    torch.manual_seed(3)
    module, x = Attentive().double(), torch.randn(2, 3, 4, dtype=torch.float64)
    z = deviations(module, x, torch.tensor([0, 1]), learning.NP(1e-3), layers=["attention", "head"])
    # The keys' biases shift all scores alike: they have no gradient but rounding's.
    assert np.abs(np.delete(z, np.s_[52:56])).max() < 5.0


@pytest.mark.parametrize("layer", [nn.Linear(18, 4), nn.Conv2d(2, 3, 2, stride=2, padding=1)], ids=["linear", "conv"])
def test_anp_of_one_layer_is_unbiased(layer):
    """N counts channels times places: with the channels alone the estimate would be a fourth."""
    torch.manual_seed(2)
    before = nn.Flatten() if isinstance(layer, nn.Linear) else nn.Identity()
    module = nn.Sequential(before, layer, nn.Flatten(), nn.Tanh()).double()
    x = torch.randn(2, 2, 3, 3, dtype=torch.float64)
    assert np.abs(deviations(module, x, torch.tensor([0, 1]), "anp")).max() < 5.0


def test_anp_counts_what_earlier_layers_send():
    """It is biased in depth, as our own: what would pass the tests above unseen were they too weak."""
    module, x, y = made(residual, 2)
    assert np.abs(deviations(module, x, y, "anp", batches=240)).max() > 8.0


def test_guided_perturbation_learns_how_the_outputs_move():
    """Their own share is known from the start, the rest once the feedback is learned."""
    module, x, y = made(convolutional, 32)
    learner = mtorch.NodePerturbation(module, learning.GaussianNoise(1e-3, seed=1), "guided")
    truth = torch.cat([g.flatten() for g in torch.autograd.grad(CROSS_ENTROPY(module(x), y), [*module.parameters()])])
    errors = []
    for _ in range(300):
        module.zero_grad()
        learner.backward(x, y, CROSS_ENTROPY)
        errors.append(float((torch.cat([g.flatten() for g in gradients(module)]) - truth).norm() / truth.norm()))
    assert np.mean(errors[-20:]) < 0.3 * np.mean(errors[:5])


def test_feedback_is_learned_where_the_outputs_are_no_layer():
    """Behind a function there are hidden layers only; one map for all samples, so that the feedback is exact."""
    torch.manual_seed(4)
    module = nn.Sequential(nn.Linear(4, 6), nn.Linear(6, 3), nn.Softplus(beta=1e-3)).double()
    x, y = torch.randn(32, 4, dtype=torch.float64), torch.zeros(32, 3, dtype=torch.float64)
    learner = mtorch.NodePerturbation(module, learning.GaussianNoise(1e-3, seed=1), learning.GuidedNP(residual=0.0))
    for _ in range(60):
        learner.backward(x, y, nn.MSELoss())
    # For numbers far below 1/beta softplus is log(2)/beta + x/2; the rule counts that slope to the last layer's own.
    first, last = learner.state_dict()["rule"].values()
    torch.testing.assert_close(first, 0.5 * module[1].weight.detach().T, rtol=0.0, atol=5e-3)
    torch.testing.assert_close(last, torch.eye(3, dtype=torch.float64), rtol=0.0, atol=5e-3)


def test_gradients_add_up_as_those_of_autograd_do():
    module, x, y = made(convolutional, 4)
    table = naive.table(16, 50)
    learner = mtorch.NodePerturbation(module, naive.Replay(np.vstack([table[:8], table[:8]])))
    learner.backward(x, y, CROSS_ENTROPY)
    once = gradients(module)
    learner.backward(x, y, CROSS_ENTROPY)
    for one, two in zip(once, gradients(module), strict=True):
        torch.testing.assert_close(two, 2.0 * one)


def test_sums_and_means_and_functions_are_losses():
    module, x, y = made(convolutional, 4)

    def gradient(loss, targets=y):
        module.zero_grad()
        table = naive.Replay(naive.table(8, 50))
        mtorch.NodePerturbation(module, table).backward(x, targets, loss)
        return gradients(module)[0]

    mean = gradient(CROSS_ENTROPY)
    torch.testing.assert_close(gradient(nn.functional.cross_entropy), mean)
    torch.testing.assert_close(gradient(nn.CrossEntropyLoss(reduction="sum")), 4.0 * mean)
    torch.testing.assert_close(gradient(lambda a, t: nn.functional.cross_entropy(a, t, reduction="none")), mean)
    values = torch.randn(4, 2, dtype=torch.float64)
    torch.testing.assert_close(gradient(nn.MSELoss(), values), gradient(lambda a, t: (a - t).square().mean(1), values))


def test_frozen_layers_are_not_perturbed():
    module, x, y = made(convolutional, 4)
    module[0].requires_grad_(False)
    learner = mtorch.NodePerturbation(module, learning.GaussianNoise(0.01, seed=1))
    learner.backward(x, y, CROSS_ENTROPY)
    assert module[0].weight.grad is None and module[3].weight.grad is not None
    assert learner.passes.n_units((x,)) == 2
    with pytest.raises(ParameterError, match="no trainable parameters"):
        mtorch.NodePerturbation(module.requires_grad_(False), learning.GaussianNoise(0.01))


def training(module, noise, rule="anp", steps=3, learner=None):
    """Train a little, and return the learner and the parameters."""
    if learner is None:
        learner = mtorch.NodePerturbation(module, noise, rule)
    optimiser = torch.optim.SGD(module.parameters(), 0.1)
    torch.manual_seed(5)
    x, y = torch.randn(8, 2, 3, 3), torch.arange(8) % 2
    for _ in range(steps):
        optimiser.zero_grad()
        learner.backward(x, y, CROSS_ENTROPY)
        optimiser.step()
    return learner, torch.cat([p.detach().flatten() for p in module.parameters()])


@pytest.mark.parametrize("rule", ["anp", "guided"])
@pytest.mark.parametrize(
    "noise",
    [
        lambda: learning.TelegraphNoise(seed=1, offset=0.042),
        lambda: mtorch.ChainsOnDevice(learning.TelegraphNoise(seed=1, offset=0.042), "cpu"),
        SOURCES["live"],
    ],
    ids=["chains", "on device", "junctions"],
)
def test_the_same_seed_gives_the_same_bits_also_after_a_stop(rule, noise):
    torch.manual_seed(1)
    start = convolutional().state_dict()

    def module():
        fresh = convolutional()
        fresh.load_state_dict(start)
        return fresh

    _, whole = training(module(), noise(), rule, 6)
    half = module()
    learner, _ = training(half, noise(), rule)
    file = io.BytesIO()
    torch.save({"module": half.state_dict(), "learner": learner.state_dict()}, file)
    file.seek(0)
    saved = torch.load(file, weights_only=True)
    again = module()
    again.load_state_dict(saved["module"])
    continued = mtorch.NodePerturbation(again, noise(), rule)
    continued.load_state_dict(saved["learner"])
    assert torch.equal(training(again, None, learner=continued)[1], whole)
    assert (continued.updates, continued.samples) == (6, 48)


def test_live_junctions_are_paid_for():
    noise = SOURCES["live"]()
    learner, _ = training(convolutional(), noise, steps=2)
    cost = learner.cost
    assert cost.total.readings == 2 * 16 * 50 and cost.updates == 2 and cost.samples == 16
    assert cost.total == noise.usage and "an inference" in cost.report()
    later, _ = training(convolutional(), noise, steps=1)
    assert later.cost.total.readings == 16 * 50  # what was spent before is not its own
    with pytest.raises(DataError, match="does not count"):
        _ = training(convolutional(), learning.GaussianNoise(0.01))[0].cost


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"noise": "telegraph"}, "noise='telegraph' is no noise source"),
        ({"rule": "np"}, r"give NP\(sigma="),
        ({"rule": "wp"}, "does not perturb units"),
        ({"rule": "xyz"}, "rule='xyz' is unknown"),
        ({"rule": 3}, "is no rule"),
        ({"rule": "danp"}, "give a Decorrelation"),
        ({"decorrelation": learning.Decorrelation(0.1)}, "does not decorrelate"),
        ({"rule": "danp", "decorrelation": learning.Decorrelation(0.1)}, "no decorrelated layers"),
    ],
)
def test_what_does_not_fit_together_is_one_sentence(change, words):
    with pytest.raises(ParameterError, match=words):
        mtorch.NodePerturbation(convolutional(), **({"noise": learning.GaussianNoise(0.01)} | change))


def test_a_loss_that_is_not_finite_leaves_the_gradients_alone():
    module = convolutional()
    learner = mtorch.NodePerturbation(module, learning.GaussianNoise(0.01))
    with pytest.raises(SimulationError, match="lower the learning rate"):
        learner.backward(torch.full((2, 2, 3, 3), torch.nan), torch.tensor([0, 1]), CROSS_ENTROPY)
    huge = naive.Replay(np.vstack([np.zeros((2, 50)), np.full((2, 50), 1e300)]))  # in the second pass alone
    with pytest.raises(SimulationError, match="lower the learning rate"):
        mtorch.NodePerturbation(module.double(), huge).backward(
            torch.zeros(2, 2, 3, 3, dtype=torch.float64), torch.zeros(2, 2, dtype=torch.float64), nn.MSELoss()
        )
    assert module[0].weight.grad is None


def test_a_state_of_something_else_is_refused():
    learner = mtorch.NodePerturbation(convolutional(), learning.GaussianNoise(0.01))
    with pytest.raises(DataError, match="lacks"):
        learner.load_state_dict({"noise": {}})
