"""Rules, decorrelation, losses and optimisers against slow twins and finite differences."""

import math

import numpy as np
import pytest

from mtjphys import learning
from mtjphys.errors import DataError, ParameterError
from mtjphys.learning import ANP, BP, INP, NP, CrossEntropy, SquaredError

SIZES = (5, 4, 3, 2)
N_UNITS = 9


class Replay:
    """Hands out a given table of volts, from its first row on."""

    gain, offset = 1.0, 0.0

    def __init__(self, table):
        self.table, self.used = table, 0

    def volts(self, n_samples, n_units):
        assert n_units == self.table.shape[1]
        rows = self.table[self.used : self.used + n_samples]
        self.used += n_samples
        return rows


def make(sizes=SIZES, n_samples=6, decorrelated=True, seed=3, passes=4, sigma=0.1):
    stream = np.random.default_rng(seed)
    network = learning.Network(sizes, decorrelated=decorrelated, seed=seed, dtype=np.float64)
    for array in [*network.biases, *network.decorrelations]:
        array += 0.2 * stream.standard_normal(array.shape)
    inputs = stream.standard_normal((n_samples, sizes[0]))
    targets = stream.integers(0, sizes[-1], n_samples)
    table = sigma * stream.standard_normal((passes * n_samples, sum(sizes[1:])))
    return network, inputs, targets, table


def naive_forward(network, x, eps):
    """One sample, unit by unit; eps is a list of layers."""
    inputs, activities = [], []
    for layer, weights in enumerate(network.weights):
        if layer > 0:
            x = [a if a > 0 else 0.01 * a for a in activities[-1]]
        if network.decorrelations:
            matrix = network.decorrelations[layer]
            x = [sum(matrix[i][j] * x[j] for j in range(len(x))) for i in range(len(x))]
        a = []
        for i in range(weights.shape[0]):
            total = network.biases[layer][i] + eps[layer][i]
            a.append(total + sum(weights[i][j] * x[j] for j in range(len(x))))
        inputs.append(x)
        activities.append(a)
    return inputs, activities


def naive_loss(output, target):
    return -math.log(math.exp(output[target]) / sum(math.exp(a) for a in output))


def layers(row):
    return np.split(row, np.cumsum(SIZES[1:])[:-1])


def naive_anp(network, inputs, targets, table):
    n = len(inputs)
    dw = [np.zeros_like(w) for w in network.weights]
    db = [np.zeros_like(b) for b in network.biases]
    for s in range(n):
        xb, a1 = naive_forward(network, inputs[s], layers(table[s]))
        _, a2 = naive_forward(network, inputs[s], layers(table[n + s]))
        dl = naive_loss(a1[-1], targets[s]) - naive_loss(a2[-1], targets[s])
        da = [[p - q for p, q in zip(u, v, strict=True)] for u, v in zip(a1, a2, strict=True)]
        square = sum(d * d for layer in da for d in layer)
        for layer in range(len(dw)):
            for i, d in enumerate(da[layer]):
                db[layer][i] += N_UNITS * dl * d / square / n
                for j, x in enumerate(xb[layer]):
                    dw[layer][i, j] += N_UNITS * dl * d / square * x / n
    return dw, db


def naive_np(network, inputs, targets, table, sigma):
    n = len(inputs)
    zero = layers(np.zeros(N_UNITS))
    dw = [np.zeros_like(w) for w in network.weights]
    db = [np.zeros_like(b) for b in network.biases]
    for s in range(n):
        eps = layers(table[s])
        xb, clean = naive_forward(network, inputs[s], zero)
        _, noisy = naive_forward(network, inputs[s], eps)
        dl = naive_loss(noisy[-1], targets[s]) - naive_loss(clean[-1], targets[s])
        for layer in range(len(dw)):
            db[layer] += dl * eps[layer] / sigma**2 / n
            dw[layer] += dl * np.outer(eps[layer], xb[layer]) / sigma**2 / n
    return dw, db


def naive_inp(network, inputs, targets, table):
    n = len(inputs)
    zero = layers(np.zeros(N_UNITS))
    dw = [np.zeros_like(w) for w in network.weights]
    db = [np.zeros_like(b) for b in network.biases]
    for s in range(n):
        xb, clean = naive_forward(network, inputs[s], zero)
        for layer in range(len(dw)):
            eps = layers(np.zeros(N_UNITS))
            eps[layer][:] = layers(table[layer * n + s])[layer]
            _, noisy = naive_forward(network, inputs[s], eps)
            dl = naive_loss(noisy[-1], targets[s]) - naive_loss(clean[-1], targets[s])
            da = np.subtract(noisy[layer], clean[layer])
            step = da.size * dl * da / (da @ da)
            db[layer] += step / n
            dw[layer] += np.outer(step, xb[layer]) / n
    return dw, db


