"""Rules, decorrelation, losses and optimisers against slow twins and finite differences."""

import math

import naive_learning as naive
import numpy as np
import pytest
from naive_learning import SIZES, Replay, make
from scipy.integrate import quad

from mtjphys import learning
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError, SimulationError
from mtjphys.learning import ANP, BP, INP, NP, SGD, Adam, CrossEntropy, LeakyReLU, ReLU, Sigmoid, SquaredError, Tanh
from mtjphys.learning.archive import write_arrays

N_UNITS = 9


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


def finite_differences(network, inputs, targets, loss, step=1e-6):
    """Central differences of the mean loss for all weights, then all biases."""
    slopes = []
    for parameter in network.parameters:
        for index in np.ndindex(parameter.shape):
            value = parameter[index]
            parameter[index] = value + step
            up = loss(network.forward(inputs).outputs, targets).mean()
            parameter[index] = value - step
            down = loss(network.forward(inputs).outputs, targets).mean()
            parameter[index] = value
            slopes.append((up - down) / (2 * step))
    return np.array(slopes)


def flat(arrays):
    return np.concatenate([array.ravel() for array in arrays])


@pytest.mark.parametrize("activation", [LeakyReLU(), ReLU(), Tanh(), Sigmoid()])
@pytest.mark.parametrize("loss", [CrossEntropy(), SquaredError()])
@pytest.mark.parametrize("decorrelated", [False, True])
def test_back_propagation_is_the_finite_difference(loss, decorrelated, activation):
    network, inputs, targets = make(decorrelated=decorrelated, activation=activation)
    estimate = BP()(network, inputs, targets, loss)
    np.testing.assert_allclose(
        flat(estimate.gradients), finite_differences(network, inputs, targets, loss), rtol=0, atol=1e-8
    )


def average(rule, network, x, target, loss, noise, calls=400):
    """Mean and standard error of a rule's estimates on one sample, weights and then biases.

    The sample is repeated 100 times, so that one call averages over independent perturbations; `noise`
    makes a table of so many rows.
    """
    many, classes = np.repeat(x, 100, axis=0), np.repeat(target, 100)
    estimates = []
    for _ in range(calls):
        estimates.append(flat(rule(network, many, classes, loss, Replay(noise(300))).gradients))
    return np.mean(estimates, axis=0), np.std(estimates, axis=0, ddof=1) / math.sqrt(calls)


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


