"""Ornstein-Uhlenbeck adaptation: its slow twin, its prediction, its state."""

import math

import naive_learning as naive
import numpy as np
import pytest
from naive_learning import Replay, make
from parameter_perturbation import N_PARAMETERS, PARTS, flat, mean_and_error, true_gradient
from rule_checks import check_rule

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.learning import (
    SGD,
    CrossEntropy,
    DOrnsteinUhlenbeck,
    GaussianNoise,
    Network,
    OrnsteinUhlenbeck,
    WeightPerturbation,
    perturbed,
)


@pytest.mark.parametrize("decorrelated", [False, True])
def test_ornstein_uhlenbeck_with_gradient_descent_is_its_naive_twin(decorrelated):
    network, inputs, targets = make(decorrelated=decorrelated)
    noise = naive.table(12, N_PARAMETERS)
    means, theta = naive.ornstein_uhlenbeck(network, inputs, targets, noise, 0.3, 0.2, 0.5)
    start = flat(network.parameters).copy()
    rule, source, optimiser = OrnsteinUhlenbeck(0.3, 0.2), Replay(noise), SGD(0.5)
    for _ in noise:
        estimate = rule(network, inputs, targets, CrossEntropy(), source)
        optimiser.update(network.parameters, estimate.gradients)
    np.testing.assert_allclose(flat(network.parameters), means, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(rule.state_dict()["theta"], theta, rtol=1e-10, atol=1e-12)
    assert np.abs(flat(network.parameters) - start).max() > 0.01
    # The pass, whose inputs feed the decorrelation, ran at theta.
    at_theta = perturbed(network, Replay((theta - flat(network.parameters))[None]))
    assert source.used == len(noise)
    np.testing.assert_allclose(
        estimate.first.outputs[0], naive.forward(at_theta, inputs[0])[1][-1], rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize(("relaxation", "averaging"), [(0.5, 0.2), (50.0, 0.2), (0.5, 1e-3)])
def test_ornstein_uhlenbeck_explores_and_descends_as_predicted(relaxation, averaging):
    network, inputs, targets = make((3, 2), n_samples=1)
    stream, sigma, n_updates = np.random.default_rng(23), 1e-5, 8000
    source = Replay(sigma * stream.standard_normal((n_updates, 8)))
    rule = OrnsteinUhlenbeck(relaxation, averaging)
    a, c = math.exp(-relaxation), math.exp(-averaging)
    means, estimates, squares = flat(network.parameters), [], []
    for _ in range(n_updates):
        estimates.append(flat(rule(network, inputs, targets, CrossEntropy(), source).gradients))
        squares.append([((rule.state_dict()["theta"] - means) ** 2).mean()])
    burn = 1000
    square, square_error = mean_and_error(squares[burn:], block=100)
    # 5 standard errors of 70 blocks: false alarm below 1e-5.
    assert abs(square[0] - sigma**2 / (1 - a**2)) < 5 * square_error[0] < 0.1 * square[0]
    # The baseline forgets its first value as c^n; what is left of it has no mean.
    truth = true_gradient(network, inputs, targets, CrossEntropy())
    expected = truth * sigma**2 / ((1 + a) * (1 - a * c))
    estimates = np.array(estimates)
    mean, error = mean_and_error(estimates[burn:], block=100)
    # 8 parameters, 70 blocks: false alarm below 4e-5.
    assert np.all(np.abs(mean - expected) < 5 * error + 1e-4 * np.abs(expected).max())
    # Its length along the gradient, which a baseline that follows too fast or not at all would change.
    along, along_error = mean_and_error(estimates[burn:] @ truth[:, None] / (truth @ expected), block=100)
    assert abs(along[0] - 1) < 5 * along_error[0] < 0.25


def test_ornstein_uhlenbeck_stops_and_resumes_to_the_same_bits():
    def start():
        return Network([4, 3, 2], seed=1), OrnsteinUhlenbeck(0.3, 0.2), GaussianNoise(0.1, seed=2), SGD(0.1)

    x, y = np.eye(4, dtype=np.float32), np.array([0, 1, 0, 1])

    def go(network, rule, noise, optimiser, updates):
        for _ in range(updates):
            optimiser.update(network.parameters, rule(network, x, y, CrossEntropy(), noise).gradients)

    straight = start()
    go(*straight, 7)
    first, second = start(), start()
    go(*first, 3)
    for ours, theirs in zip(second[:3], first[:3], strict=True):
        ours.load_state_dict(theirs.state_dict())
    go(*first, 2)  # what was saved is a copy
    go(*second, 4)
    np.testing.assert_array_equal(flat(second[0].parameters), flat(straight[0].parameters))
    assert second[0].parameters[0].dtype == np.float32
    second[1].load_state_dict({})
    assert second[1].state_dict() == {}


def test_a_vanishing_relaxation_keeps_theta_and_a_large_one_forgets_it():
    network, inputs, targets = make()
    noise = naive.table(2, N_PARAMETERS)
    for relaxation, expected in ((1e-12, noise.sum(axis=0)), (1e3, noise[1])):
        rule, source = OrnsteinUhlenbeck(relaxation, 0.1), Replay(noise)
        for _ in range(2):
            rule(network, inputs, targets, CrossEntropy(), source)
        np.testing.assert_allclose(rule.state_dict()["theta"] - flat(network.parameters), expected, atol=1e-10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: OrnsteinUhlenbeck(0.0, 0.1), "relaxation=0.0"),
        (lambda: OrnsteinUhlenbeck(0.1, math.inf), "averaging=inf"),
        (lambda: WeightPerturbation()(*PARTS, None), "WeightPerturbation learns from noise and got none"),
        (lambda: OrnsteinUhlenbeck(0.1, 0.1)(*PARTS, None), "OrnsteinUhlenbeck learns from noise and got none"),
    ],
)
def test_wrong_calls_are_one_sentence(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_a_rule_with_memory_stays_with_its_network():
    rule, noise = OrnsteinUhlenbeck(0.1, 0.1), GaussianNoise(0.1)
    rule(*PARTS, noise)
    with pytest.raises(ParameterError, match="a network of 6 parameters of type float32, but this rule already"):
        rule(Network([2, 2]), np.ones((1, 2), np.float32), *PARTS[2:], GaussianNoise(0.1))
    with pytest.raises(DataError, match=r"arrays \['steps'\] is not one of OrnsteinUhlenbeck"):
        rule.load_state_dict({"steps": np.array(1)})


@pytest.mark.parametrize(("rule", "name"), [(OrnsteinUhlenbeck, "OU"), (DOrnsteinUhlenbeck, "DOU")])
def test_it_is_a_rule_and_in_files(rule, name, tmp_path):
    check_rule(lambda: rule(1.0, 0.1), {"name": name, "relaxation": 1.0, "averaging": 0.1}, tmp_path)