@pytest.mark.parametrize("decorrelated", [False, True])
@pytest.mark.parametrize("rule", ["ANP", "NP", "INP"])
def test_rule_is_its_naive_twin(rule, decorrelated):
    network, inputs, targets, table = make(decorrelated=decorrelated)
    if rule == "ANP":
        expected = naive_anp(network, inputs, targets, table)
        estimate = ANP()(network, inputs, targets, CrossEntropy(), Replay(table))
    elif rule == "NP":
        expected = naive_np(network, inputs, targets, table, 0.1)
        estimate = NP(0.1)(network, inputs, targets, CrossEntropy(), Replay(table))
    else:
        expected = naive_inp(network, inputs, targets, table)
        estimate = INP()(network, inputs, targets, CrossEntropy(), Replay(table))
    for ours, theirs in zip(estimate.gradients, [*expected[0], *expected[1]], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_two_equal_passes_teach_nothing():
    network, inputs, targets, table = make()
    same = np.vstack([table[:6], table[:6]])
    estimate = ANP()(network, inputs, targets, CrossEntropy(), Replay(same))
    assert all(np.array_equal(g, np.zeros_like(g)) for g in estimate.gradients)


def test_anp_runs_two_passes_and_no_more():
    network, inputs, targets, table = make()
    source = Replay(table)
    ANP()(network, inputs, targets, CrossEntropy(), source)
    assert source.used == 2 * len(inputs)


@pytest.mark.parametrize("loss", [CrossEntropy(), SquaredError()])
@pytest.mark.parametrize("decorrelated", [False, True])
def test_back_propagation_is_the_finite_difference(loss, decorrelated):
    network, inputs, targets, _ = make(decorrelated=decorrelated)
    estimate = BP()(network, inputs, targets, loss)
    step = 1e-6
    for parameter, gradient in zip(network.parameters, estimate.gradients, strict=True):
        for index in np.ndindex(parameter.shape):
            value = parameter[index]
            parameter[index] = value + step
            up = loss(network.forward(inputs).outputs, targets).mean()
            parameter[index] = value - step
            down = loss(network.forward(inputs).outputs, targets).mean()
            parameter[index] = value
            assert abs((up - down) / (2 * step) - gradient[index]) < 1e-8


def average(rule, sizes, loss, sigma=1e-5, copies=40_000):
    """Mean and standard error of a rule's estimate on one sample, and the true gradient.

    The sample is repeated, so that one call averages over independent perturbations; with input 1
    the bias gradient is the signal itself.
    """
    network, inputs, targets, _ = make(sizes, n_samples=1)
    truth = BP()(network, inputs, targets, loss)
    stream = np.random.default_rng(11)
    many, classes = np.repeat(inputs, 100, axis=0), np.repeat(targets, 100)
    estimates = []
    for _ in range(copies // 100):
        table = sigma * stream.standard_normal((100 * 4, sum(sizes[1:])))
        estimate = rule(network, many, classes, loss, Replay(table))
        estimates.append(np.concatenate(estimate.biases))
    estimates = np.array(estimates)
    error = estimates.std(axis=0, ddof=1) / math.sqrt(len(estimates))
    return estimates.mean(axis=0), error, np.concatenate(truth.biases)


@pytest.mark.parametrize(
    ("rule", "sizes"),
    [(ANP(), (5, 4)), (NP(1e-5), SIZES), (INP(), SIZES)],
    ids=["ANP", "NP", "INP"],
)
@pytest.mark.parametrize("loss", [CrossEntropy(), SquaredError()])
def test_estimate_is_unbiased_for_small_isotropic_noise(rule, sizes, loss):
    # 5 standard errors for each of at most 9 units: false alarm below 1e-5. 1e-6: rounding.
    mean, error, truth = average(rule, sizes, loss)
    assert np.all(np.abs(mean - truth) < 5 * error + 1e-6 * np.abs(truth).max())
    assert np.abs(truth).max() > 20 * error.max()


def test_anp_of_a_deep_network_descends():
    # Biased in later layers (the docstring says why), but well within a right angle.
    mean, error, truth = average(ANP(), SIZES, CrossEntropy())
    cosine = mean @ truth / np.linalg.norm(mean) / np.linalg.norm(truth)
    assert cosine > 0.5 + 5 * np.linalg.norm(error) / np.linalg.norm(mean)


@pytest.mark.parametrize("n_samples", [3, 40])
def test_decorrelation_is_its_naive_twin_for_small_and_large_batches(n_samples):
    stream = np.random.default_rng(5)
    x, matrix = stream.standard_normal((n_samples, 7)), stream.standard_normal((7, 7))
    expected = np.zeros((7, 7))
    for row in x:
        correlation = np.outer(row, row)
        for i in range(7):
            correlation[i, i] = 0.0
        expected += correlation @ matrix / n_samples
    np.testing.assert_allclose(learning.decorrelation_step(x, matrix), expected, rtol=1e-12)


def test_decorrelation_removes_correlations_and_no_more():
    stream = np.random.default_rng(6)
    mixing = np.eye(6) + 0.5 * stream.standard_normal((6, 6))
    x = stream.standard_normal((4000, 6)) @ mixing.T
    matrices = [np.eye(6)]
    rule = learning.Decorrelation(0.02)

    def off_diagonal(samples):
        c = np.corrcoef(samples.T)
        return np.abs(c - np.eye(6)).max()

    before = off_diagonal(x)
    for _ in range(800):
        rule.update(matrices, [x @ matrices[0].T])
    assert before > 0.3
    assert off_diagonal(x @ matrices[0].T) < 0.02
    # Variances are not driven to one, as whitening would.
    assert np.abs((x @ matrices[0].T).var(axis=0) - 1).max() > 0.2


def test_schedule_scales_the_decorrelation():
    x = np.array([[1.0, 2.0]])
    half, whole = [np.eye(2)], [np.eye(2)]
    learning.Decorrelation(0.1).update(half, [x], 0.5)
    learning.Decorrelation(0.05).update(whole, [x])
    np.testing.assert_allclose(half[0], whole[0], rtol=1e-15)
    np.testing.assert_allclose(half[0], [[1.0, -0.1], [-0.1, 1.0]], rtol=1e-15)


def test_adam_is_its_hand_written_twin():
    stream = np.random.default_rng(7)
    parameter = stream.standard_normal(5)
    expected = parameter.tolist()
    first, second = [0.0] * 5, [0.0] * 5
    optimiser = learning.Adam(0.01)
    for t in range(1, 30):
        gradient = stream.standard_normal(5) * 10.0 ** stream.integers(-9, 3)
        scale = 1 / t
        optimiser.update([parameter], [gradient], scale)
        for k, g in enumerate(gradient):
            first[k] = 0.9 * first[k] + 0.1 * g
            second[k] = 0.999 * second[k] + 0.001 * g * g
            mean, square = first[k] / (1 - 0.9**t), second[k] / (1 - 0.999**t)
            expected[k] -= 0.01 * scale * mean / (math.sqrt(square) + 1e-8)
    np.testing.assert_allclose(parameter, expected, rtol=1e-11)


def test_gradient_descent_and_its_scale():
    parameter = np.array([1.0, 2.0])
    learning.SGD(0.1).update([parameter], [np.array([1.0, -1.0])], 0.5)
    np.testing.assert_allclose(parameter, [0.95, 2.05], rtol=1e-15)


def test_losses_of_one_sample():
    outputs = np.array([[1000.0, 0.0], [0.0, 1000.0]])
    targets = np.array([0, 0])
    np.testing.assert_allclose(CrossEntropy()(outputs, targets), [0.0, 1000.0])
    np.testing.assert_allclose(SquaredError()(outputs, targets)[0], 0.5 * 999.0**2)
    with pytest.raises(ParameterError, match=r"class numbers 0 to 2 for 2 outputs"):
        CrossEntropy()(outputs, np.array([0, 2]))
    with pytest.raises(ParameterError, match="shape"):
        SquaredError()(outputs, np.zeros((2, 3)))


def test_float32_stays_float32():
    network = learning.Network([4, 3, 2], decorrelated=True)
    x, y = np.ones((5, 4), np.float32), np.zeros(5, int)
    estimate = ANP()(network, x, y, CrossEntropy(), learning.TelegraphNoise(seed=1))
    learning.Adam().update(network.parameters, estimate.gradients)
    learning.Decorrelation(0.1).update(network.decorrelations, estimate.first.inputs)
    arrays = [*estimate.gradients, *network.parameters, *network.decorrelations, estimate.loss]
    assert {a.dtype for a in arrays} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: learning.Network([4]), "sizes"),
        (lambda: learning.Network([4, 0]), "at least 1"),
        (lambda: learning.Network([4, 2], dtype=int), "float32 or float64"),
        (lambda: learning.LeakyReLU(2.0), r"slope=2.0 .* \[0, 1\]"),
        (lambda: learning.Adam(-1.0), "learning_rate=-1.0"),
        (lambda: learning.Adam(first_decay=1.0), "first_decay"),
        (lambda: learning.Decorrelation(float("nan")), "learning_rate=nan"),
        (lambda: NP(0.0), "sigma=0.0"),
        (lambda: learning.Network([4, 2]).forward(np.zeros((3, 5))), r"takes \(n_samples, 4\)"),
        (
            lambda: ANP()(learning.Network([1, 2]), np.ones((1, 1)), np.zeros(1, int), None, None),
            "ANP learns from noise and got none",
        ),
    ],
)
def test_wrong_calls_are_one_sentence(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_state_of_another_network_is_refused():
    small, large = learning.Network([4, 2]), learning.Network([4, 3])
    with pytest.raises(DataError, match="weights0"):
        small.load_state_dict(large.state_dict())
    with pytest.raises(DataError, match="decorrelation"):
        small.load_state_dict(learning.Network([4, 2], decorrelated=True).state_dict())
