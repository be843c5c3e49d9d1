"""Activity-based node perturbation: what its two passes teach, and its bias in deep networks."""

import math

import naive_learning as naive
import numpy as np
import pytest
from gradients import average, finite_differences, flat
from naive_learning import N_UNITS, Replay, make
from rule_checks import check_rule
from scipy.integrate import quad

from mtjphys.learning import ANP, BP, DANP, CrossEntropy, LeakyReLU, SquaredError


def test_two_equal_passes_teach_nothing():
    network, inputs, targets = make()
    same = np.tile(naive.table(len(inputs), N_UNITS), (2, 1))
    estimate = ANP()(network, inputs, targets, CrossEntropy(), Replay(same))
    assert all(np.array_equal(g, np.zeros_like(g)) for g in estimate.gradients)


def test_anp_runs_two_passes_and_no_more():
    network, inputs, targets = make()
    source = Replay(naive.table(4 * len(inputs), N_UNITS))
    ANP()(network, inputs, targets, CrossEntropy(), source)
    assert source.used == 2 * len(inputs)


def test_anp_takes_the_gradient_at_the_mean_of_strong_noise():
    # A quadratic loss of one layer: the difference of two passes is independent of their sum, so that neither the
    # mean nor the size of Gaussian noise biases the estimate; the mean only moves the point.
    network, x, target = make((5, 4), 1)
    stream = np.random.default_rng(12)
    mean, error = average(ANP(), network, x, target, SquaredError(), lambda n: 0.5 + stream.standard_normal((n, 4)))
    truth = flat(BP()(network, x, target, SquaredError(), Replay(np.full((1, 4), 0.5))).gradients)
    assert np.all(np.abs(mean - truth) < 5 * error)  # 24 parameters: false alarm below 2e-5
    assert np.abs(truth).max() > 20 * error.max()


@pytest.mark.parametrize("decorrelated", [False, True])
def test_bias_of_anp_in_a_linear_network_of_two_layers_is_the_predicted_one(decorrelated):
    # da = M d with isotropic d and M = [[1, 0], [W_2 R, 1]], dL = (0, g) . da. The estimate is then N <da da^T/|da|^2>
    # (0, g); in the basis of M M^T with eigenvalues l the mean is diagonal, l_i <z_i^2 / sum_j l_j z_j^2>, and 1/s =
    # int exp(-s t) dt turns it into an integral.
    network, x, target = make((3, 4, 2), 1, decorrelated, activation=LeakyReLU(1.0))
    stream = np.random.default_rng(13)
    mean, error = average(ANP(), network, x, target, CrossEntropy(), lambda n: 1e-5 * stream.standard_normal((n, 6)))
    mean, error = mean[-6:], error[-6:]
    down = network.weights[1] @ network.decorrelations[1] if decorrelated else network.weights[1]
    mixing = np.block([[np.eye(4), np.zeros((4, 2))], [down, np.eye(2)]])
    lengths, basis = np.linalg.eigh(mixing @ mixing.T)
    shares = [
        quad(lambda t, one=one: one / (1 + 2 * one * t) / math.sqrt(np.prod(1 + 2 * lengths * t)), 0, math.inf)[0]
        for one in lengths
    ]
    assert math.isclose(sum(shares), 1, rel_tol=1e-6)
    truth = flat(BP()(network, x, target, CrossEntropy()).biases)
    expected = 6 * basis @ np.diag(shares) @ basis.T @ np.concatenate([np.zeros(4), truth[4:]])
    # 6 units: false alarm below 4e-6.
    assert np.all(np.abs(mean - expected) < 5 * error + 1e-5 * np.abs(truth).max())
    assert np.abs(expected - truth).max() > 20 * error.max()


def test_anp_of_a_deep_network_descends():
    # Biased in later layers (the docstring says why), but well within a right angle.
    network, x, target = make(n_samples=1)
    stream = np.random.default_rng(11)
    mean, error = average(ANP(), network, x, target, CrossEntropy(), lambda n: 1e-5 * stream.standard_normal((n, 9)))
    truth = finite_differences(network, x, target, CrossEntropy())
    cosine = mean @ truth / np.linalg.norm(mean) / np.linalg.norm(truth)
    assert cosine > 0.5 + 5 * np.linalg.norm(error) / np.linalg.norm(mean)


@pytest.mark.parametrize(("rule", "name"), [(ANP, "ANP"), (DANP, "DANP")])
def test_it_is_a_rule_and_in_files(rule, name, tmp_path):
    check_rule(lambda: rule(), {"name": name}, tmp_path)
