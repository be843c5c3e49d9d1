"""Weight perturbation: its slow twin, no bias at any depth."""

import naive_learning as naive
import numpy as np
import pytest
from naive_learning import Replay, make
from parameter_perturbation import N_PARAMETERS, flat, mean_and_error, true_gradient
from rule_checks import check_rule

from mtjphys.learning import (
    CrossEntropy,
    DWeightPerturbation,
    SquaredError,
    WeightPerturbation,
    perturbed,
)


@pytest.mark.parametrize("decorrelated", [False, True])
def test_weight_perturbation_is_its_naive_twin(decorrelated):
    network, inputs, targets = make(decorrelated=decorrelated)
    before = network.state_dict()
    noise = naive.table(2, N_PARAMETERS)
    estimate = WeightPerturbation()(network, inputs, targets, CrossEntropy(), Replay(noise))
    expected = naive.weight_perturbation(network, inputs, targets, noise)
    np.testing.assert_allclose(flat(estimate.gradients), expected, rtol=1e-9, atol=1e-12)
    assert [g.shape for g in estimate.gradients] == [p.shape for p in network.parameters]
    noisy = perturbed(network, Replay(noise)).forward(inputs)
    np.testing.assert_array_equal(estimate.loss, CrossEntropy()(noisy.outputs, targets))
    for ours, theirs in zip(estimate.first.inputs, noisy.inputs, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for name, array in network.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.parametrize("decorrelated", [False, True])
@pytest.mark.parametrize("law", ["gaussian", "two levels"])
def test_weight_perturbation_is_unbiased_at_any_depth(law, decorrelated):
    network, inputs, targets = make(decorrelated=decorrelated)
    stream = np.random.default_rng(21)
    estimates = []
    # Of two levels, whose estimates scatter least, as many as see a bias of an eighth.
    for _ in range(3000 if law == "two levels" else 1500):
        noise = stream.standard_normal((2, N_PARAMETERS))
        noise = 1e-5 * (noise if law == "gaussian" else np.sign(noise))
        estimate = WeightPerturbation()(network, inputs, targets, CrossEntropy(), Replay(noise))
        estimates.append(flat(estimate.gradients))
    mean, error = mean_and_error(estimates)
    truth = true_gradient(network, inputs, targets, CrossEntropy())
    # 5 standard errors for each of 47 parameters: false alarm below 3e-5. 1e-5: the noise is not infinitesimal.
    assert np.all(np.abs(mean - truth) < 5 * error + 1e-5 * np.abs(truth).max())
    # The length of the estimate along the gradient: 5 standard errors.
    along, along_error = mean_and_error(np.array(estimates) @ truth[:, None] / (truth @ truth))
    assert abs(along[0] - 1) < 5 * along_error[0] < 0.2


def test_weight_perturbation_takes_the_gradient_at_the_mean_of_strong_noise():
    # A quadratic loss: the difference of two draws is independent of their sum, so that neither the mean nor the size
    # of Gaussian noise biases the estimate; the mean only moves the point.
    network, inputs, targets = make((3, 2))
    stream = np.random.default_rng(22)
    estimates = []
    for _ in range(1500):
        noise = 0.5 + stream.standard_normal((2, 8))
        estimates.append(flat(WeightPerturbation()(network, inputs, targets, SquaredError(), Replay(noise)).gradients))
    mean, error = mean_and_error(estimates)
    moved = perturbed(network, Replay(np.full((1, 8), 0.5)))
    truth = true_gradient(moved, inputs, targets, SquaredError())
    assert np.all(np.abs(mean - truth) < 5 * error)  # 8 parameters: false alarm below 5e-6
    assert np.abs(truth - true_gradient(network, inputs, targets, SquaredError())).max() > 10 * error.max()


def test_two_equal_perturbations_teach_nothing():
    network, inputs, targets = make()
    noise = np.tile(naive.table(1, N_PARAMETERS), (2, 1))
    estimate = WeightPerturbation()(network, inputs, targets, CrossEntropy(), Replay(noise))
    assert not np.any(flat(estimate.gradients))


@pytest.mark.parametrize(("rule", "name"), [(WeightPerturbation, "WP"), (DWeightPerturbation, "DWP")])
def test_it_is_a_rule_and_in_files(rule, name, tmp_path):
    check_rule(lambda: rule(), {"name": name}, tmp_path)
