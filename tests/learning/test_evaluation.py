"""Evaluation: the noise on and off, in pieces, averaged over reads."""

import numpy as np
import pytest
from small_trainings import SOURCES, make

from mtjphys import learning
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.learning import evaluation


def test_noise_on_and_off_evaluate_differently():
    training = make(epochs=1)
    quiet = learning.evaluate(training.network, training.data.test, training.loss)
    loud = learning.TelegraphNoise(seed=1, gain=100.0)
    noisy = learning.evaluate(training.network, training.data.test, training.loss, loud)
    assert quiet.loss != noisy.loss
    assert quiet == learning.evaluate(training.network, training.data.test, training.loss)


def test_evaluation_in_pieces_takes_the_same_readings(monkeypatch):
    training = make(epochs=2)
    training.run(progress=False)
    inputs = np.random.default_rng(1).standard_normal((57, 4)).astype(np.float32)
    for kind in ("telegraph", "serial junction"):
        results = []
        for rows in (1000, 7):
            monkeypatch.setattr(evaluation, "PASSES", rows)
            results.append(learning.predict(training.network, inputs, SOURCES[kind](), reads=3))
        np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-6)
    # The naive twin: sample after sample, all its reads in a row.
    source, expected = SOURCES["serial junction"](), []
    for x in inputs:
        eps = learning.perturbation(source, 3, training.network.n_units)
        expected.append(np.mean([training.network.forward(x[None], e[None]).outputs[0] for e in eps], axis=0))
    np.testing.assert_allclose(results[0], expected, rtol=1e-5, atol=1e-6)


def test_averaging_over_reads_goes_to_the_quiet_output_of_a_linear_network():
    network = learning.Network([4, 3], seed=1)
    inputs = np.random.default_rng(1).standard_normal((50, 4)).astype(np.float32)
    quiet = learning.predict(network, inputs)
    for reads in (1, 100):
        noisy = learning.predict(network, inputs, learning.GaussianNoise(0.5, seed=2), reads)
        # 150 values of standard deviation 0.5/sqrt(reads): that of the estimate is 6 %, 5 sigma are 30 %.
        assert abs((noisy - quiet).std() / (0.5 / reads**0.5) - 1) < 0.3


def test_many_reads_are_taken_in_blocks(monkeypatch):
    """No more than so many passes at once, and the same readings for every sample as if all were."""
    network, inputs = learning.Network([4, 3], seed=1), np.eye(4, dtype=np.float32)[:3]
    asked, whole = [], learning.predict(network, inputs, SOURCES["telegraph"](), 25)
    monkeypatch.setattr(evaluation, "PASSES", 10)
    monkeypatch.setattr(evaluation, "perturbation", lambda *a: asked.append(a[1]) or learning.perturbation(*a))
    np.testing.assert_allclose(learning.predict(network, inputs, SOURCES["telegraph"](), 25), whole, rtol=1e-5)
    assert asked == [10, 10, 5] * 3


@pytest.mark.parametrize(("right", "n"), [(36, 36), (0, 10), (7, 10), (341, 359)])
def test_intervals_hold_the_accuracies_that_are_not_excluded(right, n):
    """At its ends the accuracy found is 1.96 standard deviations of the true one away."""
    low, high = learning.accuracy_interval(right / n, n)
    for end in (low, high):
        if 0.0 < end < 1.0:
            assert abs(right / n - end) == pytest.approx(1.959964 * np.sqrt(end * (1 - end) / n), rel=1e-4)
    assert (low == 0.0) is (right == 0) and (high == 1.0) is (right == n)


@pytest.mark.parametrize(("noise", "reads"), [(None, 2), (learning.TelegraphNoise(), 0)])
def test_reads_without_noise_or_without_reading_are_refused(noise, reads):
    with pytest.raises(ParameterError, match=f"reads={reads}"):
        learning.predict(learning.Network([4, 3]), np.zeros((2, 4), np.float32), noise, reads)


def test_an_evaluation_without_samples_is_refused():
    nothing = learning.Samples(np.empty((0, 4), np.float32), np.empty(0, int))
    with pytest.raises(ParameterError, match="no samples"):
        learning.evaluate(learning.Network([4, 3]), nothing, learning.CrossEntropy())


def test_outputs_that_are_not_finite_are_an_error():
    inputs = np.full((2, 4), np.nan, np.float32)
    for noise in (None, learning.TelegraphNoise()):
        with pytest.raises(SimulationError, match="not finite: look for NaN in the inputs"):
            learning.predict(learning.Network([4, 3]), inputs, noise)


def test_an_evaluation_of_what_is_not_finite_is_an_error():
    samples = learning.Samples(np.full((4, 3), np.nan, np.float32), np.zeros(4, int))
    with pytest.raises(SimulationError, match="not finite"):
        learning.evaluate(learning.Network([3, 2]), samples, learning.CrossEntropy())
