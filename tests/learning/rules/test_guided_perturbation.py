"""Guided node perturbation: its slow twin, its mean, its variance, its state."""

import numpy as np
import pytest
from naive_learning import Replay
from rule_checks import check_rule

from mtjphys import learning
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.learning import BP, CrossEntropy, DGuidedNP, GaussianNoise, GuidedNP, Network


def make(n_samples=6, sizes=(5, 4, 3, 2), seed=3, dtype=np.float64):
    stream = np.random.default_rng(seed)
    network = Network(sizes, decorrelated=True, seed=seed, dtype=dtype)
    for array in [*network.biases, *network.decorrelations]:
        array += (0.2 * stream.standard_normal(array.shape)).astype(dtype)
    inputs = stream.standard_normal((n_samples, sizes[0])).astype(dtype)
    return network, inputs, stream.integers(0, sizes[-1], n_samples), stream


def naive(network, inputs, targets, eps1, eps2, feedback, rate, residual):
    """One sample after the other; the own change of a layer is measured, not taken from the noise."""
    loss, n = CrossEntropy(), len(inputs)
    weights = [np.zeros_like(w) for w in network.weights]
    equations = []
    for i in range(n):
        one, two = (network.forward(inputs[i : i + 1], e[i : i + 1]) for e in (eps1, eps2))
        delta = loss.gradient(one.outputs, targets[i : i + 1])[0]
        r = float((loss(one.outputs, targets[i : i + 1]) - loss(two.outputs, targets[i : i + 1]))[0])
        own, guesses, slopes = [], [], []
        for layer, w in enumerate(network.weights):
            e = one.preactivations[layer] - two.preactivations[layer] - (one.inputs[layer] - two.inputs[layer]) @ w.T
            own.append(e[0])
            if layer < len(network.weights) - 1:
                slopes.append(np.where(one.preactivations[layer][0] > 0, 1.0, 0.01))
                guesses.append(slopes[-1] * (feedback[layer] @ delta))
            else:
                guesses.append(delta)
            r -= float(guesses[-1] @ own[-1])
        hidden = sum(len(e) for e in own[:-1])
        squares = sum(float(e @ e) for e in own[:-1])
        for layer, (guess, e) in enumerate(zip(guesses, own, strict=True)):
            last = layer == len(own) - 1
            signal = guess if last else guess + residual * hidden * r * e / squares
            weights[layer] += np.outer(signal, one.inputs[layer][0]) / n
        changes = [e * s for e, s in zip(own, slopes, strict=False)]
        moved = (one.inputs[-1] - two.inputs[-1])[0] @ network.weights[-1].T
        for k, output in enumerate(np.eye(len(delta))):
            left = moved[k] - sum(change @ b[:, k] for change, b in zip(changes, feedback, strict=True))
            equations.append((left, np.concatenate([np.outer(change, output).ravel() for change in changes])))
    # All equations of the batch, unknowns one after the other, as a damped least-norm problem.
    rows = np.array([row for _, row in equations])
    gram = rows @ rows.T
    gram += 0.01 * np.trace(gram) / len(gram) * np.eye(len(gram))
    change = rate * rows.T @ np.linalg.solve(gram, [left for left, _ in equations])
    ends = np.cumsum([b.size for b in feedback])[:-1]
    after = [b + part.reshape(b.shape) for b, part in zip(feedback, np.split(change, ends), strict=True)]
    return weights, after


