"""Networks: passes, first weights, states and files."""

import math

import naive_learning as naive
import numpy as np
import pytest
from naive_learning import N_UNITS, make

from mtjphys import learning
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.learning import ANP, NP, CrossEntropy
from mtjphys.learning.archive import write_arrays


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


@pytest.mark.parametrize(
    ("name", "bound", "biased"),
    [("fan_in", 0.1, False), ("pytorch", 0.1, True), ("xavier", math.sqrt(6 / 2600), False), ("he", 0.06**0.5, False)],
)
def test_first_weights_and_biases_fill_their_bounds(name, bound, biased):
    network = learning.Network([100, 2500], initialisation=name, seed=1)
    # At least 2500 uniform numbers: the largest is below 0.995 of the bound once in 3e5 runs.
    assert 0.995 * bound < np.abs(network.weights[0]).max() <= bound * (1 + 1e-6)
    largest = np.abs(network.biases[0]).max()
    assert 0.995 * bound < largest <= bound * (1 + 1e-6) if biased else largest == 0.0


def test_an_unknown_initialisation_is_refused():
    with pytest.raises(ParameterError, match="initialisation='kaiming' is unknown"):
        learning.Network([3, 2], initialisation="kaiming")


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


@pytest.mark.parametrize("shape", [(5, 4), (5, 9), (1, 5)])
def test_noise_of_another_shape_is_refused(shape):
    network, x = learning.Network([4, 3, 2]), np.zeros((5, 4), np.float32)
    wrong = np.zeros(shape, np.float32)
    with pytest.raises(ParameterError, match=r"take \(5, 5\)"):
        network.forward(x, wrong)
    with pytest.raises(ParameterError, match=r"take \(10, 5\)"):
        network.forward_pair(x, wrong)


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


@pytest.mark.parametrize("name", ["weights", "biases", "decorrelations", "centres"])
def test_arrays_of_another_type_are_taken(name):
    network, x = learning.Network([6, 5, 3], decorrelated=True, initialisation="pytorch", seed=1), np.ones((7, 6))
    expected = network.forward(x).outputs
    arrays = getattr(network, name)
    arrays[:] = [array.astype(np.float64) for array in arrays]
    for found in (network.forward(x).outputs, network.folded().forward(x).outputs):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
