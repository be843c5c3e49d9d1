"""What holds for several rules: the slow twin, no bias for small noise."""

from pathlib import Path

import naive_learning as naive
import numpy as np
import pytest
from gradients import average, finite_differences
from naive_learning import N_UNITS, SIZES, Replay, make

from mtjphys import learning
from mtjphys.core.errors import MtjphysWarning
from mtjphys.learning import ANP, BP, INP, NP, RULES, CrossEntropy, SquaredError

PLAIN = ("ANP", "BP", "GuidedNP", "INP", "NP", "OU", "WP")


@pytest.mark.parametrize("decorrelated", [False, True])
@pytest.mark.parametrize("rule", ["BP", "noisy BP", "NP", "INP", "ANP"])
def test_rule_is_its_naive_twin(rule, decorrelated):
    network, inputs, targets = make(decorrelated=decorrelated)
    noise = naive.table(3 * len(inputs), N_UNITS)
    ours, expected = {
        "BP": (BP(), lambda: naive.bp(network, inputs, targets)),
        "noisy BP": (BP(), lambda: naive.bp(network, inputs, targets, noise)),
        "NP": (NP(0.1), lambda: naive.node_perturbation(network, inputs, targets, noise, 0.1)),
        "INP": (INP(), lambda: naive.inp(network, inputs, targets, noise)),
        "ANP": (ANP(), lambda: naive.anp(network, inputs, targets, noise)),
    }[rule]
    estimate = ours(network, inputs, targets, CrossEntropy(), None if rule == "BP" else Replay(noise))
    for gradient, twin in zip(estimate.gradients, expected(), strict=True):
        np.testing.assert_allclose(gradient, twin, rtol=1e-9, atol=1e-12)
    for sample, (x, target) in enumerate(zip(inputs, targets, strict=True)):
        eps = naive.split(network, noise[sample]) if rule in ("noisy BP", "ANP") else None
        xb, activities = naive.forward(network, x, eps)
        np.testing.assert_allclose(estimate.loss[sample], naive.loss(activities[-1], target), rtol=1e-12)
        for layer in range(3):
            np.testing.assert_allclose(estimate.first.inputs[layer][sample], xb[layer], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("decorrelated", [False, True])
@pytest.mark.parametrize("loss", [CrossEntropy(), SquaredError()])
@pytest.mark.parametrize(
    ("rule", "sizes"),
    [(ANP(), (5, 4)), (NP(1e-5), SIZES), (INP(), SIZES)],
    ids=["ANP", "NP", "INP"],
)
def test_estimate_is_unbiased_for_small_isotropic_noise(rule, sizes, loss, decorrelated):
    network, x, target = make(sizes, 1, decorrelated)
    stream = np.random.default_rng(11)
    mean, error = average(rule, network, x, target, loss, lambda n: 1e-5 * stream.standard_normal((n, sum(sizes[1:]))))
    truth = finite_differences(network, x, target, loss)
    # 5 standard errors for each of at most 47 parameters: false alarm below 3e-5. 1e-5: the noise is not infinitesimal.
    assert np.all(np.abs(mean - truth) < 5 * error + 1e-5 * np.abs(truth).max())
    assert np.abs(truth).max() > 20 * error.max()


@pytest.mark.parametrize("rule", [NP(0.006), INP()])
def test_noise_that_is_not_centred_is_pointed_out(rule):
    network = learning.Network([4, 20, 3], seed=1)
    x, y = np.ones((30, 4), np.float32), np.zeros(30, int)
    raw = learning.TelegraphNoise(seed=1)
    with pytest.warns(MtjphysWarning, match=r"mean 0\.04.*offset"):
        rule(network, x, y, CrossEntropy(), raw)
    with pytest.warns(MtjphysWarning, match=r"mean -0\.04"):
        rule(network, x, y, CrossEntropy(), learning.TelegraphNoise(seed=1, gain=-1.0))
    rule(network, x, y, CrossEntropy(), learning.TelegraphNoise(seed=1, offset=raw.mean))  # a warning fails the test
    ANP()(network, x, y, CrossEntropy(), raw)


def test_every_rule_has_a_test_that_checks_it():
    for name, rule in RULES.items():
        module = rule.__module__.rpartition(".")[2]
        text = (Path(__file__).parent / f"test_{module}.py").read_text(encoding="utf-8")
        assert "check_rule(" in text and f'"{name}"' in text


def test_a_d_before_the_name_of_every_rule_is_the_same_estimate_and_decorrelates():
    assert [RULES[known].decorrelates for name in PLAIN for known in (name, f"D{name}")] == [False, True] * len(PLAIN)
    network, inputs, targets = make()
    arguments = {"NP": [0.1], "OU": [1.0, 0.1]}
    for name in PLAIN:
        one, other = (
            RULES[known](*arguments.get(name, []))(
                network, inputs, targets, CrossEntropy(), learning.GaussianNoise(0.1, seed=1)
            )
            for known in (name, f"D{name}")
        )
        for ours, theirs in zip(one.gradients, other.gradients, strict=True):
            np.testing.assert_array_equal(ours, theirs)


class Wide(CrossEntropy):
    """A user's loss that is worked out in double precision."""

    def __call__(self, outputs, targets):
        return super().__call__(outputs.astype(np.float64), targets)

    def gradient(self, outputs, targets):
        return super().gradient(outputs.astype(np.float64), targets)


class WideSlope(learning.Tanh):
    """A user's activation whose derivative is worked out in double precision."""

    def derivative(self, preactivation):
        return super().derivative(preactivation.astype(np.float64))


def test_a_slope_in_double_precision_teaches_a_network_in_single():
    x, y = np.ones((8, 6), np.float32), np.arange(8) % 3
    found = []
    for activation in (learning.Tanh(), WideSlope()):
        network = learning.Network([6, 5, 4, 3], activation=activation, seed=1)
        found.append(BP()(network, x, y, CrossEntropy(), None).gradients)
    for single, double in zip(*found, strict=True):
        assert double.dtype == np.float32
        np.testing.assert_allclose(double, single, rtol=1e-4, atol=1e-7)


def test_a_batch_of_none_has_no_gradient():
    network = learning.Network([6, 5, 3], seed=1)
    x, y = np.zeros((0, 6), np.float32), np.zeros(0, int)
    assert not any(np.any(g) for g in BP()(network, x, y, CrossEntropy(), None).gradients)


@pytest.mark.parametrize("make_rule", [ANP, BP, learning.GuidedNP, INP, lambda: NP(0.1)])
def test_a_loss_in_double_precision_teaches_a_network_in_single(make_rule):
    network, x = learning.Network([6, 5, 3], seed=1), np.ones((8, 6), np.float32)
    y = np.arange(8) % 3
    found = []
    for loss in (CrossEntropy(), Wide()):
        noise = None if make_rule is BP else learning.GaussianNoise(0.1, seed=2)
        found.append(make_rule()(network, x, y, loss, noise))
    for single, double in zip(*(estimate.gradients for estimate in found), strict=True):
        assert double.dtype == np.float32
        np.testing.assert_allclose(double, single, rtol=0, atol=1e-3 * np.abs(single).max())