@pytest.mark.parametrize("residual", [0.0, 0.4, 1.0])
def test_it_is_its_slow_twin(residual):
    network, inputs, targets, stream = make()
    rule = GuidedNP(0.7, residual)
    feedback = [stream.standard_normal((4, 2)), stream.standard_normal((3, 2))]
    rule.load_state_dict({"feedback0": feedback[0], "feedback1": feedback[1]})
    table = 0.1 * stream.standard_normal((12, 9))
    weights, after = naive(network, inputs, targets, table[:6], table[6:], feedback, 0.7, residual)
    estimate = rule(network, inputs, targets, CrossEntropy(), Replay(table))
    for ours, theirs in zip(estimate.weights, weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
    state = rule.state_dict()
    for k, theirs in enumerate(after):
        np.testing.assert_allclose(state[f"feedback{k}"], theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("guess", ["none", "wrong", "right"])
def test_the_mean_is_the_gradient_whatever_the_guess(guess):
    network, inputs, targets, stream = make(n_samples=4)
    exact = BP()(network, inputs, targets, CrossEntropy()).weights
    # The last hidden layer's exact feedback is (W_3 R_2)^T.
    right = (network.weights[2] @ network.decorrelations[2]).T
    feedback = {
        "none": [np.zeros((4, 2)), np.zeros((3, 2))],
        "wrong": [stream.standard_normal((4, 2)), -right],
        "right": [np.zeros((4, 2)), right],
    }[guess]
    rule, noise, repeats = GuidedNP(0.0), GaussianNoise(1e-4, seed=5), 1500
    rule.load_state_dict({"feedback0": feedback[0], "feedback1": feedback[1]})
    estimates = [rule(network, inputs, targets, CrossEntropy(), noise).weights for _ in range(repeats)]
    for layer, gradient in enumerate(exact):
        drawn = np.array([weights[layer] for weights in estimates])
        error = drawn.std(axis=0) / np.sqrt(repeats)
        # 5 sigma in each of 38 entries: a false alarm in 5e4 runs; what is explained exactly has no error.
        assert np.all(np.abs(drawn.mean(axis=0) - gradient) < 5 * error + 2e-4)
        if guess == "right" and layer == 1:
            # With the last hidden layer explained, only the first one's noise is left.
            rule.load_state_dict({"feedback0": np.zeros((4, 2)), "feedback1": np.zeros((3, 2))})
            blind = np.array([rule(network, inputs, targets, CrossEntropy(), noise).weights[1] for _ in range(300)])
            assert drawn.std(axis=0).max() < 0.7 * blind.std(axis=0).max()  # about 0.42


def test_the_guess_is_learned_and_lowers_the_variance():
    network, inputs, targets, _ = make(n_samples=64, sizes=(8, 20, 3), dtype=np.float32)
    network.decorrelations[0][...] = np.eye(8)
    rule, noise = GuidedNP(), GaussianNoise(1e-3, seed=2)
    spreads = []
    for _ in range(2):
        drawn = [rule(network, inputs, targets, CrossEntropy(), noise).weights[0] for _ in range(50)]
        spreads.append(np.std(drawn, axis=0).mean())
        for _ in range(300):
            rule(network, inputs, targets, CrossEntropy(), noise)
    exact = (network.weights[1] @ network.decorrelations[1]).T
    learned = rule.state_dict()["feedback0"]
    assert np.linalg.norm(learned - exact) < 0.1 * np.linalg.norm(exact)
    assert spreads[1] < 0.5 * spreads[0]


def test_the_residual_can_be_damped():
    network, inputs, targets, stream = make()
    table, losses = 0.1 * stream.standard_normal((12, 9)), CrossEntropy()
    none, half, whole = (
        GuidedNP(residual=share)(network, inputs, targets, losses, Replay(table)).weights for share in (0.0, 0.5, 1.0)
    )
    assert not none[0].any()  # the guess starts at zero
    np.testing.assert_allclose(half[0], 0.5 * whole[0])
    np.testing.assert_array_equal(none[2], whole[2])


def test_a_training_with_it_resumes_to_the_same_bits(tmp_path):
    def training():
        network = Network([64, 20, 10], decorrelated=True, seed=1)
        noise, decorrelation = learning.TelegraphNoise(seed=1), learning.Decorrelation(1e-3)
        optimiser = learning.Adam(0.01)
        return learning.Training(
            network, DGuidedNP(), learning.digits(), optimiser, epochs=2, noise=noise, decorrelation=decorrelation
        )

    whole, first, second = training(), training(), training()
    whole.run(progress=False)
    first.run(1, progress=False)
    first.save(tmp_path / "checkpoint.npz")
    second.load(tmp_path / "checkpoint.npz")
    second.run(progress=False)
    for ours, theirs in zip(second.network.parameters, whole.network.parameters, strict=True):
        assert np.array_equal(ours, theirs)


def test_a_state_is_a_copy():
    network, inputs, targets, _ = make()
    rule, noise = GuidedNP(), GaussianNoise(0.1, seed=1)
    rule(network, inputs, targets, CrossEntropy(), noise)
    state = rule.state_dict()
    kept = {name: array.copy() for name, array in state.items()}
    again = GuidedNP()
    again.load_state_dict(state)
    for learner in (rule, again):
        learner(network, inputs, targets, CrossEntropy(), noise)
        assert not np.array_equal(learner.state_dict()["feedback0"], kept["feedback0"])
        for name, array in state.items():
            np.testing.assert_array_equal(array, kept[name])


def test_bad_input_is_refused():
    with pytest.raises(ParameterError, match=r"guide_rate=1\.5 "):
        GuidedNP(1.5)
    with pytest.raises(ParameterError, match=r"residual=-0\.1 "):
        GuidedNP(residual=-0.1)
    rule = GuidedNP()
    network, inputs, targets, _ = make()
    rule(network, inputs, targets, CrossEntropy(), GaussianNoise(0.1))
    with pytest.raises(ParameterError, match="hidden layers"):
        rule(Network([5, 7, 2]), inputs.astype(np.float32), targets, CrossEntropy(), GaussianNoise(0.1))
    with pytest.raises(DataError, match="GuidedNP"):
        rule.load_state_dict({"first0": np.zeros(2)})


@pytest.mark.parametrize(("rule", "name"), [(GuidedNP, "GuidedNP"), (DGuidedNP, "DGuidedNP")])
def test_it_is_a_rule_and_in_files(rule, name, tmp_path):
    check_rule(lambda: rule(residual=0.5), {"name": name, "residual": 0.5}, tmp_path)
