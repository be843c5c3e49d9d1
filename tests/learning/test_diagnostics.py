"""The cosine of an estimate with the true gradient, and that measuring it disturbs nothing."""

import math

import naive_learning as naive
import numpy as np
import pytest
from naive_learning import Replay, make

from mtjphys.core.errors import ParameterError
from mtjphys.learning import (
    ANP,
    BP,
    INP,
    NP,
    CrossEntropy,
    GaussianNoise,
    Network,
    OrnsteinUhlenbeck,
    TelegraphNoise,
    WeightPerturbation,
    gradient_cosine,
)


def test_cosine_is_its_formula_for_every_layer():
    network, inputs, targets = make()
    noise = naive.table(3 * len(inputs), 9)
    estimate = ANP()(network, inputs, targets, CrossEntropy(), Replay(noise))
    truth = BP()(network, inputs, targets, CrossEntropy())
    found = gradient_cosine(network, ANP(), inputs, targets, CrossEntropy(), Replay(noise))
    dots, ours, theirs = [], [], []
    for layer in range(3):
        pairs = [
            (float(p), float(q))
            for a, b in (
                (estimate.weights[layer], truth.weights[layer]),
                (estimate.biases[layer], truth.biases[layer]),
            )
            for p, q in zip(a.ravel(), b.ravel(), strict=True)
        ]
        dots.append(sum(p * q for p, q in pairs))
        ours.append(sum(p * p for p, _ in pairs))
        theirs.append(sum(q * q for _, q in pairs))
        assert math.isclose(found.layers[layer], dots[-1] / math.sqrt(ours[-1] * theirs[-1]), rel_tol=1e-12)
    assert math.isclose(found.total, sum(dots) / math.sqrt(sum(ours) * sum(theirs)), rel_tol=1e-12)


def test_back_propagation_is_at_cosine_one_and_no_estimate_at_zero():
    network, inputs, targets = make()
    exact = gradient_cosine(network, BP(), inputs, targets, CrossEntropy())
    np.testing.assert_allclose([exact.total, *exact.layers], 1, rtol=1e-14)
    # The first estimate of Ornstein-Uhlenbeck adaptation is zero.
    none = gradient_cosine(
        network, OrnsteinUhlenbeck(0.1, 0.1), inputs, targets, CrossEntropy(), Replay(naive.table(1, 47))
    )
    assert none == (0.0, none.layers)
    np.testing.assert_array_equal(none.layers, np.zeros(3))


def test_averages_are_those_of_consecutive_readings():
    network, inputs, targets = make()
    noise = naive.table(3 * 2 * len(inputs), 9)
    source = Replay(noise)
    total = [np.zeros_like(p) for p in network.parameters]
    for _ in range(3):
        for sum_, g in zip(total, ANP()(network, inputs, targets, CrossEntropy(), source).gradients, strict=True):
            sum_ += g
    ours = np.concatenate([t.ravel() for t in total])
    truth = np.concatenate([g.ravel() for g in BP()(network, inputs, targets, CrossEntropy()).gradients])
    expected = ours @ truth / np.linalg.norm(ours) / np.linalg.norm(truth)
    found = gradient_cosine(network, ANP(), inputs, targets, CrossEntropy(), Replay(noise), averages=3)
    assert math.isclose(found.total, expected, rel_tol=1e-12)


def test_averaging_brings_an_unbiased_rule_to_the_gradient():
    network = Network([4, 3, 2], decorrelated=True, seed=1, dtype=np.float64)
    x, y = np.random.default_rng(1).standard_normal((3, 4)), np.array([0, 1, 1])
    one, many = (
        gradient_cosine(network, WeightPerturbation(), x, y, CrossEntropy(), GaussianNoise(1e-4, seed=3), averages=n)
        for n in (1, 1000)
    )
    # 23 parameters: a single cosine is about 1/sqrt(23) = 0.2, of the mean of n the tangent is sqrt(22/n) = 0.15.
    assert abs(one.total) < 0.8
    assert many.total > math.cos(2 * math.atan(math.sqrt(22 / 1000)))


RULES = {
    "BP": lambda: BP(),
    "NP": lambda: NP(0.01),
    "INP": lambda: INP(),
    "ANP": lambda: ANP(),
    "WP": lambda: WeightPerturbation(),
    "OU": lambda: OrnsteinUhlenbeck(0.3, 0.2),
}


@pytest.mark.parametrize("fresh", [True, False], ids=["fresh", "running"])
@pytest.mark.parametrize("name", RULES)
def test_measuring_changes_no_bit_of_network_rule_and_noise(name, fresh):
    x, y = np.random.default_rng(1).standard_normal((5, 4)).astype(np.float32), np.array([0, 1, 1, 0, 1])

    def run(measured):
        network, rule, noise = Network([4, 3, 2], decorrelated=True, seed=1), RULES[name](), TelegraphNoise(seed=5)
        if not fresh:
            rule(network, x, y, CrossEntropy(), noise)
        if measured:
            gradient_cosine(network, rule, x, y, CrossEntropy(), noise, averages=2)
        estimates = [rule(network, x, y, CrossEntropy(), noise) for _ in range(2)]
        return [*network.parameters, *network.decorrelations, *(g for e in estimates for g in e.gradients)]

    for quiet, measured in zip(run(False), run(True), strict=True):
        np.testing.assert_array_equal(quiet, measured)


def test_noise_and_rule_are_put_back_even_after_an_error():
    class Broken(CrossEntropy):
        calls = 0

        def __call__(self, outputs, targets):
            type(self).calls += 1
            if self.calls > 1:  # one of back-propagation, one of the rule
                raise ArithmeticError
            return super().__call__(outputs, targets)

    x, y, noise = np.ones((2, 4), np.float32), np.zeros(2, int), TelegraphNoise(seed=5)
    expected = TelegraphNoise(seed=5).volts(3, 5)
    with pytest.raises(ArithmeticError):
        gradient_cosine(Network([4, 3, 2]), ANP(), x, y, Broken(), noise)
    np.testing.assert_array_equal(noise.volts(3, 5), expected)


def test_a_gradient_that_is_not_a_number_has_no_cosine():
    network, inputs, targets = make()
    network.weights[1][0, 0] = np.nan
    found = gradient_cosine(network, BP(), inputs, targets, CrossEntropy())
    assert math.isnan(found.total)


def test_averages_must_be_a_number_of_estimates():
    network, inputs, targets = make()
    with pytest.raises(ParameterError, match="averages=0"):
        gradient_cosine(network, BP(), inputs, targets, CrossEntropy(), averages=0)