@pytest.mark.parametrize("whitening", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("n_samples", [3, 40])
def test_decorrelation_is_its_naive_twin_for_small_and_large_batches(n_samples, whitening):
    stream = np.random.default_rng(5)
    x, matrix = stream.standard_normal((n_samples, 7)), stream.standard_normal((7, 7))
    expected = np.array(naive.decorrelation(x, matrix, whitening))
    np.testing.assert_allclose(learning.decorrelation_step(x, matrix, whitening), expected, rtol=1e-12, atol=1e-14)
    moved = matrix.copy()
    learning.Decorrelation(0.1, whitening).update([moved], [x], 0.5)
    np.testing.assert_allclose(moved, matrix - 0.05 * expected, rtol=1e-12, atol=1e-14)


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


def moments_after(whitening, updates=1500):
    """Return <xb xb^T> before and after learning R on correlated inputs of unequal variance."""
    stream = np.random.default_rng(6)
    x = stream.standard_normal((500, 5)) @ (np.eye(5) + 0.4 * stream.standard_normal((5, 5)))
    matrices = [np.eye(5)]
    for _ in range(updates):
        learning.Decorrelation(0.05, whitening).update(matrices, [x @ matrices[0].T])
    decorrelated = x @ matrices[0].T
    return x.T @ x / 500, decorrelated.T @ decorrelated / 500


def test_whitening_makes_the_covariance_the_identity():
    before, after = moments_after(0.5)
    assert np.abs(before - np.eye(5)).max() > 0.3
    np.testing.assert_allclose(after, np.eye(5), atol=1e-6)


def test_whitening_without_decorrelation_scales_the_variances_alone():
    before, after = moments_after(1.0)
    scale = np.sqrt(np.diag(before))
    np.testing.assert_allclose(after, before / np.outer(scale, scale), atol=1e-6)


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


def test_momentum_is_its_hand_written_twin_and_resumes():
    stream = np.random.default_rng(9)
    parameter, single = stream.standard_normal(4), stream.standard_normal(3).astype(np.float32)
    expected, velocity = parameter.tolist(), [0.0] * 4
    optimiser, gradients = learning.SGD(0.1, momentum=0.9), stream.standard_normal((6, 7))
    for t, g in enumerate(gradients, 1):
        if t == 4:
            state, optimiser = optimiser.state_dict(), learning.SGD(0.1, momentum=0.9)
            optimiser.load_state_dict(state)
        optimiser.update([parameter, single], [g[:4], g[4:].astype(np.float32)], 1 / t)
        for k in range(4):
            velocity[k] = 0.9 * velocity[k] + g[k]
            expected[k] -= 0.1 / t * velocity[k]
    np.testing.assert_allclose(parameter, expected, rtol=1e-13)
    assert single.dtype == np.float32


@pytest.mark.parametrize("decorrelated", [False, True])
def test_a_pair_of_passes_is_two_passes(decorrelated):
    network, inputs, _ = make(decorrelated=decorrelated)
    noise = naive.table(12, N_UNITS)
    for ours, eps in zip(network.forward_pair(inputs, noise), (noise[:6], noise[6:]), strict=True):
        single = network.forward(inputs, eps)
        for one, other in zip([*ours.inputs, *ours.preactivations], [*single[0], *single[1]], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-15)


def test_a_folded_network_computes_the_same_noise_included():
    network, inputs, _ = make()
    noise = naive.table(6, N_UNITS)
    for eps in (None, noise):
        np.testing.assert_allclose(
            network.folded().forward(inputs, eps).outputs, network.forward(inputs, eps).outputs, rtol=1e-12
        )


@pytest.mark.parametrize(("name", "bound"), [("fan_in", 0.1), ("xavier", math.sqrt(6 / 125)), ("he", math.sqrt(0.06))])
def test_first_weights_fill_their_bounds(name, bound):
    (weights,) = learning.Network([100, 25], initialisation=name, seed=1).weights
    # 2500 uniform numbers: the largest is below 0.995 of the bound once in 3e5 runs.
    assert 0.995 * bound < np.abs(weights).max() <= bound * (1 + 1e-6)
    with pytest.raises(ParameterError, match="initialisation='kaiming' is unknown"):
        learning.Network([3, 2], initialisation="kaiming")


def test_losses_of_one_sample():
    outputs = np.array([[1000.0, 0.0], [0.0, 1000.0]])
    targets = np.array([0, 0])
    np.testing.assert_allclose(CrossEntropy()(outputs, targets), [0.0, 1000.0])
    np.testing.assert_allclose(SquaredError()(outputs, targets)[0], 0.5 * 999.0**2)
    with pytest.raises(ParameterError, match=r"class numbers 0 to 2 for 2 outputs"):
        CrossEntropy()(outputs, np.array([0, 2]))


@pytest.mark.parametrize("loss", [CrossEntropy(), SquaredError()])
@pytest.mark.parametrize(
    "targets",
    [np.zeros((2, 3)), np.zeros(2), np.zeros(1, int), np.zeros(3, int), np.zeros(2, bool)],
    ids=["wide", "values for classes", "too few", "too many", "booleans"],
)
def test_targets_of_another_shape_are_refused(loss, targets):
    with pytest.raises(ParameterError, match="give class numbers, integers of shape"):
        loss(np.zeros((2, 2)), targets)
    with pytest.raises(ParameterError, match="give class numbers, integers of shape"):
        loss.gradient(np.zeros((2, 2)), targets)


@pytest.mark.parametrize("loss", [CrossEntropy(), SquaredError()])
def test_class_numbers_are_rows_of_zeros_and_a_one(loss):
    stream = np.random.default_rng(8)
    outputs, classes = 3 * stream.standard_normal((20, 4)), stream.integers(0, 4, 20)
    np.testing.assert_allclose(loss(outputs, classes), loss(outputs, np.eye(4)[classes]), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(
        loss.gradient(outputs, classes), loss.gradient(outputs, np.eye(4)[classes]), rtol=1e-13, atol=1e-15
    )


def test_cross_entropy_of_targets_that_do_not_sum_to_one():
    outputs, t = np.array([[0.3, -1.0, 2.0]]), np.array([[0.2, 0.7, 0.4]])
    odds = [math.exp(a) for a in outputs[0]]
    expected = -sum(t[0, k] * math.log(odds[k] / sum(odds)) for k in range(3))
    assert math.isclose(CrossEntropy()(outputs, t)[0], expected, rel_tol=1e-14)
    slopes = [1.3 * odds[k] / sum(odds) - t[0, k] for k in range(3)]
    np.testing.assert_allclose(CrossEntropy().gradient(outputs, t)[0], slopes, rtol=1e-13)


def test_cross_entropy_keeps_the_digits_of_small_and_large_losses_in_single_precision():
    outputs = np.array([[20, 0, -5], [90, -90, 0], [-3e30, 3e30, 1], [0, 1e-4, 0]], np.float32)
    for target in range(3):
        targets = np.full(4, target)
        losses, gradients = CrossEntropy()(outputs, targets), CrossEntropy().gradient(outputs, targets)
        assert losses.dtype == gradients.dtype == np.float32
        for row, value, gradient in zip(outputs.astype(float), losses, gradients, strict=True):
            others = [math.exp(min(a - row[target], 700)) for k, a in enumerate(row) if k != target]
            expected = math.log1p(sum(others)) if sum(others) < 1e300 else row.max() - row[target]
            assert math.isclose(value, expected, rel_tol=1e-6, abs_tol=1e-38)
            assert math.isclose(gradient[target], -sum(others) / (1 + sum(others)), rel_tol=1e-6, abs_tol=1e-38)


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
        (lambda: learning.Adam(first_decay=1.0), r"first_decay=1.0 .* \[0, 1\)"),
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


@pytest.mark.parametrize("build", [Adam, lambda: SGD(0.1, momentum=0.9)], ids=["Adam", "SGD"])
def test_states_are_copies(build):
    network, optimiser = learning.Network([4, 3], decorrelated=True, seed=1), build()
    optimiser.update(network.parameters, network.parameters)
    states = [network.state_dict(), optimiser.state_dict()]
    kept = [{name: array.copy() for name, array in state.items()} for state in states]
    other, following = learning.Network([4, 3], decorrelated=True), build()
    other.load_state_dict(states[0])
    following.load_state_dict(states[1])
    for net, mover in ((network, optimiser), (other, following)):
        mover.update(net.parameters, [np.ones_like(p) for p in net.parameters])
        net.decorrelations[0] += 1
        for state, before in zip(states, kept, strict=True):
            for name in state:
                np.testing.assert_array_equal(state[name], before[name], err_msg=name)


def test_optimisers_remember_one_network():
    for optimiser in (Adam(0.1), SGD(0.1, momentum=0.5)):
        optimiser.update([np.ones((3, 4))], [np.ones((3, 4))])
        with pytest.raises(ParameterError, match="make a new one for another network"):
            optimiser.update([np.ones((60, 80))], [np.ones((60, 80))])
    with pytest.raises(ParameterError, match="shapes"):
        SGD(0.1).update([np.ones((5, 4))], [np.ones((1, 4))])
    with pytest.raises(DataError, match="is not of Adam"):
        Adam().load_state_dict({"velocity0": np.ones(2)})
    with pytest.raises(DataError, match="is not of SGD"):
        SGD(0.1).load_state_dict({"steps": np.array(1)})


@pytest.mark.parametrize("shape", [(5, 4), (5, 9), (1, 5)])
def test_noise_of_another_shape_is_refused(shape):
    network, x = learning.Network([4, 3, 2]), np.zeros((5, 4), np.float32)
    wrong = np.zeros(shape, np.float32)
    with pytest.raises(ParameterError, match=r"take \(5, 5\)"):
        network.forward(x, wrong)
    with pytest.raises(ParameterError, match=r"take \(10, 5\)"):
        network.forward_pair(x, wrong)


def test_inp_leaves_the_readings_of_the_source_alone():
    network, inputs, targets = make(decorrelated=False)
    noise = naive.table(3 * len(inputs), N_UNITS)
    kept = noise.copy()
    INP()(network, inputs, targets, CrossEntropy(), Replay(noise))
    np.testing.assert_array_equal(noise, kept)


def test_losses_refuse_what_means_nothing():
    with pytest.raises(ParameterError, match="one output"):
        CrossEntropy()(np.zeros((3, 1)), np.zeros((3, 1)))
    with pytest.raises(ParameterError, match="one output"):
        SquaredError()(np.zeros((3, 1)), np.zeros(3, int))
    assert SquaredError()(np.array([[1, 2]]), np.array([[0, 0]])).tolist() == [2.5]


def test_networks_refuse_broken_files_and_numbers(tmp_path):
    file = tmp_path / "network.npz"
    for description in ("{}", "no JSON", '{"activation": "gelu"}'):
        write_arrays(file, {"network": np.array(description)})
        with pytest.raises(DataError, match="not a network that this version can read"):
            learning.Network.load(file)
    network = learning.Network([3, 2])
    state = network.state_dict()
    state["weights0"][0, 0] = np.nan
    with pytest.raises(DataError, match="weights0 of this state holds NaN"):
        network.load_state_dict(state)
    for sizes, seed in (([3.7, 2], 0), ([3, 2], -1), ([3, 2], 1.5)):
        with pytest.raises(ParameterError):
            learning.Network(sizes, seed=seed)


def test_outputs_that_are_not_finite_are_an_error():
    samples = learning.Samples(np.full((4, 3), np.nan, np.float32), np.zeros(4, int))
    with pytest.raises(SimulationError, match="not finite"):
        learning.evaluate(learning.Network([3, 2]), samples, CrossEntropy())


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
